"""The sample's own texts, its planted truth, and the change of the guideline."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from jury.verdict import Answer

FOLDER: Final = Path(__file__).parent
INTERACTIONS: Final = FOLDER / "interactions.jsonl"
TRUTH: Final = FOLDER / "truth.jsonl"
CHANGE: Final = FOLDER / "guideline_change.yaml"
PROJECT: Final = FOLDER / "project.toml"

MISTAKEN: Final = "manipulation_as_harassment"
INJECTED: Final = "injected"
CONTESTED: Final = "contested"

SETTLED: Final = "settled"
IN_WORK: Final = "in_work"
LABEL_AGAIN: Final = "label_again"
LEAD: Final = "lead"
NEW: Final = "new"


@dataclass(frozen=True, slots=True)
class Truth:
    """What is planted for one interaction.

    Attributes:
        external_id: Its id in the import.
        answers: The right answer by target.
        difficulty: From 0 (plain) to 1 (people differ).
        note: Which planted fact it belongs to, if any.
        batch: In which import it comes.
        state: Where it stands once the sample is built.
    """

    external_id: str
    answers: Mapping[str, Answer]
    difficulty: float
    note: str
    batch: int
    state: str


def truths() -> tuple[Truth, ...]:
    """Return the planted truth of all interactions, in the order of the file."""
    rows = [json.loads(line) for line in TRUTH.read_text(encoding="utf-8").splitlines()]
    return tuple(
        Truth(
            external_id=row["id"],
            answers={
                target: Answer(row[target]["safety"], tuple(row[target]["categories"]))
                for target in ("prompt", "response")
                if row[target]
            },
            difficulty=row["difficulty"],
            note=row["note"],
            batch=row["batch"],
            state=row["state"],
        )
        for row in rows
    )


def lines_of_batch(batch: int) -> str:
    """Return the interactions of one batch as JSON lines."""
    wanted = {truth.external_id for truth in truths() if truth.batch == batch}
    lines = INTERACTIONS.read_text(encoding="utf-8").splitlines()
    return "".join(f"{line}\n" for line in lines if json.loads(line)["id"] in wanted)


def guideline_change() -> dict[str, Any]:
    """Return what version 1.1 of the guideline changes."""
    document: dict[str, Any] = yaml.safe_load(CHANGE.read_text(encoding="utf-8"))
    return document


def project_document(seed: int) -> dict[str, Any]:
    """Return the sample's project file with this seed."""
    document = tomllib.loads(PROJECT.read_text(encoding="utf-8"))
    document["project"]["seed"] = seed
    return document
