"""HTTP as a program outside speaks it: JSON with a token, pages with a session."""

from __future__ import annotations

import http.client
import http.cookies
import json
import time
from typing import Any
from urllib.parse import urlsplit

TRIES = 120
LONGEST_PAUSE = 0.5
AWAY = frozenset({429, 500, 502, 503, 504})


class CheckError(Exception):
    """Something is not as promised; the message says what."""


class Client:
    """A keep-alive client of one person; not to be shared between threads."""

    def __init__(self, url: str, token: str = "") -> None:
        """Prepare; nothing is sent yet."""
        parts = urlsplit(url)
        self._host = parts.hostname or "127.0.0.1"
        self._port = parts.port or 80
        self._token = token
        self._cookies: dict[str, str] = {}
        self._csrf = ""
        self._connection: http.client.HTTPConnection | None = None

    def sign_in(self, username: str, password: str) -> None:
        """Open a session, as a browser has one."""
        status, said = self.call("POST", "/session", {"username": username, "password": password})
        expect(status, 200, "sign-in", said)
        self._csrf = said["csrf"]

    def call(
        self, method: str, path: str, body: object = None, *, key: str = ""
    ) -> tuple[int, Any]:
        """Call the API; return (status, parsed body). `key` is the Idempotency-Key."""
        headers = {"Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        if self._csrf:
            headers["X-CSRFToken"] = self._csrf
        payload = None if body is None else json.dumps(body).encode()
        status, raw = self._send(method, "/api/v1" + path, payload, headers)
        return status, json.loads(raw) if raw else None

    def get(self, path: str) -> dict[str, Any]:
        """Return the object the API answers to a GET; raises CheckError unless 200."""
        status, said = self.call("GET", path)
        expect(status, 200, f"GET {path}", said)
        found: dict[str, Any] = said
        return found

    def raw(self, path: str) -> tuple[int, bytes]:
        """Return (status, bytes) of any address of the site."""
        return self._send("GET", path, None, {})

    def page(self, path: str) -> str:
        """Return a page's HTML; raises CheckError unless 200."""
        status, raw = self.raw(path)
        expect(status, 200, f"GET {path}", raw[:300].decode(errors="replace"))
        return raw.decode()

    def _send(
        self, method: str, path: str, payload: bytes | None, headers: dict[str, str]
    ) -> tuple[int, bytes]:
        """Send a request; try again while the server is away or asks for patience."""
        if self._token:
            headers = {"Authorization": f"Bearer {self._token}", **headers}
        if self._cookies:
            words = [f"{name}={value}" for name, value in self._cookies.items()]
            headers = {"Cookie": "; ".join(words), **headers}
        trouble = ""
        for attempt in range(TRIES):
            try:
                status, raw = self._once(method, path, payload, headers)
            except (OSError, http.client.HTTPException) as error:
                self._connection = None
                trouble = repr(error)
            else:
                if status not in AWAY or path == "/readyz":
                    return status, raw
                trouble = f"{status} {raw[:200]!r}"
            time.sleep(min(0.05 * (attempt + 1), LONGEST_PAUSE))
        message = f"{method} {path}: the server stayed away, last {trouble}"
        raise CheckError(message)

    def _once(
        self, method: str, path: str, payload: bytes | None, headers: dict[str, str]
    ) -> tuple[int, bytes]:
        if self._connection is None:
            self._connection = http.client.HTTPConnection(self._host, self._port, timeout=60)
        self._connection.request(method, path, payload, headers)
        response = self._connection.getresponse()
        raw = response.read()
        for header in response.headers.get_all("Set-Cookie", []):
            for name, morsel in http.cookies.SimpleCookie(header).items():
                self._cookies[name] = morsel.value
        return response.status, raw


def expect(status: int, wanted: int, what: str, said: object) -> None:
    """Raise CheckError unless the status is the one wanted."""
    if status != wanted:
        message = f"{what}: {status} instead of {wanted}: {str(said)[:300]}"
        raise CheckError(message)


def demand(truth: object, message: str) -> None:
    """Raise CheckError with the message unless `truth` holds."""
    if not truth:
        raise CheckError(message)
