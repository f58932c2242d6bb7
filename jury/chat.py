"""One chat completion as values: what is sent, what came back, and who sends it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from jury.opinion import Message


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """The messages to send and how the reply should look.

    `schema` is a JSON schema for response_format (None: do not send one). `round` counts the
    dialect's own second tries: 0 the first request, 1 a re-ask.
    """

    messages: tuple[Message, ...]
    max_tokens: int
    schema: Mapping[str, object] | None = None
    round: int = 0


@dataclass(frozen=True, slots=True)
class Reply:
    """What an endpoint answered with status 200.

    `readable` is False when the body was no chat completion at all (HTML, cut JSON, no choices).
    `raw` is the body as received, cut to what is kept.
    """

    text: str
    finish_reason: str = "stop"
    refusal: str = ""
    tokens_in: int = 0
    tokens_out: int = 0
    raw: str = ""
    readable: bool = True


class Provider(Protocol):
    """Somebody who can send a chat request. One per juror and event loop."""

    async def ask(
        self, request: ChatRequest, *, request_key: str, seconds: float, use_schema: bool
    ) -> Reply:
        """Send one request once, within so many seconds in all, and return its reply.

        Raises:
            ProviderError: in one of its forms, when there is no reply.
        """
        ...

    async def aclose(self) -> None:
        """Close the connections."""
        ...


FormatSupport = Literal["unknown", "yes", "no"]
