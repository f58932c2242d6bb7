"""Where a request stands: who acts, and in which project. Kept beside the request for the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest

from annotator.accounts.queries import Actor, actor
from annotator.catalog.queries import ProjectView
from annotator.core.errors import NotFound

_KEY: Final = "concord.place"


@dataclass(frozen=True, slots=True)
class Place:
    """Who acts, and in which project with which role, if any."""

    actor: Actor
    project: ProjectView | None = None
    role: str = ""


def actor_of(request: HttpRequest) -> Actor | None:
    """Return who is signed in, or None; somebody deactivated meanwhile is nobody."""
    if not request.user.is_authenticated or request.user.pk is None:
        return None
    try:
        return actor(request.user.pk)
    except NotFound:
        return None


def enter(request: HttpRequest, place: Place) -> None:
    """Remember where a request stands."""
    request.META[_KEY] = place


def place_of(request: HttpRequest) -> Place | None:
    """Return where a request stands; None before anybody was let in."""
    place = request.META.get(_KEY)
    return place if isinstance(place, Place) else None
