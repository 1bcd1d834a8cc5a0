"""Ways in: nothing is acknowledged before it is kept, nothing is lost, nothing comes twice."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bots.intake import Intake
from bots.raw import read_object, write
from bots.telegram.polling import Polling
from bots.vk.api import VkApi
from bots.vk.bookmark import Bookmark
from bots.vk.longpoll import LongPoll
from dialogs.ports import ChatAddress
from sandbox.faults import answer, html_502, telegram_error, vk_error
from tests.bots.fakes import FakeDatabase, FakeEdge, until
from tests.bots.stands import ANNA, GROUP, Stand


class Kept:
    """An inbox with what came in, and the chats that were woken."""

    def __init__(self) -> None:
        self.database = FakeDatabase()
        self.woken: list[ChatAddress] = []

    def wake(self, chats: Iterable[ChatAddress]) -> None:
        self.woken += chats

    @property
    def updates(self) -> list[dict]:
        return [dict(read_object(stored.update.raw)) for stored in self.database.inbox]

    def said(self) -> list[str]:
        """Texts of messages, of either messenger."""
        found = []
        for update in self.updates:
            body = update.get("object", update)
            found.append(body.get("message", {}).get("text"))
        return found


@asynccontextmanager
async def running(work: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    task = asyncio.ensure_future(work())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
def kept() -> Kept:
    return Kept()


async def test_an_update_is_kept_then_its_chat_is_woken_and_its_press_acknowledged(kept: Kept) -> None:
    edge = FakeEdge()
    intake = Intake(kept.database, edge, kept.wake)
    raws = [write({"peer": 1, "key": "a"}), write({"nobody": 1}), "{", write({"peer": 1, "key": "b"})]
    await intake.take(raws)
    await intake.close(1.0)
    assert len(kept.database.inbox) == 2
    assert [chat.peer for chat in kept.woken] == ["1", "1"], "named once for each update, so that each gets its turn"
    assert edge.acknowledged == [raws[0], raws[3]]


async def test_nothing_is_woken_or_acknowledged_when_the_database_is_away(kept: Kept) -> None:
    edge = FakeEdge()
    kept.database.away = True
    intake = Intake(kept.database, edge, kept.wake)
    with pytest.raises(ConnectionError):
        await intake.take([write({"peer": 1, "key": "a"})])
    await intake.close(1.0)
    assert (kept.woken, edge.acknowledged) == ([], [])


async def test_a_failing_acknowledgement_is_nobodys_concern(kept: Kept) -> None:
    edge = FakeEdge()

    async def fails(raw: str) -> None:
        raise ConnectionError

    edge.acknowledge = fails
    intake = Intake(kept.database, edge, kept.wake)
    await intake.take([write({"peer": 1, "key": "a"})])
    await intake.close(1.0)
    assert len(kept.database.inbox) == 1


async def test_the_end_of_intake_does_not_wait_for_an_acknowledgement_that_hangs(kept: Kept) -> None:
    edge = FakeEdge()

    async def hangs(raw: str) -> None:
        await asyncio.sleep(60)

    edge.acknowledge = hangs
    intake = Intake(kept.database, edge, kept.wake)
    await intake.take([write({"peer": 1, "key": "a"})])
    async with asyncio.timeout(1.0):
        await intake.close(0.05)
    assert len(kept.database.inbox) == 1


# --- Telegram


def polling(stand: Stand, kept: Kept) -> Polling:
    return Polling(stand.telegram.api, Intake(kept.database, stand.telegram, kept.wake), wait=1)


async def test_polling_takes_messages_and_presses_in_order_and_confirms_them(stand: Stand, kept: Kept) -> None:
    phone = stand.telegram_server.phone(ANNA)
    for number in range(5):
        await phone.say(str(number))
    async with running(polling(stand, kept).run):
        await until(lambda: kept.said() == ["0", "1", "2", "3", "4"])
        await phone.press_data(1, "1:ok")
        await until(lambda: len(kept.updates) == 6)
        await until(lambda: not stand.telegram_server.world.updates.pending)
        await until(lambda: "answerCallbackQuery" in [call.method for call in stand.telegram_server.calls])
    assert [chat.peer for chat in kept.woken] == [str(ANNA)] * 6


async def test_polling_first_takes_off_a_webhook_without_dropping_what_waits(stand: Stand, kept: Kept) -> None:
    await stand.telegram.api.call("setWebhook", {"url": "http://127.0.0.1:1/x"})
    await stand.telegram_server.phone(ANNA).say("раньше")
    async with running(polling(stand, kept).run):
        await until(lambda: kept.said() == ["раньше"])


async def test_polling_confirms_nothing_until_it_is_kept(stand: Stand, kept: Kept) -> None:
    kept.database.away = True
    await stand.telegram_server.phone(ANNA).say("привет")
    async with running(polling(stand, kept).run):
        await until(lambda: "getUpdates" in [call.method for call in stand.telegram_server.calls])
        await asyncio.sleep(0.2)
        assert stand.telegram_server.world.updates.pending
        kept.database.away = False
        await until(lambda: kept.said() == ["привет"], timeout=6.0)


async def test_an_update_that_comes_again_after_a_crash_is_kept_once(stand: Stand, kept: Kept) -> None:
    await stand.telegram_server.phone(ANNA).say("привет")
    (update,) = await stand.telegram.api.call("getUpdates", {"timeout": 0})
    await Intake(kept.database, stand.telegram, kept.wake).take([write(update)])
    async with running(polling(stand, kept).run):
        await until(lambda: not stand.telegram_server.world.updates.pending)
    assert kept.said() == ["привет"]


async def test_polling_goes_on_when_ids_fall_after_a_quiet_week(stand: Stand, kept: Kept) -> None:
    phone = stand.telegram_server.phone(ANNA)
    async with running(polling(stand, kept).run):
        await phone.say("до")
        await until(lambda: kept.said() == ["до"])
        asked = len(stand.telegram_server.calls)
        await until(lambda: len(stand.telegram_server.calls) >= asked + 2)
        stand.telegram_server.world.updates._next = 1000
        await phone.say("после")
        await until(lambda: kept.said() == ["до", "после"], timeout=6.0)


@pytest.mark.parametrize(
    "fault",
    [
        html_502(),
        telegram_error(409, "Conflict: terminated by other getUpdates request"),
        answer(200, {"ok": True, "result": "strange"}),
        answer(200, "[" * 100_000),
    ],
    ids=["a gateway's page", "a conflict", "a strange result", "a deep answer"],
)
async def test_polling_waits_trouble_out(stand: Stand, kept: Kept, fault: object) -> None:
    stand.telegram_server.faults.next("getUpdates", fault)
    await stand.telegram_server.phone(ANNA).say("привет")
    async with running(polling(stand, kept).run):
        await until(lambda: kept.said() == ["привет"], timeout=6.0)


# --- VK


def long_poll(stand: Stand, kept: Kept, bookmark: Bookmark | None = None) -> LongPoll:
    return LongPoll(stand.vk.api, GROUP, Intake(kept.database, stand.vk, kept.wake), bookmark, wait=1)


class Page:
    """A bookmark in memory."""

    def __init__(self) -> None:
        self.ts: str | None = None

    async def load(self) -> str | None:
        return self.ts

    async def save(self, ts: str) -> None:
        self.ts = ts


def ready(stand: Stand) -> bool:
    """What is said before long poll has asked where to begin, it does not hear."""
    ticked = stand.vk_server.longpoll.ticked >= {"message_new", "message_event", "message_allow", "message_deny"}
    return ticked and any(call.method == "groups.getLongPollServer" and call.accepted for call in stand.vk_server.calls)


async def test_long_poll_ticks_its_events_and_takes_them_in_order(stand: Stand, kept: Kept) -> None:
    phone = stand.vk_server.phone(ANNA)
    async with running(long_poll(stand, kept).run):
        await until(lambda: ready(stand))
        for number in range(5):
            await phone.say(str(number))
        await until(lambda: kept.said() == ["0", "1", "2", "3", "4"])
        await phone.press_data(1, '{"choice": "1:ok"}')
        await phone.block()
        await until(lambda: [update["type"] for update in kept.updates[5:]] == ["message_event", "message_deny"])
        await until(lambda: "messages.sendMessageEventAnswer" in [call.method for call in stand.vk_server.calls])


async def test_what_was_written_while_nobody_listened_is_fetched_from_the_bookmark(stand: Stand, kept: Kept) -> None:
    phone, page = stand.vk_server.phone(ANNA), Page()
    async with running(long_poll(stand, kept, Bookmark(page.load, page.save)).run):
        await until(lambda: ready(stand) and page.ts is not None)
        await phone.say("раз")
        await until(lambda: kept.said() == ["раз"])
    await phone.say("два")
    async with running(long_poll(stand, kept, Bookmark(page.load, page.save)).run):
        await until(lambda: kept.said() == ["раз", "два"])


async def test_long_poll_asks_in_the_address_as_documented() -> None:
    asked: list[tuple[str, dict[str, str]]] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append((request.method, dict(request.query)))
        return web.json_response({"ts": "8", "updates": []})

    app = web.Application()
    app.router.add_route("*", "/poll", answer)
    api = VkApi("token")
    async with TestServer(app) as server:
        check: dict[str, str | int] = {"act": "a_check", "key": "a+b/c=", "ts": "7", "wait": 25}
        assert await api.ask(str(server.make_url("/poll")), check, timeout=5) == {"ts": "8", "updates": []}
        await api.close()
    assert asked == [("GET", {"act": "a_check", "key": "a+b/c=", "ts": "7", "wait": "25"})]


async def test_long_poll_moves_on_only_after_its_events_are_kept(stand: Stand, kept: Kept) -> None:
    phone = stand.vk_server.phone(ANNA)
    async with running(long_poll(stand, kept).run):
        await until(lambda: ready(stand))
        await asyncio.sleep(0.1)
        kept.database.away = True
        await phone.say("привет")
        await asyncio.sleep(0.2)
        kept.database.away = False
        await until(lambda: kept.said() == ["привет"])


@pytest.mark.parametrize("trouble", ["expire_key", "forget_history", "lose"])
async def test_long_poll_finds_its_way_after_each_failure(stand: Stand, kept: Kept, trouble: str) -> None:
    phone = stand.vk_server.phone(ANNA)
    async with running(long_poll(stand, kept).run):
        await until(lambda: ready(stand))
        await phone.say("до")
        await until(lambda: kept.said() == ["до"])
        checks = len(stand.vk_server.calls)
        getattr(stand.vk_server.longpoll, trouble)()
        if trouble != "forget_history":
            await until(lambda: len(stand.vk_server.calls) > checks)
        await phone.say("после")
        await until(lambda: "после" in kept.said(), timeout=6.0)
    assert kept.said() == ["до", "после"]


async def test_a_key_that_expired_loses_no_event(stand: Stand, kept: Kept) -> None:
    phone = stand.vk_server.phone(ANNA)
    async with running(long_poll(stand, kept).run):
        await until(lambda: ready(stand))
        await asyncio.sleep(0.1)
        stand.vk_server.longpoll.key = "another"
        await phone.say("привет")
        await until(lambda: kept.said() == ["привет"])


async def test_long_poll_works_with_a_token_that_may_not_tick_events(stand: Stand, kept: Kept) -> None:
    stand.vk_server.faults.next("groups.setLongPollSettings", vk_error(15))
    async with running(long_poll(stand, kept).run):
        await until(lambda: "groups.getLongPollServer" in [call.method for call in stand.vk_server.calls])
        await asyncio.sleep(0.1)
        await stand.vk_server.phone(ANNA).say("привет")
        await until(lambda: kept.said() == ["привет"])


@pytest.mark.parametrize(
    ("method", "fault"),
    [
        ("longpoll", html_502()),
        ("longpoll", answer(200, {"updates": "strange"})),
        ("longpoll", answer(200, {"failed": 4})),
        ("groups.getLongPollServer", vk_error(10)),
    ],
    ids=["a gateway's page", "an answer without ts", "an unknown failure", "no server"],
)
async def test_long_poll_waits_trouble_out(stand: Stand, kept: Kept, method: str, fault: object) -> None:
    stand.vk_server.faults.next(method, fault)
    async with running(long_poll(stand, kept).run):
        await until(lambda: ready(stand))
        await asyncio.sleep(0.1)
        await stand.vk_server.phone(ANNA).say("привет")
        await until(lambda: kept.said() == ["привет"] or method == "groups.getLongPollServer", timeout=6.0)
        if not kept.said():
            await asyncio.sleep(1.5)
            await stand.vk_server.phone(ANNA).say("снова")
            await until(lambda: "снова" in kept.said(), timeout=6.0)
