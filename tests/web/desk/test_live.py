"""News of open pages: who hears of what, how soon, when a session is over, and when there is nobody to tell."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from core.city import City
from core.clock import CityClock
from core.ids import ChatId, MemberId, TicketId
from core.live import TICKET, TYPING, News
from core.staff.model import Member, Role, SessionId
from infra.embedded import Servers
from infra.live import CHANNEL, RedisLive
from infra.redis import connect
from tests.desks import Browser, DeskSite, desk_site
from tests.gates import Gate
from tests.web.desk.test_tickets import HEAT, WATER, answer, asked
from web.desk.live import MOST_PENDING, Hub, Page
from web.desk.parts import NoNews


class Stream:
    """The events of one open page."""

    def __init__(self) -> None:
        self.events: list[tuple[str, str]] = []
        self.status = 0
        self.ended = asyncio.Event()
        self._came = asyncio.Event()

    async def read(self, browser: Browser) -> None:
        headers = {"Accept": "text/event-stream"}
        async with browser.http.get(f"{browser.address}/desk/live", headers=headers, timeout=None) as response:
            self.status = response.status
            kind = ""
            async for line in response.content:
                name, _, value = line.decode().strip().partition(": ")
                kind = value if name == "event" else kind
                if name == "data":
                    self.events.append((kind, value))
                    self._came.set()
        self.ended.set()

    async def wait(self, event: tuple[str, str], within: float = 5.0) -> None:
        async with asyncio.timeout(within):
            while event not in self.events:
                self._came.clear()
                await self._came.wait()


@asynccontextmanager
async def listening(browser: Browser) -> AsyncIterator[Stream]:
    """An open page that hears of news by now."""
    stream = Stream()
    task = asyncio.create_task(stream.read(browser))
    try:
        await stream.wait(("standing", "1"))
        yield stream
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    client = connect(redis_url)
    yield client
    await client.aclose()


@pytest.fixture
async def live(redis: Redis) -> AsyncIterator[RedisLive]:
    made = RedisLive(redis)
    yield made
    await made.aclose()


@pytest.fixture
async def desk(engine: AsyncEngine, city: City, city_clock: CityClock, live: RedisLive) -> AsyncIterator[DeskSite]:
    async with desk_site(engine, city, city_clock, live=live) as site:
        yield site


@pytest.fixture
async def chat(desk: DeskSite) -> ChatId:
    insert = "INSERT INTO chats (messenger, bot, peer) VALUES ('telegram', '1', '500') RETURNING id"
    return ChatId(int(str((await desk.sql(insert))[0][0])))


@pytest.fixture
async def ticket(desk: DeskSite, chat: ChatId) -> TicketId:
    return await asked(desk, chat, "Вода ржавая")


async def seat(desk: DeskSite, login: str, *organisations: str) -> Browser:
    return await desk.seat(await desk.hire(login, organisations=frozenset(organisations) or None))


async def test_what_one_operator_does_another_hears_at_once_and_a_third_never(desk: DeskSite, ticket: TicketId) -> None:
    anna, boris, of_heat = (
        await seat(desk, "anna", WATER),
        await seat(desk, "boris", WATER),
        await seat(desk, "gleb", HEAT),
    )
    async with listening(boris) as near, listening(of_heat) as far:
        begun = time.monotonic()
        await answer(anna, ticket, "Проверим.")
        await near.wait(("ticket", str(ticket)))
        assert time.monotonic() - begun < 1.5
        await asyncio.sleep(0.2)
        assert [kind for kind, _ in far.events if kind != "standing"] in ([], ["ticket"])
        assert ("ticket", str(ticket)) not in far.events
        page = await anna.get(f"/tickets/{ticket}")
        assert page.status == 200
        moved = {"form": "0" * 32, "organisation": HEAT, "text": "Ваше"}
        assert (await anna.post(f"/tickets/{ticket}/transfer", moved)).status == 303
        await far.wait(("ticket", str(ticket)))  # it is theirs now, and the others hear that it has gone
    assert near.events.count(("ticket", str(ticket))) >= 2


async def test_nothing_is_told_of_what_was_not_committed(desk: DeskSite, live: RedisLive, ticket: TicketId) -> None:
    boris = await seat(desk, "boris")
    async with listening(boris) as stream:
        operator = (await desk.hire("vera")).operator

        async def close(fails: bool) -> None:
            async with desk.parts.desks.open() as cases:
                await cases.tickets.close(operator, ticket, "k")
                if fails:
                    raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await close(fails=True)
        await asyncio.sleep(0.3)
        assert ("ticket", str(ticket)) not in stream.events
        await close(fails=False)
        await stream.wait(("ticket", str(ticket)))


async def test_colleagues_see_who_is_writing(desk: DeskSite, ticket: TicketId) -> None:
    anna, boris = await seat(desk, "anna", WATER), await seat(desk, "boris", WATER)
    await anna.get(f"/tickets/{ticket}")
    async with listening(boris) as stream:
        assert (await anna.post(f"/tickets/{ticket}/typing", {"on": "1"})).status == 204
        await stream.wait(("typing", str(ticket)))
        assert "anna пишет ответ" in (await boris.get(f"/tickets/{ticket}/talk")).text
        assert "пишет ответ" not in (await anna.get(f"/tickets/{ticket}/talk")).text  # not of oneself
        stream.events.clear()
        await anna.post(f"/tickets/{ticket}/typing", {"x": "1"})
        await stream.wait(("typing", str(ticket)))
        assert "пишет ответ" not in (await boris.get(f"/tickets/{ticket}/talk")).text


async def test_a_dismissed_operator_hears_nothing_after_a_second(desk: DeskSite, live: RedisLive) -> None:
    member = await desk.hire("anna")
    browser = await desk.seat(member)
    async with listening(browser) as stream:
        async with desk.parts.desks.open() as cases:
            await cases.staff.dismiss(None, member.id)
        begun = time.monotonic()
        await asyncio.wait_for(stream.ended.wait(), 5)
        assert time.monotonic() - begun < 1.5  # half a second, and what a busy machine adds
        assert stream.events[-1][0] == "end"
    assert (await browser.get("/tickets/list", Desk_Fetch="background")).status == 401


async def test_who_moves_to_another_organisation_hears_of_the_new_one_alone(desk: DeskSite, live: RedisLive) -> None:
    member = await desk.hire("anna", organisations=frozenset({WATER}))
    async with listening(await desk.seat(member)) as stream:
        async with desk.parts.desks.open() as cases:
            await cases.staff.change(None, member.id, member.name, member.role, frozenset({HEAT}))
        await asyncio.sleep(0.8)
        live.publish(TICKET, {"ticket": 71, "organisation": WATER})
        live.publish(TICKET, {"ticket": 72, "organisation": HEAT})
        await stream.wait(("ticket", "72"))
        assert ("ticket", "71") not in stream.events


async def test_an_open_page_does_not_keep_its_session_from_ending(desk: DeskSite) -> None:
    browser = await seat(desk, "anna")
    await desk.sql("UPDATE desk_sessions SET seen_at = seen_at - interval '59 minutes' RETURNING id")
    ((before,),) = await desk.sql("SELECT seen_at FROM desk_sessions")
    async with listening(browser):
        await browser.get("/tickets/list", Desk_Fetch="background")
        assert await desk.sql("SELECT seen_at FROM desk_sessions") == [(before,)]
    await browser.get("/tickets")
    assert await desk.sql("SELECT seen_at FROM desk_sessions") != [(before,)]


async def test_the_stream_is_no_page_and_bears_the_policy(desk: DeskSite) -> None:
    browser = await seat(desk, "anna")
    assert (await browser.get("/live")).status == 404
    async with browser.http.get(f"{browser.address}/desk/live", headers={"Accept": "text/event-stream"}) as response:
        assert response.headers["Content-Type"] == "text/event-stream"
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]
        assert response.headers["Cache-Control"] == "no-store, private"
    nobody = await desk.browser()
    assert (await nobody.get("/live", Accept="text/event-stream")).to == "/desk/sign-in"


# --- Redis away --------------------------------------------------------------------------------------------------


async def test_pages_are_told_when_no_news_are_heard_and_when_they_are_again(
    servers: Servers, redis_url: str, engine: AsyncEngine, city: City, city_clock: CityClock
) -> None:
    """A proxy in front of Redis is closed and opened: as a restart, or a cable."""
    gate = Gate(redis_url.removeprefix("unix://").partition("?")[0])
    await gate.open()
    client = Redis(host="127.0.0.1", port=gate.port, socket_timeout=1.0, socket_connect_timeout=1.0)
    try:
        async with desk_site(engine, city, city_clock, live=RedisLive(client)) as site:
            browser = await seat(site, "anna")
            async with listening(browser) as stream:
                await gate.close()
                await stream.wait(("standing", "0"))
                assert (await browser.get("/tickets")).status == 200  # all else goes on
                stream.events.clear()
                await gate.open()
                await stream.wait(("standing", "1"))
                assert ("ticket", "0") in stream.events  # what was missed is asked for
    finally:
        await client.aclose()
        await gate.close()


async def test_publishing_holds_nobody_up_while_redis_is_away() -> None:
    client = Redis(host="127.0.0.1", port=9, socket_timeout=1.0, socket_connect_timeout=1.0)
    live = RedisLive(client)
    begun = time.monotonic()
    for number in range(5000):
        live.publish(TICKET, {"ticket": number})
    assert time.monotonic() - begun < 0.5
    await live.aclose()
    await client.aclose()


async def test_what_others_say_on_the_channel_is_passed_over(redis: Redis, live: RedisLive) -> None:
    heard: list[tuple[str, News]] = []
    stands = asyncio.Event()
    task = asyncio.create_task(live.listen(lambda topic, news: heard.append((topic, news)), on(stands)))
    await asyncio.wait_for(stands.wait(), 5)
    for said in ("", "{", "[]", '{"topic": 1, "news": {}}', '{"topic": "ticket", "news": 7}', b"\xff\xfe"):
        await redis.publish(CHANNEL, said)
    live.publish(TICKET, {"ticket": 1})
    async with asyncio.timeout(5):
        while not heard:
            await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert heard == [(TICKET, {"ticket": 1})]


def on(event: asyncio.Event) -> Callable[[bool], None]:
    return lambda standing: event.set() if standing else None


# --- the hub by itself -------------------------------------------------------------------------------------------


async def test_a_slow_page_is_told_to_look_at_everything() -> None:
    page = Page(SessionId(1), Member(MemberId(1), "anna", "Анна", Role.OPERATOR, frozenset({WATER})))
    for number in range(1, MOST_PENDING + 5):
        page.tell("ticket", number)
    assert ("ticket", 0) in page.pending
    assert len(page.pending) <= MOST_PENDING


async def test_news_of_another_version_are_passed_over(desk: DeskSite) -> None:
    hub = Hub(NoNews(), desk.parts.desks)
    for odd in ({}, {"ticket": "1", "organisation": WATER}, {"ticket": 1}, {"ticket": 1, "organisation": 7}):
        for topic in (TICKET, TYPING, "other"):
            hub.hear(topic, odd)
    assert hub.writing(TicketId(1), None) == []
