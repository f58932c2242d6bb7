"""Recomputes each ruling from a release's votes, with no code of the product.

Run: python -m tests.golden.recompute --votes votes.csv --units units.csv
The rule (policy `majority`, share 0.67, permissive): of the human votes that are blind and not
superseded, needs_caution counts as safe; the leading value must have more than half of the votes
and a share of at least 0.67, rounded to two places. An adjudicated unit is skipped and counted.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections import Counter, defaultdict
from pathlib import Path

csv.field_size_limit(10_000_000)


def rows(path: Path) -> list[dict[str, str]]:
    """Return a CSV file's rows."""
    with path.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def main() -> None:
    """Compare and print what was found; exit 1 on a difference."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--votes", type=Path, required=True)
    parser.add_argument("--units", type=Path, required=True)
    options = parser.parse_args()
    votes: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in rows(options.votes):
        counted = row["kind"] == "human" and row["state"] == "given"
        if counted and row["phase"] == "blind" and row["superseded"].lower() in {"", "false"}:
            votes[row["item"], row["target"]].append(row["safety"])
    differences = []
    checked = adjudicated = 0
    for unit in rows(options.units):
        if unit["source"] == "adjudicator":
            adjudicated += 1
            continue
        key = (unit["id"], unit["target"])
        said = Counter("safe" if v == "needs_caution" else v for v in votes[key])
        leader, count = said.most_common(1)[0]
        share = count / sum(said.values())
        ruled = "safe" if unit["safety"] == "needs_caution" else unit["safety"]
        checked += 1
        if count * 2 <= sum(said.values()) or round(share, 2) < 0.67 or leader != ruled:
            differences.append({"unit": key, "votes": dict(said), "ruling": unit["safety"]})
    result = {
        "checked": checked,
        "adjudicated": adjudicated,
        "differences": len(differences),
        "details": differences[:20],
    }
    sys.stdout.write(json.dumps(result) + "\n")
    raise SystemExit(1 if differences else 0)


if __name__ == "__main__":
    main()
