"""Published files through the importers; not collected where the data are absent.

The files are read whole in tests/golden; here their beginnings, on either database.
"""

from __future__ import annotations

import csv
import gzip
from itertools import islice
from pathlib import Path

import pytest

from annotator.flow.intake import import_items
from annotator.flow.stored_votes import import_votes
from annotator.intake.models import Item, Turn, Unit
from annotator.labeling.models import Vote
from tests.flow.projects import project

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
VALUES = {"No": "safe", "Yes": "unsafe", "Unsure": "needs_caution"}
ROWS, PAIRS = 2_100, 1_000  # more than one chunk of votes; one of items, and of a repeated text
REPEATED = 1_504

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def test_conversations_with_many_raters(tmp_path: Path) -> None:
    view = project(targets=["dialogue"])
    report = import_items(DATA / "dices" / "items.jsonl", project=view)
    assert (report.imported, report.rejected) == (350, 0)
    assert Unit.objects.count() == 350
    assert Turn.objects.count() > 3 * 350
    path = tmp_path / "votes.csv"
    with (DATA / "dices" / "votes.csv").open(encoding="utf-8", newline="") as source:
        lines = [
            f"{row['item']},dialogue,{row['rater']},human,given,{VALUES[row['label']]}"
            for row in islice(csv.DictReader(source), ROWS)
        ]
    path.write_text("item,target,rater,kind,state,safety\n" + "\n".join(lines), encoding="utf-8")
    votes = import_votes(path, project=view)
    assert (votes.imported, votes.rejected) == (ROWS, 0)
    assert Vote.objects.filter(counts=True).count() == ROWS
    assert import_votes(path, project=view).already_present == ROWS


def test_pairs_with_two_repeated_texts(tmp_path: Path) -> None:
    view = project(targets=["response"], overlap=1)
    with gzip.open(
        DATA / "do-not-answer" / "do_not_answer.jsonl.gz", "rt", encoding="utf-8"
    ) as file:
        lines = file.readlines()
    chosen = [*lines[:PAIRS], lines[REPEATED]]
    path = tmp_path / "pairs.jsonl.gz"
    path.write_bytes(gzip.compress("".join(chosen).encode()))
    report = import_items(path, project=view)
    assert (report.imported, report.rejected, report.duplicate_text) == (PAIRS + 1, 0, 2)
    assert Item.objects.exclude(metadata__human_harmful=None).count() == PAIRS + 1
