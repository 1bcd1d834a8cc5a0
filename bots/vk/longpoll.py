"""Long Poll: an own loop, because libraries' loops lose or reorder events (messengers.md §3.2).

`ts` moves only after the inbox has committed. Where a bookmark is given, `ts` is kept there, so that what was written
while nobody was listening is fetched after a restart; VK says `failed` when it no longer has it. Then, at the start and
now and again, messages are looked for in their conversations (bots.vk.catching_up), before polling goes on: so what was
missed is served before what comes next.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Final

import structlog

from bots.http import UnreachableError
from bots.intake import Begun, Intake, nobody_waits
from bots.raw import as_list, as_object, integer, string, write
from bots.vk.api import VERSION, VkApi
from bots.vk.bookmark import Bookmark
from bots.vk.catching_up import CatchingUp
from bots.vk.errors import VkError
from bots.vk.updates import EVENTS
from dialogs.ports import Json

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

WAIT: Final = 25
LONGEST_BACK_OFF: Final = 30.0


@dataclass(slots=True)
class _Place:
    """Where the next check goes on."""

    server: str
    key: str
    ts: str


@dataclass(eq=False)
class LongPoll:
    """Takes one community's events in, for as long as it runs. `wait`: seconds that a check waits for news."""

    api: VkApi
    group_id: int
    intake: Intake
    bookmark: Bookmark | None = None
    begun: Begun = nobody_waits
    wait: int = WAIT
    catching_up: CatchingUp | None = None
    _place: _Place | None = field(default=None, init=False)

    async def run(self) -> None:
        """Checks until cancelled; trouble of any kind is waited out, longer each time."""
        back_off = 0.0
        while True:
            try:
                await self._step()
                back_off = 0.0
            except Exception as error:  # VK or the database is away: `ts` has not moved, ask again
                back_off = min(LONGEST_BACK_OFF, max(1.0, back_off * 2))
                known = isinstance(error, VkError | UnreachableError)
                log.warning("long poll failed", reason=str(error) if known else type(error).__name__, wait=back_off)
                await asyncio.sleep(back_off)

    async def _step(self) -> None:
        if self._place is None:
            self._place = await self._begin()
            self.begun()
        if self.catching_up is not None:
            await self.catching_up.look_if_due()
        place = self._place
        check: dict[str, str | int] = {"act": "a_check", "key": place.key, "ts": place.ts, "wait": self.wait}
        answer = await self.api.ask(place.server, check, timeout=self.wait + 10.0)
        if "failed" in answer:
            await self._go_on_after(answer, place)
            return
        await self.intake.take([write(update) for update in as_list(answer.get("updates"))])
        await self._move(place, _ts(answer))

    async def _begin(self) -> _Place:
        """Ticks our events and asks for a server; goes on from the bookmark, if there is one."""
        ticks = dict.fromkeys(EVENTS, 1)
        settings: dict[str, str | int] = {"group_id": self.group_id, "enabled": 1, "api_version": VERSION, **ticks}
        try:
            await self.api.call("groups.setLongPollSettings", settings)
        except VkError as error:
            # A token without the right to manage: then the boxes must have been ticked by hand.
            log.warning("long poll events were not ticked", reason=str(error))
        place = await self._server()
        kept = await self.bookmark.load() if self.bookmark is not None else None
        if kept is not None:
            place.ts = kept
        else:
            await self._move(place, place.ts)
        return place

    async def _server(self) -> _Place:
        server = as_object(await self.api.call("groups.getLongPollServer", {"group_id": self.group_id}))
        return _Place(string(server.get("server")), string(server.get("key")), _ts(server))

    async def _go_on_after(self, answer: Json, place: _Place) -> None:
        """1: events before the new ts are lost. 2: the key is old. 3: both. Anything else is treated as 2: no event
        may be skipped for a failure that we do not know.

        The conversations are looked at once the new ts is known: what is said meanwhile comes by one way or by both.
        """
        failed = integer(answer.get("failed"))
        log.warning("long poll lost its place", failed=failed)
        fresh = place if failed == 1 else await self._server()
        ts = {1: _ts(answer), 3: fresh.ts}.get(failed or 0, place.ts)
        if failed != 2 and self.catching_up is not None:
            await self.catching_up.look()
        await self._move(fresh, ts)
        self._place = fresh

    async def _move(self, place: _Place, ts: str) -> None:
        if not ts:
            raise UnreachableError("an answer without ts")
        moved = self._place is None or ts != self._place.ts
        place.ts = ts
        if self.bookmark is not None and moved:
            await self.bookmark.save(ts)


def _ts(answer: Json) -> str:
    """VK gives it as text or as a number."""
    return str(answer.get("ts") or "")
