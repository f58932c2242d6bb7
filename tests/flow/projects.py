"""Project files for tests."""

from __future__ import annotations

from annotator.catalog.queries import ProjectView, project_by_slug
from annotator.flow.projects import apply


def document(**changes: object) -> dict[str, object]:
    """A small valid project file; `changes` go into [project], `root` into the document."""
    root = changes.pop("root", {})
    assert isinstance(root, dict)
    project: dict[str, object] = {
        "slug": "p1",
        "name": "Pilot",
        "taxonomy": "aegis2@2.0",
        "targets": ["prompt", "response"],
        "questions": ["safety"],
        **changes,
    }
    return {"contract": 1, "project": project, **root}


def project(**changes: object) -> ProjectView:
    """Apply the file and return the project."""
    apply(document(**changes))
    return project_by_slug(str(changes.get("slug", "p1")))


JUROR: dict[str, object] = {"name": "j1", "base_url": "http://127.0.0.1:9000/v1", "model": "m1"}
