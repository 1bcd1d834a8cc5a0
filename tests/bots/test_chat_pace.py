"""The pace of a chat: a few messages at once, then one by one; in all processes together; with Redis and without."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Redis

from bots.chat_pace import UNASKED, ChatPace, LocalChatBucket, Spell
from infra.redis import RedisBucket, connect
from tests.bots.fakes import BOT, chat
from tests.bots.test_pace import Clock

SPELL = Spell(rate=1.0, burst=10)


class Away:
    """A shared bucket that is not there."""

    async def take_of_burst(self, name: str, spell: Spell, count: int) -> float:
        raise ConnectionError


def processes(clock: Clock, count: int) -> list[ChatPace]:
    """That share a bucket."""
    shared = LocalChatBucket(clock)
    return [ChatPace({BOT: SPELL}, shared, clock) for _ in range(count)]


async def test_a_few_leave_at_once_and_then_one_by_one() -> None:
    (pace,) = processes(Clock(), 1)
    assert [await pace.take(chat(1)) for _ in range(13)] == pytest.approx([0.0] * 10 + [1.0, 2.0, 3.0])


async def test_chats_do_not_wait_for_each_other_and_a_bot_without_a_limit_for_nothing() -> None:
    (pace,) = processes(Clock(), 1)
    for _ in range(20):
        await pace.take(chat(1))
    assert await pace.take(chat(2)) == 0.0
    assert [await pace.take(chat(1, ("vk", "2"))) for _ in range(50)] == [0.0] * 50


async def test_after_a_silence_a_whole_burst_may_leave_again() -> None:
    clock = Clock()
    (pace,) = processes(clock, 1)
    for _ in range(10):
        await pace.take(chat(1))
    clock.now += SPELL.quiet + 1
    assert [await pace.take(chat(1)) for _ in range(10)] == [0.0] * 10


@given(st.lists(st.tuples(st.integers(0, 3), st.floats(0.0, 3.0)), min_size=1, max_size=120))
async def test_processes_together_keep_to_the_pace_of_a_chat(steps: list[tuple[int, float]]) -> None:
    """But for what each may say unasked."""
    clock = Clock()
    begun, paces, left = clock.now, processes(clock, 4), list[float]()
    for process, silence in steps:
        clock.now += silence
        left.append(clock.now + await paces[process].take(chat(1)))
    left.sort()
    most = SPELL.burst + (len(paces) - 1) * UNASKED
    for first in range(len(left)):
        for last in range(first, len(left)):
            assert last - first + 1 <= most + 1 + SPELL.rate * (left[last] - left[first]) + 1e-6, left[first] - begun


async def test_without_the_shared_bucket_the_pace_is_a_careful_one() -> None:
    pace = ChatPace({BOT: SPELL}, Away(), Clock())
    waits = [await pace.take(chat(1)) for _ in range(14)]
    assert waits[:10] == [0.0] * 10
    assert waits[10:] == pytest.approx([4.0, 8.0, 12.0, 16.0])


async def test_quiet_chats_are_forgotten() -> None:
    clock = Clock()
    (pace,) = processes(clock, 1)
    for peer in range(100):
        await pace.take(chat(peer))
        clock.now += 1
    assert len(pace._talks) <= SPELL.quiet + 1


async def test_redis_keeps_the_same_pace_for_all_and_forgets_it_soon(redis_url: str) -> None:
    redis: Redis = connect(redis_url)
    paces = [ChatPace({BOT: SPELL}, RedisBucket(redis)) for _ in range(2)]
    waits = [await paces[number % 2].take(chat("Ёж")) for number in range(30)]
    assert Counter(wait == 0.0 for wait in waits)[True] in range(SPELL.burst, SPELL.burst + UNASKED + 4)
    assert waits[-1] == pytest.approx(30 - SPELL.burst, abs=4.0)
    (key,) = [one async for one in redis.scan_iter("pace:*:chat")]
    assert 0 < await redis.pttl(key) <= 31_000
    await redis.aclose()
