"""A loopback chat endpoint that misbehaves on request.

The fault of a call is chosen by the model name: `ok`, or one of FAULTS; `mix` takes shares from
`--faults name=share,...`. As a process: `python -m tests.fakes.llm_server --port 0` prints its URL.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import random
import re
import threading
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Self

from aiohttp import web

Handler = Callable[["FakeLLM", web.Request, dict[str, object]], Awaitable[web.StreamResponse]]
SAFE = {"safety": "safe", "categories": [], "rationale": "mild"}
UNSAFE = {"safety": "unsafe", "categories": ["harassment"], "rationale": "teasing"}


@dataclass
class FakeLLM:
    latency: float = 0.0
    shares: Mapping[str, float] = field(default_factory=dict)
    retry_after: str = "0.5"
    limit_until_calls: int = 0
    calls: list[dict[str, object]] = field(default_factory=list)
    keep_calls: bool = True
    rng: random.Random = field(default_factory=lambda: random.Random(1))  # noqa: S311
    in_flight: int = 0
    most_in_flight: int = 0

    def app(self) -> web.Application:
        app = web.Application(client_max_size=16 * 2**20)
        app.router.add_post("/v1/chat/completions", self.complete)
        app.router.add_get("/v1/models", self.models)
        app.router.add_get("/calls", self.count)
        return app

    async def models(self, request: web.Request) -> web.Response:
        return web.json_response({"object": "list", "data": [{"id": "ok", "object": "model"}]})

    async def count(self, request: web.Request) -> web.Response:
        return web.json_response({"calls": len(self.calls)})

    async def complete(self, request: web.Request) -> web.StreamResponse:
        body = json.loads(await request.read())
        headers = {name.lower(): value for name, value in request.headers.items()}
        call: dict[str, object] = {"headers": headers, "body": body}
        self.calls.append(call if self.keep_calls else {})
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            if self.latency:
                await asyncio.sleep(self.latency)
            return await FAULTS[self.fault(str(body["model"]))](self, request, body)
        finally:
            self.in_flight -= 1

    def fault(self, model: str) -> str:
        if model != "mix":
            return model
        mark = self.rng.random()
        for name, share in self.shares.items():
            mark -= share
            if mark < 0:
                return name
        return "ok"


def targets_in(body: Mapping[str, object]) -> list[str]:
    messages = body["messages"]
    assert isinstance(messages, list)
    found = re.search(r"^Judge these targets: (.*)\. Reply", messages[-1]["content"], re.MULTILINE)
    return found[1].split(", ") if found else ["prompt"]


def completion(
    text: str | None, *, finish: str = "stop", refusal: str | None = None
) -> dict[str, object]:
    message = {"role": "assistant", "content": text, "refusal": refusal}
    return {
        "id": "c1",
        "object": "chat.completion",
        "created": 0,
        "model": "fake",
        "choices": [{"index": 0, "finish_reason": finish, "message": message}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120},
    }


def judged(body: Mapping[str, object], answer: Mapping[str, object] = SAFE) -> str:
    return json.dumps(dict.fromkeys(targets_in(body), answer))


def replying(make: Callable[[Mapping[str, object]], dict[str, object]]) -> Handler:
    async def handler(
        fake: FakeLLM, request: web.Request, body: dict[str, object]
    ) -> web.StreamResponse:
        return web.json_response(make(body))

    return handler


def saying(text: str) -> Handler:
    return replying(lambda body: completion(text))


def failing(status: int, words: str, headers: Mapping[str, str] | None = None) -> Handler:
    async def handler(
        fake: FakeLLM, request: web.Request, body: dict[str, object]
    ) -> web.StreamResponse:
        error = {"error": {"message": words, "code": None}}
        return web.json_response(error, status=status, headers=headers)

    return handler


async def limited(
    fake: FakeLLM, request: web.Request, body: dict[str, object]
) -> web.StreamResponse:
    headers = {"Retry-After": fake.retry_after} if fake.retry_after else {}
    return web.json_response({"error": {"message": "slow down"}}, status=429, headers=headers)


async def limited_first(
    fake: FakeLLM, request: web.Request, body: dict[str, object]
) -> web.StreamResponse:
    if len(fake.calls) <= fake.limit_until_calls:
        return await limited(fake, request, body)
    return web.json_response(completion(judged(body)))


async def reset(fake: FakeLLM, request: web.Request, body: dict[str, object]) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": "5000"})
    await response.prepare(request)
    await response.write(b'{"choices": [')
    assert request.transport is not None
    request.transport.abort()
    return response


async def drip(fake: FakeLLM, request: web.Request, body: dict[str, object]) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    with contextlib.suppress(ConnectionError):
        for _ in range(300):
            await response.write(b" ")
            await asyncio.sleep(0.1)
    return response


def raw(content: bytes, kind: str) -> Handler:
    async def handler(
        fake: FakeLLM, request: web.Request, body: dict[str, object]
    ) -> web.StreamResponse:
        return web.Response(body=content, content_type=kind)

    return handler


def unless_format(words: str, status: int) -> Handler:
    refuse = failing(status, words)

    async def handler(
        fake: FakeLLM, request: web.Request, body: dict[str, object]
    ) -> web.StreamResponse:
        if "response_format" in body:
            return await refuse(fake, request, body)
        return web.json_response(completion(judged(body)))

    return handler


async def cut_short(
    fake: FakeLLM, request: web.Request, body: dict[str, object]
) -> web.StreamResponse:
    tokens = body["max_tokens"]
    assert isinstance(tokens, int)
    if tokens < 1000:
        return web.json_response(completion('{"prompt": {"saf', finish="length"))
    return web.json_response(completion(judged(body)))


async def mended(
    fake: FakeLLM, request: web.Request, body: dict[str, object]
) -> web.StreamResponse:
    messages = body["messages"]
    assert isinstance(messages, list)
    again = "An earlier reply could not be used" in messages[-1]["content"]
    return web.json_response(completion(judged(body) if again else "Well, quite mild I think."))


ONE_SAFE = json.dumps({"prompt": SAFE})
FAULTS: dict[str, Handler] = {
    "ok": replying(lambda body: completion(judged(body))),
    "unsafe": replying(lambda body: completion(judged(body, UNSAFE))),
    "fenced": replying(lambda body: completion(f"Here:\n```json\n{judged(body)}\n```")),
    "prose": saying("This seems safe to me."),
    "empty": saying(""),
    "two_objects": saying(f"{ONE_SAFE} or {json.dumps({'prompt': UNSAFE})}"),
    "repeated_key": saying(f'{{"prompt": {json.dumps(UNSAFE)}, "prompt": {json.dumps(SAFE)}}}'),
    "wrong_enum": saying('{"prompt": {"safety": "fine", "categories": []}}'),
    "extra_category": saying('{"prompt": {"safety": "unsafe", "categories": ["rudeness"]}}'),
    "cut_json": saying(ONE_SAFE[:-5]),
    "other_form": saying('{"verdict": "safe"}'),
    "odd_letters": saying(json.dumps({"prompt": {**SAFE, "rationale": "half a \ud83d face \x00"}})),
    "odd_refusal": replying(lambda body: completion(None, refusal="No \ud83d\x00.")),
    "odd_error": failing(400, "half a \ud83d face \x00"),
    "deep": saying('{"a":' * 5000),
    "long": saying("x" * 5_000_000),
    "refusal": replying(lambda body: completion(None, refusal="No, thank you.")),
    "refusal_text": saying("I\u2019m sorry, but I can\u2019t help with that."),
    "filtered": replying(lambda body: completion("", finish="content_filter")),
    "cut_short": cut_short,
    "always_cut": replying(lambda body: completion('{"prompt"', finish="length")),
    "mended": mended,
    "null_choices": replying(lambda body: {**completion("x"), "choices": None}),
    "html": raw(b"<html><body>502 Bad gateway</body></html>", "text/html"),
    "bad_utf8": raw(b'{"choices": [{"message": {"content": "\xff\xfe"}}]}', "application/json"),
    "limited": limited,
    "limited_first": limited_first,
    "broken": failing(500, "out of order"),
    "bad_request": failing(400, "context too long"),
    "filter_error": failing(400, "the code is content_filter"),
    "denied": failing(401, "wrong key sk-secret"),
    "missing": failing(404, "no such model"),
    "no_format": unless_format("response_format is not supported", 400),
    "no_format_500": unless_format("out of order", 500),
    "reset": reset,
    "drip": drip,
}


class FakeServer:
    """A FakeLLM on its own thread and loop; a context manager."""

    def __init__(self, fake: FakeLLM | None = None) -> None:
        self.fake = fake or FakeLLM()
        self.base_url = ""
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._stop: asyncio.Event | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *error: object) -> None:
        assert self._stop is not None
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._run())
        self._loop.close()

    async def _run(self) -> None:
        self._stop = asyncio.Event()
        runner = web.AppRunner(self.fake.app(), shutdown_timeout=0.2)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.base_url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
        self._ready.set()
        await self._stop.wait()
        await runner.cleanup()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--latency", type=float, default=0.0)
    parser.add_argument("--retry-after", default="0.5")
    parser.add_argument("--faults", default="", help="shares of the model mix: limited=0.05,…")
    options = parser.parse_args()
    shares = dict(pair.split("=") for pair in options.faults.split(",") if pair)
    fake = FakeLLM(
        latency=options.latency,
        retry_after=options.retry_after,
        shares={name: float(share) for name, share in shares.items()},
        keep_calls=False,
    )
    asyncio.run(_serve_forever(fake, options.port))


async def _serve_forever(fake: FakeLLM, port: int) -> None:
    runner = web.AppRunner(fake.app(), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, backlog=2048).start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}/v1", flush=True)  # noqa: T201
    await asyncio.Event().wait()


if __name__ == "__main__":
    main()
