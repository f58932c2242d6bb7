"""When to try again: full jitter over an exponential, with the endpoint's own wish as the floor.

The formula is "full jitter" of M. Brooker, Exponential Backoff And Jitter (2015); the floor keeps
callers that were told the same Retry-After from coming back all at once.
"""

from __future__ import annotations

from random import Random

BASE_SECONDS = 0.5
CAP_SECONDS = 60.0
FLOOR_SECONDS = (0.5, 60.0)
SPREAD_PER_FLOOR = 8.0
"""An endpoint that says when to come back is believed: the jitter then stays near its wish."""
RATE_LIMITS_PER_ATTEMPT = 10
"""A 429 is a lack of capacity, not a failure: so many of them are borne per allowed attempt."""


def pause_before_retry(tries: int, retry_after: float | None, rng: Random) -> float:
    """Return the seconds to wait before the next try.

    Args:
        tries: unsuccessful tries so far, at least 1.
        retry_after: what the endpoint asked for, in seconds; None if it said nothing.
        rng: the generator of the jitter.
    """
    low, high = FLOOR_SECONDS
    floor = 0.0 if retry_after is None else min(max(retry_after, low), high)
    cap = min(CAP_SECONDS, floor * SPREAD_PER_FLOOR or CAP_SECONDS)
    spread = min(cap, BASE_SECONDS * 2.0 ** min(tries, 16))
    return floor + rng.uniform(0.0, spread)
