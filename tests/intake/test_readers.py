from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from annotator.core.errors import TooLarge, Unreadable
from annotator.intake.readers import Limits, Row, RowError, read_rows, survey

SMALL = Limits(unpacked_bytes=200_000, line_bytes=1000)


def write(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return path


def outcome(path: Path, limits: Limits | None = None) -> list[tuple[int, object]]:
    """Line and row, or line and error code."""
    return [
        (entry.line, entry.data if isinstance(entry, Row) else entry.code)
        for entry in read_rows(path, limits)
    ]


@pytest.mark.parametrize("suffix", [".jsonl", ".jsonl.gz", ".ndjson"])
def test_json_lines_skip_empty_lines_and_count_them(tmp_path: Path, suffix: str) -> None:
    content = b'\xef\xbb\xbf{"a": 1}\r\n\n   \n{"a": "\xc3\xa4"}'
    path = write(tmp_path, f"x{suffix}", content)
    assert outcome(path) == [(1, {"a": 1}), (4, {"a": "ä"})]
    assert survey(path).lines == 4


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b'{"a": 1, "a": 2}', "duplicate_key"),
        (b'{"a": NaN}', "not_a_number"),
        (b'{"a": -Infinity}', "not_a_number"),
        (b'{"a": 1e999}', "huge_number"),
        (b'{"a": ' + b"9" * 500 + b"}", "huge_number"),
        (b'{"a": ' + b"[" * 33 + b"]" * 33 + b"}", "too_deep"),
        (b'{"a": ' + b"[" * 400 + b"]" * 400 + b"}", "too_deep"),
        (b'{"a": "\\u0000"}', "nul"),
        (b'{"a": "\x00"}', "nul"),
        (b'{"a": "\\ud800"}', "lone_surrogate"),
        (b'{"\\udc00": 1}', "lone_surrogate"),
        (b'{"a": "\xff"}', "not_utf8"),
        (b"{'a': 1}", "not_json"),
        (b"[1]", "not_an_object"),
        (b'"text"', "not_an_object"),
        (b'{"a": "' + b"x" * 1000 + b'"}', "line_too_long"),
    ],
)
def test_a_bad_line_is_named_and_reading_goes_on(tmp_path: Path, line: bytes, code: str) -> None:
    path = write(tmp_path, "x.jsonl", b'{"n": 1}\n' + line + b'\n{"n": 3}\n')
    assert outcome(path, SMALL) == [(1, {"n": 1}), (2, code), (3, {"n": 3})]


def test_deep_nesting_never_reaches_the_stack(tmp_path: Path) -> None:
    path = write(tmp_path, "x.jsonl", b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}\n{}\n")
    assert outcome(path) == [(1, "too_deep"), (2, {})]


def test_a_hundred_thousand_keys_are_a_line_error(tmp_path: Path) -> None:
    many = ",".join(f'"k{n}":1' for n in range(100_000)).encode()
    path = write(tmp_path, "x.jsonl", b"{" + many[:-1] + b"1}\n{}\n")
    limits = Limits(line_bytes=4_000_000)
    assert outcome(path, limits) == [(1, "too_many_keys"), (2, {})]


def test_escaped_pairs_and_64_bit_ids_are_kept(tmp_path: Path) -> None:
    path = write(tmp_path, "x.jsonl", b'{"a": "\\ud83d\\ude00", "id": 18446744073709551615}\n')
    assert outcome(path) == [(1, {"a": "😀", "id": 18446744073709551615})]


def test_one_endless_line_is_rejected_with_its_number(tmp_path: Path) -> None:
    path = write(tmp_path, "x.jsonl.gz", b'{"a": 1}\n' + b"x" * 5_000_000 + b'\n{"a": 3}\n')
    assert outcome(path) == [(1, {"a": 1}), (2, "line_too_long"), (3, {"a": 3})]


def test_a_bomb_stops_at_the_unpacked_cap(tmp_path: Path) -> None:
    path = write(tmp_path, "x.jsonl.gz", b"\n" * 300_000)
    with pytest.raises(TooLarge, match="unpacks to more"):
        survey(path, SMALL)
    with pytest.raises(TooLarge):
        list(read_rows(path, SMALL))


@pytest.mark.parametrize("cut", [1, 10, 20])
def test_a_damaged_gzip_is_unreadable(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "x.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"a": 1}\n' * 50)[:-cut])
    with pytest.raises(Unreadable, match="gzip"):
        survey(path)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le"])
def test_utf16_is_refused_in_words(tmp_path: Path, encoding: str) -> None:
    mark = b"" if encoding == "utf-16" else b"\xff\xfe"
    path = write(tmp_path, "x.jsonl", mark + '{"a": 1}\n'.encode(encoding))
    with pytest.raises(Unreadable, match="UTF-16"):
        survey(path)


def test_absent_files_and_unknown_suffixes_are_unreadable(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="cannot be read"):
        survey(tmp_path / "absent.jsonl")
    for name in ("x.txt", "x", "x.gz", "x.parquet.gz"):
        with pytest.raises(Unreadable):
            read_rows(tmp_path / name)


ARRAY = b""" [
 {"a": "x, ] } \\" \\\\"}, {"b":
   [1, {"c": 2}]},
 {"d": NaN},
 {"e": 5}
]
"""


@pytest.mark.parametrize("name", ["x.json", "x.json.gz"])
def test_an_array_is_streamed_and_its_elements_are_numbered(tmp_path: Path, name: str) -> None:
    assert outcome(write(tmp_path, name, ARRAY)) == [
        (1, {"a": 'x, ] } " \\'}),
        (2, {"b": [1, {"c": 2}]}),
        (3, "not_a_number"),
        (4, {"e": 5}),
    ]


@pytest.mark.parametrize("block", [1, 2, 3, 7])
def test_an_array_reads_the_same_in_blocks_of_any_size(tmp_path: Path, block: int) -> None:
    path = write(tmp_path, "x.json", ARRAY)
    assert outcome(path, Limits(block_bytes=block)) == outcome(path)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"[]", []),
        (b'[{"a": 1},]', [(1, {"a": 1}), (2, "not_json")]),
        (b'[{"a": 1},,{"b": 2}]', [(1, {"a": 1}), (2, "not_json"), (3, {"b": 2})]),
        (b'[{"a": 1}', [(1, "cut_off")]),
        (b"[] []", [(1, "after_end")]),
        (b'[{"a": 1}]\n\nx', [(1, {"a": 1}), (2, "after_end")]),
        (b'[{"a": "' + b"x" * 2000 + b'"}, {"b": 2}]', [(1, "line_too_long"), (2, {"b": 2})]),
    ],
)
def test_broken_arrays_are_defined(tmp_path: Path, content: bytes, expected: object) -> None:
    assert outcome(write(tmp_path, "x.json", content), SMALL) == expected


@pytest.mark.parametrize("content", [b'[{"a": 1}, {"b', b'[{"a": 1}, {"b": 2}\n', b"", b'{"a": 1}'])
@pytest.mark.parametrize("name", ["x.json", "x.json.gz"])
def test_a_cut_off_array_is_unreadable_before_a_row_is_read(
    tmp_path: Path, name: str, content: bytes
) -> None:
    with pytest.raises(Unreadable, match=r"cut off|does not start"):
        survey(write(tmp_path, name, content))
    assert survey(write(tmp_path, name, b'[{"a": 1}]\n \n')).last == b"]"


def test_what_is_no_array_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="jsonl"):
        outcome(write(tmp_path, "x.json", b'{"a": 1}\n'))


def test_csv_keeps_lines_inside_quotes_and_drops_empty_cells(tmp_path: Path) -> None:
    content = b'id,prompt,response\r\n1,"a\nb",\r\n\r\n2,c,"d ""e"""'
    assert outcome(write(tmp_path, "x.csv", content)) == [
        (2, {"id": "1", "prompt": "a\nb"}),
        (5, {"id": "2", "prompt": "c", "response": 'd "e"'}),
    ]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"a,b\n1\n2,3\n", [(2, "wrong_columns"), (3, {"a": "2", "b": "3"})]),
        (b"a,b\n1,2,3\n4,5\n", [(2, "wrong_columns"), (3, {"a": "4", "b": "5"})]),
        (b"a\n\xff\nx\n", [(2, "not_utf8"), (3, {"a": "x"})]),
        (b'a\nx\n"open\ny\nz\n', [(2, {"a": "x"}), (3, "unclosed_quote")]),
        (b"a\n" + b"x" * 2000 + b"\ny\n", [(2, "line_too_long"), (3, {"a": "y"})]),
    ],
)
def test_broken_csv_is_defined(tmp_path: Path, content: bytes, expected: object) -> None:
    assert outcome(write(tmp_path, "x.csv", content), SMALL) == expected


def test_a_long_field_is_read(tmp_path: Path) -> None:
    content = b"a\n" + b"x" * 200_000 + b"\n"
    assert outcome(write(tmp_path, "x.csv", content)) == [(2, {"a": "x" * 200_000})]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"a,a\n1,2\n", "same name: a"),
        (b"a,\n1,2\n", "column 2 has no name"),
        (",".join(f"c{n}" for n in range(10_000)).encode() + b"\n", "10,000 columns"),
    ],
)
def test_a_bad_header_is_unreadable(tmp_path: Path, content: bytes, words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        outcome(write(tmp_path, "x.csv", content))


def test_errors_are_written_as_documents() -> None:
    document = RowError(3, "prompt", "not_text", "…").to_document()
    assert json.loads(json.dumps(document)) == {
        "line": 3,
        "field": "prompt",
        "code": "not_text",
        "message": "…",
    }
