"""The release: frozen, exported, compared with its manifest, and its numbers added up."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from checks.client import Client, demand, expect
from checks.house import House
from checks.labelers import PROJECT

Row = Mapping[str, Any]
HUMAN_MAJORITY, ADJUDICATOR = "human_majority", "adjudicator"


@dataclass(frozen=True, slots=True)
class Export:
    """A rendering of a release."""

    rows: int
    sha256: str
    text: str

    def document(self) -> dict[str, object]:
        """Return what the report says of it."""
        return {"rows": self.rows, "sha256": self.sha256}


@dataclass(frozen=True, slots=True)
class Counts:
    """Units by how they came to their ruling."""

    settled_first_pass: int
    reannotated: int
    adjudicated: int
    rulings: int


def await_job(client: Client, job: str, *, seconds: float) -> Row:
    """Return a job that ended well; raises CheckError if it fails or takes too long."""
    deadline = time.monotonic() + seconds
    state: Row = {}
    while time.monotonic() < deadline:
        state = client.get(f"/jobs/{job}")
        if state["state"] == "done":
            return state
        demand(state["state"] in {"queued", "running"}, f"job {state['kind']}: {state['error']}")
        time.sleep(0.1)
    message = f"job {state.get('kind', job)} is {state.get('state')} after {seconds:.0f} s"
    demand(False, message)  # noqa: FBT003 (a demand that is never met)
    return state


def freeze(client: Client, *, seconds: float) -> int:
    """Freeze a release with every gate passed; return its number."""
    status, said = client.call("POST", f"/projects/{PROJECT}/releases", {"overrides": {}})
    expect(status, 202, "freezing", said)
    done = await_job(client, said["job"], seconds=seconds)
    return int(done["result"]["release"])


def export(house: House, client: Client, number: int, *, format_key: str, shape: str) -> Export:
    """Export by the command and over HTTP; both must be the same file."""
    path = house.home / f"{shape}.{format_key}"
    reference = f"{PROJECT}/{number}"
    options = ("--format", format_key, "--shape", shape, "-o", str(path))
    said = house.result("export", reference, *options)
    raw = path.read_bytes()
    digest = hashlib.sha256(raw).hexdigest()
    demand(said["sha256"] == digest, f"{path.name}: the command names another digest")
    query = f"format={format_key}&shape={shape}"
    status, served = client.raw(f"/api/v1/projects/{PROJECT}/releases/{number}/export?{query}")
    expect(status, 200, f"export of {path.name}", served[:200])
    demand(served == raw, f"{path.name}: HTTP and command give different files")
    return Export(said["rows"], digest, raw.decode())


def check_manifest(house: House, manifest: Row) -> None:
    """Compare the canonical files with the manifest, by digest, bytes and rows."""
    demand(manifest["contract"] == 1, "the manifest is of another contract")
    shut = [gate["name"] for gate in manifest["gates"] if not gate["passed"]]
    demand(not shut, f"gates that did not pass: {shut}")
    folders = sorted(path.parent for path in house.home.rglob("manifest.json"))
    demand(folders, "no manifest lies in the home")
    for entry in manifest["files"]:
        raw = (folders[-1] / entry["name"]).read_bytes()
        demand(hashlib.sha256(raw).hexdigest() == entry["sha256"], f"{entry['name']}: digest")
        demand(len(raw) == entry["bytes"], f"{entry['name']}: bytes")


def release_digest(manifest: Row) -> str:
    """Return the digest of a release: that of its list of files in canonical JSON."""
    text = json.dumps(manifest["files"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def same_rows(jsonl: Export, table: Export) -> None:
    """Check that both renderings hold the same units with the same rulings."""
    lines = [json.loads(line) for line in jsonl.text.splitlines()]
    rows = list(csv.DictReader(io.StringIO(table.text)))
    demand(len(lines) == jsonl.rows == table.rows == len(rows), "JSONL and CSV differ in rows")
    keys = ("id", "target", "safety", "source")
    pairs = zip(lines, rows, strict=True)
    demand(all(a[k] == b[k] for a, b in pairs for k in keys), "JSONL and CSV differ")


def count(units: Export, votes: Export) -> Counts:
    """Count units by their way: first pass, one more look, a lead."""
    rounds: dict[tuple[str, str], int] = defaultdict(int)
    for line in votes.text.splitlines():
        vote = json.loads(line)
        if vote["kind"] == "human" and vote["state"] == "given":
            key = (vote["item"], vote["target"])
            rounds[key] = max(rounds[key], int(vote["round"] or 0))
    rows: Sequence[Row] = [json.loads(line) for line in units.text.splitlines()]
    again = {(row["id"], row["target"]) for row in rows if rounds[row["id"], row["target"]] > 1}
    by_people = [row for row in rows if row["source"] == HUMAN_MAJORITY]
    return Counts(
        settled_first_pass=sum((row["id"], row["target"]) not in again for row in by_people),
        reannotated=len(again),
        adjudicated=sum(row["source"] == ADJUDICATOR for row in rows),
        rulings=sum(bool(row["safety"]) for row in rows),
    )
