"""Any OpenAI-compatible endpoint, through the openai client on its aiohttp backend.

The client is imported and made on the first call, in the loop that uses it. Its own retries are
off (ours keep a ledger), redirects are not followed (text goes only where it may), and proxies
and organisation ids of the environment are not used.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from jury.chat import ChatRequest, Reply
from jury.errors import (
    BadRequest,
    ContentFiltered,
    DeadlinePassed,
    Denied,
    FormatUnsupported,
    ProviderError,
    RateLimited,
    Unavailable,
    Unreachable,
)
from jury.opinion import JurorSpec

if TYPE_CHECKING:
    from openai import APIStatusError, AsyncOpenAI

RAW_KEPT = 65_536
LARGEST_BODY = 1_000_000
MESSAGE_KEPT = 300
_FORMAT_WORDS = ("response_format", "json_schema", "json schema", "structured output")
_FILTER_CODES = ("content_filter", "content_policy_violation", "responsibleaipolicyviolation")


class OpenAIProvider:
    """One juror's endpoint; use it from one event loop only."""

    def __init__(self, spec: JurorSpec) -> None:
        """Keep the endpoint; nothing is imported or opened yet."""
        self._spec = spec
        self._client: AsyncOpenAI | None = None

    async def ask(
        self, request: ChatRequest, *, request_key: str, seconds: float, use_schema: bool
    ) -> Reply:
        """Send one request once; the whole call ends within `seconds`.

        Returns:
            The reply, also an unreadable one that came with status 200.

        Raises:
            ProviderError: when there is no reply; the message never holds the key.
        """
        client = self._client or self._open()
        from openai import APIConnectionError, APIStatusError, OpenAIError  # noqa: PLC0415 - 450 ms

        try:
            async with asyncio.timeout(seconds):
                response = await client.chat.completions.with_raw_response.create(
                    **self._arguments(request, request_key, seconds, use_schema=use_schema)
                )
        except TimeoutError as error:
            message = f"no reply within {seconds:g} s"
            raise DeadlinePassed(message) from error
        except APIStatusError as error:
            raise self._status_error(error) from None
        except APIConnectionError as error:
            cause = type(error.__cause__).__name__ if error.__cause__ else type(error).__name__
            message = f"the connection failed ({cause})"
            raise Unreachable(message) from None
        except OpenAIError as error:
            message = f"the client failed ({type(error).__name__})"
            raise ProviderError(message) from None
        return read_body(response.content)

    async def aclose(self) -> None:
        """Close the client's connections."""
        if self._client is not None:
            await self._client.close()
            self._client = None

    def _open(self) -> AsyncOpenAI:
        from openai import AsyncOpenAI, DefaultAioHttpClient  # noqa: PLC0415 - costs 450 ms

        client = AsyncOpenAI(
            base_url=self._spec.base_url,
            api_key=self._spec.api_key or "none",
            max_retries=0,
            timeout=self._spec.timeout_seconds,
            http_client=DefaultAioHttpClient(trust_env=False, follow_redirects=False),
        )
        client.organization = None
        client.project = None
        self._client = client
        return client

    def _arguments(
        self, request: ChatRequest, request_key: str, timeout: float, *, use_schema: bool
    ) -> dict[str, Any]:
        arguments: dict[str, Any] = {
            "model": self._spec.model,
            "messages": [{"role": m.role, "content": m.content} for m in request.messages],
            "temperature": 0,
            "max_tokens": request.max_tokens,
            "extra_headers": {"X-Client-Request-Id": request_key},
            "timeout": timeout,
        }
        if use_schema and request.schema is not None:
            form = {"name": "judgement", "strict": True, "schema": request.schema}
            arguments["response_format"] = {"type": "json_schema", "json_schema": form}
        return arguments

    def _status_error(self, error: APIStatusError) -> ProviderError:
        status = error.status_code
        text = _error_text(error.body)
        if self._spec.api_key:
            text = text.replace(self._spec.api_key, "[key]")
        message = f"status {status}: {text[:MESSAGE_KEPT]}".rstrip(": ")
        if status == 429:
            return RateLimited(message, retry_after=_retry_after(error.response.headers))
        kind = _kind_of(status, text.casefold())
        return kind(message, status=status)


def _kind_of(status: int, text: str) -> type[ProviderError]:
    if status in {401, 403}:
        return Denied
    if any(word in text for word in _FORMAT_WORDS):
        return FormatUnsupported
    if status >= 500 or status in {408, 409, 425}:
        return Unavailable
    if any(code in text for code in _FILTER_CODES):
        return ContentFiltered
    return BadRequest


def _error_text(body: object) -> str:
    """Return the words of an error body; JSON bodies arrive parsed."""
    if isinstance(body, Mapping):
        words = [str(body[key]) for key in ("message", "code", "param") if body.get(key)]
        inner = body.get("error")
        if not words and inner is not None:
            return _error_text(inner)
        return " ".join(words) or json.dumps(body, default=str)[:MESSAGE_KEPT]
    return "" if body is None else str(body)


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds of Retry-After (or retry-after-ms), None if absent or a date."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            seconds = float(headers.get(name, "")) * unit
        except ValueError:
            continue
        if 0.0 <= seconds < float("inf"):
            return seconds
    return None


def read_body(body: bytes) -> Reply:
    """Return the reply in the body of a chat completion; unreadable ones say so.

    Usage that is missing counts as zero tokens.
    """
    raw = body[:RAW_KEPT].decode("utf-8", "replace").replace("\x00", "\ufffd")
    if len(body) > LARGEST_BODY:
        return Reply(text="", raw=raw, readable=False)
    try:
        parsed = json.loads(body)
        choice = parsed["choices"][0]
        message = choice["message"]
        text = message.get("content") or ""
        refusal = message.get("refusal") or ""
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError):
        return Reply(text="", raw=raw, readable=False)
    usage = parsed.get("usage") or {}
    return Reply(
        text=text if isinstance(text, str) else "",
        finish_reason=str(choice.get("finish_reason") or ""),
        refusal=refusal if isinstance(refusal, str) else "refused",
        tokens_in=_count(usage, "prompt_tokens"),
        tokens_out=_count(usage, "completion_tokens"),
        raw=raw,
        readable=isinstance(text, str),
    )


def _count(usage: object, key: str) -> int:
    value = usage.get(key) if isinstance(usage, dict) else None
    return value if isinstance(value, int) and 0 <= value < 2**31 else 0
