"""Leases live as long as what they stand for, however short they are."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from jury.ledger import Ledger
from jury.opinion import Outcome

LEASE = 0.6
CALLS = 4


def test_a_short_lease_is_renewed_three_times_before_it_runs_out() -> None:
    asyncio.run(_held())


async def _held() -> None:
    moments: list[float] = []
    enough = asyncio.Event()
    clock = asyncio.get_running_loop().time

    async def flush(outcomes: Sequence[Outcome]) -> None: ...

    async def renew(tasks: Sequence[int]) -> None:
        assert list(tasks) == [7]
        moments.append(clock())
        if len(moments) == CALLS:
            enough.set()

    async with Ledger(flush, renew, lease_seconds=LEASE) as ledger:
        ledger.hold(7)
        async with asyncio.timeout(10):  # at the usual pace the first would come after 20 s
            await enough.wait()
    assert moments[-1] - moments[0] >= (CALLS - 1) * LEASE / 3 - 0.05
