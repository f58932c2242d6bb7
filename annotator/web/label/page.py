"""What the labeling page shows, made from a BlindItem alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from django.utils.translation import gettext as _

from annotator.catalog.queries import GuidelineView
from annotator.core.ids import secret
from annotator.flow.labeling import AskedTarget, BlindItem
from annotator.web.label.forms import Answers
from annotator.web.label.keys import cap, codes_by_answer, field_of, keymap
from annotator.web.label.values import (
    Choice,
    FieldError,
    Form,
    GuideEntry,
    ShownCategory,
    ShownGroup,
    ShownItem,
    ShownQuestion,
    ShownTarget,
)
from annotator.web.texts import language_name, shown
from jury.taxonomy import Category, Taxonomy
from jury.verdict import QuestionSchema, Value

Caps = Mapping[tuple[str, ...], str]
"""The key code of an answer or a category."""


def item_context(
    item: BlindItem,
    answers: Answers,
    *,
    key: str = "",
    problems: Mapping[str, str] | None = None,
    can_undo: bool = False,
) -> dict[str, object]:
    """Return the part of the context that is the item's."""
    keys = keymap(item)
    caps = codes_by_answer(keys)
    asked = [target for target in item.targets if target.asked]
    return {
        "item": ShownItem(
            public_id=item.public_id,
            external_id=item.external_id,
            language=item.language,
            language_name=language_name(item.language),
            messages=shown(
                item.messages, {target.key: target.questions for target in item.targets}
            ),
        ),
        "targets": tuple(_target(target, answers, item.taxonomy, caps) for target in item.targets),
        "groups": _groups(item.taxonomy, asked, answers, caps),
        "keymap": keys,
        "form": _form(item, answers, key=key, problems=problems or {}, can_undo=can_undo),
    }


def _form(
    item: BlindItem, answers: Answers, *, key: str, problems: Mapping[str, str], can_undo: bool
) -> Form:
    base = f"/projects/{item.project}/label"
    seat = f"{base}/{item.assignment}"
    api = f"/api/v1/assignments/{item.assignment}"
    return Form(
        action=f"{seat}/submit",
        lease=item.lease,
        idempotency_key=key or secret(),
        version=item.version,
        comment=answers.comment,
        seconds=answers.seconds,
        flagged=answers.flagged,
        errors=tuple(FieldError(field, message) for field, message in problems.items()),
        draft_url=f"{api}/draft",
        heartbeat_url=f"{api}/heartbeat",
        skip_url=f"{seat}/skip",
        release_url=f"{seat}/release",
        previous_url=f"{base}/previous" if can_undo else "",
    )


def _target(target: AskedTarget, answers: Answers, taxonomy: Taxonomy, caps: Caps) -> ShownTarget:
    given = answers.of(target.key)
    with_categories = any(question.categories for question in target.questions)
    free_text = any(category.free_text for category in taxonomy.categories)
    return ShownTarget(
        key=target.key,
        title=target.title,
        badge=target.badge,
        asked=target.asked,
        questions=tuple(
            _question(target, question, answers, caps) for question in target.questions
        ),
        has_categories=bool(_listed(given.get("categories"))),
        other_field=f"{target.key}-other" if with_categories and free_text else "",
        other_text=str(given.get("other") or ""),
    )


def _question(
    target: AskedTarget, question: QuestionSchema, answers: Answers, caps: Caps
) -> ShownQuestion:
    field = field_of(target, question.key)
    given = answers.of(target.key)
    is_pair = question.asked_of == "pair"
    value = (answers.preferences if is_pair else given).get(question.key)
    rule = question.categories
    severity_field = f"{target.key}-severity" if question.severity else ""
    return ShownQuestion(
        key=question.key,
        title=question.title,
        field=field,
        kind="pair" if is_pair else "each",
        values=tuple(_choice(each, field, value, caps) for each in question.values),
        categories_field=f"{target.key}-categories" if rule else "",
        category_values_for=tuple(
            key for key in question.value_keys if rule and key in rule.asked_for
        ),
        severity_field=severity_field,
        severity_levels=tuple(
            _choice(Value(level, level.capitalize()), severity_field, given.get("severity"), caps)
            for level in question.severity
        ),
    )


def _choice(value: Value, field: str, given: object, caps: Caps) -> Choice:
    return Choice(
        key=value.key,
        label=value.label,
        shape=value.shape,
        key_cap=cap(caps.get(("answer", field, value.key), "")),
        checked=given == value.key,
        short=_("Caution") if value.shape == "caution" else "",
    )


def _groups(
    taxonomy: Taxonomy, asked: Sequence[AskedTarget], answers: Answers, caps: Caps
) -> tuple[ShownGroup, ...]:
    if not any(question.categories for target in asked for question in target.questions):
        return ()
    chosen = {target.key: _listed(answers.of(target.key).get("categories")) for target in asked}
    titles = {
        "core": _("Core categories"),
        "fine": _("Fine-grained categories"),
        "overflow": _("Other"),
    }
    groups = []
    for kind, title in titles.items():
        tiles = tuple(
            _category(category, chosen, caps)
            for category in taxonomy.categories
            if category.level == kind
        )
        if tiles:
            groups.append(ShownGroup(title, kind, tiles))
    return tuple(groups)


def _category(
    category: Category, chosen: Mapping[str, Collection[str]], caps: Caps
) -> ShownCategory:
    code = caps.get(("category", category.id), "")
    return ShownCategory(
        id=category.id,
        name=category.name,
        definition=category.definition,
        exclude=category.exclude,
        aliases=category.aliases,
        severe=category.severe,
        free_text=category.free_text,
        key_cap=cap(code),
        key_code=code,
        checked_for=tuple(target for target, ids in chosen.items() if category.id in ids),
    )


def _listed(value: object) -> tuple[str, ...]:
    return tuple(str(each) for each in value) if isinstance(value, (list, tuple)) else ()


def guide_context(guide: GuidelineView | None, taxonomy: Taxonomy | None) -> dict[str, object]:
    """Return `guide` (general rules first, then a section for each category) and its version."""
    if guide is None:
        return {"guide": {}, "guideline_version": ""}
    entries = {}
    if guide.general:
        entries["general"] = GuideEntry(title=_("How to judge"), parts=guide.general)
    for section in guide.sections:
        category = taxonomy.get(section.category) if taxonomy else None
        entries[section.category] = GuideEntry(
            title=category.name if category else section.category,
            section=section.section,
            definition=category.definition if category else "",
            not_meant=section.not_meant,
            rule=section.rule,
            examples=section.examples,
            deconfliction=tuple(
                {"name": _name(taxonomy, other), "text": text}
                for other, text in section.deconfliction
            ),
            changed=section.changed,
        )
    return {"guide": entries, "guideline_version": guide.version}


def _name(taxonomy: Taxonomy | None, category_id: str) -> str:
    category = taxonomy.get(category_id) if taxonomy else None
    return category.name if category else category_id
