"""Which votes count, decisions, rulings and states, computed again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from annotator.catalog.models import PolicyVersion
from annotator.catalog.queries import ProjectView
from annotator.flow.facts import ItemReading, policy_of, read
from annotator.flow.lines import Key
from annotator.flow.standing import FINISH, unit_state
from annotator.flow.verify_report import Report
from annotator.intake.models import Item, Unit
from annotator.labeling.models import Assignment
from annotator.labeling.models import Vote as HumanVote
from annotator.panel.models import Vote as JurorVote
from annotator.quality.models import Decision, Ruling
from jury.policy.base import Policy
from jury.policy.decision import Decision as Outcome
from jury.policy.facts import ItemFacts, UnitFacts
from jury.policy.panel.policy import Panel
from jury.policy.parts import every_part
from jury.policy.registry import load_policy

_STATES = {
    Decision.Outcome.SETTLED.value: Item.State.SETTLED,
    Decision.Outcome.REANNOTATE.value: Item.State.LABEL_AGAIN,
    Decision.Outcome.ADJUDICATE.value: Item.State.WITH_LEAD,
}


@dataclass(frozen=True, slots=True)
class _Stored:
    """What the database holds about a chunk of items."""

    decisions: Mapping[Key, Decision]
    rulings: Mapping[Key, Ruling]
    names: Mapping[int, str]
    projects: Mapping[int, tuple[int, int]]
    """Of each unit: the project it names, and its item's."""
    states: Mapping[int, tuple[str, str]]


def check_units(project: ProjectView, item_ids: Sequence[int], book: Report) -> None:
    """Compare a chunk's derived flags, decisions, rulings and states with its evidence."""
    reading = read(project, item_ids)
    flags = reading.flags
    for pk, (counts, population) in flags.people.items():
        had_counted, was_in = flags.people_stored[pk]
        book.compare("vote_counts", f"vote:{pk}", had_counted, counts)
        book.compare("vote_population", f"vote:{pk}", was_in, population)
    for stored, ids in ((False, flags.jury_on), (True, flags.jury_off)):
        for pk in ids:
            book.compare("vote_counts", f"vote:{pk}", stored, not stored)
    stored_rows = _stored(item_ids)
    rules = _Rules(project)
    for item in reading.items:
        _check_item(item, rules, stored_rows, book)


def _stored(item_ids: Sequence[int]) -> _Stored:
    decisions = Decision.objects.filter(unit__item__in=item_ids, current=True)
    decisions = decisions.select_related("restores")
    rulings = Ruling.objects.filter(unit__item__in=item_ids, current=True)
    units = list(Unit.objects.filter(item__in=item_ids).select_related("item"))
    items = Item.objects.filter(pk__in=item_ids)
    return _Stored(
        decisions={(row.unit_id, row.question): row for row in decisions},
        rulings={(row.unit_id, row.question): row for row in rulings},
        names={unit.pk: f"{unit.item.public_id}:{unit.target}" for unit in units},
        projects={unit.pk: (unit.project_id, unit.item.project_id) for unit in units},
        states={
            pk: (name, state) for pk, name, state in items.values_list("pk", "public_id", "state")
        },
    )


class _Rules:
    """The policy in force, and earlier versions that decisions still name."""

    def __init__(self, project: ProjectView) -> None:
        self.project = project
        self._known: dict[int, Policy] = {project.policy.id: policy_of(project)}

    def current(self) -> Policy:
        return self._known[self.project.policy.id]

    def version(self, pk: int) -> Policy:
        if pk not in self._known:
            row = PolicyVersion.objects.get(pk=pk)
            self._known[pk] = load_policy(
                row.name,
                row.options,
                taxonomy=self.project.taxonomy,
                overlap=self.project.overlap,
            )
        return self._known[pk]


def _check_item(item: ItemReading, rules: _Rules, stored: _Stored, book: Report) -> None:
    standing: dict[Key, str] = {}
    for outcome in rules.current().decide(item.facts):
        key = (outcome.unit, outcome.question)
        name = f"{stored.names[outcome.unit]}:{outcome.question}"
        decision, ruling = stored.decisions.get(key), stored.rulings.get(key)
        book.saw("units")
        if decision is not None and decision.outcome == Decision.Outcome.SETTLED:
            standing[key] = decision.outcome
            book.saw("rulings")
            _check_ruling(item.facts, decision, ruling, rules, (name, book))
        else:
            standing[key] = decision.outcome if decision else "waiting"
            _check_open(item.facts, outcome, decision, rules, (name, book))
            book.compare("ruling", name, _ruling_document(ruling), None)
    public_id, state = stored.states[item.facts.item]
    book.compare("item_state", public_id, state, _state(item.facts, standing))
    for unit in item.units:
        name = stored.names[unit.id]
        computed = unit_state([said for (pk, _), said in standing.items() if pk == unit.id])
        book.compare("unit_state", name, unit.state, computed.value)
        book.compare("unit_project", name, *stored.projects[unit.id])


def _check_open(
    facts: ItemFacts,
    outcome: Outcome,
    decision: Decision | None,
    rules: _Rules,
    place: tuple[str, Report],
) -> None:
    """Check a unit that is not settled. While answers are to come, its last decision stands."""
    name, book = place
    if decision is not None and outcome.outcome == "waiting":
        policy = rules.version(decision.policy_version_id)
        outcome = _of(policy.decide(_as_of(facts, decision)), (outcome.unit, outcome.question))
    book.compare("decision", name, decision.outcome if decision else "waiting", outcome.outcome)
    if decision is not None and decision.outcome == outcome.outcome:
        votes = outcome.evidence.get("votes")
        book.compare("evidence", name, decision.evidence.get("votes"), votes)
    if decision is not None:
        _check_fit(decision, rules, place)


def _check_ruling(
    facts: ItemFacts,
    decision: Decision,
    ruling: Ruling | None,
    rules: _Rules,
    place: tuple[str, Report],
) -> None:
    """A settled unit rests on what was known then; later votes do not unsettle it."""
    name, book = place
    key = (decision.unit_id, decision.question)
    policy = rules.version(decision.policy_version_id)
    stored = _ruling_document(ruling)
    computed = _document(_of(policy.decide(facts), key))
    if stored != computed:
        computed = _document(_of(policy.decide(_as_of(facts, decision)), key))
    book.compare("ruling", name, stored, computed)
    _check_fit(decision, rules, place)


def _check_fit(decision: Decision, rules: _Rules, place: tuple[str, Report]) -> None:
    """A decision of the panel names the fit of its policy version."""
    name, book = place
    seen = decision.evidence.get("panel")
    if not isinstance(seen, Mapping):
        book.compare("fit", name, decision.fit, "")
        return
    policy = rules.version(decision.policy_version_id)
    fits = {p.rule.fit.digest for p in every_part(policy) if isinstance(p, Panel)}
    known = decision.fit if decision.fit in fits and decision.fit == seen.get("fit") else None
    book.compare("fit", name, decision.fit, known)


def _of(outcomes: Sequence[Outcome], key: Key) -> Outcome:
    return next(each for each in outcomes if (each.unit, each.question) == key)


def _as_of(facts: ItemFacts, decision: Decision) -> ItemFacts:
    """Return an item's facts as they were when a decision was taken."""
    units = []
    for unit in facts.units:
        # What a roll-back restored was decided when it was decided first.
        known = _known_at(unit, (decision.restores or decision).created_at)
        seats = decision.evidence.get("seats_pending")
        if (unit.unit, unit.question) == (decision.unit_id, decision.question):
            known = replace(known, seats_pending=seats if isinstance(seats, int) else 0)
        units.append(known)
    return replace(facts, units=tuple(units))


def _known_at(unit: UnitFacts, moment: datetime) -> UnitFacts:
    people = HumanVote.objects.filter(
        unit=unit.unit, question=unit.question, annotation__created_at__lte=moment
    )
    jurors = JurorVote.objects.filter(
        unit=unit.unit, question=unit.question, opinion__created_at__lte=moment
    )
    lead = people.filter(annotation__assignment__reason=Assignment.Reason.ADJUDICATION)
    names = jurors.values_list("opinion__inquiry__juror_version__juror__name", flat=True)
    voters = {("juror", name) for name in names}
    voters |= {("human", str(pk)) for pk in people.values_list("annotation__person_id", flat=True)}
    votes = tuple(vote for vote in unit.votes if (vote.kind, vote.rater) in voters)
    if unit.adjudicated is not None and not lead.exists():
        return replace(unit, votes=votes, adjudicated=None, adjudicated_contested=False)
    return replace(unit, votes=votes)


def _document(outcome: Outcome) -> dict[str, object] | None:
    answer = outcome.answer
    if outcome.outcome != "settled" or answer is None:
        return None
    return {
        "value": answer.value,
        "categories": list(answer.categories),
        "severity": answer.severity,
        "source": outcome.source,
        "rule": outcome.rule,
        "contested": outcome.contested,
    }


def _ruling_document(ruling: Ruling | None) -> dict[str, object] | None:
    if ruling is None:
        return None
    return {
        "value": ruling.value,
        "categories": sorted(ruling.categories),
        "severity": ruling.severity,
        "source": ruling.source,
        "rule": ruling.rule,
        "contested": ruling.contested,
    }


def _state(facts: ItemFacts, standing: Mapping[Key, str]) -> str:
    """Return an item's state: that of its least finished unit, in work once anything began."""
    states = []
    for unit in facts.units:
        now = standing[unit.unit, unit.question]
        waiting = Item.State.IN_WORK if unit.answers("human") else Item.State.OPEN
        states.append(_STATES.get(now, waiting))
    if not states:
        return Item.State.SETTLED
    least = min(states, key=FINISH.index)
    begun = any(state != Item.State.OPEN for state in states)
    return Item.State.IN_WORK if least == Item.State.OPEN and begun else least
