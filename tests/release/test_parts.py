"""The pure parts: files, splits, gates."""

from __future__ import annotations

import os
import resource
import signal
from pathlib import Path

import pytest

from annotator.core.errors import Unavailable
from annotator.release.canonical import replaced_file
from annotator.release.gates import Alpha, Standing, evaluate
from annotator.release.splits import TEST, TRAIN, VALIDATION, Linked, split_of, splits


def test_a_full_disk_leaves_the_old_file_and_no_part(home: Path) -> None:
    place = home / "export.jsonl"
    place.write_text("old\n")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        with pytest.raises(Unavailable, match="Nothing was written"), replaced_file(place) as file:
            file.row({"text": "x" * 100_000})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert place.read_text() == "old\n"
    assert os.listdir(home) == ["export.jsonl"]  # noqa: PTH208 - names alone


def test_what_belongs_together_falls_into_one_split() -> None:
    found = splits(
        [
            Linked(1, "a" * 64, "p1", ()),
            Linked(2, "b" * 64, "p1", ()),
            Linked(3, "c" * 64, "p3", (2,)),
            Linked(4, "a" * 64, "p4", ()),
        ]
    )
    assert set(found.values()) == {split_of("a" * 64)}


def test_a_later_import_moves_nothing() -> None:
    early = [Linked(n, f"{n:064x}", f"p{n}", ()) for n in range(1, 200)]
    late = [Linked(n, f"{n:064x}", f"p{n - 500}", ()) for n in range(501, 600)]
    before, after = splits(early), splits([*early, *late])
    assert before == {item: after[item] for item in before}


def test_splits_have_their_sizes() -> None:
    found = [split_of(f"{n:064x}") for n in range(10_000)]
    assert abs(found.count(TRAIN) - 8000) < 200
    assert abs(found.count(VALIDATION) - 1000) < 120
    assert abs(found.count(TEST) - 1000) < 120


def standing(**changes: object) -> Standing:
    values: dict[str, object] = {
        "units": 100, "settled": 100, "people_asked": 100, "human_judged": 100, "open_seats": 0,
        "alphas": [Alpha("prompt", "safety", 0.7, "", 100)],
    }  # fmt: skip
    return Standing(**{**values, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "shut"),
    [
        ({}, set()),
        ({"settled": 99}, {"all_settled"}),
        ({"open_seats": 1}, {"no_open_seats"}),
        ({"human_judged": 49}, {"human_judged_share"}),
        ({"alphas": [Alpha("prompt", "safety", 0.39, "", 50)]}, {"min_alpha"}),
        ({"alphas": [Alpha("prompt", "safety", None, "only one value occurs", 50)]}, {"min_alpha"}),
        ({"alphas": [Alpha("prompt", "safety", 0.1, "", 49)]}, set()),
        ({"units": 0, "settled": 0, "people_asked": 0}, {"all_settled", "human_judged_share"}),
    ],
)
def test_gates(changes: dict[str, object], shut: set[str]) -> None:
    judged = evaluate(standing(**changes))
    assert {gate.name for gate in judged if not gate.passed} == shut
    assert all(gate.reason for gate in judged if gate.value is None or not gate.passed)
