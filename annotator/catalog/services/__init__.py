"""Writes of projects: settings, targets, questions, policy, guidelines, members."""

from __future__ import annotations

from annotator.catalog.services.asked import set_questions, set_targets
from annotator.catalog.services.changes import Change
from annotator.catalog.services.guidelines import (
    NewGuidelines,
    guideline_digest,
    publish_guidelines,
)
from annotator.catalog.services.members import pseudonym, set_labeling, set_member
from annotator.catalog.services.policy import policy_in_force, restore_policy, set_policy
from annotator.catalog.services.projects import lock_project, publish_taxonomy, save_project

__all__ = [
    "Change",
    "NewGuidelines",
    "guideline_digest",
    "lock_project",
    "policy_in_force",
    "pseudonym",
    "publish_guidelines",
    "publish_taxonomy",
    "restore_policy",
    "save_project",
    "set_labeling",
    "set_member",
    "set_policy",
    "set_questions",
    "set_targets",
]
