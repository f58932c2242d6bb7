from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from annotator.core.errors import Unreadable
from annotator.core.votefile import read_votes
from jury.agreement.rows import VoteRow


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    if name.endswith(".gz"):
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text, encoding="utf-8", newline="")
    return path


@pytest.mark.parametrize("name", ["votes.csv", "votes.csv.gz"])
def test_csv_rows_know_the_line_they_start_on(tmp_path: Path, name: str) -> None:
    text = '\ufeffitem,rater,label,kind\r\n"two\nlines",a, x ,human\r\n\r\nu2,j,,juror\r\n'
    assert read_votes(written(tmp_path, name, text)) == [
        VoteRow("two\nlines", "a", "x", "human", 2),
        VoteRow("u2", "j", "", "juror", 5),
    ]


def test_jsonl_labels_may_be_numbers_or_null(tmp_path: Path) -> None:
    text = (
        '{"item": 7, "rater": "a", "label": -1}\n\n'
        '{"item": "u", "rater": "a", "label": 0.5, "kind": "juror"}\n'
        '{"item": "u", "rater": "b", "label": null}\n'
        '{"item": "u", "rater": "c", "label": true}\n'
    )
    found = read_votes(written(tmp_path, "votes.jsonl", text))
    assert [(vote.item, vote.label, vote.kind, vote.line) for vote in found] == [
        ("7", "-1", "human", 1),
        ("u", "0.5", "juror", 3),
        ("u", "", "human", 4),
        ("u", "true", "human", 5),
    ]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("v.csv", "", "line 1: the file is empty"),
        ("v.csv", "item,label\nu,x\n", "line 1: no rater"),
        ("v.csv", "item,rater,label,colour\n", "line 1: unknown field 'colour'"),
        ("v.csv", "item,rater,label,label\n", "line 1: a column occurs twice"),
        ("v.csv", "item,rater,label\nu,a\n", "line 2: 2 cells under 3 columns"),
        ("v.csv", "item,rater,label\nu,a,x\n,a,x\n", "line 3: item is empty"),
        ("v.csv", "item,rater,label\nu, ,x\n", "line 2: rater is empty"),
        ("v.csv", "item,rater,label,kind\nu,a,x,robot\n", "line 2: kind is 'robot'"),
        ("v.csv", 'item,rater,label\nu,a,"x"y\n', "line 2: "),
        ("v.jsonl", '{"item": "u"', "line 1: not JSON"),
        ("v.jsonl", "[1]\n", "line 1: a vote must be a JSON object"),
        ("v.jsonl", '{"item": "u", "rater": "a"}\n', "line 1: no label"),
        ("v.jsonl", '{"item": "u", "rater": "a", "label": ["x"]}\n', "line 1: label must be"),
        ("v.jsonl", '{"item": "u", "rater": "a", "label": NaN}\n', "line 1: label must be"),
        ("v.jsonl", '{"item": "u", "rater": "a", "label": "x", "label": "y"}\n', "occurs twice"),
        ("v.jsonl", '{"item": "u", "rater": "a", "label": "\\ud800"}\n', "lone surrogate"),
        ("v.jsonl", '{"item": null, "rater": "a", "label": "x"}\n', "line 1: item must be"),
        ("v.txt", "item,rater,label\n", "votes are read from"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_with_its_line(
    tmp_path: Path, name: str, text: str, message: str
) -> None:
    with pytest.raises(Unreadable, match=message):
        read_votes(written(tmp_path, name, text))


def test_a_file_that_cannot_be_opened_is_unreadable(tmp_path: Path) -> None:
    for name in ("absent.csv", "folder.csv", "latin.csv", "broken.csv.gz", "cut.csv.gz"):
        path = tmp_path / name
        if name == "folder.csv":
            path.mkdir()
        if name == "latin.csv":
            path.write_bytes(b"item,rater,label\nu,a,\xe9\n")
        if name == "broken.csv.gz":
            path.write_bytes(b"item,rater,label\n")
        if name == "cut.csv.gz":
            path.write_bytes(gzip.compress(b"item,rater,label\n" * 99)[:-12])
        with pytest.raises(Unreadable, match=name):
            read_votes(path)


def test_an_archive_with_a_changed_byte_is_unreadable_wherever_it_is(tmp_path: Path) -> None:
    rows = "".join(f"u{n},{rater},{'xyz'[n * 7 % 3]}\n" for n in range(200) for rater in "abc")
    whole = gzip.compress(f"item,rater,label\n{rows}".encode())
    path = tmp_path / "votes.csv.gz"
    for place in range(12, len(whole), 7):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        with pytest.raises(Unreadable):
            read_votes(path)
