"""Strange but legal votes files: the same votes in any dress give the same figures, and the referee's."""

from __future__ import annotations

import csv
import gzip
import io
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import krippendorff
import numpy as np
import pytest
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

Row = tuple[str, str, str]
# Ids that a careless reader would take for numbers, dates, formulas, missing values or two cells.
IDS = (
    "007",
    "7",
    "7.0",
    "1e3",
    "NA",
    "nan",
    "a,b",
    'say "x"',
    "zwei\nZeilen",
    "Ünïcode 号",
    "=1+1",
    " x ",
)
LABELS = ("0", "1", "-2", "3.5")


@st.composite
def files(draw: st.DrawFn) -> list[Row]:
    """Return votes, none twice, of strange items and raters."""
    pairs = draw(
        st.lists(
            st.tuples(st.sampled_from(IDS), st.sampled_from(IDS[:6])),
            unique=True,
            min_size=2,
            max_size=40,
        )
    )
    return [(item, rater, draw(st.sampled_from(LABELS))) for item, rater in pairs]


def csv_text(rows: Sequence[Row], *, line: str, quoted: bool, columns: Sequence[str]) -> str:
    out = io.StringIO()
    writer = csv.writer(
        out, lineterminator=line, quoting=csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL
    )
    writer.writerow(columns)
    for row in rows:
        cells = {**dict(zip(("item", "rater", "label"), row, strict=True)), "kind": "human"}
        writer.writerow([cells[name] for name in columns])
    return out.getvalue()


def answer(command: str, folder: Path, name: str, data: bytes, *arguments: str) -> Any:
    path = folder / name
    path.write_bytes(data)
    out = io.StringIO()
    call_command(command, "--votes", str(path), *arguments, "--json", stdout=out)
    return json.loads(out.getvalue().splitlines()[-1])


def agreement(folder: Path, name: str, data: bytes, *arguments: str) -> Any:
    return answer("agreement", folder, name, data, "--bootstrap", "0", *arguments)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(files(), st.randoms(use_true_random=False))
def test_the_same_votes_in_any_dress_give_the_same_figures(rows: list[Row], dice: Any) -> None:
    plain = csv_text(rows, line="\n", quoted=False, columns=("item", "rater", "label"))
    mixed = list(rows)
    dice.shuffle(mixed)
    quoted = csv_text(mixed, line="\r\n", quoted=True, columns=("kind", "label", "rater", "item"))
    lines = "\n\n".join(
        json.dumps({"label": label, "item": item, "rater": rater, "kind": "human"})
        for item, rater, label in mixed
    )
    dresses = {
        "plain.csv": plain.encode(),
        "bom.csv": plain.encode("utf-8-sig"),
        "quoted.csv": quoted.encode(),
        "open.csv": plain.rstrip("\n").encode(),
        "blank.csv": (plain + "\n\n").encode(),
        "zipped.csv.gz": gzip.compress(quoted.encode("utf-8-sig")),
        "lines.jsonl": lines.encode(),
        "lines.jsonl.gz": gzip.compress(lines.encode("utf-8-sig")),
    }
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found = [agreement(folder, file, data) for file, data in dresses.items()]
        raters = [answer("raters", folder, file, data) for file, data in dresses.items()]
    assert all(one == found[0] for one in found)
    assert all(one == raters[0] for one in raters)
    assert found[0]["labels"] == len(rows)
    assert found[0]["raters"] == len({rater for _, rater, _ in rows})
    assert set(raters[0]["units"]) == {item for item, _, _ in rows}
    _check_with_the_referee(rows, found[0])


def _check_with_the_referee(rows: list[Row], found: Any) -> None:
    units: dict[str, Counter[str]] = {}
    for item, _, label in rows:
        units.setdefault(item, Counter())[label] += 1
    pairable = [unit for unit in units.values() if unit.total() > 1]
    assert found["units"] == len(pairable)
    if len({label for unit in pairable for label in unit}) < 2:
        assert found["alpha_nominal"] is None
        assert found["reason"]["alpha_nominal"]
        return
    counts = np.array([[unit[label] for label in LABELS] for unit in pairable])
    domain = [float(label) for label in LABELS]
    for level in ("nominal", "interval"):
        expected = krippendorff.alpha(
            value_counts=counts, value_domain=domain, level_of_measurement=level
        )
        assert found[f"alpha_{level}"] == pytest.approx(expected, abs=1e-9)


def test_cells_of_spaces_are_trimmed_labels_and_missing_ones_no_votes(tmp_path: Path) -> None:
    data = b"item,rater,label\nu1,a, x \nu1,b,x\nu2,a,?\nu2,b,   \nu3,a,n/a\nu3,b,y\n"
    found = agreement(tmp_path, "v.csv", data, "--missing", "?,n/a")
    assert (found["labels"], found["values"], found["units"]) == (3, ["x", "y"], 1)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"item,rater\nu,a\n", "no label"),
        (b"item,rater,label,label\nu,a,x,y\n", "a column occurs twice"),
        (b"item,rater,label,score\nu,a,x,1\n", "unknown field 'score'"),
        (b"item,rater,label\nu,a\n", "line 2: 2 cells under 3 columns"),
        (b'item,rater,label\nu,a,"x\n', "line 2"),
        (b"item,rater,label\n,a,x\n", "line 2: item is empty"),
        (b"item,rater,label,kind\nu,a,x,robot\n", "line 2: kind is 'robot'"),
        (b"item,rater,label\nu,a,\xff\n", "not UTF-8"),
        ("item,rater,label\nu,a,x\n".encode("utf-16"), "not UTF-8"),
        (b'item,rater,label\n"u\n1",a,x\nu,b,x\nu,b,y\n', "line 5: a second vote"),
    ],
)
@pytest.mark.parametrize("command", ["agreement", "raters"])
def test_what_is_no_votes_file_is_exit_2_and_says_where(
    tmp_path: Path, command: str, data: bytes, words: str
) -> None:
    with pytest.raises(CommandError, match=words) as caught:
        answer(command, tmp_path, "v.csv", data)
    assert caught.value.returncode == 2


def test_missing_labels_are_listed_alike_for_every_command(tmp_path: Path) -> None:
    data = b"item,rater,label\nu1,a,-1\nu1,b,x\nu2,a,?\nu2,b,y\nu3,a,x\nu3,b,x\n"
    for words in (["--missing=-1, ?"], ["--missing", "-1, ?"]):
        path = tmp_path / "v.csv"
        path.write_bytes(data)
        done = subprocess.run(
            [sys.executable, "manage.py", "raters", "--votes", str(path), *words, "--json"],
            capture_output=True,
            check=True,
        )
        labels = {label for unit in json.loads(done.stdout)["units"].values() for label in unit}
        assert labels == {"x", "y"}


def test_a_taxonomy_adds_the_alpha_of_its_tree(tmp_path: Path) -> None:
    data = (
        b"item,rater,label\nu1,a,malware\nu1,b,fraud\nu2,a,hate|threat\nu2,b,hate\n"
        b"u3,a,none\nu3,b,none\n"
    )
    found = agreement(tmp_path, "v.csv", data, "--sets", "|", "--taxonomy", "aegis2@2.0")
    assert found["alpha_tree"] >= found["alpha_jaccard"]
    assert "alpha_tree" not in agreement(tmp_path, "v.csv", data, "--sets", "|")
    with pytest.raises(CommandError, match="line 2: 'malwear' is no category of aegis2"):
        agreement(
            tmp_path, "w.csv", data.replace(b"malware", b"malwear"), "--sets", "|",
            "--taxonomy", "aegis2@2.0",
        )  # fmt: skip
    with pytest.raises(CommandError, match="There is no taxonomy"):
        agreement(tmp_path, "v.csv", data, "--sets", "|", "--taxonomy", "aegis9")


def test_three_raters_string_ids_and_missing_votes_are_replayed(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    lines = ["item,rater,label"]
    for number in range(80):
        share = rng.beta(0.6, 1.5)
        lines += [
            f"item {number},Rater {name},{'bad' if rng.random() < share else 'fine'}"
            for name in "ABC"
            if rng.random() > 0.1
        ]
    text = "\n".join(lines)
    again = "\n".join([lines[0], *lines[:0:-1]])
    arguments = ("--positive", "bad", "--k", "3", "--seeds", "2")
    found = answer("replay", tmp_path, "v.csv", text.encode(), *arguments)
    assert answer("replay", tmp_path, "w.csv", again.encode("utf-8-sig"), *arguments) == found
    assert set(found) >= {
        "positive_rate", "truth_units", "constant_baseline", "jury_alone", "k",
    }  # fmt: skip
    assert set(found["k"]) == {"3"}
    assert found["k"]["3"]["curtailed"]["saving"] > 0.1
