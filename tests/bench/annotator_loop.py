"""One annotator in a closed loop over HTTP: lease, submit, again, without time to think.

Run: python -S tests/bench/annotator_loop.py HOST:PORT TOKEN PROJECT SECONDS NAME
Prints one JSON object: cycles, and the milliseconds of each lease and submit.
"""

from __future__ import annotations

import http.client
import json
import sys
import time


def run(address: str, token: str, project: str, seconds: float, name: str) -> dict[str, object]:
    """Return what was done and how long each call took."""
    connection = http.client.HTTPConnection(address)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    leases: list[float] = []
    submits: list[float] = []

    def post(path: str, body: object, took: list[float], key: str = "") -> tuple[int, bytes]:
        data = json.dumps(body)
        more = {**headers, "Idempotency-Key": key} if key else headers
        began = time.perf_counter()
        connection.request("POST", f"/api/v1{path}", data, more)
        answer = connection.getresponse()
        text = answer.read()
        took.append((time.perf_counter() - began) * 1000)
        return answer.status, text

    end = time.monotonic() + seconds
    while time.monotonic() < end:
        status, text = post(f"/projects/{project}/lease", {}, leases)
        if status == 204:
            break
        if status != 200:
            raise RuntimeError("lease", status, text[:300])
        held = json.loads(text)
        body = {
            "lease": held["lease"],
            "verdicts": {t: {"safety": "safe", "categories": []} for t in held["item"]["targets"]},
            "seconds": 12.5,
        }
        seat = held["assignment"]
        status, text = post(f"/assignments/{seat}/submit", body, submits, f"{name}-{seat}"[:64])
        if status != 201:
            raise RuntimeError("submit", status, text[:300])
    return {"cycles": len(submits), "leases": leases, "submits": submits}


if __name__ == "__main__":
    _, where, secret, slug, length, who = sys.argv
    sys.stdout.write(json.dumps(run(where, secret, slug, float(length), who)) + "\n")
