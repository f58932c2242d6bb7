"""The replay on real votes keeps its promises; the bars themselves are printed by the bench."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.golden.conftest import SHARED

DICES = SHARED / "data" / "dices" / "votes.csv"
CONVABUSE = SHARED / "data" / "convabuse" / "votes_severity.csv"


def replayed(votes: Path, *arguments: str) -> Any:
    out = io.StringIO()
    call_command("replay", "--votes", str(votes), *arguments, "--json", stdout=out)
    return json.loads(out.getvalue().splitlines()[-1])


def test_the_panel_saves_a_third_and_more_of_the_labels() -> None:
    found = replayed(DICES, "--positive", "Yes", "--k", "3,5")
    assert found["truth_units"] == 350
    assert found["positive_rate"] == pytest.approx(69 / 350)
    assert found["constant_baseline"] == pytest.approx(281 / 350)
    assert found["k"]["5"]["fixed"]["labels"] == 1750
    assert found["k"]["5"]["policy"]["saving"] >= 0.37
    assert found["k"]["3"]["curtailed"]["saving"] >= 0.20
    for one in found["k"].values():
        assert abs(one["policy"]["gap"]) < 0.01


def test_three_jurors_save_more_than_half() -> None:
    found = replayed(DICES, "--positive", "Yes", "--k", "5", "--jury", "simulated:3,0.7,0.4")
    assert found["jury_alone"] == pytest.approx(0.75, abs=0.02)
    assert found["k"]["5"]["policy"]["saving"] >= 0.5
    assert found["k"]["5"]["policy"]["gap"] > -0.01


def test_three_raters_and_another_rate_work_unchanged() -> None:
    found = replayed(CONVABUSE, "--positive=-1,-2,-3", "--k", "3", "--seeds", "1")
    assert found["k"]["3"]["policy"]["balanced_accuracy"] > 0.99
    assert found["k"]["3"]["policy"]["saving"] >= 0.2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--positive", "Yes", "--jury", "votes"), "no rows of kind juror"),
        (("--positive", "Yes", "--jury", "simulated:3"), "--jury must be votes or simulated"),
        (("--positive", "Maybe"), "the labels are: No, Unsure, Yes"),
        (("--positive", "Yes", "--k", "0"), "--k needs whole numbers"),
    ],
)
def test_what_cannot_be_replayed_is_refused(arguments: tuple[str, ...], words: str) -> None:
    with pytest.raises(CommandError, match=words) as caught:
        call_command("replay", "--votes", str(DICES), *arguments)
    assert caught.value.returncode == 2
