"""Reads of projects: what they ask, who works in them, what their rules say."""

from __future__ import annotations

from annotator.catalog.queries.guidelines import GuidelineView, Section, guidelines
from annotator.catalog.queries.members import MemberView, ProjectCard, members, projects_of, role_of
from annotator.catalog.queries.projects import (
    NOBODY,
    policy_version,
    project_by_slug,
    project_for,
    project_view,
    standing_at_hand,
    standing_in,
    taxonomy_tree,
)
from annotator.catalog.queries.roles import (
    ADJUDICATOR,
    ANNOTATOR,
    AUDITOR,
    LABELERS,
    LEADS,
    MANAGER,
    MANAGERS,
    READERS,
)
from annotator.catalog.queries.views import PolicyView, ProjectView, Standing, TargetView

__all__ = [
    "ADJUDICATOR",
    "ANNOTATOR",
    "AUDITOR",
    "LABELERS",
    "LEADS",
    "MANAGER",
    "MANAGERS",
    "NOBODY",
    "READERS",
    "GuidelineView",
    "MemberView",
    "PolicyView",
    "ProjectCard",
    "ProjectView",
    "Section",
    "Standing",
    "TargetView",
    "guidelines",
    "members",
    "policy_version",
    "project_by_slug",
    "project_for",
    "project_view",
    "projects_of",
    "role_of",
    "standing_at_hand",
    "standing_in",
    "taxonomy_tree",
]
