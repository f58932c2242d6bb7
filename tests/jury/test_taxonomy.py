from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from annotator.catalog.presets import PresetError, load_crosswalk, load_taxonomy, taxonomy_refs
from jury.document import FieldError
from jury.taxonomy import Taxonomy

AEGIS = load_taxonomy("aegis2@2.0")
ROW: dict[str, object] = {"id": "threat", "name": "Threat"}


def document(*rows: dict[str, object], **head: object) -> dict[str, object]:
    return {
        "taxonomy": {"id": "own", "version": "1", "title": "Own", **head},
        "categories": list(rows or [ROW]),
    }


def test_aegis_has_twelve_core_nine_fine_and_other_in_key_order() -> None:
    levels = [each.level for each in AEGIS.categories]
    assert levels == ["core"] * 12 + ["fine"] * 9 + ["overflow"]
    assert AEGIS.ids[0] == "violence"
    assert AEGIS.ids[11:13] == ("profanity", "manipulation")
    assert AEGIS.ids[20:] == ("immoral", "other")
    assert [each.id for each in AEGIS.categories if each.free_text] == ["other"]
    assert AEGIS.severe_ids == {"sexual_minor", "self_harm", "weapons"}


@pytest.mark.parametrize(
    ("name", "category"),
    [
        ("Guns/Illegal Weapons", "weapons"),
        ("guns and illegal weapons", "weapons"),
        (" Guns /  Illegal   WEAPONS ", "weapons"),
        ("Sexual Minor", "sexual_minor"),
        ("High Risk Gov. Decision Making", "high_risk_gov"),
        ("high risk gov decision making", "high_risk_gov"),
        ("pii", "pii"),
        ("S5", None),
        ("Needs Caution", None),
        ("", None),
    ],
)
def test_names_resolve_in_any_spelling_and_codes_never(name: str, category: str | None) -> None:
    assert AEGIS.resolve(name) == category


def test_needs_caution_is_a_verdict() -> None:
    assert AEGIS.verdict_of("needs caution") == "needs_caution"
    assert AEGIS.verdict_of("Threat") is None
    assert AEGIS.get("needs_caution") is None


def test_rolling_up_is_for_display() -> None:
    assert AEGIS.roll_up(["malware", "fraud", "threat"], "core") == ("other", "threat")
    assert AEGIS.roll_up(["malware", "threat", "threat"], "fine") == ("malware", "threat")
    assert AEGIS.roll_up(["not there"], "core") == ("not there",)


def test_unknown_ids_are_named() -> None:
    assert AEGIS.validate(["threat", "fog", "fog"]) == ("fog",)


@pytest.mark.parametrize("ref", taxonomy_refs())
def test_every_preset_loads_and_survives_its_document(ref: str) -> None:
    taxonomy = load_taxonomy(ref)
    assert taxonomy.ref == ref
    assert Taxonomy.from_document(json.loads(json.dumps(taxonomy.to_document()))) == taxonomy
    assert all(each.definition for each in taxonomy.categories)


def test_a_parent_may_be_a_heading() -> None:
    category = load_taxonomy("mlcommons_ailuminate@1.0").get("vcr")
    assert category is not None
    assert (category.group, category.parent) == ("physical", "")


def test_the_crosswalk_names_only_categories_that_exist() -> None:
    by_id = {load_taxonomy(ref).id: load_taxonomy(ref) for ref in taxonomy_refs()}
    maps = load_crosswalk()["maps"]
    assert isinstance(maps, dict)
    for source, rows in maps.items():
        for category, row in rows.items():
            if category == "*":
                continue
            assert by_id[source].resolve(category) or by_id[source].verdict_of(category)
            assert AEGIS.validate(row["to"]) == ()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"categories": [ROW]}, "taxonomy.id"),
        (document(), None),
        (document(version=2.0), "taxonomy.version"),
        (document(colour="red"), "taxonomy.colour"),
        ({**document(), "extra": 1}, "extra"),
        ({**document(), "categories": []}, "categories"),
        ({**document(), "categories": "all"}, "categories"),
        ({**document(), "categories": ["threat"]}, "categories[0]"),
        (document({"id": "threat"}), "categories[0].name"),
        (document({**ROW, "colour": "red"}), "categories[0].colour"),
        (document({**ROW, "severe": "yes"}), "categories[0].severe"),
        (document({**ROW, "aliases": "Threats"}), "categories[0].aliases"),
        (document({**ROW, "level": "deep"}), "categories[0].level"),
        (document({**ROW, "parent": "fog"}), "categories"),
        (document(ROW, ROW), "categories"),
        (document(ROW, {"id": "other", "name": "THREAT"}), "categories"),
    ],
)
def test_a_wrong_document_names_its_field(wrong: dict[str, object], field: str | None) -> None:
    if field is None:
        assert Taxonomy.from_document(wrong).ids == ("threat",)
        return
    with pytest.raises(FieldError) as caught:
        Taxonomy.from_document(wrong)
    assert caught.value.field == field


def test_a_file_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(json.dumps(document(verdict_aliases={"Fine": "safe"})), encoding="utf-8")
    assert load_taxonomy(str(path)).verdict_of("FINE") == "safe"
    assert load_taxonomy(path) == load_taxonomy(str(path))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("taxonomy: [", "own.yaml: is not YAML"),
        ("- 1", "own.yaml: must be a table of fields"),
        ("taxonomy: {id: own}", "own.yaml: categories: is missing or empty"),
    ],
)
def test_an_unreadable_file_is_named(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PresetError, match=re.escape(message)):
        load_taxonomy(path)


def test_what_is_not_there_is_said() -> None:
    with pytest.raises(PresetError, match=re.escape("Known: aegis1@1.0, aegis2@2.0")):
        load_taxonomy("aegis2@9")
    with pytest.raises(PresetError, match="cannot be read"):
        load_taxonomy("nowhere.yaml")
