"""Whether anything may leave for the messengers: one switch in the database, off in every restored copy.

With it off nothing is sent and the messengers are not asked for updates, which would take them away from whoever
serves residents now. As long as nobody knows, it is off.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

import structlog

from core.errors import where

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

ANSWER_WITHIN: Final = 10.0
"""Seconds that a look waits for the database: the next may find one that answers."""


@dataclass(eq=False)
class Sending:
    """The switch as this process sees it, at most a second or two late. `ask` looks at it."""

    ask: Callable[[], Awaitable[bool]]
    look_every: float = 1.0
    _on: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _off: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _seen: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        self._off.set()

    def is_on(self) -> bool:
        return self._on.is_set()

    async def look(self) -> None:
        """Looks once; while the database does not answer, the switch is as it was."""
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                on = await self.ask()
        except Exception as error:  # the database is away, in any of its ways
            log.warning("switch of sending cannot be seen", **where(error))
            return
        if on and not self.is_on():
            log.info("sending is on")
        elif not on and not (self._seen and self._off.is_set()):
            log.warning("sending is off")
        self._seen = True
        (self._on if on else self._off).set()
        (self._off if on else self._on).clear()

    async def run(self) -> None:
        """Looks now and again, until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(self.look_every)

    async def once_on(self, work: Callable[[], Awaitable[None]]) -> None:
        """Runs the work from the first time that sending is on."""
        await self._on.wait()
        await work()

    async def while_on(self, work: Callable[[], Awaitable[None]]) -> None:
        """Runs the work whenever sending is on, until it has ended by itself."""
        while True:
            await self._on.wait()
            working = asyncio.ensure_future(work())
            switched = asyncio.ensure_future(self._off.wait())
            try:
                await asyncio.wait([working, switched], return_when=asyncio.FIRST_COMPLETED)
                if working.done():
                    return await working
            finally:
                working.cancel()
                switched.cancel()
                await asyncio.gather(working, switched, return_exceptions=True)
