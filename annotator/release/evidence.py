"""What a release says of items, read in a fixed number of queries."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from annotator.catalog.queries import ProjectView, members
from annotator.intake.models import Item, Turn
from annotator.intake.texts import ItemView, items_with_texts
from annotator.labeling.models import Assignment
from annotator.labeling.models import Vote as HumanVote
from annotator.panel.models import Inquiry, Opinion
from annotator.panel.models import Vote as JurorVote
from annotator.quality.models import Ruling
from annotator.quality.queries.asides import set_aside_on_seat, set_aside_opinion
from annotator.quality.queries.population import guest
from annotator.release.facts import ItemFact, RulingFact, UnitFact, VoteFact
from annotator.release.splits import Linked
from jury.verdict import Answer

Key = tuple[int, str]
"""A unit's id and a question's key."""

CHUNK = 500


@dataclass(frozen=True, slots=True)
class _Place:
    external_id: str
    digest: str
    batch: int
    line: int
    pk: int


def chunks(project_id: int) -> Iterator[list[int]]:
    """Yield item ids, sorted by the import's id; items of one id always come together."""
    rows = Item.objects.filter(project=project_id).values_list(
        "external_id", "digest", "batch__number", "line", "pk"
    )
    places = sorted(
        (_Place(*row) for row in rows),
        key=lambda each: (each.external_id, each.digest, each.batch, each.line),
    )
    chunk: list[int] = []
    for _, same_id in groupby(places, key=lambda each: each.external_id):
        chunk.extend(each.pk for each in same_id)
        if len(chunk) >= CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def linked(project_id: int) -> Iterator[Linked]:
    """Yield what ties items to each other, in order of import."""
    prompts = dict(
        Turn.objects.filter(item__project=project_id, role="user")
        .order_by("item_id", "position")
        .values_list("item_id", "text_id")
    )
    rows = Item.objects.filter(project=project_id).order_by("pk")
    for pk, digest, near, origin in rows.values_list(
        "pk", "digest", "near_duplicate_of", "derived_from"
    ):
        points = tuple(each for each in (near, origin) if each is not None)
        # The dictionary kept the last user message: that is the prompt.
        yield Linked(pk, digest, prompts.get(pk, ""), points)


class Reader:
    """Reads chunks of a project's items as facts."""

    def __init__(self, project: ProjectView) -> None:
        self._project = project
        self._pseudonyms = {row.person_id: row.pseudonym for row in members(project.id)}

    def read(self, item_ids: Sequence[int]) -> list[ItemFact]:
        """Return the facts of these items, in the order given."""
        texts = items_with_texts(item_ids)
        rulings = _rulings(item_ids)
        answers: dict[Key, list[Answer]] = defaultdict(list)
        jurors: dict[Key, int] = defaultdict(int)
        votes: dict[int, list[VoteFact]] = defaultdict(list)
        aside: Counter[int] = Counter()
        self._people(item_ids, answers, votes, aside)
        self._jury(item_ids, jurors, votes, aside)
        self._skipped(item_ids, votes)
        rows = Item.objects.filter(pk__in=item_ids).select_related("batch").in_bulk()
        return [
            ItemFact(
                id=pk,
                external_id=rows[pk].external_id,
                place=(rows[pk].digest, rows[pk].batch.number, rows[pk].line),
                model=rows[pk].model,
                redacted=bool(rows[pk].reconstruction_id),
                turns=texts[pk].turns,
                units=_units(texts[pk], rulings, answers, jurors),
                votes=votes[pk],
                set_aside=aside[pk],
            )
            for pk in item_ids
        ]

    def _people(
        self,
        item_ids: Sequence[int],
        answers: dict[Key, list[Answer]],
        votes: dict[int, list[VoteFact]],
        aside: Counter[int],
    ) -> None:
        rows = (
            HumanVote.objects.filter(annotation__item__in=item_ids)
            .annotate(aside=set_aside_on_seat())
            .select_related("annotation__assignment", "unit")
            .order_by("annotation_id", "unit_id", "pk")
        )
        for _, group in groupby(rows, key=lambda row: (row.annotation_id, row.unit_id)):
            given = list(group)
            same = [row for row in given if not row.aside]
            if not same:
                aside[given[0].annotation.item_id] += 1
                continue
            for row in same:
                if row.counts:
                    answers[row.unit_id, row.question].append(_answer(row))
            annotation, unit = same[0].annotation, same[0].unit
            votes[annotation.item_id].append(
                VoteFact(
                    target=unit.target,
                    rater=self._rater(annotation.person_id),
                    kind="human",
                    state="given",
                    reason=annotation.assignment.reason,
                    answers={row.question: _answer(row) for row in same},
                    seconds=annotation.seconds,
                    round=annotation.assignment.round,
                    phase=annotation.phase,
                    superseded=not annotation.latest or annotation.withdrawn_at is not None,
                    at=annotation.evidence_at,
                )
            )

    def _jury(
        self,
        item_ids: Sequence[int],
        jurors: dict[Key, int],
        votes: dict[int, list[VoteFact]],
        aside: Counter[int],
    ) -> None:
        given: dict[int, dict[str, Answer]] = defaultdict(dict)
        out: set[int] = set()
        rows = JurorVote.objects.filter(opinion__inquiry__item__in=item_ids).order_by("pk")
        for row in rows.annotate(aside=set_aside_opinion()):
            if row.aside:
                out.add(row.opinion_id)
                continue
            given[row.opinion_id][row.question] = _answer(row)
            jurors[row.unit_id, row.question] += row.counts
        opinions = (
            Opinion.objects.filter(
                inquiry__item__in=item_ids, inquiry__purpose=Inquiry.Purpose.PANEL
            )
            .select_related("unit", "inquiry__juror_version__juror")
            .order_by("pk")
        )
        for opinion in opinions:
            if opinion.pk in out and opinion.pk not in given:
                aside[opinion.inquiry.item_id] += 1
                continue
            version = opinion.inquiry.juror_version
            votes[opinion.inquiry.item_id].append(
                VoteFact(
                    target=opinion.unit.target,
                    rater=version.juror.name,
                    kind="juror",
                    state=opinion.state,
                    reason=opinion.reason,
                    answers=given.get(opinion.pk, {}),
                    phase="blind",
                    superseded=not version.current,
                    model=str(version.components.get("model") or version.juror.model),
                    juror_version=version.digest,
                    at=opinion.evidence_at,
                )
            )

    def _skipped(self, item_ids: Sequence[int], votes: dict[int, list[VoteFact]]) -> None:
        rows = Assignment.objects.filter(
            item__in=item_ids, state=Assignment.State.SKIPPED, person__isnull=False
        ).order_by("item_id", "number")
        for row in rows:
            person_id = row.person_id
            if person_id is None:
                continue
            votes[row.item_id].extend(
                VoteFact(
                    target=target,
                    rater=self._rater(person_id),
                    kind="human",
                    state="skipped",
                    reason=row.skip_reason,
                    answers={},
                    round=row.round,
                    phase="blind",
                )
                for target in sorted(row.asks)
            )

    def _rater(self, person_id: int) -> str:
        """Return a stable pseudonym; who judged without being a member gets one of their own."""
        if person_id not in self._pseudonyms:
            self._pseudonyms[person_id] = guest(self._project, person_id)
        return self._pseudonyms[person_id]


def _answer(row: HumanVote | JurorVote) -> Answer:
    return Answer(row.value, tuple(row.categories), row.severity, row.other)


def _rulings(item_ids: Sequence[int]) -> dict[int, dict[str, RulingFact]]:
    rows = Ruling.objects.filter(unit__item__in=item_ids, current=True).select_related(
        "decision__policy_version"
    )
    found: dict[int, dict[str, RulingFact]] = defaultdict(dict)
    for row in rows:
        found[row.unit_id][row.question] = RulingFact(
            answer=Answer(row.value, tuple(row.categories), row.severity),
            source=row.source,
            rule=row.rule,
            contested=row.contested,
            human_judged=row.human_judged,
            policy_version=row.decision.policy_version.version,
        )
    return found


def _units(
    item: ItemView,
    rulings: Mapping[int, Mapping[str, RulingFact]],
    answers: Mapping[Key, Sequence[Answer]],
    jurors: Mapping[Key, int],
) -> tuple[UnitFact, ...]:
    questions = {question for _, question in answers} | {question for _, question in jurors}
    return tuple(
        UnitFact(
            target=unit.target,
            rulings=rulings.get(unit.id, {}),
            answers={q: answers[unit.id, q] for q in questions if (unit.id, q) in answers},
            jurors={q: jurors[unit.id, q] for q in questions if (unit.id, q) in jurors},
        )
        for unit in item.units
    )
