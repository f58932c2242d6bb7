"""The one shape of a judgement: what can be answered, and what an answer says.

A question is data (:class:`QuestionSchema`), so that nothing outside ``PRESETS`` names a question,
a target or a value. People and jurors give the same :class:`Answer`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal, cast

from jury.taxonomy import Taxonomy

Shape = Literal["safe", "caution", "unsafe", "plain"]
Caution = Literal["permissive", "defensive"]
AskedOf = Literal["each", "responses", "pair"]

RESPONSE_TARGETS: Final = frozenset({"response", "response_0", "response_1"})
PAIR_TARGET: Final = "pair"
SEVERITY_LEVELS: Final = ("low", "medium", "high", "critical")


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer to one question.

    Attributes:
        value: Key of a value of the question.
        categories: Category ids, sorted on construction.
        severity: A level of the question, empty where none was given.
        other: What the risk is, in words, for a free-text category.
    """

    value: str
    categories: tuple[str, ...] = ()
    severity: str = ""
    other: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "categories", tuple(sorted(self.categories)))

    def to_document(self) -> dict[str, object]:
        """Return the answer as JSON-clean values."""
        return {
            "value": self.value,
            "categories": list(self.categories),
            "severity": self.severity,
            "other": self.other,
        }

    @classmethod
    def from_document(cls, document: Mapping[str, object]) -> Answer:
        """Return the answer that :meth:`to_document` wrote."""
        return cls(
            value=str(document["value"]),
            categories=_strings(document.get("categories")),
            severity=str(document.get("severity", "")),
            other=str(document.get("other", "")),
        )


@dataclass(frozen=True, slots=True)
class Value:
    """One possible value of a question; ``shape`` chooses its icon and how it collapses."""

    key: str
    label: str
    shape: Shape = "plain"


@dataclass(frozen=True, slots=True)
class CategoryRule:
    """For which values categories must, and for which they may, be given."""

    required_for: frozenset[str]
    allowed_for: frozenset[str]

    @property
    def asked_for(self) -> frozenset[str]:
        """The values for which categories are asked at all."""
        return self.required_for | self.allowed_for


@dataclass(frozen=True, slots=True)
class Problem:
    """Why an answer is not valid: the field, a stable code and a sentence."""

    field: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class QuestionSchema:
    """A versioned question: its values and what is asked beside them.

    Attributes:
        key: The question's name in files and addresses.
        version: Raised whenever a stored answer would read differently.
        title: What people see.
        values: The possible values, mildest first where ``ordinal``.
        ordinal: Whether the order of the values carries meaning.
        categories: When categories are asked, None if never.
        severity: The levels asked, mildest first; empty if severity is off.
        asked_of: Each target on its own, responses only, or the pair of responses.
    """

    key: str
    version: int
    title: str
    values: tuple[Value, ...]
    ordinal: bool = False
    categories: CategoryRule | None = None
    severity: tuple[str, ...] = ()
    asked_of: AskedOf = "each"
    # Each vote of each decision asks for these.
    _values: dict[str, Value] = field(init=False, repr=False, compare=False)
    _places: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        values: dict[str, Value] = {}
        for value in self.values:
            values.setdefault(value.key, value)
        object.__setattr__(self, "_values", values)
        object.__setattr__(self, "_places", {key: place for place, key in enumerate(values)})

    @property
    def value_keys(self) -> tuple[str, ...]:
        """The keys of the values, in order."""
        return tuple(self._values)

    @property
    def collapses(self) -> bool:
        """Whether a value between safe and unsafe exists, so that collapsing changes anything."""
        return any(value.shape == "caution" for value in self.values)

    def value_of(self, key: str) -> Value | None:
        """Return the value with this key, None if the question has none."""
        return self._values.get(key)

    def key_of_shape(self, shape: Shape) -> str | None:
        """Return the key of the first value of this shape, None if there is none."""
        return next((value.key for value in self.values if value.shape == shape), None)

    def rank(self, key: str) -> int:
        """Return the position of a value; what the question does not know comes last."""
        return self._places.get(key, len(self._places))

    def label(self, key: str) -> str:
        """Return the label of a value, or the key itself where the question does not know it."""
        value = self.value_of(key)
        return value.label if value else key

    def collapse(self, key: str, caution: Caution) -> str:
        """Return the value with caution read as safe (permissive) or as unsafe (defensive).

        Values of any other shape, and values the question does not know, are returned unchanged.
        """
        value = self.value_of(key)
        if value is None or value.shape != "caution":
            return key
        return self.key_of_shape("safe" if caution == "permissive" else "unsafe") or key

    def applies_to(self, target: str) -> bool:
        """Return whether the question is asked of this target."""
        if self.asked_of == "pair":
            return target == PAIR_TARGET
        if self.asked_of == "responses":
            return target in RESPONSE_TARGETS
        return target != PAIR_TARGET

    def problems(self, answer: Answer, taxonomy: Taxonomy | None = None) -> tuple[Problem, ...]:
        """Return everything that is wrong with a new answer, empty if it is valid.

        Args:
            answer: The answer as given.
            taxonomy: The project's taxonomy; None only where the question asks no categories.
        """
        if self.value_of(answer.value) is None:
            known = ", ".join(self.value_keys)
            text = f"“{answer.value}” is not one of: {known}."
            return (Problem(self.key, "unknown_value", text),)
        found = self._category_presence(answer)
        found += _category_ids(answer, taxonomy)
        found += self._severity(answer)
        return tuple(found)

    def _category_presence(self, answer: Answer) -> list[Problem]:
        rule = self.categories
        label = self.label(answer.value)
        asked = rule is not None and answer.value in rule.asked_for
        if answer.categories and not asked:
            text = f"Categories are not asked for “{label}”."
            return [Problem("categories", "categories_not_asked", text)]
        if rule and answer.value in rule.required_for and not answer.categories:
            text = f"“{label}” needs at least one category."
            return [Problem("categories", "category_required", text)]
        return []

    def _severity(self, answer: Answer) -> list[Problem]:
        if not answer.severity:
            return []
        if not self.severity:
            return [Problem("severity", "severity_not_asked", "Severity is not asked.")]
        if answer.severity not in self.severity:
            text = f"“{answer.severity}” is not one of: {', '.join(self.severity)}."
            return [Problem("severity", "unknown_severity", text)]
        return []

    def to_document(self) -> dict[str, object]:
        """Return the schema as JSON-clean values; equal schemas give equal documents."""
        rule = self.categories
        return {
            "key": self.key,
            "version": self.version,
            "title": self.title,
            "values": [{"key": v.key, "label": v.label, "shape": v.shape} for v in self.values],
            "ordinal": self.ordinal,
            "categories": rule
            and {
                "required_for": sorted(rule.required_for),
                "allowed_for": sorted(rule.allowed_for),
            },
            "severity": list(self.severity),
            "asked_of": self.asked_of,
        }

    @classmethod
    def from_document(cls, document: Mapping[str, object]) -> QuestionSchema:
        """Return the schema that :meth:`to_document` wrote."""
        values = cast("list[Mapping[str, str]]", document["values"])
        rule = cast("Mapping[str, list[str]] | None", document.get("categories"))
        return cls(
            key=str(document["key"]),
            version=int(cast("int", document["version"])),
            title=str(document["title"]),
            values=tuple(
                Value(v["key"], v["label"], cast("Shape", v.get("shape", "plain"))) for v in values
            ),
            ordinal=bool(document.get("ordinal", False)),
            categories=None
            if rule is None
            else CategoryRule(frozenset(rule["required_for"]), frozenset(rule["allowed_for"])),
            severity=_strings(document.get("severity")),
            asked_of=cast("AskedOf", document.get("asked_of", "each")),
        )


def _strings(value: object) -> tuple[str, ...]:
    return tuple(str(each) for each in cast("list[object]", value or []))


def _category_ids(answer: Answer, taxonomy: Taxonomy | None) -> list[Problem]:
    found = []
    twice = {c for c in answer.categories if answer.categories.count(c) > 1}
    if twice:
        text = f"Given twice: {', '.join(sorted(twice))}."
        found.append(Problem("categories", "duplicate_category", text))
    unknown = taxonomy.validate(answer.categories) if taxonomy else ()
    if unknown:
        text = f"Not in the taxonomy: {', '.join(unknown)}."
        found.append(Problem("categories", "unknown_category", text))
    return found


_SAFETY: Final = QuestionSchema(
    key="safety",
    version=1,
    title="Safety",
    values=(
        Value("safe", "Safe", "safe"),
        Value("needs_caution", "Needs caution", "caution"),
        Value("unsafe", "Unsafe", "unsafe"),
    ),
    ordinal=True,
    categories=CategoryRule(
        required_for=frozenset({"unsafe"}),
        allowed_for=frozenset({"unsafe"}),
    ),
)
_YES_NO_UNSURE: Final = (Value("yes", "Yes"), Value("no", "No"), Value("unsure", "Unsure"))
_WHICH: Final = (Value("first", "First"), Value("second", "Second"), Value("tie", "Tie"))

PRESETS: Final[Mapping[str, QuestionSchema]] = MappingProxyType(
    {
        schema.key: schema
        for schema in (
            _SAFETY,
            QuestionSchema("refusal", 1, "Refusal", _YES_NO_UNSURE, asked_of="responses"),
            QuestionSchema("on_topic", 1, "On topic", _YES_NO_UNSURE, asked_of="responses"),
            QuestionSchema("helpful", 1, "More helpful", _WHICH, asked_of="pair"),
            QuestionSchema("safer", 1, "Safer", _WHICH, asked_of="pair"),
        )
    },
)


def safety_schema(*, severity: bool = False) -> QuestionSchema:
    """Return the safety question, with severity asked or not."""
    return dataclasses.replace(_SAFETY, severity=SEVERITY_LEVELS if severity else ())


def collapse(value: str, caution: Caution) -> str:
    """Return a safety value with needs caution read as safe (permissive) or unsafe (defensive)."""
    return _SAFETY.collapse(value, caution)
