"""Charts drawn on the server as SVG: coloured by CSS, without inline style, each with words."""

from __future__ import annotations

from collections.abc import Sequence

from django import template

from annotator.web.charts.scale import AXIS, Mark, mark, stacked

register = template.Library()


@register.inclusion_tag("charts/_interval.html")
def interval_bar(
    value: float | None,
    interval: tuple[float, float] | None,
    limit: float | None = None,
    *,
    few: bool = False,
) -> dict[str, Mark]:
    """Draw a value with its interval on an axis from 0 to 1; the figures stand beside it."""
    return {"mark": mark(value, interval, limit=limit, few=few)}


@register.inclusion_tag("charts/_axis.html")
def axis() -> dict[str, object]:
    """Draw the axis above interval bars."""
    return {"ticks": AXIS}


@register.inclusion_tag("charts/_stacked.html")
def stacked_bar(parts: Sequence[tuple[str, int, str]], label: str) -> dict[str, object]:
    """Draw (label, count, kind) as a bar with a legend that gives the counts in words."""
    return {"parts": stacked(parts), "label": label}
