"""One annotator as a process, over HTTP only, that may be killed at the worst moments.

It keeps a ledger, one JSON line per event, of what the server acknowledged. With `--deaths P` it
kills itself by SIGKILL, with that chance each, between lease and submit, and between sending the
answer and reading the reply. Needs nothing but the standard library.
"""

from __future__ import annotations

import argparse
import ctypes
import http.client
import json
import os
import random
import signal
import socket
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

IDLE_SECONDS = 0.3
AWAY_SECONDS = 120.0


class Annotator:
    """A person who labels what is leased to them, and writes down what was acknowledged."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        parts = urlsplit(options.url)
        self._address = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._connection: http.client.HTTPConnection | None = None
        # Another life of the same person must not die at the same places again.
        seed = f"{options.seed} {options.person} {os.getpid()}"
        self._chance = random.Random(seed)  # noqa: S311 (chance, no secret)
        self._ledger = options.ledger.open("a", buffering=1)

    def note(self, kind: str, **facts: object) -> None:
        """Write a line: a whole one or none, also when killed right after."""
        line = {"kind": kind, "person": self.options.person, "at": time.time(), **facts}
        self._ledger.write(json.dumps(line) + "\n")

    def _die(self) -> None:
        if self._chance.random() < self.options.deaths:
            os.kill(os.getpid(), signal.SIGKILL)

    def _send(
        self, path: str, body: object, headers: dict[str, str]
    ) -> tuple[int, str | None, Any]:
        if self._connection is None:
            self._connection = http.client.HTTPConnection(*self._address, timeout=60)
            self._connection.connect()
            self._connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        everything = {
            "Authorization": f"Bearer {self.options.token}",
            "Content-Type": "application/json",
            **headers,
        }
        payload = json.dumps(body).encode()
        self._connection.request("POST", "/api/v1" + path, payload, everything)
        if headers:
            self._die()
        reply = self._connection.getresponse()
        raw = reply.read()
        parsed = json.loads(raw) if raw and reply.status < 500 else None
        return reply.status, reply.headers.get("Retry-After"), parsed

    def ask(self, path: str, body: object, headers: dict[str, str]) -> tuple[int, Any]:
        """Return (status, body); the same request again while the server is away."""
        until = time.monotonic() + AWAY_SECONDS
        while time.monotonic() < until:
            sent = time.time()
            try:
                status, again, parsed = self._send(path, body, headers)
            except (OSError, http.client.HTTPException) as error:
                self._connection = None
                self.note("broken", error=type(error).__name__)
                time.sleep(0.1)
                continue
            if status == 500:
                raise SystemExit(500)
            if status < 500:
                return status, parsed
            self.note("refused", status=status, retry_after=again, sent=sent)
            time.sleep(0.1)
        raise SystemExit("the server stayed away")

    def work(self) -> int:
        """Label until nothing was there for a while; return how many."""
        done = 0
        idle_since = None  # a slow server is no empty one
        path = f"/projects/{self.options.project}/lease"
        while idle_since is None or time.monotonic() - idle_since < self.options.patience:
            status, lease = self.ask(path, {"kind": "label"}, {})
            if status == 204:
                idle_since = idle_since or time.monotonic()
                time.sleep(IDLE_SECONDS)
                continue
            assert status == 200, lease
            if self.options.abandon:
                self.note("abandoned", assignment=lease["assignment"])
                os.kill(os.getpid(), signal.SIGKILL)
            idle_since = None
            self._die()
            time.sleep(self.options.think)
            done += self._submit(lease)
        return done

    def _submit(self, lease: dict[str, Any]) -> bool:
        key = f"{self.options.person}-{lease['assignment']}"[:64]
        # The same key is the same answer, in another life too.
        if random.Random(key).random() < self.options.unsafe:  # noqa: S311 (chance, no secret)
            answer = {"safety": "unsafe", "categories": ["violence"]}
        else:
            answer = {"safety": "safe", "categories": []}
        body = {
            "lease": lease["lease"],
            "verdicts": dict.fromkeys(lease["item"]["targets"], answer),
            "seconds": 5,
        }
        path = f"/assignments/{lease['assignment']}/submit"
        status, receipt = self.ask(path, body, {"Idempotency-Key": key})
        if status in {200, 201}:
            item = lease["item"]["external_id"]
            self.note("ack", item=item, key=key, annotation=receipt["annotation"])
            return True
        assert status == 409, (status, receipt)
        self.note("late", key=key, code=receipt["code"])
        return False


def main() -> None:
    """Label, and print how many."""
    parser = argparse.ArgumentParser()
    for name in ("url", "token", "project", "person"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--ledger", type=Path, required=True)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--deaths", type=float, default=0.0)
    parser.add_argument("--patience", type=float, default=3.0)
    parser.add_argument("--think", type=float, default=0.0)
    parser.add_argument("--unsafe", type=float, default=0.0)
    parser.add_argument("--abandon", action="store_true")
    parser.add_argument("--parent", type=int, required=True)
    options = parser.parse_args()
    ctypes.CDLL(None).prctl(1, signal.SIGTERM, 0, 0, 0)  # end with the test
    if os.getppid() != options.parent:
        sys.exit(1)
    sys.stdout.write(f"{Annotator(options).work()}\n")


if __name__ == "__main__":
    main()
