"""`apply_policy`: put a policy into force and decide everything again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandParser

from annotator.catalog.queries import ProjectView, project_by_slug
from annotator.core.errors import Invalid
from annotator.flow.console import ConsoleCommand, Outcome
from annotator.flow.management.policies import options_from, policy_arguments
from annotator.flow.redecide import begin, carry_on
from annotator.flow.refits import accepted
from annotator.flow.whatif import Wish, wish
from annotator.quality.queries.runs import proposals, unfinished_run


class Command(ConsoleCommand):
    """Decides again what is decided; what a lead settled stays. Goes on where it was interrupted."""

    help = "Put a policy into force as a new version and decide everything again under it."

    def arguments(self, parser: CommandParser) -> None:
        """Add the project, the policy, its options, and fits to accept."""
        policy_arguments(parser, required=False)
        parser.add_argument("--fits", action="store_true", help="accept the proposed fits instead")
        parser.add_argument(
            "--resume", action="store_true", help="go on with a re-decision that was interrupted"
        )

    def perform(self, options: Mapping[str, Any]) -> Outcome:
        """Apply, and work the run off here."""
        project = project_by_slug(options["project"])
        if sum(map(bool, (options["policy"], options["fits"], options["resume"]))) != 1:
            message = "Give one of --policy, --fits and --resume."
            raise Invalid(message, fields={"policy": message})
        run = _resumed(project) if options["resume"] else self._begun(project, options)
        counts = carry_on(run, progress=self.progress("deciding again"))
        version = project_by_slug(project.slug).policy.version
        words = ", ".join(f"{name.replace('_', ' ')} {n}" for name, n in counts.items())
        result = {"run": run, "version": version, **counts}
        return Outcome(result, f"Version {version} is in force: {words}.")

    def _begun(self, project: ProjectView, options: Mapping[str, Any]) -> int:
        if not options["fits"]:
            return begin(project, wish(project, options["policy"], options_from(options["option"])))
        fits, wanted = _proposed(project)
        return begin(project, wanted, fits=fits)


def _resumed(project: ProjectView) -> int:
    run = unfinished_run(project.id)
    if run is None:
        raise Invalid("There is no unfinished re-decision.")
    return run.id


def _proposed(project: ProjectView) -> tuple[list[int], Wish]:
    fits = [fit.id for fit in proposals(project.id)]
    if not fits:
        raise Invalid("No fit is proposed. Make one: ./run manage refit --project P")
    return fits, accepted(project, fits)
