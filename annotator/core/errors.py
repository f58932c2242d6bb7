"""The one error tree of the workplace; every error has a stable code.

DomainError
├── Invalid               400 invalid
│   └── Unreadable        400 invalid (a file that cannot be read at all; exit 2)
├── NotAuthenticated      401 not_authenticated
├── NotAllowed            403 not_allowed
├── NotFound              404 not_found
├── Conflict              409 conflict (also: refused by state; exit 4)
│   ├── LeaseLost         409 lease_lost
│   ├── VersionConflict   409 version_conflict
│   └── AlreadyDone       409 already_done
├── TooLarge              413 too_large
├── IdempotencyMismatch   422 idempotency_mismatch
├── Throttled             429 throttled
└── Unavailable           503 unavailable (a service is missing; exit 3)
"""

from __future__ import annotations

from collections.abc import Mapping


class DomainError(Exception):
    """A refusal that a person or a program can act on.

    `fields` maps a field's name to what is wrong with it; `details` is extra JSON for the reply.
    """

    code = "invalid"
    status = 400
    exit_code = 1

    def __init__(
        self,
        message: str,
        *,
        fields: Mapping[str, str] | None = None,
        details: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.fields = dict(fields or {})
        self.details = dict(details or {})


class Invalid(DomainError):
    """The input does not fit; the message names field and remedy."""

    exit_code = 2


class Unreadable(Invalid):
    """A file could not be read; nothing was written."""


class NotAuthenticated(DomainError):
    """Nobody is signed in."""

    code = "not_authenticated"
    status = 401


class NotAllowed(DomainError):
    """The person's role does not allow this."""

    code = "not_allowed"
    status = 403


class NotFound(DomainError):
    """Absent, or not this person's: the two are never told apart."""

    code = "not_found"
    status = 404
    exit_code = 2


class Conflict(DomainError):
    """The state of things refuses this."""

    code = "conflict"
    status = 409
    exit_code = 4


class LeaseLost(Conflict):
    """The seat went to somebody else; the answer is kept as a draft."""

    code = "lease_lost"


class VersionConflict(Conflict):
    """A newer draft is stored."""

    code = "version_conflict"


class AlreadyDone(Conflict):
    """The seat is finished already."""

    code = "already_done"


class TooLarge(DomainError):
    """Over a size limit."""

    code = "too_large"
    status = 413
    exit_code = 2


class IdempotencyMismatch(DomainError):
    """The same key came with another body."""

    code = "idempotency_mismatch"
    status = 422


class Throttled(DomainError):
    """Too many tries; details hold `retry_after` in seconds."""

    code = "throttled"
    status = 429


class Unavailable(DomainError):
    """A service or a setting is missing."""

    code = "unavailable"
    status = 503
    exit_code = 3
