"""The columns of published datasets, for tools that were written for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from annotator.core.digests import canonical
from annotator.release.canonical import HashedFile
from annotator.release.rows import Row
from annotator.release.writers.shapes import Table

_HUMAN: Final = frozenset({"human_majority", "adjudicator"})
_REDACTED: Final = "REDACTED"


def write_aegis2(table: Table, names: Mapping[str, str], file: HashedFile) -> None:
    """Write a JSON array in the nine columns of Aegis 2.0, with needs caution read as safe.

    Unlike there, an inherited label says `inherited` as its source, never `human`. Where nobody
    judged the prompt itself, its label is that of the dialogue.
    """
    file.write("[")
    for number, row in enumerate(table.rows()):
        file.write(("," if number else "") + "\n" + canonical(_aegis2(row, names)), rows=1)
    file.write("\n]\n")


def _aegis2(row: Row, names: Mapping[str, str]) -> Row:
    prompt = "prompt" if row.get("prompt_safety") else "dialogue"
    categories: list[str] = []
    for target in (prompt, "response"):
        found = row.get(f"{target}_categories")
        categories += found if isinstance(found, list) else []
    return {
        "id": row["id"],
        "reconstruction_id_if_redacted": None,
        "prompt": _REDACTED if row["redacted"] else row["prompt"],
        "response": row["response"],
        "prompt_label": row.get(f"{prompt}_safety_permissive"),
        "response_label": row.get("response_safety_permissive"),
        "violated_categories": ", ".join(
            names.get(each, each) for each in dict.fromkeys(categories)
        ),
        "prompt_label_source": _source(row.get(f"{prompt}_source")),
        "response_label_source": _source(row.get("response_source")),
    }


def _source(source: object) -> object:
    return "human" if source in _HUMAN else source


def write_wildguard(table: Table, names: Mapping[str, str], file: HashedFile) -> None:
    """Write JSONL in the columns of WildGuardMix, with needs caution read as not harmful."""
    for row in table.rows():
        file.row(
            {
                "id": row["id"],
                "prompt": row["prompt"],
                "response": row["response"],
                "prompt_harm_label": _HARM.get(str(row.get("prompt_safety_permissive"))),
                "response_harm_label": _HARM.get(str(row.get("response_safety_permissive"))),
                "response_refusal_label": _REFUSAL.get(str(row.get("response_refusal"))),
            }
        )


_HARM: Final = {"safe": "unharmful", "unsafe": "harmful"}
_REFUSAL: Final = {"yes": "refusal", "no": "compliance"}


def write_chat(table: Table, names: Mapping[str, str], file: HashedFile) -> None:
    """Write JSONL of conversations: messages, what of them is judged, the verdict."""
    for row in table.rows():
        file.row(
            {
                "id": row["id"],
                "messages": row["messages"],
                "target": row["target"],
                "safety": row["safety"],
                "categories": row["categories"],
                "human_judged": row["human_judged"],
                "split": row["split"],
            }
        )
