"""What wants the lead, in words and with a way there."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotator.flow.lead import Glance, Marked
from annotator.flow.waiting import MOST, Waiting

SHORT = 3


@dataclass(frozen=True, slots=True)
class Need:
    """A line that wants the lead."""

    icon: str
    title: str
    text: str
    url: str
    action: str


def needs_of(
    glance: Glance, stuck: Waiting, base: str, *, decides: bool, manages: bool
) -> tuple[Need, ...]:
    """Return the lines that want a lead, the most pressing first."""
    found = []
    waiting = glance.states.get("with_lead", 0)
    if waiting and decides:
        title = ngettext("%(n)d item waits for a lead", "%(n)d items wait for a lead", waiting)
        text = _("The people asked could not settle it among themselves.")
        found.append(
            Need("caution", title % {"n": waiting}, text, f"{base}/adjudicate", _("Decide"))
        )
    found += _waiting_needs(stuck, base)
    for marked in glance.flagged[:SHORT]:
        title = _("%(name)s flagged %(item)s")
        found.append(
            Need(
                "flag",
                title % {"name": marked.name, "item": marked.external_id},
                _kept_back(marked) or marked.note or _("No comment was left."),
                f"{base}/items/{marked.item}",
                _("Look"),
            )
        )
    for marked in glance.gaps[:SHORT]:
        title = _("%(name)s found no rule for %(item)s")
        found.append(
            Need(
                "book",
                title % {"name": marked.name, "item": marked.external_id},
                _kept_back(marked) or marked.note or _("No note was left."),
                f"{base}/items/{marked.item}",
                _("Look"),
            )
        )
    return (*found, *_jury_needs(glance, base)) if manages else tuple(found)


def _waiting_needs(found: Waiting, base: str) -> list[Need]:
    """Return what waits for a person who is not there."""
    url, action = f"{base}/waiting", _("Look")
    needs = []
    if found.to_label:
        n = len(found.to_label)
        title = ngettext(
            "%(n)s item waits for a person who has not seen it",
            "%(n)s items wait for a person who has not seen them",
            n,
        )
        needs.append(Need("caution", title % {"n": _many(n, found)}, _words(found), url, action))
    if found.to_decide:
        n = len(found.to_decide)
        title = ngettext(
            "%(n)s dispute waits for a lead who has not labeled it",
            "%(n)s disputes wait for a lead who has not labeled them",
            n,
        )
        text = _("Who labeled an item does not decide it. Add another lead.")
        needs.append(Need("caution", title % {"n": _many(n, found)}, text, url, action))
    return needs


def _many(n: int, found: Waiting) -> str:
    return _("More than %(n)d") % {"n": n} if found.more and n == MOST else str(n)


def _kept_back(marked: Marked) -> str:
    return _("You may still label it: the note is kept back until then.") if marked.sealed else ""


def _jury_needs(glance: Glance, base: str) -> list[Need]:
    found = []
    for juror in glance.jurors:
        if juror.paused:
            title = _("%(name)s is paused") % {"name": juror.name}
            found.append(Need("pause", title, juror.paused, f"{base}/jury", _("See jury")))
        elif juror.failed:
            title = ngettext(
                "%(name)s failed on %(n)d item", "%(name)s failed on %(n)d items", juror.failed
            )
            text = _("No opinion came back. You can ask again.")
            found.append(
                Need(
                    "unsafe",
                    title % {"name": juror.name, "n": juror.failed},
                    text,
                    f"{base}/jury",
                    _("See jury"),
                )
            )
    return found


def _words(found: Waiting) -> str:
    """Return why items to label wait, in words."""
    if not found.labelers:
        return _("Nobody takes items to label in this project. Invite somebody, or ask a lead.")
    return ngettext(
        "The one person who labels has seen them. Invite somebody, or ask a lead.",
        "All %(n)d people who label have seen them. Invite somebody, or ask a lead.",
        found.labelers,
    ) % {"n": found.labelers}
