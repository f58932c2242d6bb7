"""Annotators in closed loops over HTTP: lease, submit, again, without time to think.

Run: python -S tests/bench/annotator_loop.py HOST:PORT PROJECT SECONDS NAME < tokens, one a line
One process and one loop for all of them, plain sockets kept open, requests put together from
bytes: the client shares the processors with what is measured. Prints one JSON object: cycles, and
the milliseconds of each lease and submit.
"""

from __future__ import annotations

import json
import re
import selectors
import socket
import sys
import time
from collections.abc import Sequence
from typing import Final

LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
SEAT: Final = re.compile(rb'^\{"assignment": ?"([^"]+)", ?"lease": ?"([^"]+)"')
TARGETS: Final = re.compile(rb'"targets": ?\[([^]]*)\], ?"questions"')
LEASED, SUBMITTED, NOTHING_LEFT = 200, 201, 204


class Annotator:
    """One person's connection: what was asked last, and when."""

    def __init__(self, address: tuple[str, int], token: str, project: str, name: str) -> None:
        self.socket = socket.create_connection(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        head = f"HTTP/1.1\r\nHost: {address[0]}\r\nAuthorization: Bearer {token}\r\n"
        self._head = f"{head}Content-Type: application/json\r\n".encode()
        path = f"POST /api/v1/projects/{project}/lease ".encode()
        self._lease = path + self._head + b"Content-Length: 2\r\n\r\n{}"
        self._name = name.encode()
        self._buffer = b""
        self._began = 0.0
        self._leasing = True
        self.between_items = False
        self.leases: list[float] = []
        self.submits: list[float] = []

    def _send(self, data: bytes) -> None:
        self._began = time.perf_counter()
        self.socket.sendall(data)

    def start(self) -> None:
        """Ask for an item."""
        self._leasing, self.between_items = True, False
        self._send(self._lease)

    def take(self) -> bool | None:
        """Read what came: None while more is to come, False once nothing is left to label."""
        self._buffer += self.socket.recv(1 << 18)
        head, found, body = self._buffer.partition(b"\r\n\r\n")
        length = LENGTH.search(head)
        if not found or (length and len(body) < int(length[1])):
            return None
        took = (time.perf_counter() - self._began) * 1000
        self._buffer = b""
        status = int(head[9:12])
        if status == NOTHING_LEFT:
            return False
        if status != (LEASED if self._leasing else SUBMITTED):
            raise RuntimeError("leasing" if self._leasing else "submitting", status, body[:300])
        (self.leases if self._leasing else self.submits).append(took)
        if self._leasing:
            self._submit(body)
        else:
            self.between_items = True
        return True

    def _submit(self, leased: bytes) -> None:
        """Send the answer: safe, whatever is asked."""
        seat, targets = SEAT.search(leased), TARGETS.search(leased)
        if seat is None or targets is None:
            raise RuntimeError("unknown answer", leased[:300])
        verdicts = b",".join(
            target.strip() + b':{"safety":"safe","categories":[]}'
            for target in targets[1].split(b",")
        )
        body = b'{"lease":"%s","verdicts":{%s},"seconds":12.5}' % (seat[2], verdicts)
        key = (self._name + b"-" + seat[1])[:64]
        self._leasing = False
        self._send(
            b"POST /api/v1/assignments/%s/submit %sIdempotency-Key: %s\r\nContent-Length: %d\r\n\r\n%s"
            % (seat[1], self._head, key, len(body), body)
        )


def run(
    address: str, tokens: Sequence[str], project: str, seconds: float, name: str
) -> dict[str, object]:
    """Return what was done and how long each call took."""
    host, _, port = address.partition(":")
    people = [
        Annotator((host, int(port)), token, project, f"{name}-{number}")
        for number, token in enumerate(tokens)
    ]
    chooser = selectors.DefaultSelector()
    for person in people:
        chooser.register(person.socket, selectors.EVENT_READ, person)
    end = time.monotonic() + seconds
    busy = len(people)
    for person in people:
        person.start()
    while busy:
        for key, _ in chooser.select():
            person = key.data
            came = person.take()
            if came is None:
                continue
            over = time.monotonic() >= end and person.between_items
            if came is False or over:
                chooser.unregister(person.socket)
                busy -= 1
            elif person.between_items:
                person.start()
    return {
        "cycles": sum(len(person.submits) for person in people),
        "leases": [ms for person in people for ms in person.leases],
        "submits": [ms for person in people for ms in person.submits],
        "cpu_ms": time.process_time() * 1000,
    }


if __name__ == "__main__":
    _, where, slug, length, who = sys.argv
    secrets = sys.stdin.read().split()
    sys.stdout.write(json.dumps(run(where, secrets, slug, float(length), who)) + "\n")
