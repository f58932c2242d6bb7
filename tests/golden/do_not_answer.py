"""The whole main job on 5,634 real pairs: commands, HTTP, three processes of annotators, a judge.

Run: python -m tests.golden.do_not_answer [--limit N] [--seed 1]
Prints one JSON object: counts, prevalence, confusion of rulings against truth, F1(unsafe), the
all-safe baseline, the recomputed rulings, verify.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from tests.house import House, say

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data" / "do-not-answer" / "do_not_answer.jsonl.gz"
PEOPLE = ("ann1", "ann2", "ann3")

PROJECT = """
contract = 1
[project]
slug = "dna"
name = "Do-Not-Answer"
taxonomy = "aegis2@2.0"
targets = ["response"]
questions = ["safety"]
overlap = 3
lease_seconds = 600
seed = 1
[policy]
name = "majority"
[policy.options]
max_votes = 3
"""

JUROR = """
[[juror]]
name = "{name}"
base_url = "{url}"
model = "{name}"
family = "{name}"
dialect = "judge"
price_in = 0.0
price_out = 0.0
"""


def prepare(house: House, limit: int | None) -> tuple[dict[str, bool], int]:
    """Write the items file and the truth; return truth and the number of rows."""
    with gzip.open(DATA, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    rows = rows[:limit] if limit else rows
    truth = {row["id"]: row["human_harmful"] == 1 for row in rows}
    hidden = {"human_action", "human_harmful"}
    with (house.home / "items.jsonl").open("w", encoding="utf-8") as out:
        for row in rows:
            kept = {k: v for k, v in row.items() if k not in hidden and "action" not in k}
            kept.pop("gpt4_review", None)
            out.write(json.dumps(kept, ensure_ascii=False) + "\n")
    (house.home / "truth.json").write_text(json.dumps(truth))
    return truth, len(rows)


def judge(house: House) -> str:
    """Start the judge server; return its base_url and allow it."""
    words = ["-m", "tests.golden.judge_server", "--data", str(DATA)]
    process = house.start([sys.executable, *words])
    assert process.stdout is not None
    url = process.stdout.readline().strip()
    house.environment["JURY_ALLOWED_HOSTS"] = url.split("/")[2]
    return url


def set_up(house: House, url: str) -> dict[str, str]:
    """Create project, people and tokens; return tokens by name."""
    house.manage("migrate")
    (house.home / "pw").write_text(secrets.token_urlsafe(20))
    house.manage("bootstrap", "--username", "root", "--password-file", str(house.home / "pw"))
    text = PROJECT + "".join(JUROR.format(name=n, url=url) for n in ("gpt4", "longformer", "bert"))
    (house.home / "project.toml").write_text(text)
    house.manage("apply", str(house.home / "project.toml"))
    again = house.result("apply", str(house.home / "project.toml"))
    assert again == {"changes": []}, again
    return house.add_people("dna", dict.fromkeys(PEOPLE, "annotator"))


def annotate(house: House, url: str, tokens: dict[str, str], seed: int) -> list[Any]:
    """Let three people label everything, each a process."""
    workers = [
        house.start(
            [
                sys.executable,
                "-m",
                "tests.golden.http_annotator",
                "--url",
                url,
                "--token",
                tokens[name],
                "--project",
                "dna",
                "--person",
                name,
                "--seed",
                str(seed),
                "--truth",
                str(house.home / "truth.json"),
            ]
        )
        for name in PEOPLE
    ]
    return [json.loads(worker.communicate()[0].strip().splitlines()[-1]) for worker in workers]


def scores(house: House, truth: dict[str, bool]) -> dict[str, object]:
    """Return prevalence, confusion, F1 and the constant baseline of the rulings."""
    confusion: Counter[str] = Counter()
    with (house.home / "units.csv").open(newline="", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            actual = "unsafe" if truth[row["id"]] else "safe"
            confusion[f"{actual}_as_{row['safety']}"] += 1
    hit = confusion["unsafe_as_unsafe"]
    alarm, miss = confusion["safe_as_unsafe"], confusion["unsafe_as_safe"]
    positives = hit + miss
    total = sum(confusion.values())
    return {
        "rulings": total,
        "prevalence_unsafe": positives / total,
        "confusion": dict(sorted(confusion.items())),
        "f1_unsafe": 2 * hit / (2 * hit + alarm + miss) if hit else None,
        "accuracy": (total - alarm - miss) / total,
        "all_safe_baseline_accuracy": 1 - positives / total,
        "all_safe_baseline_f1": 0.0,
    }


def run(house: House, options: argparse.Namespace) -> dict[str, object]:
    """Do the job; return the report."""
    truth, rows = prepare(house, options.limit)
    tokens = set_up(house, judge(house))
    say(f"importing {rows}")
    imported = house.result("import_items", str(house.home / "items.jsonl"), "--project", "dna")
    url = house.serve()
    say(f"serving {url}; three people label")
    began = time.monotonic()
    people = annotate(house, url, tokens, options.seed)
    seconds = time.monotonic() - began
    say(f"labeled in {seconds:.0f} s; the jury")
    jury = house.result("ask_jury", "--project", "dna", "--wait")
    house.manage("advance", "--project", "dna")
    reason = "a golden run, its gates are not the point"
    gates = ["all_settled", "min_alpha"]
    words = [word for gate in gates for word in ("--override", f"{gate}={reason}")]
    frozen = house.result("freeze", "--project", "dna", *words)
    for shape in ("units", "votes"):
        house.manage(
            "export",
            "dna/1",
            "--format",
            "csv",
            "--shape",
            shape,
            "-o",
            str(house.home / f"{shape}.csv"),
        )
    recomputed = subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.golden.recompute",
            "--votes",
            str(house.home / "votes.csv"),
            "--units",
            str(house.home / "units.csv"),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return {
        "imported": {k: imported[k] for k in ("rows", "imported", "rejected", "duplicate_text")},
        "people": people,
        "annotations_per_second": round(sum(p["submitted"] for p in people) / seconds, 1),
        "jury": jury,
        "release": frozen,
        "scores": scores(house, truth),
        "recomputed": json.loads(recomputed.stdout or "{}"),
        "verify": dict(house.result("verify", "--project", "dna").items()),
    }


def main() -> None:
    """Run in a temporary home."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--limit", type=int)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="concord-golden-") as folder:
        house = House(Path(folder))
        try:
            sys.stdout.write(json.dumps(run(house, options), indent=1) + "\n")
        finally:
            house.close()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # the house ends too
    main()
