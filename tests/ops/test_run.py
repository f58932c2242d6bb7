"""`./run` in small checkouts of its own, without network: the locks here ask for nothing."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

RUN = Path(__file__).resolve().parents[2] / "run"
MANAGE = "import os, sys; print(sys.argv[1:], os.getcwd(), sys.prefix)\n"
BARE = {
    "PATH": "/usr/bin:/bin",
    "LANG": "C",
    "LC_ALL": "C",
    "PIP_NO_INDEX": "1",
    "HOME": "/nowhere",
}


def make_checkout(folder: Path) -> Path:
    folder.mkdir(parents=True)
    shutil.copy(RUN, folder / "run")
    (folder / "manage.py").write_text(MANAGE)
    (folder / "requirements.lock").write_text("# nothing\n")
    (folder / "requirements-test.lock").write_text("# nothing\n")
    return folder


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_checkout(tmp_path_factory.mktemp("a place") / "my clone")


def run(
    checkout: Path, *arguments: str, cwd: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(checkout / "run"), *arguments],
        cwd=cwd or checkout,
        env={**BARE, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def stamps(checkout: Path) -> list[str]:
    return sorted(file.name for file in (checkout / ".venv").glob(".concord-*"))


def test_it_works_from_any_folder_with_spaces_without_terminal_or_locale(
    checkout: Path, tmp_path: Path
) -> None:
    first = run(checkout, "manage", "migrate", "--plan x", cwd=tmp_path)
    second = run(checkout, "manage", cwd=tmp_path)

    assert first.returncode == 0, first.stderr
    assert first.stdout == f"['migrate', '--plan x'] {tmp_path} {checkout}/.venv\n"
    assert first.stderr.splitlines() == ["Installing requirements.lock ..."]
    assert second.stderr == ""
    assert stamps(checkout) == [".concord-requirements.sha256"]


def test_a_changed_lock_is_installed_and_a_failed_install_leaves_no_stamp(checkout: Path) -> None:
    lock = checkout / "requirements.lock"
    lock.write_text(f"nothing-of-that-name==1.0 --hash=sha256:{'0' * 64}\n")
    failed = run(checkout, "manage")
    lock.write_text("# nothing again\n")
    mended = run(checkout, "manage")

    assert failed.returncode == 3
    assert failed.stderr.splitlines()[-1].startswith("error: requirements.lock could not be")
    assert failed.stdout == ""
    assert mended.returncode == 0
    assert stamps(checkout) == [".concord-requirements.sha256"]


def test_what_is_imported_is_compiled_once_and_not_beside_the_source(checkout: Path) -> None:
    (checkout / "there.py").write_text("place = __cached__\n")
    (checkout / "manage.py").write_text("import there; print(there.place)\n")
    done = run(checkout, "manage", PYTHONDONTWRITEBYTECODE="1")
    (checkout / "manage.py").write_text(MANAGE)

    assert done.returncode == 0, done.stderr
    compiled = Path(done.stdout.strip())
    assert compiled.is_relative_to(checkout / ".venv")
    assert compiled.is_file()
    assert not list(checkout.glob("**/__pycache__/there*"))


def test_an_interrupted_install_is_begun_again_from_nothing(checkout: Path) -> None:
    (checkout / ".venv" / ".concord-unfinished").touch()
    (checkout / ".venv" / "half").touch()

    again = run(checkout, "manage")

    assert again.returncode == 0, again.stderr
    assert not (checkout / ".venv" / "half").exists()
    assert stamps(checkout) == [".concord-requirements.sha256"]


def test_two_at_once_in_one_checkout_install_once(tmp_path: Path) -> None:
    checkout = make_checkout(tmp_path / "clone")
    command = [sys.executable, str(checkout / "run"), "manage"]
    both = [
        subprocess.Popen(command, env=BARE, stderr=subprocess.PIPE, text=True) for _ in range(2)
    ]
    said = [process.communicate()[1] for process in both]

    assert [process.returncode for process in both] == [0, 0]
    assert "".join(said).count("Installing requirements.lock") == 1


def test_an_unknown_command_names_the_known_ones(checkout: Path) -> None:
    refused = run(checkout, "demon")

    assert refused.returncode == 2
    assert "demo, serve, web, worker, test, manage" in refused.stderr


def as_if(checkout: Path, state: str) -> subprocess.CompletedProcess[str]:
    """Run with a Python that is other than this one in a single respect."""
    code = (
        f"import runpy, sys; {state}; sys.argv = ['run', 'manage']; "
        f"runpy.run_path({str(checkout / 'run')!r}, run_name='__main__')"
    )
    environment = {**BARE, "PATH": "/nowhere"}
    return subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )


def test_an_old_python_is_told_in_one_line(tmp_path: Path) -> None:
    told = as_if(make_checkout(tmp_path / "clone"), "sys.version_info = (3, 9, 1)")

    assert told.returncode == 3
    assert told.stderr == "error: Concord needs Python 3.11 or newer; this is 3.9\n"
    ast.parse(RUN.read_text(encoding="utf-8"), feature_version=(3, 7))


def test_without_ensurepip_and_apt_the_package_is_named(tmp_path: Path) -> None:
    told = as_if(make_checkout(tmp_path / "clone"), "sys.modules['ensurepip'] = None")

    assert told.returncode == 3
    assert "install the package python3-venv" in told.stderr.splitlines()[-1]


def test_run_is_executable() -> None:
    assert os.access(RUN, os.X_OK)
