"""News for open pages, by server-sent events: what has changed, by number alone; the page then asks for it.

A process holds one subscription and hands on what it hears to the pages it has open, each by what its operator may see.
Twice a second it asks which sessions still stand: who is dismissed or has signed out hears nothing more.

    event: standing   data: 1 or 0        whether news are heard; while they are not, the page asks by itself
    event: ticket     data: 17            something has happened to it; 0: to more than are worth naming
    event: call       data: 7             somebody wants to be called back, or it is known what came of it
    event: typing     data: 17            who is writing an answer to it has changed
    event: end                            the session is over
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass, field
from typing import Final

import structlog
from aiohttp import web

from core.desk import Desks
from core.errors import NotFound, where
from core.ids import MemberId, TicketId
from core.live import CALL, TICKET, TYPING, Live, News
from core.staff.model import Member, SessionId
from web.desk.shell import Shell
from web.desk.visit import Visit

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

LOOK_EVERY: Final = 0.5
"""Seconds between two looks at the sessions of open pages: a dismissed operator hears nothing after one second."""
BEAT: Final = 15.0
"""Seconds after which a silent page is sent an empty line, so that nothing on the way takes it for gone."""
WRITES_FOR: Final = 8.0
"""Seconds after the last key for which somebody is still writing; a page tells of it every few seconds."""
MOST_PENDING: Final = 200
"""Events that wait for a slow page; beyond that it is told to look at everything."""
EVERYTHING: Final = "ticket", 0
ABOUT: Final = {TICKET: "ticket", TYPING: "ticket", CALL: "call"}
"""Where news of a topic name what they are about."""


@dataclass(eq=False)
class Page:
    """An open page: whose it is, and what it has not been told yet."""

    session: SessionId
    member: Member
    pending: dict[tuple[str, int], None] = field(default_factory=dict)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    over: bool = False

    def tell(self, kind: str, number: int) -> None:
        if len(self.pending) >= MOST_PENDING:
            self.pending.clear()
            kind, number = EVERYTHING
        self.pending[kind, number] = None
        self.news.set()


class Hub:
    """All open pages of this process."""

    def __init__(self, live: Live, desks: Desks) -> None:
        self._live = live
        self._desks = desks
        self._pages: set[Page] = set()
        self._writing: dict[TicketId, dict[MemberId, float]] = {}
        self._standing = False

    async def run(self) -> None:
        """Hears and hands on until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._live.listen(self.hear, self.stand))
            tasks.create_task(self._watch_sessions())

    def close(self) -> None:
        """Lets all pages go; they come back by themselves."""
        for page in self._pages:
            page.over = True
            page.news.set()

    def stand(self, standing: bool) -> None:
        if standing == self._standing:
            return
        self._standing = standing
        for page in self._pages:
            page.tell("standing", int(standing))
            page.tell(*EVERYTHING)

    def hear(self, topic: str, news: News) -> None:
        number, organisation = news.get(ABOUT.get(topic, "")), news.get("organisation")
        if not isinstance(number, int) or not isinstance(organisation, str):
            return
        if topic == TYPING:
            self._note_writing(TicketId(number), news)
        for page in self._pages:
            if page.member.operator.may_see(organisation):
                page.tell(topic, number)

    def writing(self, ticket: TicketId, besides: MemberId | None) -> Collection[MemberId]:
        """Who is writing an answer just now."""
        now = time.monotonic()
        return [one for one, until in self._writing.get(ticket, {}).items() if until > now and one != besides]

    async def serve(self, visit: Visit) -> web.StreamResponse:
        """GET /desk/live: news for one page, until it goes or its session is over. It is no page itself."""
        if "text/event-stream" not in visit.request.headers.get("Accept", ""):
            raise NotFound
        page = Page(visit.session.id, visit.member)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"})
        self._pages.add(page)
        page.tell("standing", int(self._standing))
        # What happened after the page was drawn and before it listens, it would not hear of.
        page.tell(*EVERYTHING)
        try:
            await response.prepare(visit.request)
            while not page.over:
                await response.write(await self._next(page))
            await response.write(b"event: end\ndata: 1\n\n")
        except ConnectionError:
            pass
        finally:
            self._pages.discard(page)
        return response

    async def _next(self, page: Page) -> bytes:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(BEAT):
                await page.news.wait()
        page.news.clear()
        pending, page.pending = page.pending, {}
        return "".join(f"event: {kind}\ndata: {number}\n\n" for kind, number in pending).encode() or b":\n\n"

    def _note_writing(self, ticket: TicketId, news: News) -> None:
        member, now = news.get("member"), time.monotonic()
        if not isinstance(member, int):
            return
        self._writing = {
            number: still
            for number, each in self._writing.items()
            if (still := {one: until for one, until in each.items() if until > now})
        }
        until = now + WRITES_FOR if news.get("on") else 0.0
        self._writing.setdefault(ticket, {})[MemberId(member)] = until

    async def _watch_sessions(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY)
            # Those who come while the question is under way are no part of it.
            pages = tuple(self._pages)
            if not pages:
                continue
            try:
                async with self._desks.open() as cases:
                    standing = await cases.staff.standing({page.session for page in pages})
            except Exception as error:  # the database may be away: pages that ask anything are refused meanwhile
                log.warning("sessions cannot be read", **where(error))
                continue
            for page in pages:
                member = standing.get(page.session)
                page.over = page.over or member is None
                page.member = member or page.member
                if page.over:
                    page.news.set()


def add_live(shell: Shell, hub: Hub) -> None:
    """The stream of news, and the hub's own work for as long as the application runs."""
    shell.get("/live", hub.serve)

    async def running(_: web.Application) -> AsyncIterator[None]:
        task = asyncio.create_task(hub.run())
        yield
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    async def close(_: web.Application) -> None:
        hub.close()

    shell.app.cleanup_ctx.append(running)
    shell.app.on_shutdown.append(close)
