"""The taxonomies that come with the product, and reading one from a file."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

import yaml

from jury.document import FieldError
from jury.taxonomy import Taxonomy

_PRESETS: Final = Path(__file__).parent
_SUFFIXES: Final = (".yaml", ".yml", ".json")


class PresetError(ValueError):
    """A taxonomy cannot be read; the message names the file and the field."""


def load_taxonomy(ref: str | Path) -> Taxonomy:
    """Return a taxonomy that comes with the product, or one from a file.

    Args:
        ref: ``preset@version`` such as ``aegis2@2.0``, or the path of a YAML file.

    Raises:
        PresetError: No such preset or file, or the file is not well formed.
    """
    if isinstance(ref, Path) or ref.endswith(_SUFFIXES):
        return _read(Path(ref))
    known = _shipped()
    if ref not in known:
        message = f"There is no taxonomy “{ref}”. Known: {', '.join(known)}; or give a path to a YAML file."
        raise PresetError(message)
    return known[ref]


def taxonomy_refs() -> tuple[str, ...]:
    """Return the taxonomies that come with the product, as ``preset@version``, sorted."""
    return tuple(_shipped())


def load_crosswalk() -> Mapping[str, object]:
    """Return how categories of other taxonomies map onto the target taxonomy.

    The relation and confidence of each row are a judgement, not a published fact.
    """
    return _document(_PRESETS / "crosswalk.yaml")


@cache
def _shipped() -> Mapping[str, Taxonomy]:
    read = [_read(path) for path in sorted((_PRESETS / "taxonomies").glob("*.yaml"))]
    return MappingProxyType({each.ref: each for each in sorted(read, key=lambda t: t.ref)})


def _read(path: Path) -> Taxonomy:
    try:
        return Taxonomy.from_document(_document(path))
    except FieldError as error:
        message = f"{path.name}: {error}"
        raise PresetError(message) from error


def _document(path: Path) -> Mapping[str, object]:
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        message = f"{path.name}: cannot be read ({error.strerror})."
        raise PresetError(message) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        message = f"{path.name}: is not YAML in UTF-8 ({' '.join(str(error).split())})."
        raise PresetError(message) from error
    if not isinstance(document, Mapping):
        message = f"{path.name}: must be a table of fields."
        raise PresetError(message)
    return document
