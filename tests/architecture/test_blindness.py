"""Blindness by construction: no way leads from an item to what anybody said of it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest
from django.apps import apps
from django.db.models import Model
from django.template import Context, Template
from django.test import Client

from annotator.accounts.models import Person
from annotator.accounts.queries import actor
from annotator.flow import labeling
from annotator.flow.labeling import BlindItem
from annotator.intake.models import Batch, Item, ItemText, Turn, Unit
from tests.factories import add_member, add_opinions, add_votes, make_item, make_project

ROOT = Path(__file__).resolve().parents[2]
SAYING = {"labeling", "panel", "quality", "release"}
WORDS = ("votes", "vote_set", "opinions", "opinion_set", "annotations", "annotation_set",
         "assignments", "assignment_set", "decisions", "decision_set", "rulings", "ruling_set",
         "inquiries", "inquiry_set", "draft_set")  # fmt: skip


@pytest.mark.parametrize("model", [Item, Unit, Turn, Batch, ItemText])
def test_no_reverse_name_leads_from_texts_to_answers(model: type[Model]) -> None:
    for name in dir(model):
        related = getattr(getattr(model, name, None), "rel", None)
        if related is not None and related.related_model is not model:
            app = apps.get_containing_app_config(related.related_model.__module__)
            assert app is not None
            assert app.label not in SAYING, f"{model.__name__}.{name}"


@pytest.mark.django_db
def test_a_template_that_walks_from_an_item_renders_nothing() -> None:
    project = make_project(jurors=("j1",))
    item_id = make_item(project)
    add_votes(project, item_id, {"ann1": {"prompt": "unsafe", "response": "safe"}})
    add_opinions(project, item_id, {"j1": {"prompt": "unsafe", "response": "safe"}})
    text = "".join(f"{{{{ item.{word}.all }}}}{{{{ unit.{word}.all }}}}" for word in WORDS)
    item = Item.objects.get(pk=item_id)
    unit = Unit.objects.filter(item=item_id)[0]
    assert Template(text).render(Context({"item": item, "unit": unit})) == ""


def test_a_blind_item_is_values_all_the_way_down() -> None:
    assert is_dataclass(BlindItem)
    for field in fields(BlindItem):
        assert "models" not in str(field.type), field.name


@pytest.mark.django_db
def test_the_labeling_page_is_the_same_bytes_whatever_others_said() -> None:
    project = make_project(people=3, jurors=("j1",))
    item_id = make_item(project)
    me = add_member(project, "me")
    client = Client()
    client.force_login(Person.objects.get(pk=me))
    assert labeling.claim(actor(me), project.slug) is not None

    def page() -> str:
        html = client.get(f"/projects/{project.slug}/label").content.decode()
        without_tokens = re.sub(r'(csrf\w*"?[^>]*?value=|csrf[^>]*content=)"[^"]+"', "", html)
        without_tokens = re.sub(r'"X-CSRFToken": ?"[^"]+"', "", without_tokens)
        return re.sub(r'(idempotency_key" value=)"[^"]+"', "", without_tokens)

    before = page()
    add_votes(project, item_id, {"ann1": {"prompt": "unsafe", "response": "unsafe"}})
    add_opinions(project, item_id, {"j1": {"prompt": "unsafe", "response": "safe"}})
    assert page() == before
    assert "label-form" in before


IMPORTS = {
    "annotator/web/label/planted.py": "from annotator.panel import queue",
    "annotator/labeling/planted.py": "from annotator.panel import queue",
    "annotator/web/home/planted.py": "from annotator.labeling.models import Vote",
}


def test_the_contracts_fail_when_the_blind_rooms_learn_to_see(tmp_path: Path) -> None:
    for package in ("annotator", "jury"):
        shutil.copytree(
            ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for name, line in IMPORTS.items():
        (tmp_path / name).write_text(f"from __future__ import annotations\n\n{line}\n")
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, check=False,
        env={"PYTHONPATH": str(tmp_path), "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    assert done.returncode == 1
    for name in IMPORTS:
        module = name.removesuffix(".py").replace("/", ".")
        assert module in done.stdout, done.stdout
