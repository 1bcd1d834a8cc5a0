"""Pace shared by processes, in Redis: a token bucket as one Lua script, so that nobody sees it half changed.

Disposable: after FLUSHALL, or while Redis is away, pace starts anew; nothing durable is kept here.
"""

import asyncio
from collections.abc import Awaitable
from typing import Final, Protocol, TypeVar, cast

from redis.asyncio import Redis

T = TypeVar("T")

KEPT_MS: Final = 60_000
"""An unused bucket is forgotten after a minute: by then it is full again."""
ANSWER_WITHIN: Final = 1.0
"""Seconds until Redis counts as away; pace must not hold up replies."""

# The bucket is one number: the moment (ms) at which its next call is free. Time is the server's, not the processes'.
# Where it is not known (after a flush) what has just left, nothing leaves ahead: the last second may have been full.
_TAKE: Final = """
local now = redis.call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
local kept = redis.call('GET', KEYS[1])
local free = kept and math.max(tonumber(kept), now) or now + ARGV[3]
local paused = redis.call('PTTL', KEYS[2])
if paused > 0 then free = math.max(free, now + paused) end
redis.call('SET', KEYS[1], free + ARGV[1], 'PX', math.floor(free - now + ARGV[2]))
return math.ceil(math.max(free - ARGV[3] - now, paused, 0))
"""
# Thousandths of a millisecond: at 30 calls a second a rounded interval would drift from the messenger's own clock.
_TAKE_NEAR: Final = """
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local paused = redis.call('PTTL', KEYS[2])
if paused > 0 then return {0, tostring(paused)} end
local free = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now - ARGV[2])
local wait = free - now
local near = tonumber(ARGV[3])
if wait > near then return {0, tostring(wait - near / 2)} end
redis.call('SET', KEYS[1], string.format('%.3f', free + ARGV[1]), 'PX', math.floor(math.max(wait, 0) + ARGV[4]))
return {1, tostring(math.max(wait, 0))}
"""
_SPEND: Final = """
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local free = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now)
redis.call('SET', KEYS[1], string.format('%.3f', free + ARGV[1]), 'PX', math.floor(free - now + ARGV[2]))
return 1
"""
# How far ahead of now the chat has spoken, as the moment (ms) up to which it has.
_TAKE_OF_BURST: Final = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local free = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now) + ARGV[1]
redis.call('SET', KEYS[1], free, 'PX', math.ceil(free - now))
return math.max(0, math.ceil(free - now - ARGV[2]))
"""
_PAUSE: Final = """
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[1]) then redis.call('SET', KEYS[1], '1', 'PX', ARGV[1]) end
return 1
"""


class BulkStream(Protocol):
    """`bots.pace.Bulk`: times are seconds."""

    @property
    def rate(self) -> float: ...

    @property
    def catches_up(self) -> float: ...

    @property
    def near(self) -> float: ...


class ChatSpell(Protocol):
    """`bots.chat_pace.Spell`."""

    @property
    def rate(self) -> float: ...

    @property
    def quiet(self) -> float: ...


def connect(url: str) -> "Redis":
    """A client of redis://… or unix://…; connections are made when first needed."""
    return Redis.from_url(url, socket_timeout=ANSWER_WITHIN, socket_connect_timeout=ANSWER_WITHIN)


class RedisBucket:
    """`bots.pace.Bucket` and `bots.chat_pace.ChatBucket` over Redis. Raises redis' own errors while it is away."""

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis
        self._take = redis.register_script(_TAKE)
        self._take_near = redis.register_script(_TAKE_NEAR)
        self._spend = redis.register_script(_SPEND)
        self._take_of_burst = redis.register_script(_TAKE_OF_BURST)
        self._pause = redis.register_script(_PAUSE)

    async def take(self, name: str, rate: float, ahead: int = 0) -> float:
        numbers = (1000 / rate, KEPT_MS, 1000 * ahead / rate)
        wait = await _answer(self._take(keys=[_free(name), _paused(name)], args=numbers))
        return int(cast("int", wait)) / 1000

    async def take_near(self, name: str, bulk: BulkStream) -> tuple[bool, float]:
        numbers = (1000 / bulk.rate, 1000 * bulk.catches_up, 1000 * bulk.near, KEPT_MS)
        answer = await _answer(self._take_near(keys=[_free(name), _paused(name)], args=numbers))
        taken, wait = cast("list[bytes]", answer)
        return int(taken) == 1, float(wait) / 1000

    async def spend(self, name: str, seconds: float) -> None:
        await _answer(self._spend(keys=[_free(name)], args=[1000 * seconds, KEPT_MS]))

    async def take_of_burst(self, name: str, spell: ChatSpell, count: int) -> float:
        numbers = (1000 * count / spell.rate, 1000 * spell.quiet)
        wait = await _answer(self._take_of_burst(keys=[f"pace:{name}:chat"], args=numbers))
        return int(cast("int", wait)) / 1000

    async def pause(self, name: str, seconds: float) -> None:
        await _answer(self._pause(keys=[_paused(name)], args=[max(1, round(seconds * 1000))]))

    async def paused(self, name: str) -> float:
        left = await _answer(self._redis.pttl(_paused(name)))
        return max(0, int(left)) / 1000


async def _answer(asked: Awaitable[T]) -> T:
    """What Redis answers. Redis' library waits by `asyncio.wait_for`, which on Python 3.11 loses a cancellation that
    comes just as it ends: a process told to stop would go on for ever."""
    try:
        return await asked
    finally:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise asyncio.CancelledError


def _free(name: str) -> str:
    return f"pace:{name}:free"


def _paused(name: str) -> str:
    return f"pace:{name}:paused"
