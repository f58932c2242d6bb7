"""What coefficients are called on pages."""

from __future__ import annotations

from django.utils.translation import gettext as _


def coefficient_name(key: str) -> str:
    """Return the name of a figure of agreement, by its key in documents."""
    words = {
        "alpha_nominal": _("Alpha, nominal"),
        "alpha_ordinal": _("Alpha, ordinal"),
        "alpha_interval": _("Alpha, interval"),
        "alpha_masi": _("Alpha between sets, MASI"),
        "alpha_jaccard": _("Alpha between sets, Jaccard"),
        "alpha_tree": _("Alpha between sets, the nearer in the tree the less apart"),
        "ac1": _("Gwet's AC1"),
        "fleiss_kappa": _("Fleiss' kappa"),
        "percent_agreement": _("Percent agreement"),
        "cohen_kappa": _("Cohen's kappa, mean of %(pairs)s pairs of raters"),
        "by_kind.human": _("Alpha, people's first votes"),
        "by_kind.juror": _("Alpha, juror with juror"),
        "by_kind.human_juror": _("Kappa, people with jury"),
    }
    return words.get(key, key.replace("_", " "))
