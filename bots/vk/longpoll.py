"""Long Poll: an own loop, because libraries' loops lose or reorder events (messengers.md §3.2).

`ts` moves only after the inbox has committed. Where a bookmark is given, `ts` is kept there, so that what was written
while nobody was listening is fetched after a restart; VK says `failed` when it no longer has it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

import structlog

from bots.http import UnreachableError
from bots.intake import Begun, Intake, nobody_waits
from bots.raw import as_list, as_object, integer, string, write
from bots.vk.api import VERSION, VkApi
from bots.vk.errors import VkError
from bots.vk.updates import EVENTS
from dialogs.ports import Json

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

WAIT: Final = 25
LONGEST_BACK_OFF: Final = 30.0


@dataclass(frozen=True)
class Bookmark:
    """Where `ts` is kept between starts."""

    load: Callable[[], Awaitable[str | None]]
    save: Callable[[str], Awaitable[None]]


@dataclass(slots=True)
class _Place:
    """Where the next check goes on."""

    server: str
    key: str
    ts: str


class LongPoll:
    """Takes one community's events in, for as long as it runs."""

    def __init__(
        self,
        api: VkApi,
        group_id: int,
        intake: Intake,
        bookmark: Bookmark | None = None,
        begun: Begun = nobody_waits,
        wait: int = WAIT,
    ) -> None:
        self._begun = begun
        self._api = api
        self._group_id = group_id
        self._intake = intake
        self._bookmark = bookmark
        self._wait = wait
        self._place: _Place | None = None

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
            self._begun()
        place = self._place
        check: dict[str, str | int] = {"act": "a_check", "key": place.key, "ts": place.ts, "wait": self._wait}
        answer = await self._api.ask(place.server, check, timeout=self._wait + 10.0)
        if "failed" in answer:
            await self._go_on_after(answer, place)
            return
        await self._intake.take([write(update) for update in as_list(answer.get("updates"))])
        await self._move(place, _ts(answer))

    async def _begin(self) -> _Place:
        """Ticks our events and asks for a server; goes on from the bookmark, if there is one."""
        ticks = dict.fromkeys(EVENTS, 1)
        settings: dict[str, str | int] = {"group_id": self._group_id, "enabled": 1, "api_version": VERSION, **ticks}
        try:
            await self._api.call("groups.setLongPollSettings", settings)
        except VkError as error:
            # A token without the right to manage: then the boxes must have been ticked by hand.
            log.warning("long poll events were not ticked", reason=str(error))
        place = await self._server()
        kept = await self._bookmark.load() if self._bookmark is not None else None
        if kept is not None:
            place.ts = kept
        else:
            await self._move(place, place.ts)
        return place

    async def _server(self) -> _Place:
        server = as_object(await self._api.call("groups.getLongPollServer", {"group_id": self._group_id}))
        return _Place(string(server.get("server")), string(server.get("key")), _ts(server))

    async def _go_on_after(self, answer: Json, place: _Place) -> None:
        """1: events before the new ts are lost. 2: the key is old. 3: both. Anything else is treated as 2: no event
        may be skipped for a failure that we do not know."""
        failed = integer(answer.get("failed"))
        log.warning("long poll lost its place", failed=failed)
        if failed == 1:
            await self._move(place, _ts(answer))
            return
        fresh = await self._server()
        if failed != 3:
            fresh.ts = place.ts
        await self._move(fresh, fresh.ts)
        self._place = fresh

    async def _move(self, place: _Place, ts: str) -> None:
        if not ts:
            raise UnreachableError("an answer without ts")
        moved = ts != place.ts
        place.ts = ts
        if self._bookmark is not None and (moved or self._place is None):
            await self._bookmark.save(ts)


def _ts(answer: Json) -> str:
    """VK gives it as text or as a number."""
    return str(answer.get("ts") or "")
