from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import pytest
from django.test import override_settings
from pytest_django import DjangoDbBlocker

from annotator.catalog.queries import ProjectView
from annotator.flow.releases import freeze
from annotator.flow.tasks import fold_counts
from annotator.flow.verify import verify
from annotator.flow.verify_alpha import Level, by_package, by_textbook
from annotator.intake.models import Item, Unit
from annotator.labeling.models import Annotation, Assignment
from annotator.labeling.models import Vote as HumanVote
from annotator.labeling.services import NewSeat, open_seats
from annotator.panel.models import Vote as JurorVote
from annotator.quality.models import Decision, PatternCount, PatternDelta, Ruling
from annotator.quality.queries.agreement import agreement
from annotator.release.queries import release
from jury.verdict import Answer
from tests.factories import add_opinions, add_votes, make_items, make_project, settle_all
from tests.standing import standing

pytestmark = pytest.mark.django_db


def _make() -> ProjectView:
    """Settled, disputed and new items, opinions, and a release."""
    found = make_project(jurors=("j1",), policy={"name": "majority"})
    first, second, third, fourth, _ = make_items(
        found, *({"id": f"i{n}", "prompt": f"Text {n}", "response": "Yes"} for n in range(5))
    )
    settle_all(found, [first])
    settle_all(found, [second], Answer("unsafe", ("violence",)))
    for number, value in enumerate(("safe", "needs_caution", "unsafe"), start=1):
        add_votes(found, third, {f"p1-a{number}": {"prompt": value, "response": "safe"}})
    add_opinions(found, first, {"j1": {"prompt": "safe", "response": "unsafe"}})
    reasons = dict.fromkeys(("all_settled", "no_open_seats"), "for this test only")
    freeze(found.id, actor=None, overrides=reasons)
    # Some of the counts are folded, the last deltas are not.
    fold_counts()
    add_votes(found, fourth, {"p1-a1": {"prompt": "safe", "response": "safe"}})
    return found


@pytest.fixture(scope="module")
def standing_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder in which the shared project was made."""
    return tmp_path_factory.mktemp("standing")


@pytest.fixture(scope="module")
def standing_project(
    standing_home: Path, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[ProjectView]:
    """The project that the tests share."""
    with override_settings(CONCORD_HOME=standing_home):
        yield from standing(_make, django_db_blocker)


@pytest.fixture
def project(
    standing_home: Path, standing_project: ProjectView, home: Path, db: None
) -> ProjectView:
    """Return the project as it was made, its files in a folder of this test."""
    shutil.copytree(standing_home, home, dirs_exist_ok=True)
    return standing_project


def test_nothing_differs_where_nothing_was_touched(project: ProjectView) -> None:
    report = verify(project).document()
    assert report["details"] == []
    assert report["differences"] == 0
    assert report["checked"] == {
        "units": 10,
        "rulings": 5,
        "coefficients": 3371,
        "counts": 714,
        "opinions": 2,
        "events": 11,
        "releases": 1,
    }


def _flip_ruling() -> None:
    Ruling.objects.filter(pk=Ruling.objects.earliest("pk").pk).update(value="unsafe")


def _drop_ruling() -> None:
    Ruling.objects.filter(pk=Ruling.objects.earliest("pk").pk).update(current=False)


def _flip_decision() -> None:
    Decision.objects.filter(outcome="reannotate").update(outcome="adjudicate")


def _uncount() -> None:
    HumanVote.objects.filter(pk=HumanVote.objects.earliest("pk").pk).update(counts=False)


def _change_vote() -> None:
    """An edited vote, which no service allows."""
    seat = Assignment.objects.filter(state="done").earliest("pk")
    HumanVote.objects.filter(annotation__item=seat.item_id).update(value="unsafe")


def _move_item() -> None:
    Item.objects.filter(state="open").update(state="settled")


def _move_unit() -> None:
    Unit.objects.filter(state="reannotate").update(state="settled")


def _give_unit_away() -> None:
    other = make_project("p2")
    Unit.objects.filter(pk=Unit.objects.earliest("pk").pk).update(project=other.id)


def _change_opinion() -> None:
    JurorVote.objects.filter(value="unsafe").update(value="safe")


def _change_annotation() -> None:
    Annotation.objects.filter(pk=Annotation.objects.earliest("pk").pk).update(body_digest="0" * 64)


def _recount() -> None:
    PatternCount.objects.filter(
        target="prompt", level="verdict", population="first_pass", pattern__contains="caution"
    ).update(n=7)


def _lose_delta() -> None:
    PatternDelta.objects.all().delete()


def _lose_week() -> None:
    PatternCount.objects.filter(part__startswith="week:").delete()


def _move_vote() -> None:
    HumanVote.objects.filter(pk=HumanVote.objects.earliest("pk").pk).update(population="gold")


@pytest.mark.parametrize(
    ("tamper", "kind"),
    [
        (_flip_ruling, "ruling"),
        (_drop_ruling, "ruling"),
        (_flip_decision, "decision"),
        (_uncount, "vote_counts"),
        (_change_vote, "ruling"),
        (_move_item, "item_state"),
        (_move_unit, "unit_state"),
        (_move_unit, "state_count"),
        (_give_unit_away, "unit_project"),
        (_change_opinion, "opinion"),
        (_change_annotation, "event"),
        (_recount, "pattern_count"),
        (_recount, "coefficient"),
        (_lose_delta, "pattern_count"),
        (_lose_week, "pattern_part"),
        (_move_vote, "vote_population"),
        (_move_vote, "pattern_count"),
    ],
)
def test_what_was_altered_is_found(
    project: ProjectView, tamper: Callable[[], None], kind: str
) -> None:
    tamper()
    report = verify(project)
    assert kind in {each.kind for each in report.details}


def test_every_figure_that_a_lost_count_changes_is_named(project: ProjectView) -> None:
    PatternCount.objects.filter(
        target="prompt",
        level__in=("verdict", "fine", "sums:fine"),
        population__in=("first_pass", "human_juror"),
    ).exclude(pattern__contains='["safe",3]').exclude(pattern__contains='["none",3]').delete()
    found = {each.id for each in verify(project).details if each.kind == "coefficient"}
    fine, verdict = "prompt:safety:fine:first_pass", "prompt:safety:verdict:first_pass"
    for name in ("alpha_nominal", "alpha_masi", "alpha_jaccard", "alpha_tree", "percent_agreement"):
        assert {f"{fine}:{name}", f"{fine}:{name} by sums"} <= found
    for name in ("units", "labels", "alpha_ordinal", "prevalence.unsafe", "by_kind.human"):
        assert f"{verdict}:{name}" in found
    assert f"{fine}:per_category.violence.alpha" in found
    assert f"{verdict}:by_kind.human_juror" not in found, "the unit of the jury is still counted"


def test_an_altered_release_file_is_found(project: ProjectView) -> None:
    card = release(project.id, 1).folder / "datacard.md"
    card.write_text(card.read_text() + "All is well.\n")
    (found,) = verify(project).details
    assert (found.kind, found.id) == ("release_file", "p1/1/datacard.md")


def test_a_vote_that_came_after_the_ruling_is_no_difference() -> None:
    found = make_project(
        "p2", overlap=2, policy={"name": "majority", "options": {"human_floor": 2}}
    )
    (item,) = make_items(found, {"id": "i", "prompt": "Text"})
    add_votes(found, item, {f"p2-a{n}": {"prompt": "safe"} for n in (1, 2)})
    assert Item.objects.get(pk=item).state == "settled"
    seat = NewSeat(
        found.id, item, number=9, reason="first_pass", round=1, asks={"prompt": ["safety"]}
    )
    open_seats([seat])
    add_votes(found, item, {"p2-a3": {"prompt": "unsafe"}})
    assert HumanVote.objects.filter(annotation__item=item, counts=True).count() == 3
    assert verify(found).document()["details"] == []


SETS = ("none", "threat|violence", "violence")


def test_nothing_differs_where_people_and_jurors_say_this_and_that() -> None:
    """So that no figure is of one value only: finer categories, jurors of their own mind."""
    found = make_project("p3", jurors=("j1", "j2"), policy={"name": "majority"})
    rng = random.Random(5)  # noqa: S311 - no secrets
    sets = ((), ("violence",), ("threat",), ("threat", "fraud"), ("malware",))

    def said() -> dict[str, Answer]:
        chosen = {target: rng.choice(sets) for target in ("prompt", "response")}
        return {t: Answer("unsafe" if each else "safe", each) for t, each in chosen.items()}

    rows = ({"id": f"i{n}", "prompt": f"Text {n}", "response": "Yes"} for n in range(9))
    for item in make_items(found, *rows):
        add_votes(found, item, {f"p3-a{n}": said() for n in rng.sample(range(5), 3)})
        add_opinions(found, item, {name: said() for name in ("j1", "j2")})
    document = verify(found).document()
    assert document["details"] == []
    figures = agreement(found, target="prompt", level="fine").document
    for name in ("alpha_masi", "alpha_tree", "cohen_kappa"):
        assert figures[name], name
    assert all(cast("dict[str, float]", figures["by_kind"]).values())


@pytest.mark.parametrize(
    ("level", "values"),
    [
        ("nominal", SETS),
        ("ordinal", SETS),
        ("interval", ("-1", "0", "2.5")),
        ("masi", SETS),
        ("jaccard", SETS),
        ("tree", SETS),
    ],
)
def test_both_referees_agree(level: Level, values: tuple[str, ...]) -> None:
    counts = [[3, 0, 0], [2, 1, 0], [0, 1, 2], [0, 0, 2], [1, 0, 0], [1, 1, 1]]
    parents = {"threat": "violence"}
    one, other = (judge(counts, level, values, parents) for judge in (by_package, by_textbook))
    assert one is not None
    assert one == pytest.approx(other, abs=1e-12)
    same = ("fraud", "fraud|other")  # with their ancestors
    for judge in (by_textbook, by_package):
        assert judge([[1, 1], [2, 0]], "tree", same, {"fraud": "other"}) is None
    alike = [[3, 0], [2, 0]]
    assert by_textbook(alike, level, values) is by_package(alike, level, values) is None
