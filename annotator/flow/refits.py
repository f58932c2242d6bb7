"""Fits of the panel on a project's own votes: proposed from time to time, accepted by a manager.

A proposal changes nothing. Accepting one makes a new policy version and a re-decision, whose figures
the manager has seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from django.db import transaction

from annotator.accounts.queries import Actor
from annotator.catalog.models import Project
from annotator.catalog.queries import MANAGERS, ProjectView, project_for, project_view
from annotator.core.errors import Invalid, NotFound
from annotator.flow import jobs
from annotator.flow.facts import policy_of, read
from annotator.flow.models import Job
from annotator.flow.progress import SILENT, Progress
from annotator.flow.whatif import Wish, wish
from annotator.intake.queries import item_ids
from annotator.labeling.models import Vote as HumanVote
from annotator.quality.fits import answer_fits, propose
from annotator.quality.models import FitAnswer, PolicyFit
from annotator.quality.queries.population import on_target
from annotator.quality.queries.runs import FitView, fits_by_id
from jury.policy.base import Policy
from jury.policy.fits import with_fit
from jury.policy.panel.fit import VotedUnit
from jury.policy.panel.lean import lean_of
from jury.policy.panel.policy import Panel
from jury.policy.parts import part_of
from jury.policy.refit import Refit, Seen, refit

LEAST_UNITS: Final = 50
"""Voted units below which nothing is proposed."""
GROWTH: Final = 1.1
"""The periodic task fits again once there are so many times the votes of the last fit."""
BATCH: Final = 500

Place = tuple[str, str]
"""A target and a question."""


def propose_fits(
    project: ProjectView, *, by: int | None = None, progress: Progress = SILENT
) -> tuple[FitView, ...]:
    """Fit the panel wherever it decides, and propose what is new; return the new proposals.

    A fit that is in force or proposed already, digest for digest, is not proposed again.
    """
    policy = policy_of(project)
    made = []
    for place, seen in _collect(project, policy, progress).items():
        if _voted(seen) < LEAST_UNITS:
            continue
        found = refit(seen)
        if not _known(project, policy, place, found):
            target, question = place
            made.append(
                propose(
                    project_id=project.id, target=target, question=question, found=found, actor=by
                )
            )
    return fits_by_id(project.id, tuple(made))


def queue_due() -> int:
    """Queue a job for every project whose panel has enough new votes; return how many.

    Nothing is read but counts: where the panel decides, a tenth more votes than at the last fit, or
    enough voted units for a first one.
    """
    queued = 0
    for pk in Project.objects.order_by("pk").values_list("pk", flat=True):
        project = project_view(pk)
        if _is_due(project) and not jobs.waiting(pk, Job.Kind.REFIT):
            jobs.queue(pk, Job.Kind.REFIT, {})
            queued += 1
    return queued


def _is_due(project: ProjectView) -> bool:
    policy = policy_of(project)
    return any(
        _has_grown(project, place)
        for place in _places(project)
        if isinstance(part_of(policy, *place), Panel)
    )


def _has_grown(project: ProjectView, place: Place) -> bool:
    target, question = place
    votes = HumanVote.objects.filter(
        on_target(target), unit__item__project=project.id, question=question, counts=True
    )
    last = _last(project, place)
    if last:
        return votes.count() >= GROWTH * last.votes
    units = votes.order_by().values("unit").distinct()[:LEAST_UNITS]
    return units.count() >= LEAST_UNITS


def refit_now(actor: Actor, slug: str) -> tuple[FitView, ...]:
    """Fit now, for a manager; return the new proposals.

    Raises Invalid where the panel decides nothing, NotFound, NotAllowed.
    """
    project = project_for(actor, slug, MANAGERS)
    require_panel(project)
    return propose_fits(project, by=actor.id)


def start(actor: Actor, slug: str) -> str:
    """Queue a fit of a project with many items; return the job's public id.

    Raises Conflict while one waits, and as :func:`refit_now`.
    """
    require_panel(project_for(actor, slug, MANAGERS))
    return jobs.start(actor, slug, Job.Kind.REFIT, {})


def has_panel(project: ProjectView) -> bool:
    """Return whether the panel decides something in the project."""
    return _panel_somewhere(project, policy_of(project))


def require_panel(project: ProjectView) -> None:
    """Raise Invalid unless the panel decides something in the project."""
    if not has_panel(project):
        message = "Only the panel policy has a fit, and the panel decides nothing in this project."
        raise Invalid(message)


def accepted(project: ProjectView, ids: Sequence[int]) -> Wish:
    """Return the policy in force with these fits; raises NotFound for one that is not there."""
    found = fits_by_id(project.id, tuple(ids))
    if len(found) < len(set(ids)):
        raise NotFound("There is no such fit.")
    options = dict(project.policy.options)
    for fit in found:
        try:
            options = with_fit(options, target=fit.target, question=fit.question, fit=fit.document)
        except ValueError as error:
            message = f"The policy in force has no room for this fit: {error}."
            raise Invalid(message) from error
    return wish(project, project.policy.name, options)


@transaction.atomic
def dismiss(actor: Actor, slug: str, fit_id: int) -> None:
    """Dismiss a proposal. Raises Conflict if it was answered, NotFound, NotAllowed."""
    project = project_for(actor, slug, MANAGERS)
    if not fits_by_id(project.id, (fit_id,)):
        raise NotFound("There is no such fit.")
    answer_fits((fit_id,), answer=FitAnswer.Answer.DISMISSED, actor=actor.id)


def _places(project: ProjectView) -> Iterator[Place]:
    for target in project.targets:
        for question in project.questions_for(target.key):
            yield target.key, question.key


def _panel_somewhere(project: ProjectView, policy: Policy) -> bool:
    return any(isinstance(part_of(policy, *place), Panel) for place in _places(project))


def _collect(project: ProjectView, policy: Policy, progress: Progress) -> dict[Place, list[Seen]]:
    """Return, where the panel decides, each unit's pattern and votes in order of import."""
    found: dict[Place, list[Seen]] = {}
    ids = item_ids(project.id)
    for start in range(0, len(ids), BATCH):
        part = ids[start : start + BATCH]
        for item in read(project, part, policy).items:
            for unit in item.facts.units:
                panel = part_of(policy, unit.target, unit.question)
                if not isinstance(panel, Panel) or not unit.asked_of_people:
                    continue
                lean = lean_of(unit, panel.rule.settings.caution)
                if lean is None:
                    continue
                votes = lean.unsafe + lean.safe
                drawn = panel.is_random(item.facts.item) and votes >= panel.rule.random_votes
                place = (unit.target.partition(":")[0], unit.question)
                voted = VotedUnit(lean.pattern, lean.unsafe, lean.safe)
                found.setdefault(place, []).append(Seen(voted, random=drawn))
        progress.step(start + len(part), len(ids))
    return found


def _voted(seen: Sequence[Seen]) -> int:
    return sum(1 for each in seen if each.unit.unsafe + each.unit.safe)


def _last(project: ProjectView, place: Place) -> PolicyFit | None:
    rows = PolicyFit.objects.filter(project=project.id, target=place[0], question=place[1])
    return rows.order_by("-pk").first()


def _known(project: ProjectView, policy: Policy, place: Place, found: Refit) -> bool:
    panel, last = part_of(policy, *place), _last(project, place)
    in_force = isinstance(panel, Panel) and panel.rule.fit.digest == found.fit.digest
    return in_force or (last is not None and last.digest == found.fit.digest)
