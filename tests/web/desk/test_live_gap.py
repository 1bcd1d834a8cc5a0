"""The first moments of an open page: what happens while it loads is not lost to it, and its stream stays."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from sqlalchemy.ext.asyncio import AsyncEngine

from core.city import City
from core.clock import CityClock
from core.desk import DeskCases, Desks
from core.staff.model import Member, SessionId
from core.staff.use_cases import Staff
from tests.desks import Browser, DeskSite, desk_site

LISTEN = {"Accept": "text/event-stream"}


async def test_a_page_that_begins_to_listen_looks_at_everything(desk: DeskSite) -> None:
    browser = await desk.seat(await desk.hire("anna"))
    async with asyncio.timeout(5), browser.http.get(f"{desk.address}/desk/live", headers=LISTEN) as stream:
        told = [(await stream.content.readline()).decode().strip() for _ in range(5)]
    assert told == ["event: standing", told[1], "", "event: ticket", "data: 0"]


@dataclass(frozen=True)
class SlowStaff(Staff):
    """Whose question which sessions still stand takes as long as the test likes."""

    asked: asyncio.Event = field(default_factory=asyncio.Event)
    go: asyncio.Event = field(default_factory=asyncio.Event)

    async def standing(self, sessions: Collection[SessionId]) -> Mapping[SessionId, Member]:
        self.asked.set()
        await self.go.wait()
        return await super().standing(sessions)


@dataclass(frozen=True)
class SlowDesks:
    desks: Desks
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    go: asyncio.Event = field(default_factory=asyncio.Event)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[DeskCases]:
        async with self.desks.open() as cases:
            yield replace(cases, staff=SlowStaff(**vars(cases.staff), asked=self.asked, go=self.go))


async def ended(browser: Browser, listening: asyncio.Event) -> bool:
    """Whether the server ends the stream within a second and a half, in which it looks at the sessions twice."""
    async with browser.http.get(f"{browser.address}/desk/live", headers=LISTEN) as stream:
        listening.set()
        try:
            async with asyncio.timeout(1.5):
                await stream.read()
        except TimeoutError:
            return False
    return True


async def test_a_page_that_comes_while_sessions_are_looked_at_stays(
    engine: AsyncEngine, city: City, city_clock: CityClock
) -> None:
    async with desk_site(engine, city, city_clock) as other:
        slow = SlowDesks(other.parts.desks)
        async with desk_site(engine, city, city_clock, desks=slow) as desk:
            anna, boris = await desk.seat(await desk.hire("anna")), await desk.seat(await desk.hire("boris"))
            first, second = asyncio.Event(), asyncio.Event()
            there = asyncio.create_task(ended(anna, first))
            async with asyncio.timeout(5):
                await slow.asked.wait()
            late = asyncio.create_task(ended(boris, second))
            async with asyncio.timeout(5):
                await second.wait()
            slow.go.set()
            assert await asyncio.gather(there, late) == [False, False]
