"""What a person may be in a project."""

from __future__ import annotations

from annotator.catalog.models import Membership

ANNOTATOR = Membership.Role.ANNOTATOR.value
ADJUDICATOR = Membership.Role.ADJUDICATOR.value
MANAGER = Membership.Role.MANAGER.value
AUDITOR = Membership.Role.AUDITOR.value

LABELERS = frozenset({ANNOTATOR, ADJUDICATOR, MANAGER})
LEADS = frozenset({ADJUDICATOR, MANAGER})
MANAGERS = frozenset({MANAGER})
READERS = frozenset({ADJUDICATOR, MANAGER, AUDITOR})
