"""The scripted jurors behind a real OpenAI-compatible HTTP server on the loopback."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections.abc import Awaitable, Callable

from aiohttp import web

from jury.dialects.fence import read_fenced
from jury.providers.scripted.jurors import MODELS, Form, ScriptedReply, judge_text

HOST = "127.0.0.1"
LARGEST_REQUEST = 8 * 2**20
START_SECONDS = 10.0
STOP_SECONDS = 5.0
CHARACTERS_PER_TOKEN = 4

Delay = Callable[[], float]


def build_app(seed: int, delay: Delay | None = None) -> web.Application:
    """Return the server's application.

    Args:
        seed: of the jurors' errors.
        delay: called per request for the seconds to wait before answering.
    """
    app = web.Application(client_max_size=LARGEST_REQUEST)
    app.add_routes(
        [
            web.post("/v1/chat/completions", _completer(seed, delay)),
            web.get("/v1/models", _models),
        ]
    )
    return app


class ScriptedServer:
    """The server on its own thread and loop, on a free port of 127.0.0.1."""

    def __init__(self, seed: int, delay: Delay | None = None) -> None:
        """Prepare; nothing listens yet."""
        self._app = build_app(seed, delay)
        self._thread = threading.Thread(target=self._serve, name="scripted-jurors", daemon=True)
        self._listening = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ending: asyncio.Event | None = None
        self._base_url = ""

    def start(self) -> str:
        """Start listening and return the base URL.

        Raises:
            RuntimeError: if it does not listen within ten seconds.
        """
        self._thread.start()
        if not self._listening.wait(START_SECONDS) or not self._base_url:
            raise RuntimeError("the scripted jurors' server did not start")
        return self._base_url

    def stop(self) -> None:
        """Stop listening and wait for the thread to end."""
        if self._loop is not None and self._ending is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._ending.set)
        self._thread.join(STOP_SECONDS)

    def _serve(self) -> None:
        try:
            asyncio.run(self._run())
        finally:
            self._listening.set()

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._ending = asyncio.Event()
        runner = web.AppRunner(self._app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        try:
            await web.TCPSite(runner, HOST, 0).start()
            self._base_url = f"http://{HOST}:{runner.addresses[0][1]}/v1"
            self._listening.set()
            await self._ending.wait()
        finally:
            await runner.cleanup()


async def _models(request: web.Request) -> web.Response:
    data = [{"id": model, "object": "model", "owned_by": "scripted"} for model in MODELS]
    return web.json_response({"object": "list", "data": data})


def _completer(
    seed: int, delay: Delay | None
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def complete(request: web.Request) -> web.Response:
        body = await request.read()
        if delay is not None:
            await asyncio.sleep(delay())
        try:
            asked = json.loads(body)
            model = str(asked["model"])
            system, user = (str(message["content"]) for message in asked["messages"])
            form, categories = read_system(system)
            texts = read_fenced(user)
        except (ValueError, TypeError, LookupError) as error:
            return _error(400, f"not a judge's request: {type(error).__name__}")
        if model not in MODELS:
            return _error(404, f"no such model; known: {', '.join(MODELS)}")
        reply = judge_text(model, form, categories, texts, seed)
        return web.json_response(_completion(model, reply, len(body)))

    return complete


def read_system(system: str) -> tuple[Form, tuple[str, ...]]:
    """Return the reply form and the category ids that a judge's system text names.

    Raises:
        ValueError: if there is no form.
    """
    for line in system.split("\n"):
        if line.startswith('{"'):
            form: Form = json.loads(line)
            return form, tuple(re.findall(r"^- ([\w.:-]+) \(", system, re.MULTILINE))
    raise ValueError("no reply form in the system text")


def _error(status: int, message: str) -> web.Response:
    return web.json_response({"error": {"message": message, "type": "invalid"}}, status=status)


def _completion(model: str, reply: ScriptedReply, size: int) -> dict[str, object]:
    message = {"role": "assistant", "content": reply.text or None, "refusal": reply.refusal}
    tokens_in, tokens_out = size // CHARACTERS_PER_TOKEN, len(reply.text) // CHARACTERS_PER_TOKEN
    return {
        "id": "scripted",
        "object": "chat.completion",
        "created": 0,
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": reply.finish_reason}],
        "usage": {
            "prompt_tokens": tokens_in,
            "completion_tokens": tokens_out,
            "total_tokens": tokens_in + tokens_out,
        },
    }
