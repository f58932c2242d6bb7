"""`./run demo --check`: the main job from end to end, as programs and people outside do it.

It builds the sample in a home of its own, starts the processes that `serve` starts, and uses only
HTTP and the documented commands: people label, a lead decides, a release is frozen and exported.
Then it reads the pages for the facts that are planted in the sample. The last line on stdout is
one JSON object; the exit code is 0 if everything holds.
"""

from __future__ import annotations

import argparse
import json
import re
import secrets
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from checks import labelers, releases
from checks.client import CheckError, Client, demand, expect
from checks.house import ROOT, House
from checks.labelers import PEOPLE, PROJECT, Desk, Labeler, Opinions
from checks.pages import FACTS
from checks.releases import Counts, Export

CONTRACT = 1
INTERRUPTED = 130
LEAD, BOSS = "check-lead", "check-boss"
SAMPLE = ROOT / "annotator" / "sample"
NEVER = 3600
"""The longest pause between sweeps: with it only the first one runs."""
JURORS = 3
START_SECONDS = 90.0
"""What a start may take on a busy machine, whatever the patience."""


@dataclass(slots=True)
class Report:
    """What the check found, step by step."""

    seed: int
    numbers: dict[str, Any] = field(default_factory=dict)
    steps: list[dict[str, object]] = field(default_factory=list)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time a step and keep how it ended; its error goes on to the caller."""
        began = time.monotonic()
        message = ""
        try:
            yield
        except CheckError as error:
            message = str(error)
            raise
        except Exception as error:
            message = f"{type(error).__name__}: {error}"
            raise CheckError(message) from error
        finally:
            seconds = round(time.monotonic() - began, 2)
            ok = sys.exc_info()[0] is None
            self.steps.append({"name": name, "ok": ok, "seconds": seconds, "message": message})
            sys.stderr.write(f"{'ok ' if ok else 'NO '} {name} ({seconds} s) {message}\n")

    def document(self) -> dict[str, object]:
        """Return the report in the form of the contract."""
        empty = {"rows": 0, "sha256": None}
        return {
            "contract": CONTRACT,
            "ok": all(step["ok"] for step in self.steps),
            "seed": self.seed,
            "items": 0,
            "units": 0,
            "annotations": 0,
            "opinions": {"given": 0, "abstained": 0, "failed": 0},
            "settled_first_pass": 0,
            "reannotated_units": 0,
            "adjudicated_units": 0,
            "rulings": 0,
            "exports": {"jsonl": empty, "csv": empty},
            "verify_differences": None,
            **self.numbers,
            "steps": self.steps,
        }


@dataclass(slots=True)
class Check:
    """One run of the main job."""

    options: argparse.Namespace
    house: House
    report: Report
    url: str = ""
    jury_job: str = ""
    tokens: Mapping[str, str] = field(default_factory=dict)
    password: str = field(default_factory=lambda: secrets.token_urlsafe(24))

    def run(self) -> None:
        """Do everything in its order; raises CheckError at the first step that fails."""
        parts: tuple[tuple[str, Callable[[], None]], ...] = (
            ("build", self._build),
            ("serve", self._serve),
            ("jury", self._start_jury),
            ("label", self._label),
            ("adjudicate", self._adjudicate),
            ("opinions", self._await_jury),
            ("numbers", self._numbers),
        )
        for name, part in parts:
            with self.report.step(name):
                part()
        self._facts()
        with self.report.step("release"):
            self._release()
        with self.report.step("verify"):
            self._verify()

    def _build(self) -> None:
        self.house.manage("migrate")
        seed = ("--seed", str(self.options.seed))
        built = self.house.result("sample", *seed)
        demand(built["items"] == 240, f"the sample has {built['items']} items")
        again = self.house.result("sample", *seed)
        demand(not again["created"], "a second build of the sample changes something")
        self._change_settings()
        roles = {**dict.fromkeys(PEOPLE, "annotator"), LEAD: "manager"}
        self.tokens = self.house.add_people(PROJECT, roles)
        words = self.house.home / "password"
        words.write_text(self.password, encoding="utf-8")
        words.chmod(0o600)
        self.house.manage("bootstrap", "--username", BOSS, "--password-file", str(words))

    def _change_settings(self) -> None:
        """Apply the sample's file with what the options change: nothing of it is evidence."""
        changed = (SAMPLE / "project.toml").read_text(encoding="utf-8")
        changed = re.sub(r"(?m)^seed = .*", f"seed = {self.options.seed}", changed)
        if self.options.overlap != 3:
            changed = changed.replace("overlap = 3", f"overlap = {self.options.overlap}")
        if self.options.jury_delay or self.options.shuffle_jury:
            changed = _slower(changed, self.options)
        path = self.house.home / "project.toml"
        path.write_text(changed, encoding="utf-8")
        changes = self.house.result("apply", str(path))["changes"]
        unusual = self.options.overlap != 3 or self.options.jury_delay or self.options.shuffle_jury
        demand(unusual or not changes, f"the sample is not what its file says: {changes}")

    def _serve(self) -> None:
        patience = max(self.options.patience, START_SECONDS)
        if self.options.no_jury:
            self.url = self.house.web_only()
        else:
            self.url = self.house.serve(seconds=patience)
        client = Client(self.url)
        status, raw = client.raw("/healthz")
        expect(status, 200, "/healthz", raw)
        health = json.loads(raw)
        demand(health["contract"] == CONTRACT, f"the contract is {health['contract']}")
        status, raw = client.raw("/readyz")
        expect(status, 200, "/readyz", raw.decode(errors="replace"))

    def _manager(self) -> Client:
        return Client(self.url, self.tokens[LEAD])

    def _start_jury(self) -> None:
        path = f"/projects/{PROJECT}/jury"
        status, said = self._manager().call("POST", path, {"action": "run"})
        expect(status, 202, "jury", said)
        self.jury_job = said["job"]

    def _label(self) -> None:
        opinions = self._opinions()
        manager = self._manager()
        missing = labelers.first_votes_missing(manager, self.options.overlap)
        demand(len(missing) >= 80, f"only {len(missing)} items wait for votes")
        desk = Desk(opinions, missing)
        people = [Labeler(name, Client(self.url, self.tokens[name]), desk) for name in PEOPLE]
        labelers.label_all(manager, people, desk, concurrency=self.options.concurrency)

    def _opinions(self) -> Opinions:
        return Opinions.read(SAMPLE / "truth.jsonl", self.options.seed)

    def _adjudicate(self) -> None:
        count = labelers.adjudicate_all(self._manager(), self._opinions())
        demand(count >= 10, f"only {count} disputes came before the lead")

    def _await_jury(self) -> None:
        """Wait until every inquiry has ended, and the run that was asked for with them."""
        manager = self._manager()
        deadline = time.monotonic() + self.options.patience
        waiting = 1
        while waiting and time.monotonic() < deadline:
            jurors = manager.get(f"/projects/{PROJECT}/progress")["opinions"]
            waiting = sum(states["queued"] + states["leased"] for states in jurors.values())
            time.sleep(0.2)
        demand(not waiting, f"{waiting} inquiries have not ended")
        releases.await_job(manager, self.jury_job, seconds=self.options.patience)

    def _numbers(self) -> None:
        found = self._manager().get(f"/projects/{PROJECT}/progress")
        states = ("given", "abstained", "failed")
        opinions = {s: sum(juror[s] for juror in found["opinions"].values()) for s in states}
        units = found["units"]
        self.report.numbers |= {
            "items": found["items"],
            "units": sum(units.values()),
            "annotations": found["annotations"],
            "opinions": opinions,
        }
        asked = found["items"] * JURORS
        demand(sum(opinions.values()) == asked, f"{opinions} are not {asked} inquiries")
        demand(not opinions["failed"], f"{opinions['failed']} inquiries failed")
        demand(units["settled"] == sum(units.values()), f"not all units are settled: {units}")
        open_seats = found["seats"]["open"] + found["seats"]["leased"]
        demand(not open_seats, f"{open_seats} seats still wait")

    def _facts(self) -> None:
        """Find every planted fact on the pages, as a lead sees them in a browser."""
        browser = Client(self.url)
        with self.report.step("sign in"):
            browser.sign_in(BOSS, self.password)
        failures = []
        for name, find in FACTS.items():
            try:
                with self.report.step(f"fact: {name}"):
                    find(browser)
            except CheckError:
                failures.append(name)
        if failures:
            message = f"planted facts that no page shows: {', '.join(failures)}"
            raise CheckError(message)

    def _release(self) -> None:
        manager = self._manager()
        number = releases.freeze(manager, seconds=self.options.patience)
        manifest = manager.get(f"/projects/{PROJECT}/releases/{number}")
        releases.check_manifest(self.house, manifest)

        def export(format_key: str, shape: str) -> Export:
            return releases.export(self.house, manager, number, format_key=format_key, shape=shape)

        jsonl, table = export("jsonl", "units"), export("csv", "units")
        releases.same_rows(jsonl, table)
        counts = releases.count(jsonl, export("jsonl", "votes"))
        self.report.numbers |= {
            "settled_first_pass": counts.settled_first_pass,
            "reannotated_units": counts.reannotated,
            "adjudicated_units": counts.adjudicated,
            "rulings": counts.rulings,
            "exports": {"jsonl": jsonl.document(), "csv": table.document()},
            "release_sha256": releases.release_digest(manifest),
        }
        self._add_up(counts, jsonl)

    def _add_up(self, counts: Counts, units: Export) -> None:
        total = self.report.numbers["units"]
        demand(units.rows == total, f"{units.rows} rows of {total} units")
        demand(counts.rulings == total, f"{counts.rulings} rulings of {total} units")
        settled_later = total - counts.settled_first_pass - counts.adjudicated
        demand(
            0 <= settled_later <= counts.reannotated <= settled_later + counts.adjudicated,
            f"{counts} do not add up to {total}",
        )

    def _verify(self) -> None:
        said = self.house.result("verify", "--project", PROJECT)
        self.report.numbers["verify_differences"] = said["differences"]
        demand(said["differences"] == 0, f"verify: {said['details'][:3]}")
        demand(said["checked"]["units"], "verify looked at nothing")


def _slower(text: str, options: argparse.Namespace) -> str:
    """Return the project file with its jurors in another order, one question at a time each."""
    head, *jurors = text.split("[[juror]]\n")
    last, budget = jurors[-1].split("[budget]\n")
    jurors = [*jurors[:-1], last]
    if options.shuffle_jury:
        jurors = [f"in_flight = {n + 1}\n{each}" for n, each in enumerate(reversed(jurors))]
    if options.jury_delay:
        rpm = max(1, int(60 / options.jury_delay))
        jurors = [f"rpm = {rpm}\n{each}" for each in jurors]
    return "[[juror]]\n".join([head, *jurors]) + f"[budget]\n{budget}"


def parse(arguments: list[str]) -> argparse.Namespace:
    """Return the options; those after the first two are for the tests of this check."""
    parser = argparse.ArgumentParser(prog="./run demo --check", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="of the sample (default: 1)")
    parser.add_argument("--home", type=Path, help="keep the home here (default: a temporary one)")
    parser.add_argument("--concurrency", type=int, default=4, help="clients at a time")
    parser.add_argument("--patience", type=float, default=90, help="seconds to wait for anything")
    parser.add_argument("--no-jury", action="store_true", help="start no jury process")
    parser.add_argument("--no-sweep", action="store_true", help="sweep once only")
    parser.add_argument("--overlap", type=int, default=3, help="first votes an item")
    parser.add_argument("--shuffle-jury", action="store_true", help="jurors in another order")
    parser.add_argument("--jury-delay", type=float, default=0.0, help="seconds between answers")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    """Run the check; return 0 if all holds, else 1."""
    options = parse(arguments)
    home = options.home or Path(tempfile.mkdtemp(prefix="concord check "))
    report = Report(options.seed)
    house = House(home.absolute(), sweep_seconds=NEVER if options.no_sweep else 1)
    try:
        Check(options, house, report).run()
    except CheckError as error:
        sys.stderr.write(f"failed: {error}\n")
    finally:
        house.close()
        if options.home is None:
            shutil.rmtree(home, ignore_errors=True)
    document = report.document()
    sys.stdout.write(json.dumps(document) + "\n")
    return 0 if document["ok"] else 1


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # the house ends too
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
