"""One annotator over HTTP, for tests that make single calls."""

from __future__ import annotations

import http.client
import json
from typing import Any


class Person:
    """One annotator's calls, one by one."""

    def __init__(self, url: str, token: str) -> None:
        self._address = url.removeprefix("http://")
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def call(
        self, method: str, path: str, body: object = None, **headers: str
    ) -> tuple[int, Any, str | None]:
        """Return status, body and Retry-After."""
        connection = http.client.HTTPConnection(self._address, timeout=60)
        everything = {**self._headers, **{k.replace("_", "-"): v for k, v in headers.items()}}
        connection.request(method, f"/api/v1{path}", json.dumps(body).encode(), everything)
        reply = connection.getresponse()
        raw = reply.read()
        connection.close()
        return reply.status, json.loads(raw) if raw else None, reply.headers.get("Retry-After")
