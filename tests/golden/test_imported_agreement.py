"""Every reference value that a project can show is shown by an imported one: by the API, and on its page.

Labels that are no safety values come in as categories of a taxonomy made for them.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from django.test import Client

from annotator.accounts.models import Person
from annotator.accounts.services import create_person
from annotator.catalog.queries import project_by_slug
from annotator.flow import tasks
from annotator.flow.intake import import_items
from annotator.flow.projects import apply
from annotator.flow.stored_votes import import_votes
from annotator.intake.models import Item, Turn
from annotator.quality.queries.categories import FEW
from tests.golden.conftest import SHARED
from tests.golden.test_real_input import EXPECTED, document

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

VERDICTS: Final = {"No": "safe", "Yes": "unsafe", "Unsure": "needs_caution"}
TYPES: Final = (
    "ableism", "homophobic", "intellectual", "racist", "sex_harassment", "sexist", "transphobic",
)  # fmt: skip
HEADER: Final = ("item", "target", "rater", "kind", "state", "safety", "categories")


@dataclass(frozen=True, slots=True)
class Source:
    """A votes file, and how its labels are said in a project.

    Attributes:
        items: The items file.
        target: What is judged.
        level: Where the labels are seen.
        said: From a label to safety and categories.
        categories: Of the taxonomy made for them; none for the usual one.
        named: From a label of the reference to the project's.
        coefficients: From the reference's names to the API's.
        repeated: How many items say what an earlier one says; None where nobody counted them.
    """

    items: str
    target: str
    level: str
    said: Callable[[str], tuple[str, str]]
    categories: tuple[str, ...] = ()
    named: Callable[[str], str] = str
    coefficients: tuple[str, ...] = ("percent_agreement", "alpha_nominal", "ac1")
    repeated: int | None = None


def coded(label: str) -> str:
    """Return a number as a category's id."""
    return f"value_{label.replace('-', 'minus_')}"


SOURCES: Final = {
    "dices/votes.csv": Source(
        "dices/items.jsonl", "dialogue", "verdict", lambda label: (VERDICTS[label], ""),
        named=VERDICTS.__getitem__,
    ),
    "convabuse/votes_types.csv": Source(
        "convabuse/items.jsonl", "dialogue", "fine",
        lambda label: ("safe", "") if label == "none" else ("unsafe", label),
        TYPES, coefficients=("alpha_masi", "alpha_jaccard"),
    ),
    "convabuse/votes_severity.csv": Source(
        "convabuse/items.jsonl", "dialogue", "fine", lambda label: ("unsafe", coded(label)),
        tuple(coded(str(value)) for value in (-3, -2, -1, 0, 1)), coded,
    ),
    "do-not-answer/votes_judges.csv": Source(
        "do-not-answer/do_not_answer.jsonl.gz", "response", "fine",
        lambda label: ("unsafe", coded(label)),
        tuple(coded(str(value)) for value in range(7)), coded, repeated=2,
    ),
}  # fmt: skip


def taxonomy(folder: Path, slug: str, ids: tuple[str, ...]) -> str:
    rows = [{"id": one, "name": one, "group": "core"} for one in ids]
    head = {"id": slug, "version": "1", "title": "Made for these labels"}
    text = yaml.safe_dump({"taxonomy": head, "categories": rows})
    (folder / f"{slug}.yaml").write_text(text, encoding="utf-8")
    return f"{slug}.yaml"


def imported(name: str, slug: str, source: Source, folder: Path) -> None:
    """Import a file into a project of its own."""
    chosen = {"taxonomy": taxonomy(folder, slug, source.categories)} if source.categories else {}
    apply(document(slug, targets=[source.target], **chosen), folder=folder)
    project = project_by_slug(slug)
    found = import_items(SHARED / "data" / source.items, project=project).document()
    assert (found["rows"], found["rejected"]) == (found["imported"], 0)
    items = Item.objects.filter(project=project.id).count()
    assert items == found["rows"]
    assert source.repeated in {None, found["duplicate_text"]}
    if source.target == "dialogue":
        assert Turn.objects.filter(item__project=project.id).count() >= 2 * items
    votes = folder / "votes.csv"
    with (
        (SHARED / "data" / name).open(newline="") as given,
        votes.open("w", newline="") as out,
    ):
        writer = csv.writer(out)
        writer.writerow(HEADER)
        for row in csv.DictReader(given):
            writer.writerow(
                [
                    row["item"],
                    source.target,
                    row["rater"],
                    "human",
                    "given",
                    *source.said(row["label"]),
                ]
            )
    stored = import_votes(votes, project=project).document()
    assert stored["rows"] == stored["imported"] == EXPECTED[name]["labels"]
    assert not Item.objects.filter(project=project.id, state=Item.State.OPEN).exists()
    tasks.fold()  # as a worker does every two seconds: large projects' figures of raters are stored


def test_imported_projects_show_the_reference_values(tmp_path: Path) -> None:
    client = Client()
    root = create_person(username="root", administrator=True)
    client.force_login(Person.objects.get(pk=root))
    for number, (name, source) in enumerate(SOURCES.items()):
        imported(name, f"real-{number}", source, tmp_path)
        shown(client, f"real-{number}", source, EXPECTED[name])


def shown(client: Client, slug: str, source: Source, wanted: Any) -> None:
    """Compare what the API and the page show with the reference."""
    answer = client.get(f"/api/v1/projects/{slug}/agreement?level={source.level}")
    assert answer.status_code == 200
    found: Any = answer.json()
    for key in ("units", "raters", "labels"):
        assert found[key] == wanted[key]
    for key in source.coefficients:
        assert found[key] == pytest.approx(wanted[key], abs=1e-9)
    for label, share in wanted.get("prevalence", {}).items():
        assert found["prevalence"][source.named(label)] == pytest.approx(share, abs=1e-9)
    assert len(found["per_category"]) == len(wanted["per_category"])
    for label, one in wanted["per_category"].items():
        mine = found["per_category"][source.named(label)]
        assert mine["alpha"] == pytest.approx(one["alpha"], abs=1e-9)
        assert mine["n"] == one["positives"]
    if "ci95_alpha_nominal_about" in wanted:
        about = wanted["ci95_alpha_nominal_about"]
        assert found["ci95"]["alpha_nominal"] == pytest.approx(about, abs=0.003)

    page = client.get(f"/projects/{slug}/quality").content.decode()
    if source.level == "verdict":
        assert all(f"{wanted[key]:.4f}" in page for key in source.coefficients)
    for one in wanted["per_category"].values() if source.categories else ():
        # Of a rare category the page says that its votes are too few.
        assert f"<b>{one['alpha']:.2f}</b>" in page or one["positives"] < FEW
