"""The starter guidelines that come with the product."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from annotator.catalog.services import NewGuidelines

_FOLDER: Final = Path(__file__).parent / "presets" / "guidelines"


def starter_guidelines(taxonomy: str, version: str) -> NewGuidelines | None:
    """Return the starter guidelines of a taxonomy (its id and version), None if there are none."""
    path = _FOLDER / f"{taxonomy}.yaml"
    if not path.is_relative_to(_FOLDER) or not path.is_file():
        return None
    document = _document(path)
    head = document["guideline"]
    if str(head["taxonomy_version"]) != version:
        return None
    return NewGuidelines(
        version=str(head["version"]),
        general=document["general"],
        rules=document["categories"],
        deconfliction=document.get("deconfliction", []),
    )


@cache
def _document(path: Path) -> dict[str, Any]:
    """Return a file of the product, read once: parsing it takes longer than all else in `apply`."""
    document: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return document
