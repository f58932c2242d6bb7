"""L12: a worker whose clock is an hour off neither takes leases early nor leaves them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.concurrency.person import Person
from tests.concurrency.stock import Stock
from tests.concurrency.team import JUROR, Team
from tests.house import ROOT

SKEWED = Path(__file__).parent / "skewed"
HOUR = 3600
MINE = "UPDATE {table} SET state = 'leased', lease_until = now() + %s * interval '1 second'"


def skew(house: Team, seconds: int) -> None:
    """Let the commands of a house live in another time."""
    house.environment["PYTHONPATH"] = f"{SKEWED}:{ROOT}"
    house.environment["CONCORD_TEST_SKEW"] = str(seconds)
    ask = "import time, datetime; print(time.time(), datetime.datetime.now().timestamp())"
    said = subprocess.run(
        [sys.executable, "-c", ask],
        env=house.environment,
        capture_output=True,
        text=True,
        check=True,
    )
    true = house.rows("SELECT extract(epoch FROM clock_timestamp())")[0][0]
    for time in said.stdout.split():
        assert float(time) - float(true) == pytest.approx(seconds, abs=30)


def states(house: Team, table: str) -> set[str]:
    """Return the states of a table's rows."""
    return {state for (state,) in house.rows(f"SELECT DISTINCT state FROM {table}")}  # noqa: S608


@pytest.fixture(scope="module")
def house(stock: Stock, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    """A house with a seat and a question."""
    with stock.house(tmp_path_factory.mktemp("house")) as made:
        jurors = JUROR.format(name="j", url="scripted")
        ask = ["ask_jury", "--project", "race"]
        made.prepare(items=1, people=1, overlap=1, jurors=jurors, after=[ask])
        yield made


@pytest.fixture(scope="module")
def url(house: Team) -> str:
    """Where the house serves; its own clock is right."""
    return house.run("web", WEB_WORKERS="1")


@pytest.mark.parametrize("ahead", [HOUR, -HOUR])
def test_l12_leases_follow_the_databases_clock(house: Team, url: str, ahead: int) -> None:
    lease = {"kind": "label"}
    assert Person(url, house.tokens["p0"]).call("POST", "/projects/race/lease", lease)[0] == 200
    house.rows("UPDATE panel_inquiry SET owner = 'somebody'")
    tables = ("labeling_assignment", "panel_inquiry")
    skew(house, ahead)

    for table in tables:
        house.rows(MINE.format(table=table), HOUR // 6)
    house.commands([["advance"]])
    assert [states(house, table) for table in tables] == [{"leased"}, {"leased"}]

    for table in tables:
        house.rows(MINE.format(table=table), -1)
    house.commands([["advance"]])
    assert [states(house, table) for table in tables] == [{"open"}, {"queued"}]
