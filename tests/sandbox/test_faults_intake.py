"""The real ways in under a storm of mishaps and faults: every update that named a chat is kept, and kept once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from aiohttp import web
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from bots.intake import Intake
from bots.telegram.edge import TelegramEdge
from bots.telegram.polling import Polling
from bots.telegram.webhook import TelegramWebhook
from bots.vk.callback import VkCallback
from bots.vk.edge import VkEdge
from bots.vk.longpoll import LongPoll
from infra.db.inbox import PostgresInbox
from sandbox.faults import (
    Mishap,
    accepted_then_drop,
    again,
    drop_before,
    html_502,
    late_update,
    longpoll_failed,
    no_secret,
    telegram_conflict,
    twice,
    unheard,
    unreadable,
    unsent,
)
from sandbox.servers import Sandbox
from sandbox.telegram.limits import Limits as TelegramLimits
from sandbox.telegram.server import TelegramServer
from sandbox.vk.limits import Limits as VkLimits
from sandbox.vk.server import VkServer
from tests.bots.fakes import until
from tests.bots.stands import GROUP, TELEGRAM_TOKEN, VK_TOKEN
from web.webhooks import handler

SECRET = "s3cret"
PEOPLE, SAYINGS = 8, 25
STORM: list[tuple[float, Mishap]] = [
    (0.05, twice()),
    (0.05, twice(after=0.05)),
    (0.05, late_update(behind=3, after=0.2)),
    (0.05, again()),
    (0.05, unreadable("missing")),
    (0.05, unreadable("types")),
    (0.05, no_secret()),
    (0.05, unheard()),
    (0.05, unsent()),
]


@dataclass
class House:
    """Both servers, and our intake behind them with the inbox of the product."""

    base: str
    telegram: TelegramServer
    vk: VkServer
    telegram_edge: TelegramEdge
    vk_edge: VkEdge
    engine: AsyncEngine
    inbox: PostgresInbox

    def intake(self, messenger: str) -> Intake:
        return Intake(self.inbox, self.telegram_edge if messenger == "telegram" else self.vk_edge)

    async def kept(self) -> list[str]:
        async with self.engine.connect() as connection:
            return list(await connection.scalars(text("SELECT key FROM inbox ORDER BY id")))

    async def keeps(self, count: Callable[[], int], timeout: float = 15.0) -> list[str]:
        """The keys, once so many different ones are there."""
        async with asyncio.timeout(timeout):
            while len(set(kept := await self.kept())) < count():
                await asyncio.sleep(0.05)
        return kept


@pytest.fixture
async def house(engine: AsyncEngine) -> AsyncIterator[House]:
    limits = TelegramLimits(webhook_retry=0.02, webhook_retry_cap=(0.05, 0.06), conflict_delay=0.0)
    telegram = TelegramServer(TELEGRAM_TOKEN, limits=limits.without_pace())
    vk = VkServer(VK_TOKEN, GROUP, limits=VkLimits(retry_scale=0.002).without_pace(), secret=SECRET)
    sandbox = Sandbox(telegram, vk)
    base = await sandbox.start()
    edges = TelegramEdge(TELEGRAM_TOKEN, f"{base}/telegram"), VkEdge(VK_TOKEN, GROUP, f"{base}/vk")
    yield House(base, telegram, vk, *edges, engine, PostgresInbox(engine))
    for edge in edges:
        await edge.close()
    await sandbox.stop()


@asynccontextmanager
async def running(work: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    task = asyncio.ensure_future(work())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def listening(receiver: TelegramWebhook | VkCallback) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_post("/", handler(receiver))
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    await runner.cleanup()


async def talk(server: TelegramServer | VkServer) -> None:
    """Everybody says everything, in turns."""
    phones = [server.phone(person) for person in range(1, PEOPLE + 1)]
    for number in range(SAYINGS):
        for phone in phones:
            await phone.say(f"{phone.user.id} {number}")
        await asyncio.sleep(0.005)


async def all_are_kept_once(house: House, server: TelegramServer | VkServer) -> None:
    def sent() -> set[str]:
        return {one.key for one in server.handovers if not one.forged}

    def anew() -> int:
        return len({one.key for one in server.handovers if one.mishap == "again"}) // 2

    # "Again" makes two updates of one. On Telegram each is an update of its own, on VK both bring the same message.
    alike = server is house.vk
    kept = await house.keeps(lambda: PEOPLE * SAYINGS + (0 if alike else anew()))
    assert len(kept) == len(set(kept))
    assert set(kept) <= sent()
    assert len(sent()) - len(kept) == (anew() if alike else 0)
    assert len(server.handovers) > len(kept), "the storm gave no doubles"
    assert not [one for one in server.handovers if one.forged and one.answer == 200]


async def test_polling_keeps_every_update_once(house: House) -> None:
    house.telegram.mishaps.sometimes("message", *STORM)
    for fault in (accepted_then_drop(), telegram_conflict(), html_502()):
        house.telegram.faults.next("getUpdates", fault)
    async with running(Polling(house.telegram_edge.api, house.intake("telegram"), wait=1).run):
        await talk(house.telegram)
        await all_are_kept_once(house, house.telegram)


async def test_the_webhook_keeps_every_update_once(house: House) -> None:
    house.telegram.mishaps.sometimes("message", *STORM)
    async with listening(TelegramWebhook(SECRET, house.intake("telegram"))) as url:
        await house.telegram_edge.api.call("setWebhook", {"url": url, "secret_token": SECRET})
        await talk(house.telegram)
        await all_are_kept_once(house, house.telegram)
        assert [one for one in house.telegram.handovers if one.forged]


async def test_long_poll_keeps_every_event_once(house: House) -> None:
    house.vk.mishaps.sometimes("message_new", *STORM)
    for fault in (accepted_then_drop(), longpoll_failed(2), drop_before()):
        house.vk.faults.next("longpoll", fault)
    async with running(LongPoll(house.vk_edge.api, GROUP, house.intake("vk"), wait=1).run):
        await until(lambda: "message_event" in house.vk.longpoll.ticked)
        await asyncio.sleep(0.1)
        await talk(house.vk)
        await all_are_kept_once(house, house.vk)


async def test_the_callback_keeps_every_event_once(house: House) -> None:
    house.vk.mishaps.sometimes("message_new", *STORM)
    async with listening(VkCallback(GROUP, SECRET, "c0de", house.intake("vk"))) as url:
        house.vk.set_callback(url)
        await talk(house.vk)
        await all_are_kept_once(house, house.vk)
        assert [one for one in house.vk.handovers if one.forged]


async def test_without_the_unique_key_of_the_inbox_the_storm_would_double(house: House) -> None:
    """The twin of the four above, with the protection taken away."""
    async with house.engine.begin() as connection:
        await connection.execute(text("ALTER TABLE inbox DROP CONSTRAINT uq_inbox_messenger_bot_key"))
    house.telegram.mishaps.sometimes("message", *STORM)
    async with listening(TelegramWebhook(SECRET, house.intake("telegram"))) as url:
        await house.telegram_edge.api.call("setWebhook", {"url": url, "secret_token": SECRET})
        await talk(house.telegram)
        kept = await house.keeps(lambda: PEOPLE * SAYINGS)
    assert len(kept) > len(set(kept))


async def test_what_every_reader_of_retry_counters_would_lose_is_kept(house: House) -> None:
    """The twin: a bot that drops whatever bears X-Retry-Counter loses the events whose first attempt was lost."""
    house.vk.mishaps.next("message_new", unsent(), times=3)
    honest = VkCallback(GROUP, SECRET, "c0de", house.intake("vk"))
    dropped: list[str] = []

    async def hasty(request: web.Request) -> web.StreamResponse:
        if "X-Retry-Counter" in request.headers:
            dropped.append(await request.text())
            return web.Response(text="ok")
        return await handler(honest)(request)

    app = web.Application()
    app.router.add_post("/hasty", hasty)
    app.router.add_post("/honest", handler(honest))
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    phone, base = house.vk.phone(1), f"http://127.0.0.1:{runner.addresses[0][1]}"
    house.vk.set_callback(f"{base}/hasty")
    await phone.say("раз")
    await until(lambda: dropped)
    assert await house.kept() == []
    house.vk.set_callback(f"{base}/honest")
    await phone.say("два")
    await phone.say("три")
    await house.keeps(lambda: 2)
    await runner.cleanup()
