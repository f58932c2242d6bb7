"""GET /projects/{p}/agreement: the coefficients on a question about a target."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import cast

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.api.resource import Resource
from annotator.catalog.queries import MANAGERS, ProjectView, project_for
from annotator.core.errors import Invalid
from annotator.flow.sealed import sealed_among
from annotator.quality.queries.agreement import AgreementView, agreement
from annotator.quality.queries.population import POPULATIONS, Population

TARGET = OpenApiParameter("target", str, description="By default the project's first.")
QUESTION = OpenApiParameter("question", str, description="By default the target's first.")
LEVEL = OpenApiParameter(
    "level",
    str,
    default="verdict",
    description="verdict, core, fine, fine_only, a category's id, or core: and one with finer ones.",
)
POPULATION = OpenApiParameter("population", str, enum=list(POPULATIONS), default="first_pass")


class AgreementResource(Resource):
    """Agreement in a project, for managers."""

    scope = "read"
    query_keys = frozenset({"target", "question", "level", "population"})

    @extend_schema(parameters=[TARGET, QUESTION, LEVEL, POPULATION], responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, slug: str) -> Response:
        """Return the statistics command's object, with what it is about and `as_of`."""
        project = project_for(self.actor(request), slug, MANAGERS)
        target, question = _scope(project, request.query_params)
        view = agreement(
            project,
            target=target,
            question=question,
            level=request.query_params.get("level", "verdict"),
            population=cast("Population", request.query_params.get("population", "first_pass")),
        )
        about = {
            "target": view.target,
            "question": view.question,
            "level": view.level,
            "population": view.population,
            "words": view.words,
            "command": view.command,
            "as_of": view.as_of,
            "intervals_as_of": view.intervals_as_of,
            "raters_as_of": view.figures_as_of,
        }
        named = {unit.item for unit in (view.at_level.costly if view.at_level else ())}
        sealed = sealed_among(self.actor(request), project, named)
        return Response({**view.document, **about, **_rater_by_rater(view, sealed)})


def _rater_by_rater(view: AgreementView, sealed: Collection[str]) -> dict[str, object]:
    """Return every two raters, and the units that cost agreement; as of `raters_as_of`.

    Those on items that are sealed for the reader are left out.
    """
    pairs = view.figures.matrix if view.figures else ()
    here = view.at_level
    return {
        "pairs": [
            {
                "first": pair.first,
                "second": pair.second,
                "units": pair.kappa.n_units,
                "agreement": pair.agreement,
                "kappa": pair.kappa.value,
                "reason": pair.kappa.reason,
            }
            for pair in pairs
        ],
        "costly": {
            "together": here.together if here else None,
            "units": [
                {"unit": f"{unit.item}:{unit.target}", "cost": unit.cost}
                for unit in (here.costly if here else ())
                if unit.item not in sealed
            ],
        },
    }


def _scope(project: ProjectView, query: Mapping[str, str]) -> tuple[str, str]:
    """Return target and question, each by default the first that is asked at all."""
    judged = [target.key for target in project.targets if project.questions_for(target.key)]
    target = query.get("target") or next(iter(judged), "")
    asked = [question.key for question in project.questions_for(target)]
    if target not in judged or not asked:
        message = f"Unknown target {target!r}; known: {', '.join(judged)}."
        raise Invalid(message, fields={"target": message})
    return target, query.get("question") or asked[0]
