"""One annotator as a process of its own, over HTTP only.

Run: python -m tests.golden.http_annotator --url U --token T --project P --truth truth.json
It labels what the server leases to it: truth maps an item's external id to true (unsafe);
a quarter of the unsafe items is missed and one safe item in twenty is called unsafe, by a seeded
draw that depends on the person and the item alone.
"""

from __future__ import annotations

import argparse
import hashlib
import http.client
import json
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

MISSES = 0.25
FALSE_ALARMS = 0.05


class Client:
    """A keep-alive JSON client that tries again when a connection breaks."""

    def __init__(self, url: str, token: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80
        self._token = token
        self._connection: http.client.HTTPConnection | None = None

    def close(self) -> None:
        """Close the connection; the next call opens another."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def call(
        self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None
    ) -> tuple[int, Any]:
        """Return (status, parsed body); waits while the server is away."""
        payload = json.dumps(body).encode() if body is not None else None
        for attempt in range(200):
            try:
                if self._connection is None:
                    self._connection = http.client.HTTPConnection(
                        self._host, self._port, timeout=60
                    )
                self._connection.request(
                    method,
                    "/api/v1" + path,
                    payload,
                    {
                        "Authorization": f"Bearer {self._token}",
                        "Content-Type": "application/json",
                        **(headers or {}),
                    },
                )
                response = self._connection.getresponse()
                raw = response.read()
            except (OSError, http.client.HTTPException):
                self.close()
                time.sleep(min(0.05 * (attempt + 1), 0.5))
                continue
            if response.status >= 500 or response.status == 429:
                time.sleep(0.2)
                continue
            return response.status, json.loads(raw) if raw else None
        raise RuntimeError("the server stayed away")


def draw(*parts: str) -> float:
    """Return a number in [0, 1) that depends on the parts alone."""
    digest = hashlib.sha256("\x1f".join(parts).encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def verdict(person: str, item: str, *, unsafe: bool, seed: str) -> str:
    """Return what this person says of this item."""
    chance = draw(seed, person, item)
    if unsafe:
        return "safe" if chance < MISSES else "unsafe"
    return "unsafe" if chance < FALSE_ALARMS else "safe"


def label_all(client: Client, options: argparse.Namespace, truth: dict[str, bool]) -> int:
    """Label until nothing is left; return how many."""
    done = 0
    idle = 0
    while idle < options.patience:
        status, lease = client.call("POST", f"/projects/{options.project}/lease", {"kind": "label"})
        if status == 204:
            idle += 1
            time.sleep(0.5)
            continue
        if status != 200:
            message = f"lease: {status} {lease}"
            raise RuntimeError(message)
        idle = 0
        external = lease["item"]["external_id"]
        said = verdict(options.person, external, unsafe=truth[external], seed=str(options.seed))
        answer = {"safety": said, "categories": ["other"] if said == "unsafe" else []}
        body = {
            "lease": lease["lease"],
            "verdicts": dict.fromkeys(lease["item"]["targets"], answer),
            "comment": "",
            "seconds": 5 + round(20 * draw("seconds", options.person, external), 1),
        }
        key = f"{options.person}-{lease['assignment']}"[:64]
        status, receipt = client.call(
            "POST",
            f"/assignments/{lease['assignment']}/submit",
            body,
            {"Idempotency-Key": key},
        )
        if status in {200, 201}:
            done += 1
            if options.ledger:
                with options.ledger.open("a") as ledger:
                    ledger.write(f"{external}\t{receipt['annotation']}\t{key}\n")
        elif status != 409:
            message = f"submit: {status} {receipt}"
            raise RuntimeError(message)
    return done


def main() -> None:
    """Label and print how many."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", required=True)
    parser.add_argument("--token", required=True)
    parser.add_argument("--project", required=True)
    parser.add_argument("--person", required=True)
    parser.add_argument("--truth", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--patience", type=int, default=4)
    parser.add_argument("--ledger", type=Path)
    options = parser.parse_args()
    client = Client(options.url, options.token)
    count = label_all(client, options, json.loads(options.truth.read_text()))
    sys.stdout.write(json.dumps({"person": options.person, "submitted": count}) + "\n")


if __name__ == "__main__":
    main()
