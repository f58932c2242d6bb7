"""The item page as its template wants it: votes by person, the jury, decisions, what happened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from annotator.catalog.queries import ProjectView
from annotator.flow.revealed import RevealedItem, RevealedQuestion, RevealedUnit, Voice
from annotator.web.marks import Mark, category_name, category_names, mark


@dataclass(frozen=True, slots=True)
class Said:
    """What one voice said about one question of one unit."""

    badge: str
    target: str
    question: str
    mark: Mark
    categories: tuple[str, ...]
    severity: str
    other: str


@dataclass(frozen=True, slots=True)
class VoiceRow:
    """A person or a juror with all they said."""

    name: str
    seat: str
    said: tuple[Said, ...]
    notes: tuple[tuple[str, str], ...]
    """(badge, text); a person's comment has no badge."""
    silent: str
    at: datetime | None
    counts: bool
    flagged: bool


@dataclass(frozen=True, slots=True)
class Decided:
    """A unit's question: where it stands, in words."""

    badge: str
    title: str
    outcome: str
    words: str
    policy_version: int | None
    ruling: Mark | None
    categories: tuple[str, ...]
    counts: str
    source: str
    contested: bool
    pattern: str


@dataclass(frozen=True, slots=True)
class Happened:
    """A line of the item's history."""

    at: datetime
    title: str
    text: str


def voices(item: RevealedItem, project: ProjectView, who: Sequence[Voice]) -> tuple[VoiceRow, ...]:
    """Return voices as rows."""
    badges = {unit.target: unit.badge for unit in item.units}
    return tuple(
        VoiceRow(
            name=voice.name,
            seat=seat_words(voice.reason),
            said=tuple(_said(item, project, voice)),
            notes=tuple((badges.get(target, ""), text) for target, text in voice.notes),
            silent=", ".join(sorted(set((voice.abstained or {}).values()))),
            at=voice.at,
            counts=voice.counts,
            flagged=voice.flagged,
        )
        for voice in who
    )


def _said(item: RevealedItem, project: ProjectView, voice: Voice) -> list[Said]:
    found = []
    for unit in item.units:
        for question in unit.questions:
            answer = voice.answers.get((unit.target, question.schema.key))
            if answer is None:
                continue
            found.append(
                Said(
                    badge=unit.badge,
                    target=unit.title,
                    question=question.schema.title,
                    mark=mark(question.schema, answer.value),
                    categories=category_names(project.taxonomy, answer),
                    severity=answer.severity,
                    other=answer.other,
                )
            )
    return found


def decisions(item: RevealedItem, project: ProjectView) -> tuple[Decided, ...]:
    """Return each question's decision and ruling, in words."""
    return tuple(
        _decided(item, project, unit, question)
        for unit in item.units
        for question in unit.questions
    )


def _decided(
    item: RevealedItem, project: ProjectView, unit: RevealedUnit, question: RevealedQuestion
) -> Decided:
    ruling = question.ruling
    return Decided(
        badge=unit.badge,
        title=_("%(target)s, %(question)s")
        % {"target": unit.title, "question": question.schema.title.lower()},
        outcome=question.outcome,
        words=question.words,
        policy_version=question.policy_version,
        ruling=mark(question.schema, ruling.answer.value) if ruling else None,
        categories=category_names(project.taxonomy, ruling.answer) if ruling else (),
        counts=", ".join(
            _("%(name)s %(votes)d of %(of)d")
            % {"name": category_name(project.taxonomy, name), "votes": votes, "of": of}
            for name, votes, of in (ruling.counts if ruling else ())
        ),
        source=source_words(ruling.source) if ruling else "",
        contested=bool(ruling and ruling.contested),
        pattern=jury_pattern(item, unit, question),
    )


def jury_pattern(item: RevealedItem, unit: RevealedUnit, question: RevealedQuestion) -> str:
    """Return how the jury's votes on a question are spread: "safe 2, needs caution 1"."""
    key = (unit.target, question.schema.key)
    values = Counter(
        voice.answers[key].value for voice in item.jurors if voice.counts and key in voice.answers
    )
    ordered = sorted(values, key=lambda value: (-values[value], question.schema.rank(value)))
    return ", ".join(f"{question.schema.label(value).lower()} {values[value]}" for value in ordered)


def history(item: RevealedItem, project: ProjectView) -> tuple[Happened, ...]:
    """Return what happened to an item, in order, from the evidence itself."""
    found = [
        Happened(
            item.imported_at,
            _("Imported"),
            _("batch %(batch)d, line %(line)d") % {"batch": item.batch, "line": item.line},
        )
    ]
    found += [
        Happened(voice.at, _("Decided by a lead"), voice.name)
        if voice.reason == "adjudication"
        else Happened(voice.at, _("Vote"), f"{voice.name}, {seat_words(voice.reason)}")
        for voice in item.people
        if voice.at
    ]
    found += [
        Happened(voice.at, _("Juror asked"), f"{voice.name}, {_given(voice)}")
        for voice in item.jurors
        if voice.at
    ]
    for unit in item.units:
        found += [
            Happened(question.decided_at, unit.title, state_words(question.outcome))
            for question in unit.questions
            if question.decided_at
        ]
    return tuple(sorted(found, key=lambda each: each.at))


def _given(voice: Voice) -> str:
    if voice.answers:
        return _("answered")
    return _("no answer: %(why)s") % {
        "why": ", ".join(sorted(set((voice.abstained or {}).values())))
    }


def seat_words(reason: str) -> str:
    """Return why a person was asked, in words."""
    words: Mapping[str, str] = {
        "first_pass": _("first pass"),
        "overlap": _("overlap"),
        "reannotation": _("label again"),
        "calibration": _("calibration"),
        "adjudication": _("decided by a lead"),
        "gold": _("gold"),
        "audit": _("audit"),
        "training": _("training"),
        "repeat": _("repeat"),
        "imported": _("imported"),
    }
    return words.get(reason, reason)


def source_words(source: str) -> str:
    """Return where a ruling comes from, in words."""
    words: Mapping[str, str] = {
        "human_majority": _("majority of people"),
        "adjudicator": _("a decision of a lead"),
        "llm_jury": _("the jury"),
        "inherited": _("inherited from the dialogue"),
        "refusal_data_augmentation": _("refusal data augmentation"),
    }
    return words.get(source, source)


def state_words(state: str) -> str:
    """Return an item's state or a decision's outcome: one word for each, everywhere."""
    words: Mapping[str, str] = {
        "open": _("Open"),
        "in_work": _("In work"),
        "label_again": _("Label again"),
        "reannotate": _("Label again"),
        "with_lead": _("With a lead"),
        "adjudicate": _("With a lead"),
        "settled": _("Settled"),
        "": _("In work"),
    }
    return words.get(state, state)
