"""How a juror is reached, and whether it may be asked for money."""

from __future__ import annotations

import functools
import os
from collections.abc import Mapping

from django.conf import settings

from annotator.core.errors import Unavailable
from annotator.flow.endpoints import SCRIPTED, permitted
from annotator.panel import permits, queries
from annotator.panel.models import Juror, JurorVersion
from jury.opinion import JurorSpec
from jury.providers.scripted import ScriptedServer

UNKNOWN_PRICE = "its price is unknown; Resume lets it be asked all the same"


@functools.cache
def scripted_base_url(seed: int) -> str:
    """Return the address of this process's scripted jurors, started on first use."""
    return ScriptedServer(seed=seed).start()


def specification(version: JurorVersion) -> JurorSpec:
    """Return how a juror is reached. Raises Unavailable naming what is missing."""
    juror = version.juror
    if juror.base_url == SCRIPTED:
        base_url, key = scripted_base_url(juror.project.seed), "scripted"
    else:
        base_url = juror.base_url or settings.OPENAI_BASE_URL or ""
        permitted(base_url)
        key = _key(juror)
    return JurorSpec(
        name=str(version.pk),
        base_url=base_url,
        model=juror.model,
        family=juror.family,
        dialect=juror.dialect,
        api_key=key,
        in_flight=juror.in_flight,
        rpm=juror.rpm,
        tpm=juror.tpm,
        price_in=juror.price_in,
        price_out=juror.price_out,
        timeout_seconds=juror.timeout_seconds,
        attempts=juror.attempts,
    )


def _key(juror: Juror) -> str:
    if not juror.api_key:
        return settings.OPENAI_API_KEY or "none"
    name = juror.api_key.removeprefix("env:")
    value = os.environ.get(name, "")
    if not value:
        message = f"The variable {name} for juror {juror.name} is not set."
        raise Unavailable(message)
    return value


def within_budget(room: Mapping[int, int]) -> dict[int, int]:
    """Return the room of jurors that may be asked for money; the others are paused.

    An unknown price is not zero: such a juror waits until somebody accepts it.
    """
    allowed = {}
    rows = JurorVersion.objects.select_related("juror__project").filter(pk__in=list(room))
    spent: dict[int, float] = {}
    for version in rows:
        juror, project = version.juror, version.juror.project
        unknown = juror.price_in is None or juror.price_out is None
        if unknown and not juror.price_accepted and juror.base_url != SCRIPTED:
            permits.pause_version(version.pk, reason=UNKNOWN_PRICE)
            continue
        if project.spend_limit is not None and juror.base_url != SCRIPTED:
            if project.pk not in spent:
                spent[project.pk] = queries.spent(project.pk)
            if spent[project.pk] >= project.spend_limit:
                permits.pause_version(version.pk, reason="the budget is spent")
                continue
        allowed[version.pk] = room[version.pk]
    return allowed
