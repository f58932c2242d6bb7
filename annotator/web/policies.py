"""A project's policy as sentences to be read aloud."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

from django.utils.translation import gettext as _

from annotator.catalog.queries import ProjectView
from jury.policy.base import Policy
from jury.policy.known import base_of
from jury.policy.options import CURTAIL
from jury.policy.panel.policy import Panel
from jury.policy.parts import ByPart
from jury.policy.registry import load_policy
from jury.policy.words import limit_words
from jury.taxonomy import Taxonomy


def policy_words(project: ProjectView) -> tuple[str, ...]:
    """Return the policy in force, one sentence a rule, with the options' values in force."""
    return tuple(_sentences(project))


def _sentences(project: ProjectView) -> Iterator[str]:
    policy = load_policy(
        project.policy.name,
        project.policy.options,
        taxonomy=project.taxonomy,
        overlap=project.overlap,
    )
    yield _(
        "Ask %(n)s people about every unit that people judge. None of them sees another's answer "
        "or the jury's."
    ) % {"n": project.overlap}
    yield from _rules(base_of(policy), project.taxonomy)
    if isinstance(policy, ByPart):
        for part in policy.parts:
            yield _("For %(place)s another policy decides, %(name)s: %(rules)s") % {
                "place": " ".join(each for each in (part.target, part.question) if each),
                "name": part.policy.name,
                "rules": " ".join(_rules(part.policy, project.taxonomy)),
            }
    if not policy.reads_jury:
        yield _("The jury's opinions are kept beside the votes and decide nothing.")


def _rules(policy: Policy, taxonomy: Taxonomy) -> Iterator[str]:
    options = policy.options
    yield (
        _("Read needs caution as unsafe when looking for a majority, and keep both readings.")
        if options["caution"] == "defensive"
        else _("Read needs caution as safe when looking for a majority, and keep both readings.")
    )
    if isinstance(policy, Panel):
        yield from _panel(policy)
    else:
        share = cast("float", options["min_share"])
        yield _("Settle a unit when enough people say the same: %(share)s.") % {
            "share": limit_words(share)
        }
    if options["categories"] == "majority":
        yield _("A category stands when more than half chose it; an exact half settles nothing.")
    yield _("Never settle with fewer than %(n)s people.") % {"n": options["human_floor"]}
    yield from _curtailed(options)
    yield from _floors(policy, taxonomy)
    most = policy.rule.horizon if isinstance(policy, Panel) else options["max_votes"]
    yield _("Otherwise ask one more person, up to %(n)s. Then a lead decides.") % {"n": most}
    yield from _own(policy.name)


def _curtailed(options: Mapping[str, object]) -> Iterator[str]:
    if not options.get(CURTAIL):
        return
    yield _("Do not wait for a first answer that could not change the outcome, whatever it says.")
    if share := cast("float", options["random_share"]):
        yield _("%(share)s of the items, drawn at random, always get all first answers.") % {
            "share": f"{share:.1%}".replace("%", " %")
        }


def _floors(policy: Policy, taxonomy: Taxonomy) -> Iterator[str]:
    floors = cast("Mapping[str, int]", policy.options.get("category_floor") or {})
    for key, n in floors.items():
        category = taxonomy.get(key)
        yield _("Once anybody chose %(category)s, never with fewer than %(n)s.") % {
            "category": category.name if category else key,
            "n": n,
        }


def _panel(policy: Panel) -> Iterator[str]:
    rule = policy.rule
    yield _("Ask on while one more answer is expected to be worth more than it costs.")
    yield _("The jury's votes set what is expected before anybody answered; %(fit)s.") % {
        "fit": _("by a fit on %(n)s units") % {"n": f"{rule.fit.units:,}"}
        if rule.fit.units
        else _("without a fit they say nothing yet")
    }
    if rule.random_share:
        yield _("%(share)s of the items, drawn at random, always get %(n)s votes.") % {
            "share": f"{rule.random_share:.1%}".replace("%", " %"),
            "n": rule.random_votes,
        }


def _own(name: str) -> Iterator[str]:
    if name == "jury_conflict":
        yield _("Where the jury's majority differs from the people's, one more person is asked.")
        yield _("Where the two differ on a severe category, a lead decides.")
    if name == "aegis2":
        yield _("People judge the dialogue; its answer holds for the prompt (D1).")
        yield _("In a safe dialogue the response is taken to be safe (D2).")
        yield _("In an unsafe dialogue the jury's majority decides the response (D3).")
        yield _(
            "A deflection written for refusal augmentation is safe by its making (D4). Rows say so "
            "by metadata.refusal_augmented."
        )
