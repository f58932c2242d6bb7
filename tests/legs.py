"""`./run test`: every check in legs; a skipped test fails as a failed one does.

Prints each leg's own output, a line a leg, and at the end `N passed, N failed, N skipped`. One leg
says what it says at once; several go in two lanes, and each is printed when it ends.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from xml.etree import ElementTree as ET

from annotator.core.lifeline import tie_to_supervisor
from tests import lanes
from tests.lanes import ROOT
from tests.services import MissingService, Postgres, Redis

APART = ("embedded", "golden", "browser", "ops", "concurrency", "faults")
SOAK = "soak"
# A server that is given by these is used, in a database and under keys of our own.
DATABASES = ("CONCORD_TEST_DATABASE_URL", "DATABASE_URL")
BROKERS = ("CONCORD_TEST_REDIS_URL", "REDIS_URL")
STORING = ("api", "commands", "core", "flow", "quality", "release", "sample", "web")
"""Folders whose tests use the database; the others would only repeat themselves on another one.

So would those in them that use none: `--storing` leaves these out.
"""
WAITS = True
NO_TESTS = 5
APT_SECONDS = 600
INTERRUPTED = 130
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM_PACKAGES = ("chromium", "fonts-noto-core", "fonts-noto-cjk")


@dataclass(frozen=True, slots=True)
class Tally:
    """What a leg counted, in the keys of the report."""

    name: str
    passed: int
    failed: int
    skipped: int
    seconds: float
    service: str


@dataclass(frozen=True, slots=True)
class Leg:
    """One part of the checks.

    Attributes:
        name: what `./run test NAME` calls it.
        service: what it runs against, beside Python.
        run: does it, and returns passed, failed and skipped.
        about: one line for `--list`.
        waits: whether it waits for others most of the time, so that it goes well beside one that
            keeps a processor busy.
    """

    name: str
    service: str
    run: Callable[[], tuple[int, int, int]]
    about: str
    waits: bool = False


def _tool(name: str, *arguments: str) -> tuple[str, ...]:
    return (str(Path(sys.executable).parent / name), *arguments)


def _manage(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, str(ROOT / "manage.py"), *arguments)


STATIC: Mapping[str, tuple[str, ...]] = {
    "format": _tool("ruff", "format", "--check", "--quiet", "."),
    "lint": _tool("ruff", "check", "--quiet", "."),
    "types": _tool("mypy", "annotator", "jury", "tests", "manage.py"),
    "types of run": _tool("mypy", "--scripts-are-modules", "run"),
    "contracts": _tool("lint-imports"),
    "templates": _tool("djlint", "templates", "--lint", "--quiet"),
    "migrations": _manage("makemigrations", "--check", "--dry-run"),
    "deployment": _manage("check", "--deploy", "--fail-level", "WARNING"),
}


def _deployed(home: str) -> dict[str, str]:
    """Return the environment of an instance as it would be deployed."""
    return {
        **os.environ,
        "CONCORD_HOME": home,
        "SECRET_KEY": secrets.token_urlsafe(60),
        "PUBLIC_URL": "https://concord.example",
        "DATABASE_URL": "",
        "REDIS_URL": "",
    }


def _static() -> tuple[int, int, int]:
    failed = 0
    with tempfile.TemporaryDirectory() as home:
        for name, command in STATIC.items():
            done = subprocess.run(
                command,
                cwd=ROOT,
                env=_deployed(home),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            )
            _say(f"  {name}: {'passed' if done.returncode == 0 else 'FAILED'}")
            if done.returncode:
                failed += 1
                _say(done.stdout)
    return len(STATIC) - failed, failed, 0


def _pytest(
    *arguments: str, environment: Mapping[str, str] | None = None, may_be_empty: bool = False
) -> Callable[[], tuple[int, int, int]]:
    """Run tests; without an environment of their own on SQLite, whatever servers are named."""
    alone = {DATABASES[0]: "", BROKERS[0]: ""}

    def run() -> tuple[int, int, int]:
        with tempfile.TemporaryDirectory() as folder:
            report = Path(folder) / "junit.xml"
            command = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider")
            code = lanes.run((*command, f"--junitxml={report}", *arguments), environment or alone)
            passed, failed, skipped = counted(report) if report.exists() else (0, 0, 0)
        if code == NO_TESTS and may_be_empty:
            _say("no test: the published data are not beside this repository (../shared)")
        elif code != 0 and not failed:
            failed = 1  # it broke before a test could say so, or there was none
        return passed, failed, skipped

    return run


def _given(names: Iterable[str], scheme: str) -> str | None:
    """Return the server that the environment names, if it is of this kind."""
    values = (os.environ.get(name, "") for name in names)
    return next((value for value in values if value.startswith(scheme)), None)


def _on_services(*arguments: str) -> Callable[[], tuple[int, int, int]]:
    """Run tests on PostgreSQL and Redis: those that are given, else those started for them."""

    def run() -> tuple[int, int, int]:
        database, broker = _given(DATABASES, "postgres"), _given(BROKERS, "redis")
        try:
            with ExitStack() as started:
                database = database or started.enter_context(Postgres()).url
                broker = broker or started.enter_context(Redis()).url
                servers = {DATABASES[0]: database, BROKERS[0]: broker}
                return _pytest(*arguments, environment=servers)()
        except MissingService as missing:
            _say(str(missing))
            return 0, 1, 0

    return run


def counted(report: Path) -> tuple[int, int, int]:
    """Return passed, failed and skipped of a JUnit report that pytest has just written."""
    suites = ET.parse(report).getroot().iter("testsuite")  # noqa: S314 (our own file)
    tests = failed = skipped = 0
    for suite in suites:
        tests += int(suite.get("tests", 0))
        failed += int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        skipped += int(suite.get("skipped", 0))
    return tests - failed - skipped, failed, skipped


def _browser() -> tuple[int, int, int]:
    if not _have_chromium():
        _say("Chromium is missing. Install it: apt-get install " + " ".join(CHROMIUM_PACKAGES))
        return 0, 1, 0
    return _pytest("tests/browser")()


def _have_chromium() -> bool:
    """Return whether a Chromium is on the PATH, after root has tried to install one."""
    if any(shutil.which(name) for name in CHROMIUM):
        return True
    apt = shutil.which("apt-get")
    if os.geteuid() != 0 or apt is None:
        return False
    for command in (("update",), ("install", "-y", "--no-install-recommends", *CHROMIUM_PACKAGES)):
        _apt(apt, *command)
    return any(shutil.which(name) for name in CHROMIUM)


def _apt(apt: str, *command: str) -> None:
    """Run apt-get, waiting for another: its own waiting does not hold for the package lists."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}
    wait = ("-o", f"DPkg::Lock::Timeout={APT_SECONDS}")
    deadline = time.monotonic() + APT_SECONDS
    while True:
        done = subprocess.run(
            (apt, *wait, *command), env=environment, stderr=subprocess.PIPE, text=True, check=False
        )
        if "Could not get lock" not in done.stderr or time.monotonic() > deadline:
            sys.stderr.write(done.stderr)
            return
        time.sleep(2)


def _legs() -> dict[str, Leg]:
    apart = [f"--ignore=tests/{name}" for name in APART]
    every = (
        Leg("static", "none", _static, "format, lint, types, contracts, templates, migrations"),
        Leg("unit", "sqlite", _pytest(*apart), "all tests in one process, on SQLite"),
        Leg("ops", "none", _pytest("tests/ops"), "./run, the environment, the supervisor"),
        # The longest of those that wait comes first: the other lane takes over the last ones.
        Leg("browser", "chromium", _browser, "the pages in a real browser", WAITS),
        Leg(
            "embedded",
            "sqlite",
            _pytest("tests/embedded"),
            "web and jury, killed in the middle",
            WAITS,
        ),
        Leg(
            "postgres",
            "postgresql, redis",
            _on_services("--storing", *(f"tests/{name}" for name in STORING)),
            "the tests of `unit` that store something, on PostgreSQL and Redis",
        ),
        Leg(
            "races",
            "postgresql",
            _on_services("tests/concurrency"),
            "many people at once, killed at the worst moments",
            WAITS,
        ),
        Leg(
            "faults",
            "postgresql, redis",
            _pytest("tests/faults"),
            "workers, Redis, PostgreSQL and disks that fail",
            WAITS,
        ),
        Leg(
            "golden",
            "sqlite",
            _pytest("tests/golden", may_be_empty=True),
            "real data from ../shared",
        ),
    )
    return {
        leg.name: leg
        for leg in every
        if leg.name not in APART or (ROOT / "tests" / leg.name).is_dir()
    }


def _run(leg: Leg) -> Tally:
    """Run one leg here, saying at once what it says."""
    _say(f"== {leg.name}: {leg.about}")
    started, used = time.monotonic(), _used()
    passed, failed, skipped = leg.run()
    seconds = round(time.monotonic() - started, 1)
    tally = Tally(leg.name, passed, failed, skipped, seconds, leg.service)
    _say(f"== {leg.name} took {seconds} s, {_used() - used:.0f} s of a processor: {_words(tally)}")
    return tally


def _used() -> float:
    """Return the seconds of a processor that processes took which are over."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return children.ru_utime + children.ru_stime


def _part(name: str, report: int) -> Sequence[str]:
    return (sys.executable, "-m", "tests.legs", name, "--part", str(report))


def _run_all(legs: Sequence[Leg]) -> list[Tally]:
    """Run legs side by side, those that wait beside the others; return them as they were named."""
    both = [[leg.name for leg in legs if leg.waits is waits] for waits in (False, True)]
    _say("== side by side: " + " | ".join(", ".join(lane) for lane in both if lane))
    tallies = {}
    for ended in lanes.side_by_side(both, _part):
        _say(ended.output)
        if ended.report:
            tallies[ended.name] = Tally(**json.loads(ended.report))
        else:
            service = next(leg.service for leg in legs if leg.name == ended.name)
            tallies[ended.name] = Tally(ended.name, 0, 1, 0, ended.seconds, service)
            _say(f"== {ended.name} broke: {_words(tallies[ended.name])}")
    return [tallies[leg.name] for leg in legs]


def _words(tally: Tally) -> str:
    return f"{tally.passed} passed, {tally.failed} failed, {tally.skipped} skipped"


def _sum(tallies: Iterable[Tally]) -> Tally:
    total = Tally("all", 0, 0, 0, 0.0, "")
    for tally in tallies:
        total = replace(
            total,
            passed=total.passed + tally.passed,
            failed=total.failed + tally.failed,
            skipped=total.skipped + tally.skipped,
        )
    return total


def _say(text: str) -> None:
    sys.stdout.write(text.rstrip("\n") + "\n")
    sys.stdout.flush()


def main(arguments: list[str]) -> int:
    """Run the legs that were asked for; return 0 only if all passed and none was skipped."""
    known = _legs()
    parser = argparse.ArgumentParser(prog="./run test", description="Every check, or some legs.")
    parser.add_argument("legs", nargs="*", metavar="LEG", help=", ".join(known))
    parser.add_argument("--list", action="store_true", help="list the legs")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the report here")
    parser.add_argument("--part", type=int, metavar="FD", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if SOAK in options.legs:
        os.environ["CONCORD_TEST_SOAK"] = "true"
        options.legs = [name for name in options.legs if name != SOAK] or ["races", "faults"]
    unknown = [name for name in options.legs if name not in known]
    if unknown:
        parser.error(f"no leg {unknown[0]!r}; known: {', '.join(known)}")
    if options.list:
        for leg in known.values():
            _say(f"{leg.name:10} {leg.about} ({leg.service})")
        _say(f"{SOAK:10} races and faults, or the legs named beside it, in full size")
        return 0
    legs = [known[name] for name in dict.fromkeys(options.legs or known)]
    if options.part is not None:
        with os.fdopen(options.part, "w", encoding="utf-8") as out:
            json.dump(asdict(_run(legs[0])), out)
        return 0
    tallies = _run_all(legs) if len(legs) > 1 else [_run(leg) for leg in legs]
    total = _sum(tallies)
    ok = total.failed == 0 and total.skipped == 0
    if options.json:
        report = {"ok": ok, "legs": [asdict(tally) for tally in tallies]}
        options.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    _say(_words(total))
    return 0 if ok else 1


if __name__ == "__main__":
    lanes.listen()
    tie_to_supervisor()
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
