"""What every page shows around its own part: who is signed in, the project, the way around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest
from django.utils.translation import gettext as _

from annotator.accounts.queries import preferences_of
from annotator.catalog.queries import ADJUDICATOR, ANNOTATOR, AUDITOR, MANAGER
from annotator.web.http.place import Place, actor_of, place_of


@dataclass(frozen=True, slots=True)
class Way:
    """One entry of the navigation."""

    label: str
    url: str
    current: bool


@dataclass(frozen=True, slots=True)
class Me:
    """Who is signed in, as the page shows them."""

    display_name: str
    initials: str
    username: str


_LEADS: Final = frozenset({ADJUDICATOR, MANAGER})
_READERS: Final = frozenset({ADJUDICATOR, MANAGER, AUDITOR})
_LABELERS: Final = frozenset({ANNOTATOR, ADJUDICATOR, MANAGER})
_ALL: Final = _READERS | _LABELERS
_MANAGERS: Final = frozenset({MANAGER})

# The part of the address under the project, and who sees the entry.
WAYS: Final = (
    ("", _READERS),
    ("label", _LABELERS),
    ("items", _READERS),
    ("adjudicate", _LEADS),
    ("quality", _READERS),
    ("jury", _MANAGERS),
    ("guidelines", _ALL),
    ("data", _MANAGERS),
    ("releases", _MANAGERS),
    ("people", _MANAGERS),
    ("setup", _MANAGERS),
)


def page(request: HttpRequest) -> dict[str, object]:
    """Return `nav`, `project`, `role`, `person`, `theme` and `request_id` for base.html."""
    place = place_of(request)
    if place is None:
        actor = actor_of(request) if hasattr(request, "user") else None
        place = Place(actor) if actor else None
    known: dict[str, object] = {"request_id": request.META.get("REQUEST_ID", "")}
    if place is None:
        return known | {"nav": (), "project": None, "person": None, "theme": "", "role": ""}
    preferences = preferences_of(place.actor.id)
    return known | {
        "nav": ways(place, request.path),
        "project": place.project,
        "role": place.role,
        "person": Me(place.actor.name, initials(place.actor.name), place.actor.username),
        "theme": preferences.get("theme", ""),
        "reading": preferences.get("reading", ""),
        "keys": preferences.get("keys", ""),
    }


def ways(place: Place, path: str) -> tuple[Way, ...]:
    """Return the navigation of a person's role in a project; home alone outside of one."""
    if place.project is None:
        return (Way(_("Home"), "/", current=path == "/"),)
    base = f"/projects/{place.project.slug}"
    found = [] if place.role in _READERS else [Way(_("Home"), "/", current=path == "/")]
    for part, roles in WAYS:
        if place.role not in roles:
            continue
        url = f"{base}/{part}" if part else base
        current = path == url or (bool(part) and path.startswith(f"{url}/"))
        found.append(Way(_label(part), url, current))
    return tuple(found)


def _label(part: str) -> str:
    return {
        "": _("Overview"),
        "label": _("Label"),
        "items": _("Items"),
        "adjudicate": _("Adjudicate"),
        "quality": _("Quality"),
        "jury": _("Jury"),
        "guidelines": _("Guidelines"),
        "data": _("Data"),
        "releases": _("Releases"),
        "people": _("People"),
        "setup": _("Set-up"),
    }[part]


def initials(name: str) -> str:
    """Return the first letters of the first and the last word of a name.

    >>> initials("Tomas Erik Lindqvist"), initials("Ana (simulated)")
    ('TL', 'A')
    """
    words = [word for word in name.split() if word[0].isalpha()] or name.split()
    ends = [words[0], words[-1]] if len(words) > 1 else words[:1]
    return "".join(word[0] for word in ends).upper()
