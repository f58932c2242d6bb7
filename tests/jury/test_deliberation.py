"""Claims: every task ends once, with its reason; a sick juror costs only itself."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

import pytest

from jury.limits import LocalLimiter
from jury.opinion import Outcome
from jury.pacing import Breaker, Pace
from jury.retries import pause_before_retry
from tests.fakes.llm_server import FakeLLM, FakeServer
from tests.jury.cases import juror, rng, run, seated, store


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with FakeServer() as running:
        yield running


def one(server: FakeServer, model: str, **changes: object) -> Outcome:
    tasks = store(1)
    run(seated(juror(server.base_url, model, **changes)), tasks)
    (outcome,) = tasks.outcomes
    return outcome


def test_many_tasks_each_end_once(server: FakeServer) -> None:
    server.fake.latency = 0.02
    tasks = store(120)
    tally = run(seated(juror(server.base_url, "ok", in_flight=40)), tasks)
    assert tally.drained
    assert tasks.states() == {"given": 120}
    assert sorted(outcome.task for outcome in tasks.outcomes) == list(range(120))
    assert len(server.fake.calls) == 120
    assert 20 <= server.fake.most_in_flight <= 40
    assert max(tasks.flushes) <= 500


def test_call_records_and_cost(server: FakeServer) -> None:
    outcome = one(server, "ok")
    (call,) = outcome.calls
    assert call.request_key == "k0.1"
    assert call.status == 200
    assert call.usage.cost == pytest.approx((100 * 1.0 + 20 * 2.0) / 1e6)
    assert outcome.opinions[0].answers["safety"].value == "safe"
    assert '"choices"' in call.raw_reply


@pytest.mark.parametrize(
    ("model", "reason", "calls"),
    [
        ("prose", "unparsed", 2),
        ("empty", "unparsed", 2),
        ("two_objects", "unparsed", 2),
        ("repeated_key", "unparsed", 2),
        ("wrong_enum", "unparsed", 2),
        ("extra_category", "unparsed", 2),
        ("cut_json", "unparsed", 2),
        ("other_form", "unparsed", 2),
        ("deep", "unparsed", 2),
        ("long", "unparsed", 2),
        ("null_choices", "unparsed", 2),
        ("html", "unparsed", 2),
        ("bad_utf8", "unparsed", 2),
        ("refusal", "refused", 1),
        ("refusal_text", "refused", 1),
        ("filtered", "refused", 1),
        ("filter_error", "filtered", 1),
        ("always_cut", "truncated", 2),
    ],
)
def test_replies_that_are_no_vote(server: FakeServer, model: str, reason: str, calls: int) -> None:
    outcome = one(server, model)
    assert outcome.state == "abstained"
    assert outcome.opinions == ()
    assert [abstention.reason for abstention in outcome.abstentions] == [reason]
    assert len(outcome.calls) == calls
    assert len({call.request_key for call in outcome.calls}) == calls


@pytest.mark.parametrize("model", ["fenced", "mended", "cut_short", "no_format"])
def test_replies_that_come_right(server: FakeServer, model: str) -> None:
    assert one(server, model).state == "given"


def test_a_bare_500_for_response_format_is_found_out_and_remembered(server: FakeServer) -> None:
    tasks = store(30)
    deliberation = seated(juror(server.base_url, "no_format_500", in_flight=1))
    run(deliberation, tasks)
    assert tasks.states() == {"given": 30}
    assert deliberation.formats() == {"j": "no"}
    assert len(server.fake.calls) <= 40


@pytest.mark.parametrize("model", ["bad_request", "missing"])
def test_a_bad_request_is_never_sent_again(server: FakeServer, model: str) -> None:
    outcome = one(server, model)
    assert outcome.state == "failed"
    assert len(server.fake.calls) == 1


def test_attempts_are_bounded(server: FakeServer) -> None:
    outcome = one(server, "broken", attempts=2)
    assert outcome.state == "failed"
    assert (outcome.attempts, outcome.failures) == (2, 2)
    assert len(server.fake.calls) == 2


@pytest.mark.parametrize("model", ["reset", "drip"])
def test_broken_and_dripping_bodies_are_failures(server: FakeServer, model: str) -> None:
    outcome = one(server, model, attempts=2, timeout_seconds=0.4)
    assert outcome.state == "failed"
    assert len(outcome.calls) == 2


def test_a_wrong_key_pauses_the_juror_at_once_and_no_other(server: FakeServer) -> None:
    tasks = store(200, "good", "locked")
    deliberation = seated(
        juror(server.base_url, "ok", name="good"),
        juror(server.base_url, "denied", name="locked", in_flight=1),
    )
    tally = run(deliberation, tasks)
    assert list(tally.paused) == ["locked"]
    given = [outcome for outcome in tasks.outcomes if outcome.state == "given"]
    assert {outcome.juror for outcome in given} == {"good"}
    assert len(given) == 100
    denied = [call for call in server.fake.calls if call["body"]["model"] == "denied"]  # type: ignore[index]
    assert len(denied) == 1
    assert all(o.state == "released" for o in tasks.outcomes if o.juror == "locked")


def test_rate_limits_use_up_no_attempt_and_obey_retry_after(server: FakeServer) -> None:
    server.fake.limit_until_calls = 2
    began = time.monotonic()
    outcome = one(server, "limited_first", attempts=1)
    assert outcome.state == "given"
    assert outcome.failures == 0
    assert time.monotonic() - began >= 2 * 0.5


def test_a_storm_of_429_ends_well_and_leaves_others_alone() -> None:
    fake = FakeLLM(shares={"limited": 0.4}, latency=0.01)
    with FakeServer(fake) as server:
        tasks = store(100, "calm", "stormy")
        deliberation = seated(
            juror(server.base_url, "ok", name="calm"),
            juror(server.base_url, "mix", name="stormy"),
        )
        run(deliberation, tasks, seconds=60)
    order = [outcome.juror for outcome in tasks.outcomes]
    assert tasks.states() == {"given": 100}
    assert order[:40].count("calm") > 25
    assert deliberation.lanes["stormy"].pace.limit < deliberation.lanes["calm"].pace.limit


def test_many_that_come_back_from_rest_at_once_are_borne(server: FakeServer) -> None:
    server.fake.limit_until_calls = 12
    tasks = store(30)
    run(seated(juror(server.base_url, "limited_first", in_flight=4), max_in_flight=4), tasks)
    assert tasks.states() == {"given": 30}


def test_a_sick_juror_is_not_hammered(server: FakeServer) -> None:
    tasks = store(200)
    deliberation = seated(juror(server.base_url, "broken", attempts=1, in_flight=5))
    run(deliberation, tasks, seconds=2)
    assert deliberation.lanes["j"].breaker.state == "open"
    assert len(server.fake.calls) <= 15
    assert tasks.states()["failed"] == len(server.fake.calls)
    tally = run(deliberation, tasks, seconds=2)
    assert (tally.drained, tally.calls) == (False, 0)


def test_stop_claims_no_more_and_releases_or_finishes(server: FakeServer) -> None:
    server.fake.latency = 0.3
    tasks = store(500)
    began = time.monotonic()
    run(seated(juror(server.base_url, "ok", in_flight=10)), tasks, stop_after=0.5)
    assert time.monotonic() - began < 3
    states = tasks.states()
    assert states["given"] == len(server.fake.calls)
    ended = sorted(outcome.task for outcome in tasks.outcomes)
    left = sorted(task.id for task in tasks.tasks)
    assert sorted(ended + left) == list(range(500))


def test_what_rests_beyond_the_deadline_is_released_with_its_wait(server: FakeServer) -> None:
    server.fake.retry_after = "30"
    tasks = store(3)
    run(seated(juror(server.base_url, "limited")), tasks, seconds=1)
    assert tasks.states() == {"released": 3}
    assert all(o.retry_in is not None and o.retry_in >= 29 for o in tasks.outcomes)


def test_a_minute_limit_is_kept(server: FakeServer) -> None:
    tasks = store(6)
    began = time.monotonic()
    run(seated(juror(server.base_url, "ok", rpm=600)), tasks)
    assert 0.5 <= time.monotonic() - began < 2


def test_a_failing_flush_is_tried_again(server: FakeServer) -> None:
    tasks = store(5)
    kept = tasks.flush
    failures = iter([True, True])

    async def flush(outcomes: Sequence[Outcome]) -> None:
        if next(failures, False):
            raise OSError("the disk sleeps")
        await kept(outcomes)

    tasks.flush = flush  # type: ignore[method-assign]
    run(seated(juror(server.base_url, "ok")), tasks)
    assert tasks.states() == {"given": 5}


def test_the_breaker_opens_probes_and_closes() -> None:
    breaker = Breaker()
    for _ in range(10):
        breaker.failed(0.0)
    assert not breaker.admits(14.0)
    assert breaker.admits(15.0)
    breaker.started()
    assert not breaker.admits(15.0)
    breaker.failed(16.0)
    assert not breaker.admits(45.0)
    assert breaker.admits(46.0)
    breaker.started()
    breaker.alive()
    assert breaker.admits(46.0)


def test_the_breaker_opens_at_more_than_half_of_twenty() -> None:
    breaker = Breaker()
    for index in range(20):
        breaker.alive() if index % 20 < 9 else breaker.failed(0.0)
        if index == 17:
            breaker.alive()
    assert breaker.state == "open"


def test_the_pace_doubles_while_clean_and_is_cut_once_an_episode() -> None:
    pace = Pace(256)
    for _ in range(20 + 40):
        pace.answered(0.0)
    assert pace.limit == 80
    for _ in range(40):
        pace.rate_limited(1.0, None)
    assert pace.limit == 64
    for _ in range(40):
        pace.rate_limited(16.1, None)
    assert pace.limit == pytest.approx(51.2)


def test_a_few_429_do_not_cut_the_pace() -> None:
    pace = Pace(64)
    for index in range(4000):
        if index % 20 == 10:
            pace.rate_limited(index / 100, None)
        else:
            pace.answered(index / 100)
    assert pace.limit == 64


def test_pauses_spread_above_their_floor() -> None:
    jitter = rng(3)
    pauses = [pause_before_retry(3, 2.0, jitter) for _ in range(200)]
    assert min(pauses) >= 2.0
    assert max(pauses) <= 6.0
    assert max(pauses) - min(pauses) > 3.0
    assert pause_before_retry(1, 10_000.0, jitter) <= 61.0
    assert pause_before_retry(50, None, jitter) <= 60.0


@pytest.mark.parametrize(("rpm", "tpm", "tokens"), [(60, 0, 1), (0, 6000, 100)])
def test_the_limiter_reserves_places_in_order(rpm: int, tpm: int, tokens: int) -> None:
    import asyncio  # noqa: PLC0415

    limiter = LocalLimiter(lambda: 5.0)
    spec = juror("http://127.0.0.1:1/v1", "m", rpm=rpm, tpm=tpm)

    async def main() -> list[float | None]:
        return [await limiter.reserve(spec, tokens=tokens, horizon=2.5) for _ in range(4)]

    assert asyncio.run(main()) == [0.0, 1.0, 2.0, None]
