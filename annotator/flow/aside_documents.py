"""Set-asides and their previews as the API and the commands print them: JSON-clean values."""

from __future__ import annotations

from datetime import datetime

from annotator.accounts.queries import Actor
from annotator.catalog.queries import MANAGERS, project_for
from annotator.flow.aside_preview import Effect, Preview
from annotator.quality.queries.aside_views import AsideView, set_asides
from annotator.quality.queries.asides import ADJUDICATOR
from annotator.quality.queries.without import Shift
from jury.agreement.statistic import Coefficient


def listing(actor: Actor, slug: str) -> tuple[AsideView, ...]:
    """Return a project's set-asides, the newest first. Raises NotFound, NotAllowed."""
    return set_asides(project_for(actor, slug, MANAGERS))


def aside_document(view: AsideView) -> dict[str, object]:
    """Return a set-aside by the keys of the contract."""
    person = view.version is None
    return {
        "id": view.public_id,
        "person": view.rater if person else None,
        "juror": None if person else view.rater,
        "version": view.version,
        "from": _time(view.given_from),
        "until": _time(view.given_until),
        "import": view.batch,
        "category": view.category or None,
        "code": view.code,
        "reason": view.reason,
        "answers": view.answers,
        "units": view.units,
        "items": view.items,
        "in_force": view.in_force,
        "made_at": _time(view.created_at),
        "lifted_at": _time(view.lifted_at),
    }


def preview_document(seen: Preview) -> dict[str, object]:
    """Return a preview by the keys of the contract; `effect` is None where it takes too long."""
    found = seen.covered
    by_lead = found.rulings.get(ADJUDICATOR, 0)
    return {
        "digest": found.digest,
        "answers": found.answers,
        "units": found.units,
        "items": found.items,
        "counting": found.counting,
        "set_aside_already": found.aside,
        "rulings": {"anew": sum(found.rulings.values()) - by_lead, "by_lead": by_lead},
        "effect": _effect(seen.effect) if seen.effect else None,
    }


def _effect(effect: Effect) -> dict[str, object]:
    return {
        "fallen": effect.fallen,
        "changed": effect.changed,
        "same": effect.same,
        "by_lead": effect.by_lead,
        "seats": effect.seats,
        "lead_seats": effect.lead_seats,
        "agreement": [_shift(each) for each in effect.agreement],
    }


def _shift(shift: Shift) -> dict[str, object]:
    return {
        "target": shift.target,
        "question": shift.question,
        "coefficient": shift.coefficient,
        "now": _coefficient(shift.now),
        "without": _coefficient(shift.without),
    }


def _coefficient(found: Coefficient) -> dict[str, object]:
    return {"value": found.value, "units": found.n_units, "reason": found.reason or None}


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
