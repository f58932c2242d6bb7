"""What may go wrong when jurors are asked.

JuryError
├── UnknownDialect               no such dialect; the message lists the known ones
└── ProviderError                a call that gave no reply (permanent?, status)
    ├── Denied                   401, 403: the key is wrong; the juror is paused at once
    ├── BadRequest               400, 404, 405, 413, 422 ...: this request will never do
    │   ├── FormatUnsupported    the endpoint does not take response_format
    │   └── ContentFiltered      the endpoint's own filter refused the text
    ├── RateLimited              429: come back later (retry_after)
    ├── Unavailable              5xx: the endpoint is ill
    ├── Unreachable              no connection, reset, broken in mid-body
    └── DeadlinePassed           the whole call took longer than it may
"""

from __future__ import annotations


class JuryError(Exception):
    """Any error of the jury."""


class UnknownDialect(JuryError):
    """No dialect has this name."""


class ProviderError(JuryError):
    """A call that gave no reply. The message never holds a key or an item's text."""

    permanent = False

    def __init__(self, message: str, *, status: int | None = None) -> None:
        """Keep the HTTP status where there was one."""
        super().__init__(message)
        self.status = status


class Denied(ProviderError):
    """401 or 403: nobody may ask this juror until its key is mended."""

    permanent = True


class BadRequest(ProviderError):
    """The endpoint will never answer this request."""

    permanent = True


class FormatUnsupported(BadRequest):
    """The endpoint refuses response_format; the same request without it may do."""


class ContentFiltered(BadRequest):
    """The endpoint's own filter refused the text: an abstention, not a fault."""


class RateLimited(ProviderError):
    """429: the endpoint wants us later. `retry_after` in seconds, None when it did not say."""

    def __init__(self, message: str, *, retry_after: float | None, status: int = 429) -> None:
        """Keep how long the endpoint asked us to wait."""
        super().__init__(message, status=status)
        self.retry_after = retry_after


class Unavailable(ProviderError):
    """The endpoint failed (5xx); it may do better later."""


class Unreachable(ProviderError):
    """No connection, or one that broke before the reply was whole."""


class DeadlinePassed(ProviderError):
    """The whole call took longer than the juror's timeout."""
