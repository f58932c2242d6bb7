"""The projects of the browser's house beside the sample, each set up by commands alone."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.browser.payloads import PAYLOADS
from tests.house import House

CANARY = "CANARY"


def project(slug: str, *lines: str, people: Mapping[str, str], overlap: int = 3) -> str:
    """Return a project file; `lines` are further ones of [project]."""
    members = "".join(
        f'[[member]]\nusername = "{name}"\nrole = "{role}"\n' for name, role in people.items()
    )
    own = "\n".join(lines)
    return (
        f'contract = 1\n[project]\nslug = "{slug}"\ntaxonomy = "aegis2@2.0"\n'
        f"overlap = {overlap}\n{own}\n"
        f'[policy]\nname = "majority"\n[policy.options]\nmax_votes = {max(overlap, 2)}\n{members}'
    )


BOTH = 'targets = ["prompt", "response"]\nquestions = ["safety"]'
WORK = project("work", 'name = "Work"', BOTH, people={"kim": "annotator", "noa": "annotator"})
BLIND = project("blind", 'name = "Blind"', BOTH, people={"ida": "annotator", "oto": "annotator"})
COMPARING = {"pat": "annotator", "rik": "annotator", "sue": "annotator", "max": "manager"}
PAIRS = project(
    "pairs",
    'name = "Pairs"',
    'targets = ["response_0", "response_1"]\nquestions = ["helpful", "safer", "safety"]',
    people=COMPARING,
)
TALKS = project(
    "talks",
    'name = "Talks"',
    'targets = ["dialogue"]\nquestions = ["safety"]',
    people=COMPARING,
)
ODD = project(
    "odd",
    f"name = {json.dumps(PAYLOADS[0] + ' & co')}",
    BOTH,
    people={"eva": "manager", "ole": "annotator", "una": "annotator"},
    overlap=2,
)


def pair(number: int) -> dict[str, str]:
    """Return a mild interaction."""
    return {
        "id": f"pair-{number}",
        "prompt": f"How long do I boil egg number {number}?",
        "response": f"Egg number {number} takes seven minutes.",
        "language": "en",
    }


def comparison(number: int) -> dict[str, str]:
    """Return a prompt with two answers."""
    return {
        "id": f"duel-{number}",
        "prompt": f"How do I water plant {number}?",
        "response_0": "A little every morning.",
        "response_1": "Only when the soil feels dry.",
    }


def talk(number: int) -> dict[str, object]:
    """Return a conversation of three messages."""
    return {
        "id": f"talk-{number}",
        "messages": [
            {"role": "user", "content": f"Which bus goes to pier {number}?"},
            {"role": "assistant", "content": "Line 4, every ten minutes."},
            {"role": "user", "content": "Thank you."},
        ],
    }


def odd_items() -> list[dict[str, object]]:
    """Return every payload as a message, and one as each kind of field."""
    first, second = PAYLOADS[0], PAYLOADS[1]
    messages = [{"role": "user", "content": text} for text in PAYLOADS]
    return [
        {"id": "all", "messages": [*messages, {"role": "assistant", "content": second}]},
        {"id": first, "prompt": second, "response": first, "source": second, "model": first},
    ]


def _items(house: House, slug: str, rows: Iterable[Mapping[str, object]]) -> None:
    path = house.home / f"{slug}.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    house.manage("import_items", str(path), "--project", slug)


def _votes(path: Path) -> Path:
    """Write a juror's and an earlier person's votes, with a canary wherever a word fits."""
    lines = ["item,target,rater,kind,state,reason,safety,categories,other,model"]
    for number in range(1, 7):
        for target in ("prompt", "response"):
            mark = f"{number}{target}"
            lines.append(
                f"pair-{number},{target},{CANARY}juror,juror,given,,unsafe,other,"
                f"{CANARY}-juror-text,{CANARY}-model"
            )
            lines.append(
                f"pair-{number},{target},{CANARY}person,human,given,,unsafe,other,{CANARY}-{mark},"
            )
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def juror(name: str, port: int) -> str:
    """Return the part of a project file that names a juror at a port of this machine."""
    return (
        f'[[juror]]\nname = {json.dumps(name)}\nbase_url = "http://127.0.0.1:{port}/v1"\n'
        'model = "own"\ndialect = "judge"\nprice_in = 0.0\nprice_out = 0.0\n'
    )


def furnish(house: House, port: int) -> None:
    """Set up every project; a juror answers at the port."""
    for text in (WORK, BLIND, PAIRS, TALKS, ODD + juror(PAYLOADS[0], port)):
        house.apply(text)
    _items(house, "work", map(pair, range(1, 41)))
    _items(house, "blind", map(pair, range(1, 7)))
    _items(house, "pairs", map(comparison, range(1, 4)))
    _items(house, "talks", map(talk, range(1, 4)))
    _items(house, "odd", odd_items())
    house.manage("import_votes", str(_votes(house.home / "votes.csv")), "--project", "blind")
    reason = "For the tests of the pages."
    shut = ("all_settled", "no_open_seats", "min_alpha")
    overrides = [word for gate in shut for word in ("--override", f"{gate}={reason}")]
    house.manage("freeze", "--project", "sample", *overrides)
