"""What real judges could settle alone: the headline figures of `tests.bench.bench_settled`."""

from __future__ import annotations

import pytest

from tests.bench.bench_settled import figures


@pytest.mark.parametrize("seed", [0, 1])
def test_three_judges_settle_three_quarters_at_one_per_cent_error(seed: int) -> None:
    found = figures(seed)
    truth = found.held.truth
    assert (len(truth), int(truth.sum())) == (5634, 193)
    assert found.settled.error <= 0.01
    assert found.settled.coverage >= 0.75
    # Not by calling everything safe: that is wrong on more than twice as many.
    assert found.settled.unsafe / found.settled.units > 2 * found.settled.error
    assert found.settled.f1 is not None
    assert found.settled.f1 > 0.75
    assert found.skill > 0.3


def test_what_is_said_of_unsafe_pairs_is_so() -> None:
    unsafe = [one for one in figures().bins if one.low >= 0.2]
    assert len(unsafe) == 3
    for one in unsafe:
        assert one.interval[0] <= one.said <= one.interval[1]
