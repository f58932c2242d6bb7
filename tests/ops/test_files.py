"""The files beside the code keep their promises."""

from __future__ import annotations

import json
import logging
import re
import stat
from pathlib import Path

import yaml

from annotator.config.logs import JsonFormatter
from tests import legs

ROOT = Path(__file__).resolve().parents[2]
PINNED = re.compile(r"^([a-z0-9-]+)==(\S+)( ; [^\\]+)? \\$", re.MULTILINE)


def pins(lock: str) -> set[tuple[str, str]]:
    text = (ROOT / lock).read_text(encoding="utf-8")
    return {(name, version) for name, version, _ in PINNED.findall(text)}


def test_the_locks_hold_hashes_only_and_agree() -> None:
    for lock in ("requirements.lock", "requirements-test.lock"):
        text = (ROOT / lock).read_text(encoding="utf-8")
        assert "://" not in text
        assert "--index" not in text
        for block in re.split(r"\n(?=[a-z0-9-]+==)", "\n" + text)[1:]:
            assert "--hash=sha256:" in block

    assert pins("requirements.lock") < pins("requirements-test.lock")
    assert "uv" in dict(pins("requirements-test.lock"))


def test_the_compose_file_publishes_only_the_web_and_asks_for_passwords() -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]

    assert {name for name, service in services.items() if "ports" in service} == {"web"}
    assert services["postgres"]["environment"]["POSTGRES_PASSWORD"].startswith(
        "${POSTGRES_PASSWORD:?"
    )
    assert services["redis"]["environment"]["REDIS_PASSWORD"].startswith("${REDIS_PASSWORD:?")
    assert services["web"]["command"] == ["./run", "web"]
    assert services["worker"]["command"] == ["./run", "worker"]


def test_no_secret_goes_into_the_image() -> None:
    assert {".env*", "jurors.env", "var", ".git"} <= set(
        (ROOT / ".dockerignore").read_text().split()
    )
    assert {".env", "jurors.env"} <= set((ROOT / ".gitignore").read_text().split())


def test_the_generated_key_and_the_data_are_ignored_by_git() -> None:
    assert {"/var/", "/.venv/", ".env"} <= set((ROOT / ".gitignore").read_text().split())


def test_ci_runs_what_a_developer_runs() -> None:
    script = ROOT / ".ci" / "run"

    assert script.read_text().rstrip().endswith("exec ./run test")
    assert stat.S_IMODE(script.stat().st_mode) & 0o111


def test_a_forged_log_line_stays_inside_its_own() -> None:
    text = 'x\n{"event": "login_ok"}\x1b[31m'
    record = logging.LogRecord("t", logging.INFO, "", 0, "id %s", (text,), None)
    line = JsonFormatter().format(record)

    assert "\n" not in line
    assert "\x1b" not in line
    assert json.loads(line)["message"] == f"id {text}"


def test_legs_count_what_pytest_wrote(tmp_path: Path) -> None:
    report = tmp_path / "junit.xml"
    report.write_text(
        '<testsuites><testsuite tests="7" failures="1" errors="1" skipped="2"/></testsuites>'
    )

    assert legs.counted(report) == (3, 2, 2)
