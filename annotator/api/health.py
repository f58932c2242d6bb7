"""/healthz, /readyz and /metrics: for machines that look after the house; no sign-in."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from annotator.flow import health
from annotator.flow.health import Measure

WORDS = {True: "ok", False: "down"}
RETRY_SECONDS = 5


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Return 200: the process answers. Nothing else is asked."""
    return JsonResponse({"status": "ok", "version": health.VERSION, "contract": health.CONTRACT})


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Return 200 if database, broker and worker answer, else 503 saying which does not."""
    found = health.readiness()
    answer = JsonResponse(
        {
            "database": WORDS[found.database],
            "broker": WORDS[found.broker],
            "worker": WORDS[found.worker],
            "sweep_age_seconds": found.sweep_age_seconds,
        },
        status=200 if found.ready else 503,
    )
    if not found.ready:
        answer["Retry-After"] = str(RETRY_SECONDS)
    return answer


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Return counts in Prometheus's text form to whoever has METRICS_TOKEN; else 404."""
    wanted = settings.METRICS_TOKEN
    scheme, _, given = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    bearer = given.strip() if scheme.lower() == "bearer" else ""
    if not wanted or not secrets.compare_digest(bearer.encode(), wanted.encode()):
        raise Http404
    lines = [_line(measure) for measure in health.measures()]
    return HttpResponse("".join(lines), content_type="text/plain; version=0.0.4; charset=utf-8")


def _line(measure: Measure) -> str:
    labels = ",".join(f'{name}="{value}"' for name, value in measure.labels.items())
    return (
        f"{measure.name}{{{labels}}} {measure.value:g}\n"
        if labels
        else (f"{measure.name} {measure.value:g}\n")
    )
