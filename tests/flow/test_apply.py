from __future__ import annotations

from pathlib import Path

import pytest

from annotator.accounts.models import Person
from annotator.audit.models import Event
from annotator.catalog.models import GuidelineSet, Membership, PolicyVersion, Project, Question
from annotator.catalog.queries import members, project_by_slug
from annotator.core.errors import Conflict, Invalid
from annotator.flow.intake import import_items
from annotator.flow.projects import NewMember, add_people, apply
from annotator.panel.models import Juror, JurorVersion, Panel
from tests.flow.projects import JUROR, document, project

pytestmark = pytest.mark.django_db

FULL: dict[str, object] = {
    "policy": {"name": "majority", "options": {"max_votes": 5, "min_share": 0.67}},
    "juror": [JUROR, {**JUROR, "name": "j2", "api_key": "env:J2_KEY", "price_in": 0.5}],
    "budget": {"spend": 10.0},
    "member": [
        {"username": "ann1", "role": "annotator"},
        {"username": "lead", "role": "manager"},
    ],
}


def test_a_second_run_changes_nothing() -> None:
    assert apply(document(root=FULL))[0].what == "project"
    events = Event.objects.count()
    assert apply(document(root=FULL)) == ()
    assert Event.objects.count() == events


def test_a_project_is_what_its_file_says() -> None:
    view = project(root=FULL, severity=True, overlap=2)
    assert [(t.key, t.badge, t.people, t.jury) for t in view.targets] == [
        ("prompt", "P", True, True),
        ("response", "R", True, True),
    ]
    assert [question.key for question in view.questions] == ["safety"]
    assert view.questions[0].severity
    assert (view.overlap, view.spend_limit, view.policy.name) == (2, 10.0, "majority")
    assert view.guideline_version == "1.0"
    assert {m.username: m.role for m in members(view.id)} == {
        "ann1": "annotator",
        "lead": "manager",
    }
    assert not Person.objects.get(username="ann1").has_usable_password()
    panel = Panel.objects.get(project=view.id, current=True)
    assert sorted(panel.seats.values_list("juror__name", flat=True)) == ["j1", "j2"]


def test_a_process_that_read_the_project_before_sees_that_a_question_is_gone() -> None:
    """Views are kept by a stamp of their rows, and a withdrawn question adds none."""
    view = project(questions=["safety", "refusal"])
    assert [question.key for question in view.questions] == ["safety", "refusal"]
    view = project(questions=["safety"])
    assert [question.key for question in view.questions] == ["safety"]


def test_changed_values_are_named_and_get_versions() -> None:
    apply(document(root=FULL))
    changed = {
        **FULL,
        "policy": {"name": "majority", "options": {"max_votes": 7, "min_share": 0.67}},
        "juror": [{**JUROR, "model": "m2"}, {**JUROR, "name": "j2", "in_flight": 8}],
    }
    whats = {change.what: change for change in apply(document(root=changed, severity=True))}
    assert (whats["project.severity"].before, whats["project.severity"].after) == (False, True)
    assert whats["question.safety"].after == 2
    assert whats["juror.j1.model"].after == "m2"
    assert whats["juror.j1.version"].after == 2
    assert whats["juror.j2.in_flight"].after == 8
    # How fast a juror is asked does not shape its opinions.
    assert "juror.j2.version" not in whats
    assert whats["panel"].after == 2
    assert PolicyVersion.objects.get(current=True).version == 2
    assert Question.objects.filter(key="safety").count() == 2
    assert JurorVersion.objects.filter(juror__name="j1", current=True).get().number == 2


def test_going_back_finds_the_old_juror_version() -> None:
    apply(document(root=FULL))
    apply(document(root={**FULL, "juror": [{**JUROR, "model": "m2"}]}))
    apply(document(root=FULL))
    assert JurorVersion.objects.get(juror__name="j1", current=True).number == 1
    assert JurorVersion.objects.filter(juror__name="j1").count() == 2


def test_a_juror_that_is_gone_is_retired() -> None:
    apply(document(root=FULL))
    changes = apply(document(root={**FULL, "juror": [JUROR]}))
    assert {change.what for change in changes} == {"juror.j2.active", "panel"}
    assert not Juror.objects.get(name="j2").active


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"root": {"contract": 2}}, "contract"),
        ({"root": {"strange": 1}}, "strange"),
        ({"slug": "Not A Slug"}, "project.slug"),
        ({"colour": "red"}, "project.colour"),
        ({"taxonomy": "aegis9@1"}, "project.taxonomy"),
        ({"taxonomy": "absent.yaml"}, "project.taxonomy"),
        ({"targets": []}, "project.targets"),
        ({"targets": ["pair"]}, "project.targets"),
        ({"targets": ["prompt", "prompt"]}, "project.targets"),
        ({"targets": ["turn", "prompt"]}, "project.targets"),
        ({"targets": ["prompt"], "questions": ["refusal"]}, "project.questions"),
        ({"questions": ["helpful"]}, "project.targets"),
        ({"overlap": 0}, "project.overlap"),
        ({"overlap": True}, "project.overlap"),
        ({"overlap": "3"}, "project.overlap"),
        ({"lease_seconds": 5}, "project.lease_seconds"),
        ({"reveal": "always"}, "project.reveal"),
        ({"severity": 1}, "project.severity"),
        ({"root": {"policy": {"name": "fancy"}}}, "policy.options"),
        ({"root": {"policy": {"options": {"strange": 1}}}}, "policy.options"),
        ({"root": {"policy": {"name": "aegis2"}}}, "project.targets"),
        ({"root": {"budget": {"spend": -1}}}, "budget.spend"),
        ({"root": {"budget": {"spent": 1}}}, "budget.spent"),
        ({"root": {"juror": JUROR}}, "juror"),
        ({"root": {"juror": [JUROR, JUROR]}}, "juror"),
        ({"root": {"juror": [{**JUROR, "colour": 1}]}}, "juror[0].colour"),
        ({"root": {"juror": [{**JUROR, "api_key": "sk-secret"}]}}, "juror[0].api_key"),
        ({"root": {"juror": [{**JUROR, "base_url": "file:///x"}]}}, "juror[0].base_url"),
        ({"root": {"juror": [{**JUROR, "base_url": "http://a:b@h/v1"}]}}, "juror[0].base_url"),
        ({"root": {"juror": [{**JUROR, "base_url": "http://[::1/"}]}}, "juror[0].base_url"),
        ({"root": {"juror": [{"name": "j", "model": "m"}]}}, "juror[0].base_url"),
        ({"root": {"juror": [{**JUROR, "dialect": "prose"}]}}, "juror[0].dialect"),
        ({"root": {"juror": [{**JUROR, "in_flight": 0}]}}, "juror[0].in_flight"),
        ({"root": {"member": [{"username": "a b", "role": "manager"}]}}, "member[0].username"),
        ({"root": {"member": [{"username": "a", "role": "boss"}]}}, "member[0].role"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_written(
    changes: dict[str, object], field: str
) -> None:
    with pytest.raises(Invalid) as caught:
        apply(document(**changes))
    assert field in caught.value.fields
    assert "sk-secret" not in str(caught.value.fields)
    assert not Project.objects.exists()


def test_a_taxonomy_of_ones_own_is_found_beside_the_file(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(
        "taxonomy: {id: own, version: '1', title: Own}\n"
        "categories: [{id: rude, name: Rude}, {id: spam, name: Spam}]\n",
        encoding="utf-8",
    )
    apply(document(taxonomy="own.yaml"), folder=tmp_path)
    view = project_by_slug("p1")
    assert view.taxonomy.ids == ("rude", "spam")
    assert not GuidelineSet.objects.exists()


def test_the_aegis2_policy_derives_prompt_and_response() -> None:
    view = project(targets=["dialogue"], root={"policy": {"name": "aegis2"}})
    assert [(t.key, t.people, t.jury) for t in view.targets] == [
        ("dialogue", True, True),
        ("prompt", False, False),
        ("response", False, True),
    ]


def test_comparing_adds_the_pair() -> None:
    view = project(targets=["response_0", "response_1"], questions=["helpful", "safer"])
    assert [target.key for target in view.targets] == ["response_0", "response_1", "pair"]
    assert [question.key for question in view.questions_for("pair")] == ["helpful", "safer"]
    assert view.questions_for("response_0") == ()


def test_targets_cannot_change_once_items_are_in(tmp_path: Path) -> None:
    view = project()
    path = tmp_path / "x.jsonl"
    path.write_text('{"prompt": "Hello"}\n', encoding="utf-8")
    import_items(path, project=view)
    for changes in (
        {"targets": ["prompt"]},
        {"questions": ["safety", "refusal"]},
        {"taxonomy": "aegis1@1.0"},
    ):
        with pytest.raises(Conflict) as caught:
            apply(document(**changes))
        assert caught.value.exit_code == 4
    assert apply(document()) == ()


def test_pseudonyms_follow_from_seed_and_name_alone() -> None:
    project(root=FULL)
    project(slug="p2", root=FULL)
    project(slug="p3", seed=2, root=FULL)
    names = [
        Membership.objects.get(project__slug=slug, person__username="ann1").pseudonym
        for slug in ("p1", "p2", "p3")
    ]
    assert names[0] == names[1] != names[2]
    assert names[0].startswith("p-")
    assert "ann" not in names[0]


def test_people_are_added_together_or_not_at_all() -> None:
    view = project()
    bad = [NewMember("ok", "annotator"), NewMember("x", "boss", line=3)]
    with pytest.raises(Invalid) as caught:
        add_people(bad, project=view)
    assert list(caught.value.fields) == ["line 3"]
    assert not Person.objects.exists()
    first = add_people([NewMember("ok", "annotator")], project=view)
    assert "/enter/" in first[0].link
    again = add_people([NewMember("ok", "adjudicator")], project=view, tokens=True)
    assert (again[0].created, again[0].link) == (False, "")
    assert again[0].token
    assert {m.username: m.role for m in members(view.id)} == {"ok": "adjudicator"}
