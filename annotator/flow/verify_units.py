"""Which votes count, decisions, rulings and states, computed again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, cast

from annotator.catalog.models import PolicyVersion
from annotator.catalog.queries import ProjectView
from annotator.flow.facts import ItemReading, policy_of, read
from annotator.flow.lines import Key
from annotator.flow.standing import FINISH, unit_state
from annotator.flow.verify_past import Past
from annotator.flow.verify_report import Report
from annotator.intake.models import Item, Unit
from annotator.quality.models import Decision, Ruling
from annotator.quality.services import decision_digest
from jury.policy.base import Policy
from jury.policy.decision import Decision as Outcome
from jury.policy.decision import Rule, Source
from jury.policy.facts import ItemFacts
from jury.policy.panel.policy import Panel
from jury.policy.parts import every_part
from jury.policy.registry import load_policy
from jury.verdict import Answer

_STATES = {
    Decision.Outcome.SETTLED.value: Item.State.SETTLED,
    Decision.Outcome.REANNOTATE.value: Item.State.LABEL_AGAIN,
    Decision.Outcome.ADJUDICATE.value: Item.State.WITH_LEAD,
}
_WITH_WORDS = (Ruling.Source.ADJUDICATOR, Ruling.Source.INHERITED)
"""Rulings that may rest on an answer with words of its own, which are not kept with them."""
_Document = tuple[object, object]
"""An outcome or a ruling, and the votes it rests on."""


@dataclass(frozen=True, slots=True)
class _Stored:
    """What the database holds about a chunk of items."""

    decisions: Mapping[Key, Decision]
    rulings: Mapping[Key, Ruling]
    names: Mapping[int, str]
    projects: Mapping[int, tuple[int, int]]
    """Of each unit: the project it names, and its item's."""
    states: Mapping[int, tuple[str, str]]
    resting: frozenset[int]
    """Items that are due some time, once the jury's patience is out."""


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
    rules = _Rules(project, Past(project, item_ids))
    for item in reading.items:
        if not (item.facts.item in stored_rows.resting and _jury_is_late(item)):
            _check_item(item, rules, stored_rows, book)


def _jury_is_late(item: ItemReading) -> bool:
    """Whether the jury's patience is out: it may be so before the item is due, by a little."""
    return any(unit.jury_timed_out for unit in item.facts.units)


def _stored(item_ids: Sequence[int]) -> _Stored:
    decisions = Decision.objects.filter(unit__item__in=item_ids, current=True)
    decisions = decisions.select_related("restores")
    rulings = Ruling.objects.filter(unit__item__in=item_ids, current=True)
    units = list(Unit.objects.filter(item__in=item_ids).select_related("item"))
    items = list(
        Item.objects.filter(pk__in=item_ids).values_list("pk", "public_id", "state", "due_at")
    )
    return _Stored(
        decisions={(row.unit_id, row.question): row for row in decisions},
        rulings={(row.unit_id, row.question): row for row in rulings},
        names={unit.pk: f"{unit.item.public_id}:{unit.target}" for unit in units},
        projects={unit.pk: (unit.project_id, unit.item.project_id) for unit in units},
        states={pk: (name, state) for pk, name, state, _ in items},
        resting=frozenset(pk for pk, _, _, due_at in items if due_at is not None),
    )


class _Rules:
    """The policy in force, and by what and on what earlier decisions were taken."""

    def __init__(self, project: ProjectView, past: Past) -> None:
        self.project = project
        self.past = past
        self.current = policy_of(project)
        self._known: dict[tuple[int, int], Policy] = {}

    def of(self, decision: Decision) -> Policy:
        """Return the policy a decision was taken by: its version, with the overlap of that time."""
        noted = decision.evidence.get("overlap")
        overlap = noted if isinstance(noted, int) else self.project.overlap
        key = (decision.policy_version_id, overlap)
        if key not in self._known:
            row = PolicyVersion.objects.get(pk=key[0])
            taxonomy = self.project.taxonomy
            self._known[key] = load_policy(
                row.name, row.options, taxonomy=taxonomy, overlap=overlap
            )
        return self._known[key]

    def then(self, facts: ItemFacts, decision: Decision) -> Iterator[Outcome]:
        """Yield what may have been decided when a decision was taken; by the clock first."""
        policy, key = self.of(decision), (decision.unit_id, decision.question)
        for known in self.past.known(facts, decision, policy):
            yield _of(policy.decide(known), key)


def _check_item(item: ItemReading, rules: _Rules, stored: _Stored, book: Report) -> None:
    standing: dict[Key, str] = {}
    for outcome in rules.current.decide(item.facts):
        key = (outcome.unit, outcome.question)
        name = f"{stored.names[outcome.unit]}:{outcome.question}"
        decision, ruling = stored.decisions.get(key), stored.rulings.get(key)
        book.saw("units")
        if decision is not None:
            _check_digest(decision, ruling, (name, book))
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
    """Check a unit that is not settled.

    While answers are to come its last decision stands, also if an answer it rests on was taken back:
    it must follow from what was known when it was taken. Else it is what the policy in force says.
    """
    name, book = place
    if decision is None:
        book.compare("decision", name, "waiting", outcome.outcome)
        return
    stored: _Document = (decision.outcome, decision.evidence.get("votes"))
    computed = _open_document(outcome)
    if outcome.outcome == "waiting":
        computed = _explained(rules.then(facts, decision), _open_document, stored)
    book.compare("decision", name, stored[0], computed[0])
    if stored[0] == computed[0]:
        book.compare("evidence", name, stored[1], computed[1])
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
    stored: _Document = (_ruling_document(ruling), decision.evidence.get("votes"))
    key = (decision.unit_id, decision.question)
    computed = _settled_document(_of(rules.of(decision).decide(facts), key))
    if stored[0] != computed[0]:
        computed = _explained(rules.then(facts, decision), _settled_document, stored)
    book.compare("ruling", name, stored[0], computed[0])
    _check_fit(decision, rules, place)


def _explained(
    outcomes: Iterator[Outcome], document: Callable[[Outcome], _Document], stored: _Document
) -> _Document:
    """Return what is stored if one of the outcomes is that, else the first of them."""
    first = document(next(outcomes))
    if first == stored:
        return stored
    return stored if any(document(each) == stored for each in outcomes) else first


def _open_document(outcome: Outcome) -> _Document:
    return outcome.outcome, outcome.evidence.get("votes")


def _settled_document(outcome: Outcome) -> _Document:
    return _document(outcome), outcome.evidence.get("votes")


def _check_digest(decision: Decision, ruling: Ruling | None, place: tuple[str, Report]) -> None:
    """What a decision says it rests on is what was digested when it was taken."""
    name, book = place
    settled = decision.outcome == Decision.Outcome.SETTLED
    if settled and (ruling is None or ruling.source in _WITH_WORDS):
        return
    outcome = Outcome(
        unit=decision.unit_id,
        question=decision.question,
        outcome=cast("Literal['settled', 'reannotate', 'adjudicate']", decision.outcome),
        reasons=tuple(decision.reasons),
        evidence=decision.evidence,
    )
    if settled and ruling is not None:
        answer = Answer(ruling.value, tuple(ruling.categories), ruling.severity)
        source, rule = cast("Source", ruling.source), cast("Rule", ruling.rule)
        outcome = replace(outcome, answer=answer, source=source, rule=rule)
    book.compare("digest", name, decision.evidence_digest, decision_digest(outcome))


def _check_fit(decision: Decision, rules: _Rules, place: tuple[str, Report]) -> None:
    """A decision of the panel names the fit of its policy version."""
    name, book = place
    seen = decision.evidence.get("panel")
    if not isinstance(seen, Mapping):
        book.compare("fit", name, decision.fit, "")
        return
    policy = rules.of(decision)
    fits = {p.rule.fit.digest for p in every_part(policy) if isinstance(p, Panel)}
    known = decision.fit if decision.fit in fits and decision.fit == seen.get("fit") else None
    book.compare("fit", name, decision.fit, known)


def _of(outcomes: Sequence[Outcome], key: Key) -> Outcome:
    return next(each for each in outcomes if (each.unit, each.question) == key)


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
