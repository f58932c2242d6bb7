"""How numbers read on pages: with their uncertainty and size, and undefined never as zero."""

from __future__ import annotations

from typing import Final

from django import template
from django.utils.translation import gettext as _

from annotator.web.coefficients import coefficient_name
from jury.agreement.interval import Interval

register = template.Library()
register.filter(coefficient_name)

UNDEFINED: Final = "—"
KIBI: Final = 1024


@register.filter
def coefficient(value: float | None, digits: int = 3) -> str:
    """Return a coefficient, a dash where it is undefined.

    >>> coefficient(0.7314), coefficient(None), coefficient(0.75, 2), coefficient(-0.001, 2)
    ('0.731', '—', '0.75', '0.00')
    """
    # The sum takes the sign off a zero.
    return UNDEFINED if value is None else f"{round(value, digits) + 0.0:.{digits}f}"


@register.filter
def interval(bounds: tuple[float, float] | None, digits: int = 3) -> str:
    """Return an interval, empty where there is none.

    >>> interval((0.7072, 0.755)), interval(None)
    ('0.707 to 0.755', '')
    """
    if bounds is None:
        return ""
    low, high = (coefficient(bound, digits) for bound in bounds)
    return _("%(low)s to %(high)s") % {"low": low, "high": high}


@register.filter
def bounds(found: Interval | None) -> tuple[float, float] | None:
    """Return the two ends of an interval."""
    return (found.low, found.high) if found else None


@register.filter
def percent(share: float | None) -> str:
    """Return a share as whole per cent.

    >>> percent(0.784), percent(None)
    ('78 %', '—')
    """
    return UNDEFINED if share is None else f"{share * 100:.0f} %"


@register.filter
def percents(bounds: tuple[float, float] | None) -> str:
    """Return an interval of shares as whole per cent.

    >>> percents((0.634, 0.88))
    '63 to 88 %'
    """
    if bounds is None:
        return ""
    low, high = (f"{bound * 100:.0f}" for bound in bounds)
    return _("%(low)s to %(high)s %%") % {"low": low, "high": high}


@register.filter
def count(number: int | None) -> str:
    """Return a count with its thousands parted.

    >>> count(46218), count(None)
    ('46,218', '—')
    """
    return UNDEFINED if number is None else f"{number:,}"


@register.filter
def seconds(duration: float | None) -> str:
    """Return a duration in seconds, finer where it is short.

    >>> seconds(52.3), seconds(2.84), seconds(None)
    ('52 s', '2.8 s', '—')
    """
    if duration is None:
        return UNDEFINED
    return f"{duration:.1f} s" if duration < 10 else f"{duration:.0f} s"


@register.filter
def money(amount: float | None) -> str:
    """Return an amount in dollars; the small ones keep their digits.

    >>> money(8.02), money(0.0021), money(0.0), money(None)
    ('$8.02', '$0.0021', '$0.00', 'price unknown')
    """
    if amount is None:
        return _("price unknown")
    return f"${amount:.4f}" if 0 < amount < 0.1 else f"${amount:,.2f}"


@register.filter
def size(number: int) -> str:
    """Return a size in bytes as people read it.

    >>> size(900), size(14_900_000)
    ('900 B', '14.2 MB')
    """
    amount = float(number)
    for unit in ("B", "KB", "MB"):
        if amount < KIBI:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= KIBI
    return f"{amount:.1f} GB"
