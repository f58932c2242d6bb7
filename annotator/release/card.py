"""The data card: what a release holds, how it came about, what it cannot tell. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from annotator.release.gates import Gate


@dataclass(frozen=True, slots=True)
class Agreement:
    """The headline agreement on one question about one target."""

    target: str
    question: str
    coefficient: str
    value: float | None
    interval: tuple[float, float] | None
    reason: str
    n_units: int
    n_votes: int
    percent_agreement: float | None
    population: str

    def document(self) -> dict[str, object]:
        """Return it as JSON-clean values."""
        return {
            "target": self.target,
            "question": self.question,
            "coefficient": self.coefficient,
            "value": self.value,
            "ci95": list(self.interval) if self.interval else None,
            "reason": self.reason or None,
            "units": self.n_units,
            "votes": self.n_votes,
            "percent_agreement": self.percent_agreement,
            "population": self.population,
        }


@dataclass(frozen=True, slots=True)
class SetAside:
    """Answers that are out: whose by pseudonym or juror version, which, how many, and why in a code."""

    rater: str
    kind: str
    version: int | None
    given_from: str | None
    given_until: str | None
    batch: int | None
    category: str
    answers: int
    code: str

    @property
    def whose(self) -> str:
        """The rater in words."""
        return self.rater if self.version is None else f"{self.rater}, version {self.version}"

    @property
    def which(self) -> str:
        """The filters in words."""
        said = (
            ("from ", self.given_from),
            ("before ", self.given_until),
            ("import ", self.batch),
            ("naming ", self.category),
        )
        return ", ".join(f"{word}{value}" for word, value in said if value) or "all"

    def document(self) -> dict[str, object]:
        """Return it as JSON-clean values."""
        return {
            "rater": self.rater,
            "kind": self.kind,
            "version": self.version,
            "from": self.given_from,
            "until": self.given_until,
            "import": self.batch,
            "category": self.category or None,
            "answers": self.answers,
            "code": self.code,
        }


@dataclass(frozen=True, slots=True)
class Card:
    """All that the card says. No time, host or release number: same evidence, same card."""

    project: str
    name: str
    taxonomy: str
    taxonomy_title: str
    targets: Sequence[str]
    questions: Sequence[str]
    policy: Mapping[str, object]
    guideline: str
    overlap: int
    counts: Mapping[str, object]
    agreement: Sequence[Agreement]
    gates: Sequence[Gate]
    simulated: bool
    set_aside: Sequence[SetAside] = ()

    @property
    def human_judged_share(self) -> float | None:
        """Share of released units that people judged, None without units."""
        released = self.counts["units_released"]
        judged = self.counts["human_judged"]
        if not isinstance(released, int) or not isinstance(judged, int) or not released:
            return None
        return judged / released

    def document(self) -> dict[str, object]:
        """Return the card as JSON-clean values."""
        return {
            "project": self.project,
            "name": self.name,
            "taxonomy": self.taxonomy,
            "targets": list(self.targets),
            "questions": list(self.questions),
            "policy": dict(self.policy),
            "guideline": self.guideline or None,
            "overlap": self.overlap,
            "counts": dict(self.counts),
            "human_judged_share": self.human_judged_share,
            "agreement": [each.document() for each in self.agreement],
            "set_aside": [each.document() for each in self.set_aside],
            "limits": self._limits(),
            "licence": _LICENCE,
        }

    def markdown(self) -> str:
        """Return the card for people."""
        sections = [
            ("", self._head()),
            ("What it holds", self._holds()),
            ("Where the labels come from", self._sources()),
            ("Agreement", self._agreement()),
            ("How units were settled", self._policy()),
            ("Set aside", self._set_aside()),
            ("Splits", _SPLITS),
            ("Limits", "\n".join(f"- {limit}" for limit in self._limits())),
            ("Licence", _LICENCE),
        ]
        said = ((title, text) for title, text in sections if text)
        return "\n".join(f"## {title}\n\n{text}\n" if title else text for title, text in said)

    def _head(self) -> str:
        made = " Its annotators are simulated: no real person judged it." if self.simulated else ""
        return (
            f"# {self.name}\n\nJudgements of interactions between people and language models, by "
            f"the taxonomy {self.taxonomy_title} ({self.taxonomy}). Judged: "
            f"{', '.join(self.targets)}. Asked: {', '.join(self.questions)}.{made}\n"
        )

    def _holds(self) -> str:
        rows = [
            (key.replace("_", " "), value)
            for key, value in self.counts.items()
            if isinstance(value, int)
        ]
        return _rows(("what", "n"), rows)

    def _sources(self) -> str:
        share = self.human_judged_share
        words = "undefined, there is no unit" if share is None else f"{share:.1%} of the units"
        return (
            f"Human judged: {words}. Only a majority of people or an adjudicator counts as that; "
            "an inherited label or one of the jury never does.\n\n"
            + _rows(("source", "units"), _pairs(self.counts["by_source"]))
        )

    def _agreement(self) -> str:
        if not self.agreement:
            return "People were asked nothing here, so there is no agreement between them."
        population = self.agreement[0].population
        rows = [
            (
                f"{each.target}, {each.question}",
                each.coefficient,
                _figure(each.value) if each.value is not None else f"none: {each.reason}",
                f"{_figure(each.interval[0])} to {_figure(each.interval[1])}"
                if each.interval
                else "none",
                each.n_units,
                each.n_votes,
                "none" if each.percent_agreement is None else f"{each.percent_agreement:.1%}",
            )
            for each in self.agreement
        ]
        head = ("on", "coefficient", "value", "95 % interval", "units", "votes", "agreeing pairs")
        return f"{population}\n\n{_rows(head, rows)}"

    def _policy(self) -> str:
        options = self.policy["options"]
        words = ", ".join(f"{k} = {v}" for k, v in _pairs(options)) or "defaults"
        guideline = f" Guideline {self.guideline}." if self.guideline else ""
        return (
            f"Policy {self.policy['name']}, version {self.policy['version']} ({words}); "
            f"{self.overlap} people at first pass.{guideline}"
        )

    def _set_aside(self) -> str:
        if not self.set_aside:
            return ""
        rows = [(each.whose, each.which, each.answers, each.code) for each in self.set_aside]
        return (
            "Answers that a manager took out: they are in no vote, figure or ruling here.\n\n"
            + _rows(("whose", "which", "answers", "reason"), rows)
        )

    def _limits(self) -> list[str]:
        found = [
            f"{gate.name} did not reach its limit of {gate.limit!r}: "
            f"{'undefined' if gate.value is None else f'{gate.value:.4g}'}. {gate.reason}".strip()
            for gate in self.gates
            if not gate.passed
        ]
        unsettled = self.counts["units_unsettled"]
        if unsettled:
            found.append(
                f"{unsettled} units were not settled and are left out: what is hard to judge is "
                "underrepresented."
            )
        return [*found, *_STANDING_LIMITS]


_SPLITS = (
    "Drawn from a hash of the text: about 80 % train, 10 % validation, 10 % test. Equal texts, equal "
    "prompts and near-duplicates share a split. What no person judged is never in test; where its "
    "text falls there it is in no split."
)
_STANDING_LIMITS = (
    "Categories are those more than half of the people chose; what a minority saw is in the votes.",
    "Soft labels are shares of few votes: read them as counts, not as probabilities.",
    "In CSV a missing response and an empty one look alike; JSONL tells them apart.",
)
_LICENCE = (
    "The texts keep the licence of their source, which whoever imported them has to name. The "
    "judgements are the project's own."
)


def _pairs(value: object) -> list[tuple[str, object]]:
    return list(value.items()) if isinstance(value, Mapping) else []


def _rows(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def _figure(value: float) -> str:
    return f"{value:.3f}"


def card_json(card: Card) -> str:
    """Return the card as indented JSON with sorted keys and a final newline."""
    text = json.dumps(card.document(), sort_keys=True, indent=2, ensure_ascii=False)
    return text + "\n"
