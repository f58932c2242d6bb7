"""Requests and tokens per minute of a juror, kept in Redis for all processes together."""

from __future__ import annotations

import logging
from typing import Final

from redis.asyncio import Redis
from redis.exceptions import RedisError

from jury.limits import MINUTE
from jury.opinion import JurorSpec

log = logging.getLogger(__name__)

MICROSECONDS: Final = 1_000_000
SOCKET_SECONDS: Final = 2.0
PREFIX: Final = "concord:pace:"

# The generic cell rate algorithm with a burst of one, as in jury.limits.LocalLimiter: per limit
# the time when the next call may start; a reservation moves both on, or neither. The clock is
# Redis's own, so that no machine's clock can take more than its share. Times are microseconds.
RESERVE: Final = """
local now = redis.call('TIME')
now = now[1] * 1000000 + now[2]
local free = redis.call('HMGET', KEYS[1], 'requests', 'tokens')
local start = math.max(now, tonumber(free[1]) or now, tonumber(free[2]) or now)
if start - now > tonumber(ARGV[3]) then
  return -1
end
local last = start + math.max(ARGV[1], ARGV[2])
redis.call('HSET', KEYS[1],
  'requests', string.format('%.0f', start + ARGV[1]),
  'tokens', string.format('%.0f', start + ARGV[2]))
redis.call('PEXPIRE', KEYS[1], math.ceil((last - now) / 1000) + 1000)
return start - now
"""


class RedisLimiter:
    """A `jury.limits.Limiter` that several processes share.

    It belongs to the event loop on which it is first used.
    """

    def __init__(self, url: str, *, prefix: str = PREFIX) -> None:
        """Take Redis's address and what the names of its keys begin with."""
        self._redis = Redis.from_url(
            url, socket_connect_timeout=SOCKET_SECONDS, socket_timeout=SOCKET_SECONDS
        )
        self._prefix = prefix
        self._reserve = self._redis.register_script(RESERVE)

    async def reserve(self, spec: JurorSpec, *, tokens: int, horizon: float) -> float | None:
        """Reserve the next place; see `jury.limits.Limiter`.

        While Redis is away nothing is handed out: the inquiry goes back to the queue, and no
        process takes for itself what is meant for all.
        """
        if not spec.rpm and not spec.tpm:
            return 0.0
        arguments = [
            _microseconds(MINUTE / spec.rpm if spec.rpm else 0.0),
            _microseconds(tokens * MINUTE / spec.tpm if spec.tpm else 0.0),
            _microseconds(horizon),
        ]
        try:
            wait = int(await self._reserve(keys=[self._prefix + spec.name], args=arguments))
        except (RedisError, OSError):
            log.warning("the shared limiter did not answer", exc_info=True)
            return None
        return None if wait < 0 else wait / MICROSECONDS

    async def close(self) -> None:
        """Let go of the connections."""
        await self._redis.aclose()


def _microseconds(seconds: float) -> int:
    return max(0, round(seconds * MICROSECONDS))
