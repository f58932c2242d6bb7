"""The way of one task through its calls: what to send next, and when it is over. No I/O."""

from __future__ import annotations

from random import Random

from jury.chat import ChatRequest, Reply
from jury.dialects.base import Dialect, Reading, abstain
from jury.errors import BadRequest, ContentFiltered, ProviderError, RateLimited
from jury.opinion import CallRecord, JurorSpec, Outcome, OutcomeState, Task, Usage
from jury.retries import RATE_LIMITS_PER_ATTEMPT, pause_before_retry

CHARACTERS_PER_TOKEN = 4
PER_MILLION = 1e-6


class Hearing:
    """One task being put to its juror: 1..n requests, each with its attempts."""

    def __init__(self, task: Task, spec: JurorSpec, dialect: Dialect, rng: Random) -> None:
        """Put the brief into the dialect's requests."""
        self.task = task
        self.plain = False
        self._spec = spec
        self._dialect = dialect
        self._rng = rng
        self._requests = dialect.requests(task.brief, spec, rng)
        self._part = 0
        self._request = self._requests[0]
        self._readings: list[Reading] = []
        self._records: list[CallRecord] = []
        self._attempts = task.attempts
        self._failures = task.failures
        self._rate_limits = 0

    @property
    def request(self) -> ChatRequest:
        """The request to send next."""
        return self._request

    @property
    def tokens(self) -> int:
        """About how many tokens the next call takes, for limits per minute."""
        letters = sum(len(message.content) for message in self._request.messages)
        return letters // CHARACTERS_PER_TOKEN + self._request.max_tokens

    def next_key(self) -> str:
        """Count one more attempt and return its request key, "<call id>.<attempt>"."""
        self._attempts += 1
        call = self.task.key
        if self._part or self._request.round:
            call = f"{call}-{self._part}-{self._request.round}"
        return f"{call}.{self._attempts}"

    def note(
        self, key: str, span: tuple[float, float], reply: Reply | None, error: ProviderError | None
    ) -> CallRecord:
        """Keep what one call was; `span` is its start and end. Returns the record."""
        record = CallRecord(
            request_key=key,
            attempt=self._attempts,
            status=200 if reply is not None else getattr(error, "status", None),
            error="" if error is None else f"{type(error).__name__}: {error}",
            raw_reply="" if reply is None else reply.raw,
            usage=Usage() if reply is None else self._usage(reply),
            seconds=span[1] - span[0],
            started=span[0],
        )
        self._records.append(record)
        return record

    def replied(self, reply: Reply) -> Outcome | None:
        """Read a reply; return the outcome, or None when there is one more request to send."""
        reading = self._dialect.read(self._request, reply, self.task.brief, self._rng)
        if reading.retry is not None:
            self._request = reading.retry
            return None
        return self._read(reading)

    def erred(self, error: ProviderError) -> Outcome | float:
        """Take an error; return the outcome, or the seconds to wait before the next attempt."""
        if isinstance(error, ContentFiltered):
            outcome = self._read(abstain(self.task.brief, "filtered", str(error)))
            return 0.0 if outcome is None else outcome
        if isinstance(error, BadRequest) or error.permanent:
            return self.end("failed", str(error))
        if isinstance(error, RateLimited):
            return self._limited(error)
        self._failures += 1
        if self._failures >= self._spec.attempts:
            return self.end("failed", f"{self._failures} attempts failed, the last: {error}")
        return pause_before_retry(self._failures, None, self._rng)

    def end(self, state: OutcomeState, reason: str, *, retry_in: float | None = None) -> Outcome:
        """Return an outcome without opinions."""
        return Outcome(
            task=self.task.id,
            juror=self.task.juror,
            state=state,
            calls=tuple(self._records),
            reason=reason,
            attempts=self._attempts,
            failures=self._failures,
            retry_in=retry_in,
        )

    def _limited(self, error: RateLimited) -> Outcome | float:
        self._rate_limits += 1
        if self._rate_limits >= RATE_LIMITS_PER_ATTEMPT * self._spec.attempts:
            return self.end("failed", f"rate limited {self._rate_limits} times: {error}")
        return pause_before_retry(self._rate_limits, error.retry_after, self._rng)

    def _read(self, reading: Reading) -> Outcome | None:
        self._readings.append(reading)
        self._part += 1
        if self._part < len(self._requests):
            self._request = self._requests[self._part]
            return None
        whole = self._dialect.combine(tuple(self._readings), self.task.brief)
        return Outcome(
            task=self.task.id,
            juror=self.task.juror,
            state="given" if whole.opinions else "abstained",
            opinions=whole.opinions,
            abstentions=whole.abstentions,
            calls=tuple(self._records),
            attempts=self._attempts,
            failures=self._failures,
        )

    def _usage(self, reply: Reply) -> Usage:
        price_in, price_out = self._spec.price_in, self._spec.price_out
        cost = None
        if price_in is not None and price_out is not None:
            cost = (reply.tokens_in * price_in + reply.tokens_out * price_out) * PER_MILLION
        return Usage(reply.tokens_in, reply.tokens_out, cost)
