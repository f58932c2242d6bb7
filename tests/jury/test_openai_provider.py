"""Claims: every way an endpoint can fail becomes one of our errors or an unreadable reply."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from jury.chat import Reply
from jury.dialects import get
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
from jury.providers.openai import OpenAIProvider
from tests.fakes.llm_server import FakeServer
from tests.jury.cases import brief, juror, rng


@pytest.fixture(scope="module")
def server() -> Iterator[FakeServer]:
    with FakeServer() as running:
        yield running


def ask(base_url: str, model: str, *, timeout: float = 5.0, use_schema: bool = False) -> Reply:
    async def main() -> Reply:
        spec = juror(base_url, model)
        provider = OpenAIProvider(spec)
        (request,) = get("judge").requests(brief(), spec, rng(1))
        try:
            return await provider.ask(
                request, request_key="c.1", seconds=timeout, use_schema=use_schema
            )
        finally:
            await provider.aclose()

    return asyncio.run(main())


def test_what_is_sent(server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("OPENAI_ORG_ID", "org-of-the-environment")
    reply = ask(server.base_url, "ok", use_schema=True)
    assert (reply.tokens_in, reply.tokens_out, reply.finish_reason) == (100, 20, "stop")
    call = server.fake.calls[-1]
    headers, body = call["headers"], call["body"]
    assert isinstance(headers, dict)
    assert isinstance(body, dict)
    assert headers["x-client-request-id"] == "c.1"
    assert headers["authorization"] == "Bearer sk-secret"
    assert "org-of-the-environment" not in str(headers)
    assert body["temperature"] == 0
    assert body["response_format"]["type"] == "json_schema"
    assert [message["role"] for message in body["messages"]] == ["system", "user"]


@pytest.mark.parametrize(
    ("model", "kind"),
    [
        ("limited", RateLimited),
        ("broken", Unavailable),
        ("bad_request", BadRequest),
        ("missing", BadRequest),
        ("filter_error", ContentFiltered),
        ("denied", Denied),
        ("no_format", FormatUnsupported),
        ("no_format_500", Unavailable),
        ("reset", Unreachable),
    ],
)
def test_errors_are_ours_and_never_show_the_key(
    server: FakeServer, model: str, kind: type[ProviderError]
) -> None:
    with pytest.raises(ProviderError) as caught:
        ask(server.base_url, model, use_schema=True)
    assert type(caught.value) is kind
    assert "sk-secret" not in str(caught.value)


def test_retry_after_is_read(server: FakeServer) -> None:
    with pytest.raises(RateLimited) as caught:
        ask(server.base_url, "limited")
    assert caught.value.retry_after == 0.5


def test_a_dripping_reply_meets_the_total_deadline(server: FakeServer) -> None:
    with pytest.raises(DeadlinePassed):
        ask(server.base_url, "drip", timeout=0.5)


def test_nobody_there() -> None:
    with pytest.raises(Unreachable):
        ask("http://127.0.0.1:9/v1", "ok")


@pytest.mark.parametrize("model", ["html", "null_choices", "bad_utf8", "long"])
def test_bodies_that_are_no_completion_are_unreadable(server: FakeServer, model: str) -> None:
    reply = ask(server.base_url, model)
    assert not reply.readable
    assert reply.text == ""
    assert len(reply.raw) <= 65_536
