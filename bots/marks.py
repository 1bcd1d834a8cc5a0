"""Marks of what became of outbox rows, written in batches: one statement for the sends of some 20 ms."""

import asyncio
import time
from collections.abc import Sequence
from typing import Final

import structlog

from dialogs.ports import Outbox, PutOff

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

FLUSH_AFTER: Final = 0.02
FLUSH_AT: Final = 200
TRY_AGAIN_AFTER: Final = 0.5
REMEMBERED: Final = 30.0
"""Seconds, longer than a turn: one that began before a mark was written still takes its row for unsent."""


class Marks:
    """Collects marks and writes them soon; none is lost while the process lives, even if the database is away."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._sent: list[int] = []
        self._put_off: list[tuple[float, list[PutOff]]] = []
        self._given_up: list[tuple[str, list[int]]] = []
        self._done: dict[int, float] = {}
        self._news = asyncio.Event()
        self._full = asyncio.Event()
        self._writing = asyncio.Lock()

    def sent(self, row: int) -> None:
        self._sent.append(row)
        self._done[row] = time.monotonic()
        if len(self._sent) >= FLUSH_AT:
            self._full.set()
        self._news.set()

    def knows(self, row: int) -> bool:
        """Whether this process has just sent the row, or given it up: a turn that looked before does not know."""
        return row in self._done

    def put_off(self, rows: Sequence[PutOff], seconds: float) -> None:
        if rows:
            self._put_off.append((seconds, list(rows)))
            self._news.set()

    def give_up(self, rows: Sequence[int], outcome: str) -> None:
        if rows:
            self._given_up.append((outcome, list(rows)))
            self._done.update(dict.fromkeys(rows, time.monotonic()))
            self._news.set()

    async def run(self) -> None:
        """Writes marks until cancelled."""
        while True:
            await self._news.wait()
            await self._fills_up()
            if not await self.flush():
                await asyncio.sleep(TRY_AGAIN_AFTER)

    async def flush(self) -> bool:
        """Writes what there is; False when the database would not take it: it is kept for the next time."""
        async with self._writing:
            self._news.clear()
            self._full.clear()
            try:
                await self._write()
            except Exception as error:  # the database may be away, in any of its ways
                log.warning("marks cannot be written", error=type(error).__name__)
                self._news.set()
                return False
        return True

    async def _fills_up(self) -> None:
        try:
            async with asyncio.timeout(FLUSH_AFTER):
                await self._full.wait()
        except TimeoutError:
            return

    async def _write(self) -> None:
        while self._sent:
            batch = self._sent[:FLUSH_AT]
            await self._outbox.sent(batch)
            del self._sent[: len(batch)]
        while self._put_off:
            seconds, rows = self._put_off[0]
            await self._outbox.put_off(rows, seconds)
            del self._put_off[0]
        while self._given_up:
            outcome, given_up = self._given_up[0]
            await self._outbox.give_up(given_up, outcome)
            del self._given_up[0]
        self._forget(time.monotonic() - REMEMBERED)

    def _forget(self, before: float) -> None:
        """Everything is written: what was done with long ago need not be known any more."""
        while self._done and next(iter(self._done.values())) <= before:
            del self._done[next(iter(self._done))]
