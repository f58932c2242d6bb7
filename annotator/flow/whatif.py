"""What another policy would do with a project's votes, before anything is changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast

from annotator.accounts.queries import Actor
from annotator.catalog.queries import MANAGERS, PolicyView, ProjectView, project_for
from annotator.core.errors import Invalid
from annotator.flow import jobs
from annotator.flow.facts import ItemReading, policy_of, read
from annotator.flow.models import Job
from annotator.flow.progress import SILENT, Progress
from annotator.intake.queries import item_ids
from annotator.quality.models import Ruling
from annotator.quality.queries.seconds import rates
from jury.policy.base import Policy, PolicyError
from jury.policy.cases import Cases, Key, Standing
from jury.policy.fits import FIT
from jury.policy.known import start_from
from jury.policy.panel.options import NAME as PANEL
from jury.policy.parts import PARTS
from jury.policy.registry import load_policy
from jury.policy.whatif import LABELS_AN_ERROR, study
from jury.policy.whatif_document import document

BATCH: Final = 500


@dataclass(frozen=True, slots=True)
class Wish:
    """A policy somebody is thinking of, checked."""

    name: str
    options: Mapping[str, object]
    policy: Policy


def wish(project: ProjectView, name: str, options: Mapping[str, object]) -> Wish:
    """Return a policy with options as the project would have it.

    What is not given is as in force where the name is, else the default; the parts for single
    targets and questions stay, unless `for` is given. Raises Invalid that names the option.
    """
    start = _start(project, name, options)
    try:
        policy = load_policy(
            name, {**start, **options}, taxonomy=project.taxonomy, overlap=project.overlap
        )
    except PolicyError as error:
        raise Invalid(str(error), fields={_field(str(error)): str(error)}) from error
    return Wish(name, policy.options, policy)


def _field(message: str) -> str:
    """Return the option a refusal is about: policies name it in quotes, after the word Option."""
    _, found, rest = message.partition("Option “")
    return rest.partition("”")[0].partition(".")[0] if found else "policy"


def _start(project: ProjectView, name: str, options: Mapping[str, object]) -> Mapping[str, object]:
    in_force = project.policy
    if name == in_force.name:
        return start_from(in_force.options, options, overlap=project.overlap)
    parts = in_force.options.get(PARTS)
    return {PARTS: parts} if parts else {}


def start(
    actor: Actor,
    slug: str,
    name: str,
    options: Mapping[str, object],
    *,
    slider: bool,
    fits: Sequence[int] = (),
) -> str:
    """Queue a job that makes the report; return its public id.

    Raises Invalid that names the option, Conflict while another one waits, NotFound, NotAllowed.
    """
    project = project_for(actor, slug, MANAGERS)
    if not fits:
        wish(project, name, options)
    payload = {"name": name, "options": dict(options), "slider": slider, "fits": list(fits)}
    return jobs.start(actor, slug, Job.Kind.WHATIF, payload)


def what_if(
    project: ProjectView, wanted: Wish, *, slider: bool = False, progress: Progress = SILENT
) -> dict[str, object]:
    """Return the report on a policy, and with `slider` those at other prices of a label.

    Keys: those of `jury.policy.whatif_document`, with `policy`, `in_force`, `items` and `stops`.
    Memory follows the number of distinct vote states, not that of the units.
    """
    now = policy_of(project)
    policies = _at_prices(project, wanted) if slider else {}
    cases = _collect(project, (now, wanted.policy), progress)
    measured = rates(project)
    labels = {
        question.key: tuple((v.key, v.label.lower()) for v in question.values)
        for question in project.questions
    }
    found = document(study(cases, now, wanted.policy, measured), labels)
    return {
        "policy": {"name": wanted.name, "options": shown_options(wanted.options)},
        "in_force": version_document(project.policy),
        "items": cases.items,
        **found,
        "stops": [
            {
                "labels_an_error": labels_an_error,
                "cost": 1 / labels_an_error,
                **document(study(cases, now, policy, measured), labels),
            }
            for labels_an_error, policy in policies.items()
        ],
    }


def shown_options(options: Mapping[str, object]) -> dict[str, object]:
    """Return options as a report shows them: a fit by its size, not by its tables."""
    shown = {key: value for key, value in options.items() if key not in {FIT, PARTS}}
    fit = options.get(FIT)
    if FIT in options:
        shown[FIT] = _fit_words(fit)
    parts = cast("Sequence[Mapping[str, object]]", options.get(PARTS) or ())
    if parts:
        shown[PARTS] = [
            {**part, "options": shown_options(cast("Mapping[str, object]", part["options"]))}
            for part in parts
        ]
    return shown


def _fit_words(fit: object) -> dict[str, object] | None:
    if not isinstance(fit, Mapping):
        return None
    return {key: fit.get(key) for key in ("units", "votes", "weight", "share_unsafe")}


def version_document(policy: PolicyView) -> dict[str, object]:
    """Return a policy version as reports show it."""
    return {
        "name": policy.name,
        "version": policy.version,
        "options": shown_options(policy.options),
    }


def _at_prices(project: ProjectView, wanted: Wish) -> dict[int, Policy]:
    """Return the same panel at each price of a label; nothing for policies that have no price."""
    if wanted.name != PANEL:
        return {}
    return {
        labels: load_policy(
            wanted.name,
            {**wanted.options, "cost": 1 / labels, **_parts_at(wanted.options, 1 / labels)},
            taxonomy=project.taxonomy,
            overlap=project.overlap,
        )
        for labels in LABELS_AN_ERROR
    }


def _parts_at(options: Mapping[str, object], cost: float) -> dict[str, object]:
    """Return the parts, those of the panel at the same price as the base had."""
    parts = cast("Sequence[Mapping[str, object]]", options.get(PARTS) or ())
    if not parts:
        return {}
    priced = []
    for part in parts:
        own = cast("Mapping[str, object]", part["options"])
        same = part["name"] == PANEL and own.get("cost") == options.get("cost")
        priced.append({**part, "options": {**own, "cost": cost}} if same else part)
    return {PARTS: priced}


def _collect(project: ProjectView, policies: Sequence[Policy], progress: Progress) -> Cases:
    cases = Cases(policies, overlap=project.overlap)
    ids = item_ids(project.id)
    for start in range(0, len(ids), BATCH):
        part = ids[start : start + BATCH]
        values = _values(part)
        # The last policy reads: whom it would ask is what the facts have to say.
        for item in read(project, part, policies[-1]).items:
            cases.add(item.facts, dict(_standing(item, values)))
        progress.step(start + len(part), len(ids))
    return cases


def _values(item_ids: Sequence[int]) -> Mapping[Key, str]:
    rows = Ruling.objects.filter(unit__item__in=item_ids, current=True)
    columns = rows.values_list("unit_id", "question", "value")
    return {(unit, question): value for unit, question, value in columns}


def _standing(item: ItemReading, values: Mapping[Key, str]) -> Iterator[tuple[Key, Standing]]:
    for key, (outcome, _) in item.decisions.items():
        settled = outcome == "settled"
        yield key, Standing(outcome, values.get(key, "") if settled else "")
