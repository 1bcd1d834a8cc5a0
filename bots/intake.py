"""Intake: an update is written to the inbox, and only then acknowledged. Nothing is parsed deeply here.

The same intake ends every way in: webhook, callback, polling and long poll. An update that means nothing (no chat in
it) is passed over; one bad update never blocks another.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence

import structlog

from bots.edge import Edge
from dialogs.ports import ChatAddress, Inbox

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

Begun = Callable[[], None]
"""Called when a way in has begun: from then on what is said is heard."""


def nobody_waits() -> None:
    """For ways in whose beginning nobody waits for."""


Wake = Callable[[Iterable[ChatAddress]], None]


class Intake:
    """The way in for one bot. `wake` tells the turn runner whom to serve, where there is one in this process."""

    def __init__(
        self, inbox: Inbox, edge: Edge, wake: Wake | None = None, may_send: Callable[[], bool] = lambda: True
    ) -> None:
        self.may_send = may_send
        self._inbox = inbox
        self._edge = edge
        self._wake = wake
        self._acknowledging: set[asyncio.Task[None]] = set()

    async def take(self, raws: Sequence[str], *, acknowledge: bool = True) -> None:
        """Keeps raw updates durably. When this returns they are committed; when it raises none may be acknowledged.

        Without `acknowledge` the caller tells the messenger of presses by itself, if `may_send` says so.
        """
        found = [(raw, self._edge.identify(raw)) for raw in raws]
        updates = [update for _raw, update in found if update is not None]
        if not updates:
            return
        await self._inbox.add(updates)
        log.info("updates taken", messenger=self._edge.messenger, turns=[update.key for update in updates])
        if self._wake is not None:
            # Once for each update: the runner then knows how many turns a chat has due.
            self._wake(update.chat for update in updates)
        if acknowledge and self.may_send():
            for raw, update in found:
                if update is not None:
                    self._acknowledge_soon(raw)

    async def close(self, within: float) -> None:
        """Waits so many seconds for acknowledgements that are on their way: nothing depends on those that are later."""
        if not self._acknowledging:
            return
        _done, late = await asyncio.wait(self._acknowledging, timeout=within)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    def _acknowledge_soon(self, raw: str) -> None:
        task = asyncio.create_task(self._acknowledge(raw))
        self._acknowledging.add(task)
        task.add_done_callback(self._acknowledging.discard)

    async def _acknowledge(self, raw: str) -> None:
        try:
            await self._edge.acknowledge(raw)
        except Exception as error:  # best effort: nothing depends on it
            log.warning("press was not acknowledged", messenger=self._edge.messenger, error=type(error).__name__)
