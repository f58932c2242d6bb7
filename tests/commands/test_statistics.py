from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from annotator.flow.management.commands.agreement import Command

CSV = "item,rater,label\nu1,a,1\nu1,b,2\nu2,a,2\nu2,b,2\nu3,a,10\n"


@pytest.fixture
def votes(tmp_path: Path) -> Path:
    path = tmp_path / "votes.csv"
    path.write_text(CSV, encoding="utf-8")
    return path


def run(command: str, *arguments: str) -> str:
    out = io.StringIO()
    call_command(command, *arguments, stdout=out)
    return out.getvalue()


def answer(command: str, *arguments: str) -> Any:
    return json.loads(run(command, *arguments, "--json").splitlines()[-1])


def test_agreement_needs_no_database_and_prints_one_object(votes: Path) -> None:
    found = answer("agreement", "--votes", str(votes), "--order=1,2,10", "--bootstrap", "50")
    assert (found["units"], found["labels"], found["values"]) == (2, 5, ["1", "2", "10"])
    assert found["percent_agreement"] == 0.5
    assert found["alpha_ordinal"] is not None
    assert found["alpha_masi"] is None
    assert "alpha_masi" in found["reason"]


def test_agreement_for_people_is_a_table_with_reasons(votes: Path) -> None:
    words = run("agreement", "--votes", str(votes), "--missing", "10")
    assert "2 units · 2 raters · 4 labels" in words
    assert "no order of the values is given" in words


def test_raters_says_that_it_is_no_truth(votes: Path) -> None:
    assert set(answer("raters", "--votes", str(votes))["raters"]) == {"a", "b"}
    assert "it is not the truth of the units" in run("raters", "--votes", str(votes))


def test_an_order_may_start_with_a_negative_number(votes: Path) -> None:
    votes.write_text(CSV.replace("1\n", "-1\n"), encoding="utf-8")
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        argv = ["manage.py", "agreement", "--votes", str(votes), "--order", "-1,2,10", "--json"]
        Command().run_from_argv(argv)
    assert json.loads(out.getvalue())["values"] == ["-1", "2", "10"]


@pytest.mark.parametrize("command", ["agreement", "raters"])
def test_a_second_vote_is_exit_2_with_its_line(command: str, votes: Path) -> None:
    votes.write_text(CSV + "u1,a,2\n", encoding="utf-8")
    with pytest.raises(CommandError, match=r"votes\.csv: line 7: a second vote") as caught:
        run(command, "--votes", str(votes))
    assert caught.value.returncode == 2
    assert answer(command, "--votes", str(votes), "--duplicates", "last")


@pytest.mark.parametrize(
    "arguments",
    [["--votes", "absent.csv"], ["--order", "1,2"], ["--sets", ""], ["--bootstrap", "-1"]],
)
def test_what_cannot_be_used_is_exit_2(arguments: list[str], votes: Path) -> None:
    with pytest.raises(CommandError) as caught:
        run("agreement", "--votes", str(votes), *arguments)
    # argparse has no return code of its own when called from Python; the process exits with 2.
    assert caught.value.returncode in {1, 2}
