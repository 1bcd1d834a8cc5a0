"""Pace: rates, pauses, and what happens while the shared bucket is away. Run over both buckets."""

import asyncio
import time
from bisect import bisect_left
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import pairwise
from types import SimpleNamespace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from redis.exceptions import RedisError

from bots.pace import AHEAD, Bucket, Bulk, LocalBucket, Pace
from infra.redis import RedisBucket, connect

TOKEN = ("vk", "77")


@pytest.fixture(params=["local", "redis"])
async def bucket(request: pytest.FixtureRequest) -> AsyncIterator[Bucket]:
    if request.param == "local":
        yield LocalBucket()
        return
    redis = connect(request.getfixturevalue("redis_url"))
    yield RedisBucket(redis)
    await redis.aclose()


async def test_calls_are_spread_at_the_rate(bucket: Bucket) -> None:
    waits = [await bucket.take("a", 20) for _ in range(5)]
    assert waits[0] == 0
    assert waits == pytest.approx([0.0, 0.05, 0.1, 0.15, 0.2], abs=0.03)


async def test_streams_do_not_hold_up_each_other(bucket: Bucket) -> None:
    for _ in range(10):
        await bucket.take("a", 1)
    assert await bucket.take("b", 1) == 0


async def test_what_was_not_used_is_not_saved_up(bucket: Bucket) -> None:
    await bucket.take("a", 20)
    await asyncio.sleep(0.3)
    assert await bucket.take("a", 20) == 0
    assert await bucket.take("a", 20) > 0.02


async def test_a_pause_holds_its_stream_and_a_shorter_one_does_not_end_it(bucket: Bucket) -> None:
    assert await bucket.paused("a") == 0
    await bucket.pause("a", 5.0)
    await bucket.pause("a", 0.001)
    assert await bucket.paused("a") == pytest.approx(5.0, abs=0.5)
    assert await bucket.take("a", 20) == pytest.approx(5.0, abs=0.5)
    assert await bucket.paused("b") == 0


async def test_processes_share_one_rate(redis_url: str) -> None:
    first, second = connect(redis_url), connect(redis_url)
    waits = [await RedisBucket(redis).take("a", 10) for redis in (first, second) * 3]
    assert waits == sorted(waits)
    assert waits[-1] == pytest.approx(0.5, abs=0.1)
    await first.aclose()
    await second.aclose()


async def test_a_pause_is_seen_by_other_processes_within_half_a_second(redis_url: str) -> None:
    first, second = connect(redis_url), connect(redis_url)
    ours, theirs = Pace(shared=RedisBucket(first)), Pace(shared=RedisBucket(second))
    assert await theirs.paused(TOKEN) == 0
    await ours.pause(TOKEN, 30.0)
    assert await ours.paused(TOKEN) > 29
    await asyncio.sleep(0.55)
    assert await theirs.paused(TOKEN) > 28
    await first.aclose()
    await second.aclose()


async def test_a_flushed_redis_is_an_empty_bucket_and_no_error(redis_url: str) -> None:
    redis = connect(redis_url)
    bucket = RedisBucket(redis)
    for _ in range(3):
        await bucket.take("a", 1)
    await redis.flushall()
    await redis.script_flush()
    assert await bucket.take("a", 1) == 0
    await redis.aclose()


async def test_a_token_without_a_rate_is_not_held() -> None:
    pace = Pace({TOKEN: 1.0})
    begun = time.monotonic()
    for _ in range(100):
        await pace.next_call(("telegram", "1"))
    assert time.monotonic() - begun < 0.2


async def test_while_redis_is_away_a_process_goes_on_with_a_careful_share(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    redis = connect("unix:///nowhere/valkey.sock")
    with pytest.raises(RedisError):
        await RedisBucket(redis).take("a", 1)
    pace = Pace({TOKEN: 40.0}, RedisBucket(redis))
    begun = time.monotonic()
    for _ in range(5):
        await pace.next_call(TOKEN)
    assert 0.35 < time.monotonic() - begun < 1.5, "a quarter of the rate: ten a second"
    await pace.pause(TOKEN, 5.0)
    assert await pace.paused(TOKEN) > 4
    assert "shared pace is away" in caplog.text + "".join(capsys.readouterr())
    await redis.aclose()


async def test_replies_leave_ahead_of_their_moments_but_not_of_a_pause(bucket: Bucket) -> None:
    await bucket.take("a", 20, ahead=2)
    await asyncio.sleep(0.2)
    waits = [await bucket.take("a", 20, ahead=2) for _ in range(5)]
    assert waits == pytest.approx([0.0, 0.0, 0.0, 0.05, 0.1], abs=0.03)
    await bucket.pause("b", 2.0)
    assert await bucket.take("b", 20, ahead=2) == pytest.approx(2.0, abs=0.3)


@given(st.lists(st.tuples(st.sampled_from([0.0, 0.01, 0.05, 0.3]), st.booleans()), min_size=30, max_size=150))
@example([(0.0, False), (0.3, True), *[(0.0, False)] * 30])  # all that may leave ahead does
async def test_replies_and_calls_to_many_together_keep_within_what_a_second_takes(
    gaps: list[tuple[float, bool]],
) -> None:
    clock = Clock()
    bucket, rate, left = LocalBucket(clock), 16.0, list[float]()
    for gap, bulk in gaps:
        clock.now += gap
        taken, wait = await bucket.take_near("a", Bulk(rate)) if bulk else (True, await bucket.take("a", rate, AHEAD))
        left += [clock.now + wait] * taken
    left.sort()
    busiest = max(bisect_left(left, moment + 1) - place for place, moment in enumerate(left))
    assert busiest <= rate + AHEAD + 1


@dataclass
class Clock:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now


async def test_while_nothing_is_known_of_the_last_second_nothing_leaves_ahead(bucket: Bucket) -> None:
    waits = [await bucket.take("a", 20, ahead=2) for _ in range(3)]
    assert waits == pytest.approx([0.0, 0.05, 0.1], abs=0.03)


async def departures(monkeypatch: pytest.MonkeyPatch, catches_up: float, late: float) -> list[float]:
    """When calls to many leave, whose moments are 50 ms apart, if what the first of them needs takes so long. Time
    passes by what is slept alone: on a busy machine two that leave apart may wake together."""
    clock, left = Clock(), list[float]()

    async def sleep(seconds: float) -> None:
        clock.now += max(0.0, seconds)

    loop = SimpleNamespace(time=clock)
    monkeypatch.setattr("bots.pace.asyncio", SimpleNamespace(sleep=sleep, get_running_loop=lambda: loop))
    begun, pace = clock.now, Pace(shared=LocalBucket(clock), bulk={TOKEN: Bulk(20.0, catches_up)})
    for delay in (late, 0.0, 0.0, 0.0):
        moment = await pace.next_bulk(TOKEN)
        await sleep(delay)
        await pace.leave(TOKEN, moment)
        left.append(clock.now - begun)
    return left


async def test_where_calls_are_counted_none_leaves_close_behind_one_that_is_late(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    left = await departures(monkeypatch, 0.0, 0.2)
    assert left[0] == pytest.approx(0.2)
    assert all(after - before > 0.048 for before, after in pairwise(left))


async def test_where_a_bucket_fills_what_was_late_is_made_up_for(monkeypatch: pytest.MonkeyPatch) -> None:
    left = await departures(monkeypatch, 0.25, 0.2)
    assert left[-1] - left[0] < 0.1


async def test_a_call_that_is_cancelled_at_any_moment_ends(redis_url: str) -> None:
    """Redis' library loses some cancellations on Python 3.11; a process told to stop would then go on for ever."""
    for moment in range(60):
        redis = connect(redis_url)  # a fresh connection, so that making one is among the moments
        going = asyncio.create_task(_take_for_ever(RedisBucket(redis)))
        for _ in range(moment):
            await asyncio.sleep(0)
        going.cancel()
        done, _late = await asyncio.wait([going], timeout=1.0)
        assert done, f"cancelled at step {moment}, and still going"
        await redis.aclose()


async def _take_for_ever(bucket: RedisBucket) -> None:
    while True:
        await bucket.take("a", 1_000_000)
