"""Pace: how soon the next call of a bot token may begin.

A token has a rate (VK: 20 calls a second, messengers.md §2.2) or none (Telegram's replies, which obey `retry_after`
instead), and it can be paused as a whole. Both are kept in a bucket that all processes share; while that one is away,
each process keeps its own, with a careful share of the rate.

What goes to many (`next_bulk`) has a rate of its own in the same stream, and gives way: it takes a moment only when
that is near, and a reply leaves up to AHEAD moments before its own, so that it does not wait for calls to many at all.
Replies that need no moment (Telegram's) are taken off the stream afterwards (`spent`): together they stay within the
limit, and the broadcast slows down.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

import structlog

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

Token = tuple[str, str]
"""A bot as pace knows it: the messenger's code and the bot's own."""

SHARE_ALONE: Final = 0.25
"""What a process takes of the rate when it cannot see the others: four fit beside each other."""
AHEAD: Final = 2
"""Calls by which replies may be ahead of their stream: within any second that makes at most the rate and these and one
more, which is what a token's rate must leave room for."""
LOOK_AT_PAUSE_EVERY: Final = 0.5
TELL_SPENT_EVERY: Final = 0.1


@dataclass(frozen=True, slots=True)
class Bulk:
    """The stream of what goes to many: `rate` calls a second.

    `catches_up`: seconds that may be made up for when a call began late; 0 where the messenger counts calls within a
    window, a little where it fills a bucket.

    `near`: seconds ahead that a moment is taken. In them a delivery is begun, so that its call leaves at the moment
    itself: where calls are counted within a window, one that is late stands too close to the next.
    """

    rate: float
    catches_up: float = 0.0
    near: float = 0.03

    @property
    def closest(self) -> float:
        """Seconds between two calls at the least, however late the one before was."""
        return 0.0 if self.catches_up else 0.97 / self.rate


class Bucket(Protocol):
    """Free moments of named streams of calls. Times are seconds from now."""

    async def take(self, name: str, rate: float, ahead: int = 0) -> float:
        """Takes the next free moment of a stream of `rate` calls a second; pauses are waited out too.

        The call may leave `ahead` moments before its own."""
        ...

    async def take_near(self, name: str, bulk: "Bulk") -> tuple[bool, float]:
        """Takes the next free moment if it is near: (True, how far it is). Otherwise nothing is taken: (False, when to
        ask again)."""
        ...

    async def spend(self, name: str, seconds: float) -> None:
        """So much of the stream has been used without asking."""
        ...

    async def pause(self, name: str, seconds: float) -> None:
        """No free moment for so many seconds; a longer pause that is there already stays."""
        ...

    async def paused(self, name: str) -> float:
        """How long the pause of a stream still lasts; 0 without one."""
        ...


@dataclass
class LocalBucket:
    """The bucket of one process."""

    clock: Callable[[], float] = time.monotonic
    _next: dict[str, float] = field(default_factory=dict)
    _paused: dict[str, float] = field(default_factory=dict)

    async def take(self, name: str, rate: float, ahead: int = 0) -> float:
        now, paused = self.clock(), self._paused.get(name, 0.0)
        free = max(self._next.get(name, now + ahead / rate), now, paused)
        self._next[name] = free + 1 / rate
        return max(0.0, free - ahead / rate - now, paused - now)

    async def take_near(self, name: str, bulk: Bulk) -> tuple[bool, float]:
        now = self.clock()
        if (paused := self._paused.get(name, 0.0) - now) > 0:
            return False, paused
        free = max(self._next.get(name, 0.0), now - bulk.catches_up)
        if free - now > bulk.near:
            return False, free - now - bulk.near / 2
        self._next[name] = free + 1 / bulk.rate
        return True, max(0.0, free - now)

    async def spend(self, name: str, seconds: float) -> None:
        self._next[name] = max(self._next.get(name, 0.0), self.clock()) + seconds

    async def pause(self, name: str, seconds: float) -> None:
        self._paused[name] = max(self._paused.get(name, 0.0), self.clock() + seconds)

    async def paused(self, name: str) -> float:
        return max(0.0, self._paused.get(name, 0.0) - self.clock())


class Pace:
    """The pace of all tokens. `rates` are calls a second; a token without one is held by pauses only.

    `bulk` is the pace of what goes to many.
    """

    def __init__(
        self,
        rates: Mapping[Token, float] | None = None,
        shared: Bucket | None = None,
        bulk: Mapping[Token, Bulk] | None = None,
    ) -> None:
        self._rates = dict(rates or {})
        self._bulk = dict(bulk or {})
        self._shared = shared
        self._spent: dict[Token, int] = {}
        self._told: dict[Token, float] = {}
        self._local = LocalBucket()
        self._looked: dict[Token, float] = {}
        self._left: dict[Token, float] = {}

    async def next_call(self, token: Token) -> None:
        """Waits until the token's next call may begin, and takes that moment."""
        rate = self._rates.get(token)
        if rate is None:
            return
        await asyncio.sleep(await self._take(_name(token), rate))

    async def next_bulk(self, token: Token) -> float:
        """Takes the next moment for a call to many once it is near; pauses are waited out.

        Returns that moment by the clock of the loop, for `leave`: what the call needs first can be done until then.
        """
        bulk, loop = self._bulk.get(token), asyncio.get_running_loop()
        while bulk is not None:
            taken, wait = await self._take_near(_name(token), bulk)
            if taken:
                return loop.time() + wait
            await asyncio.sleep(wait)
        return loop.time()

    async def leave(self, token: Token, moment: float) -> None:
        """Waits for a moment that was taken; for longer where the call before was late."""
        bulk, now = self._bulk.get(token), asyncio.get_running_loop().time()
        closest = bulk.closest if bulk is not None else 0.0
        self._left[token] = max(moment, now, self._left.get(token, 0.0) + closest)
        await asyncio.sleep(self._left[token] - now)

    async def spent(self, token: Token) -> None:
        """A call has been made without asking, by a token that has no rate: what goes to many makes room for it."""
        bulk = self._bulk.get(token)
        if bulk is None or token in self._rates:
            return
        self._spent[token] = self._spent.get(token, 0) + 1
        now = time.monotonic()
        if now - self._told.get(token, -1e9) >= TELL_SPENT_EVERY:
            self._told[token] = now
            await self._spend(_name(token), self._spent.pop(token) / bulk.rate)

    async def pause(self, token: Token, seconds: float) -> None:
        """Stops the token, in every process, for so many seconds."""
        await self._local.pause(_name(token), seconds)
        if self._shared is not None:
            try:
                await self._shared.pause(_name(token), seconds)
            except Exception as error:
                _away(error)

    async def paused(self, token: Token) -> float:
        """Seconds the token is still stopped. Pauses of other processes are seen within half a second."""
        now = time.monotonic()
        if self._shared is not None and now - self._looked.get(token, -1e9) > LOOK_AT_PAUSE_EVERY:
            self._looked[token] = now
            try:
                await self._local.pause(_name(token), await self._shared.paused(_name(token)))
            except Exception as error:
                _away(error)
        return await self._local.paused(_name(token))

    async def _take_near(self, name: str, bulk: Bulk) -> tuple[bool, float]:
        if self._shared is not None:
            try:
                return await self._shared.take_near(name, bulk)
            except Exception as error:
                _away(error)
                bulk = replace(bulk, rate=bulk.rate * SHARE_ALONE)
        return await self._local.take_near(name, bulk)

    async def _spend(self, name: str, seconds: float) -> None:
        try:
            await (self._shared or self._local).spend(name, seconds)
        except Exception as error:
            _away(error)

    async def _take(self, name: str, rate: float) -> float:
        if self._shared is None:
            return await self._local.take(name, rate, AHEAD)
        try:
            return await self._shared.take(name, rate, AHEAD)
        except Exception as error:
            _away(error)
            return await self._local.take(name, rate * SHARE_ALONE)


def _name(token: Token) -> str:
    return ":".join(token)


def _away(error: Exception) -> None:
    # Whatever the shared bucket raises, replies go on at the careful local pace.
    log.warning("shared pace is away", error=type(error).__name__)
