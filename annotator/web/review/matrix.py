"""The adjudicator's table: a row for each field, a column for each voice, the split ones first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from annotator.flow.revealed import RevealedItem, RevealedQuestion, RevealedUnit, Voice
from annotator.web.marks import Mark, category_name, mark
from jury.taxonomy import Taxonomy
from jury.verdict import Answer


@dataclass(frozen=True, slots=True)
class Cell:
    """What one voice said in one row; `mark` is None where it was not asked."""

    voice: str
    mark: Mark | None
    odd: bool
    choice: str
    """The id of the input in the final column that has this value."""


@dataclass(frozen=True, slots=True)
class Option:
    """One input of the final column."""

    id: str
    mark: Mark
    checked: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A field with everybody's answer and the final one."""

    id: str
    field: str
    kind: str
    target: str
    badge: str
    title: str
    summary: str
    split: bool
    asked: bool
    people: tuple[Cell, ...]
    jury: tuple[Cell, ...]
    options: tuple[Option, ...]
    settled: Mark | None = None


@dataclass(frozen=True, slots=True)
class Rest:
    """Categories of a target that nobody chose, to be added by hand."""

    field: str
    title: str
    badge: str
    other_field: str
    other: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """The table and what stands under it."""

    rows: tuple[Row, ...]
    rest: tuple[Rest, ...]
    people: tuple[Voice, ...]
    jury: tuple[Voice, ...]

    @property
    def split(self) -> int:
        """How many rows people answered differently."""
        return sum(1 for row in self.rows if row.split)


YES = "yes"
NO = "no"


def matrix(
    item: RevealedItem, taxonomy: Taxonomy, filled: Mapping[str, Mapping[str, object]]
) -> Matrix:
    """Return the table of an item; `filled` is a draft or what was posted, by target."""
    rows: list[Row] = []
    rest: list[Rest] = []
    for unit in item.units:
        given = filled.get(unit.target, {})
        for question in unit.questions:
            rows.append(_value_row(item, unit, question, given))
            if question.schema.categories is None:
                continue
            seen = _categories(item, unit, question, taxonomy)
            rows += [
                _category_row(item, unit, question, (each, category_name(taxonomy, each)), given)
                for each in seen
            ]
            if question.schema.key in unit.asked:
                rest.append(_rest(unit, taxonomy, set(seen), given))
    ordered = sorted(rows, key=lambda row: (not row.asked, not row.split))
    return Matrix(tuple(ordered), tuple(rest), item.people, item.jurors)


def _value_row(
    item: RevealedItem,
    unit: RevealedUnit,
    question: RevealedQuestion,
    given: Mapping[str, object],
) -> Row:
    schema = question.schema
    asked = schema.key in unit.asked
    field = f"{unit.target}-{schema.key}"
    answers = [_answer(voice, unit, question) for voice in item.people]
    values = Counter(answer.value for answer in answers if answer)
    split = len(values) > 1
    agreed = next(iter(values)) if len(values) == 1 else ""
    chosen = str(given.get(schema.key) or ("" if split else agreed))
    settled = mark(schema, question.ruling.answer.value) if question.ruling else None
    return Row(
        id=f"row-{field}",
        field=field,
        kind="value",
        target=unit.target,
        badge=unit.badge,
        title=_("%(target)s, %(question)s")
        % {"target": unit.title, "question": schema.title.lower()},
        summary=tally(values, of=len(answers)),
        split=split,
        asked=asked,
        people=_cells(item.people, unit, question, values, field),
        jury=_cells(item.jurors, unit, question, None, field),
        options=tuple(
            Option(f"{field}-{value.key}", mark(schema, value.key), chosen == value.key)
            for value in schema.values
        )
        if asked
        else (),
        settled=settled,
    )


def _answer(voice: Voice, unit: RevealedUnit, question: RevealedQuestion) -> Answer | None:
    return voice.answers.get((unit.target, question.schema.key))


def _cells(
    voices: Sequence[Voice],
    unit: RevealedUnit,
    question: RevealedQuestion,
    values: Counter[str] | None,
    field: str,
) -> tuple[Cell, ...]:
    """Return the cells of a row of values; a vote that stands alone against two is odd."""
    top = max(values.values()) if values else 0
    found = []
    for voice in voices:
        answer = _answer(voice, unit, question)
        value = answer.value if answer else ""
        odd = bool(values and top > 1 and values[value] == 1 and answer)
        shown = mark(question.schema, value) if answer else None
        found.append(Cell(voice.name, shown, odd, f"{field}-{value}" if answer else ""))
    return tuple(found)


def _categories(
    item: RevealedItem, unit: RevealedUnit, question: RevealedQuestion, taxonomy: Taxonomy
) -> list[str]:
    """Return the categories anybody chose, in the taxonomy's order, unknown ones last."""
    voices = [*item.people, *item.jurors]
    chosen = {
        each
        for voice in voices
        for answer in [_answer(voice, unit, question)]
        if answer
        for each in answer.categories
    }
    known = [each for each in taxonomy.ids if each in chosen]
    return [*known, *sorted(chosen - set(known))]


def _category_row(
    item: RevealedItem,
    unit: RevealedUnit,
    question: RevealedQuestion,
    category: tuple[str, str],
    given: Mapping[str, object],
) -> Row:
    category_id, name = category
    asked = question.schema.key in unit.asked
    field = f"{unit.target}-categories"
    option_id = f"{field}-{category_id}"
    people = _yes_no(item.people, unit, question, category_id, option_id)
    said = Counter(cell.mark.value for cell in people if cell.mark)
    split = len(said) > 1
    filled = given.get("categories")
    chosen = category_id in filled if isinstance(filled, list) else said[YES] > 0 and not split
    return Row(
        id=f"row-{option_id}",
        field=field,
        kind="category",
        target=unit.target,
        badge=unit.badge,
        title=name,
        summary=_chosen_by(said),
        split=split,
        asked=asked,
        people=people,
        jury=_yes_no(item.jurors, unit, question, category_id, option_id),
        options=(Option(option_id, Mark(category_id, _("Yes"), "plain"), chosen),) if asked else (),
    )


def _yes_no(
    voices: Sequence[Voice],
    unit: RevealedUnit,
    question: RevealedQuestion,
    category_id: str,
    option_id: str,
) -> tuple[Cell, ...]:
    rule = question.schema.categories
    found = []
    for voice in voices:
        answer = _answer(voice, unit, question)
        asked = answer is not None and rule is not None and answer.value in rule.asked_for
        yes = answer is not None and category_id in answer.categories
        word = Mark(YES, _("Yes"), YES) if yes else Mark(NO, _("No"), NO)
        found.append(Cell(voice.name, word if asked or yes else None, odd=False, choice=option_id))
    return tuple(found)


def _rest(
    unit: RevealedUnit, taxonomy: Taxonomy, seen: set[str], given: Mapping[str, object]
) -> Rest:
    field = f"{unit.target}-categories"
    filled = given.get("categories")
    chosen = set(filled) if isinstance(filled, list) else set()
    free_text = any(category.free_text for category in taxonomy.categories)
    return Rest(
        field=field,
        title=unit.title,
        badge=unit.badge,
        other_field=f"{unit.target}-other" if free_text else "",
        other=str(given.get("other") or ""),
        options=tuple(
            Option(
                f"{field}-{category.id}",
                Mark(category.id, category.name, "plain"),
                category.id in chosen,
            )
            for category in taxonomy.categories
            if category.id not in seen
        ),
    )


def tally(values: Counter[str], *, of: int) -> str:
    """Return how the answers are spread, in words."""
    asked = sum(values.values())
    counts = sorted(values.values(), reverse=True)
    if asked == 0:
        return _("nobody answered")
    if len(counts) == 1:
        return _("one answer only") if asked == 1 else _("all %(n)d agree") % {"n": asked}
    if counts[0] == counts[1]:
        return _("%(counts)s, no majority") % {"counts": "\N{EN DASH}".join(str(n) for n in counts)}
    if len(counts) == 2:
        return _("%(most)d to %(least)d") % {"most": counts[0], "least": counts[1]}
    return "\N{EN DASH}".join(str(n) for n in counts)


def _chosen_by(said: Counter[str]) -> str:
    asked = said[YES] + said[NO]
    if asked == 0:
        return _("the jury only")
    if asked == 1:
        return _("asked of one person")
    return _("%(yes)d of %(asked)d asked") % {"yes": said[YES], "asked": asked}
