"""Mishaps of updates: doubled, overtaken, sent anew, spoiled, forged, unheard, lost; in all four ways in."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

import pytest
from aiohttp import web

from sandbox.faults import (
    Handover,
    Mishap,
    accepted_then_drop,
    again,
    late_update,
    no_secret,
    spoiled,
    twice,
    unheard,
    unreadable,
    unsent,
)
from sandbox.telegram.limits import Limits as TelegramLimits
from sandbox.vk.limits import Limits as VkLimits
from sandbox.wire import Json, as_list, as_object
from tests.sandbox.conftest import GROUP, Stand, Start

ANNA = 7
SECRET = "s3cret"
QUICK = TelegramLimits(webhook_retry=0.05, webhook_retry_cap=(0.05, 0.06), poll_guard=False).without_pace()
QUICK_VK = VkLimits(retry_scale=0.005).without_pace()


class Receiver:
    """The bot's address, for either messenger: takes all, or answers as told first."""

    def __init__(self) -> None:
        self.bodies: list[Json] = []
        self.headers: list[Mapping[str, str]] = []
        self.answers: list[int] = []
        self.url = ""

    async def handle(self, request: web.Request) -> web.Response:
        self.bodies.append(await request.json())
        self.headers.append(request.headers)
        return web.Response(text="ok", status=self.answers.pop(0) if self.answers else 200)

    def said(self) -> list[object]:
        return [text_of(body) for body in self.bodies]

    async def got(self, count: int) -> list[Json]:
        await eventually(lambda: len(self.bodies) >= count)
        return self.bodies


Receivers = Callable[[], Awaitable[Receiver]]


def text_of(update: Json) -> object:
    """The text of an update of either messenger."""
    message = update.get("message") or as_object(update.get("object")).get("message")
    return as_object(message).get("text")


async def eventually(reached: Callable[[], object]) -> None:
    async with asyncio.timeout(3):
        while not reached():
            await asyncio.sleep(0.005)


@pytest.fixture
async def receivers() -> AsyncIterator[Receivers]:
    runners: list[web.AppRunner] = []

    async def make() -> Receiver:
        made = Receiver()
        app = web.Application()
        app.router.add_post("/", made.handle)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
        runners.append(runner)
        return made

    yield make
    for runner in runners:
        await runner.cleanup()


@pytest.fixture
async def receiver(receivers: Receivers) -> Receiver:
    return await receivers()


@pytest.fixture
async def hooked(start: Start, receiver: Receiver) -> Stand:
    """Both messengers send to the receiver."""
    stand = await start(QUICK, QUICK_VK, secret=SECRET)
    await stand.bot("setWebhook", url=receiver.url, secret_token=SECRET)
    stand.vk.set_callback(receiver.url)
    return stand


@pytest.fixture
async def polled(start: Start) -> Stand:
    stand = await start(QUICK, QUICK_VK)
    stand.vk.longpoll.ticked = {"message_new", "message_event"}
    return stand


SIDES = ["telegram", "vk"]


def order(stand: Stand, side: str, mishap: Mishap) -> None:
    if side == "telegram":
        stand.telegram.mishaps.next("message", mishap)
    else:
        stand.vk.mishaps.next("message_new", mishap)


async def say(stand: Stand, side: str, *texts: str) -> None:
    phone = stand.telegram.phone(ANNA) if side == "telegram" else stand.vk.phone(ANNA)
    for text in texts:
        await phone.say(text)


def handovers(stand: Stand, side: str) -> list[Handover]:
    return stand.telegram.handovers if side == "telegram" else stand.vk.handovers


def key_of(body: Json) -> object:
    return body.get("update_id") or body.get("event_id")


class Poller:
    """getUpdates and Long Poll as a bot asks them, each confirming what came."""

    def __init__(self, stand: Stand, side: str) -> None:
        self.stand = stand
        self.side = side
        self.offset = 0
        self.place: Json | None = None

    async def open(self) -> "Poller":
        self.place = (await self.stand.api("groups.getLongPollServer", group_id=GROUP))["response"]
        return self

    async def poll(self) -> list[Json]:
        if self.side == "telegram":
            updates = (await self.stand.bot("getUpdates", offset=self.offset))["result"]
            self.offset = max([self.offset, *(update["update_id"] + 1 for update in updates)])
            return list(updates)
        assert self.place is not None
        check = {"act": "a_check", "key": self.place["key"], "ts": self.place["ts"], "wait": "0"}
        async with self.stand.session.get(str(self.place["server"]), params=check) as response:
            answer = await response.json()
        self.place["ts"] = answer["ts"]
        return [as_object(update) for update in as_list(answer["updates"])]


@pytest.fixture(params=SIDES)
async def poller(request: pytest.FixtureRequest, polled: Stand) -> Poller:
    return await Poller(polled, request.param).open()


# --- webhook and callback


@pytest.mark.parametrize("side", SIDES)
async def test_a_posted_update_comes_twice_with_one_id_now_or_later(
    hooked: Stand, receiver: Receiver, side: str
) -> None:
    order(hooked, side, twice())
    order(hooked, side, twice(after=0.1))
    await say(hooked, side, "раз", "два")
    await receiver.got(3)
    assert sorted(map(str, receiver.said())) == ["два", "раз", "раз"]
    await receiver.got(4)
    assert receiver.said()[3] == "два"
    assert len({key_of(body) for body in receiver.bodies}) == 2
    await eventually(lambda: len(handovers(hooked, side)) == 4)
    assert {one.mishap for one in handovers(hooked, side)} == {"twice"}


@pytest.mark.parametrize("side", SIDES)
async def test_a_copy_can_go_to_another_process_at_the_same_moment(
    hooked: Stand, receiver: Receiver, receivers: Receivers, side: str
) -> None:
    other = await receivers()
    order(hooked, side, twice(to=other.url))
    await say(hooked, side, "раз", "два")
    await receiver.got(2)
    await other.got(1)
    assert (receiver.said(), other.said()) == (["раз", "два"], ["раз"])
    assert key_of(other.bodies[0]) == key_of(receiver.bodies[0])


@pytest.mark.parametrize("side", SIDES)
async def test_later_updates_overtake_one(hooked: Stand, receiver: Receiver, side: str) -> None:
    order(hooked, side, late_update(behind=2))
    for number, text in enumerate(["раз", "два", "три", "четыре"]):
        await say(hooked, side, text)
        if number:
            # Callbacks are posted side by side: the next only when this one has come.
            await receiver.got(number + (number >= 2))
    assert receiver.said()[0] == "два"
    assert set(receiver.said()[1:3]) == {"раз", "три"}
    assert receiver.said()[3:] == ["четыре"]


@pytest.mark.parametrize("side", SIDES)
async def test_an_update_waits_only_so_long_for_others(hooked: Stand, receiver: Receiver, side: str) -> None:
    order(hooked, side, late_update(behind=5, after=0.1))
    await say(hooked, side, "раз", "два")
    await receiver.got(2)
    assert receiver.said() == ["два", "раз"]


@pytest.mark.parametrize("side", SIDES)
async def test_an_update_whose_answer_was_not_heard_comes_as_a_retry(
    hooked: Stand, receiver: Receiver, side: str
) -> None:
    order(hooked, side, unheard())
    await say(hooked, side, "раз")
    await receiver.got(2)
    assert len({key_of(body) for body in receiver.bodies}) == 1
    await eventually(lambda: [one.answer for one in handovers(hooked, side)] == [200, 200])
    assert [headers.get("X-Retry-Counter") for headers in receiver.headers] == [None, "1" if side == "vk" else None]


@pytest.mark.parametrize("side", SIDES)
async def test_an_update_whose_first_attempt_was_lost_comes_only_as_a_retry(
    hooked: Stand, receiver: Receiver, side: str
) -> None:
    order(hooked, side, unsent())
    await say(hooked, side, "раз")
    await receiver.got(1)
    await asyncio.sleep(0.1)
    assert [headers.get("X-Retry-Counter") for headers in receiver.headers] == ["1" if side == "vk" else None]


@pytest.mark.parametrize("side", SIDES)
async def test_a_stranger_posts_an_update_without_the_secret_before_it_comes_truly(
    hooked: Stand, receiver: Receiver, side: str
) -> None:
    receiver.answers = [403]
    order(hooked, side, no_secret())
    await say(hooked, side, "раз")
    await receiver.got(2)
    header = "X-Telegram-Bot-Api-Secret-Token"
    secrets = [
        body.get("secret") if side == "vk" else headers.get(header)
        for body, headers in zip(receiver.bodies, receiver.headers, strict=True)
    ]
    assert secrets == [None, SECRET]
    await eventually(lambda: len(handovers(hooked, side)) == 2)
    assert [(one.forged, one.answer) for one in handovers(hooked, side)] == [(True, 403), (False, 200)]


async def test_the_queue_of_a_chat_waits_for_a_retry_and_copies_do_not(hooked: Stand, receiver: Receiver) -> None:
    order(hooked, "telegram", unsent())
    await say(hooked, "telegram", "раз", "два")
    await receiver.got(2)
    assert receiver.said() == ["раз", "два"]


async def test_a_suspended_callback_sends_nothing_until_it_is_resumed(hooked: Stand, receiver: Receiver) -> None:
    hooked.vk.callback.suspend()
    await say(hooked, "vk", "раз")
    await asyncio.sleep(0.02)
    assert receiver.bodies == []
    hooked.vk.callback.resume()
    await receiver.got(1)
    assert int(receiver.headers[0]["X-Retry-Counter"]) >= 1


async def test_errors_in_a_row_suspend_the_callback_where_the_limits_say_so(start: Start, receiver: Receiver) -> None:
    stand = await start(vk=VkLimits(retry_scale=0.0005, suspend_after=3))
    stand.vk.set_callback(receiver.url)
    receiver.answers = [500] * 9
    await say(stand, "vk", "раз")
    await eventually(lambda: stand.vk.callback.suspended)
    assert len(receiver.bodies) == 3
    await say(stand, "vk", "два")
    await asyncio.sleep(0.05)
    assert len(receiver.bodies) == 3


# --- getUpdates and Long Poll


async def test_a_polled_update_comes_twice_at_once_or_after_it_was_confirmed(poller: Poller) -> None:
    order(poller.stand, poller.side, twice())
    order(poller.stand, poller.side, twice(after=0.1))
    await say(poller.stand, poller.side, "раз", "два")
    first = await poller.poll()
    assert sorted(str(text_of(update)) for update in first) == ["два", "раз", "раз"]
    assert await poller.poll() == []
    await asyncio.sleep(0.15)
    later = await poller.poll()
    assert [text_of(update) for update in later] == ["два"]
    assert len({key_of(update) for update in first + later}) == 2
    assert await poller.poll() == []
    assert [one.mishap for one in handovers(poller.stand, poller.side)] == ["twice"] * 4


async def test_a_polled_update_that_comes_late_is_not_lost_to_a_higher_confirmation(poller: Poller) -> None:
    order(poller.stand, poller.side, late_update(behind=2))
    await say(poller.stand, poller.side, "раз", "два")
    assert [text_of(update) for update in await poller.poll()] == ["два"]
    await say(poller.stand, poller.side, "три")
    assert sorted(str(text_of(update)) for update in await poller.poll()) == ["раз", "три"]
    assert await poller.poll() == []


async def test_updates_of_an_answer_that_was_lost_come_again(polled: Stand) -> None:
    poller = await Poller(polled, "telegram").open()
    await say(polled, "telegram", "раз")
    polled.telegram.faults.next("getUpdates", accepted_then_drop())
    with pytest.raises(Exception, match="reset"):
        await poller.poll()
    assert [text_of(update) for update in await poller.poll()] == ["раз"]
    assert len(handovers(polled, "telegram")) == 2


# --- the same everywhere


async def test_a_press_sent_anew_has_another_id_and_the_same_content(polled: Stand) -> None:
    polled.telegram.mishaps.next("callback_query", again())
    polled.vk.mishaps.next("message_event", again())
    await polled.telegram.phone(ANNA).press_data(1, "5:ok")
    await polled.vk.phone(ANNA).press_data(1, '{"choice": "5:ok"}')
    first, second = (await polled.bot("getUpdates"))["result"]
    assert first["update_id"] != second["update_id"]
    assert first["callback_query"]["data"] == second["callback_query"]["data"]
    for update in (first, second):
        answer = await polled.bot("answerCallbackQuery", callback_query_id=update["callback_query"]["id"])
        assert answer["ok"] is True
    events = list(polled.vk.longpoll.events)
    assert len({event["event_id"] for event in events}) == 2
    bodies = [as_object(event["object"]) for event in events]
    assert bodies[0]["payload"] == bodies[1]["payload"]
    for body in bodies:
        press = {name: str(body[name]) for name in ("event_id", "user_id", "peer_id")}
        assert (await polled.api("messages.sendMessageEventAnswer", **press))["response"] == 1


async def test_what_cannot_be_parsed_still_names_its_chat_unless_all_is_gone(poller: Poller) -> None:
    for spoiling in ("missing", "types", "all"):
        order(poller.stand, poller.side, unreadable(spoiling))
    await say(poller.stand, poller.side, "раз", "два", "три", "четыре")
    missing, types, nothing, whole = await poller.poll()
    assert [text_of(update) for update in (missing, types, nothing, whole)] == [
        None,
        {"wrong": ["два"]},
        None,
        "четыре",
    ]
    for update in (missing, types):
        message = as_object(update.get("message") or as_object(update["object"])["message"])
        assert message.get("peer_id") == ANNA or as_object(message["chat"])["id"] == ANNA
    assert set(as_object(nothing.get("message") or nothing.get("object"))) == set()
    assert len({key_of(update) for update in (missing, types, nothing, whole)}) == 4


def test_types_are_wrong_in_every_field_but_the_address() -> None:
    body: Json = {"chat": {"id": 7}, "message_id": 5, "text": "a", "photo": [1], "message": {"peer_id": 3, "date": 1}}
    assert spoiled(body, "types") == {
        "chat": {"id": 7},
        "message_id": {"wrong": [5]},
        "text": {"wrong": ["a"]},
        "photo": "wrong",
        "message": {"peer_id": 3, "date": {"wrong": [1]}},
    }


async def test_by_chance_every_update_comes_at_least_once_and_the_log_tells_the_doubles(polled: Stand) -> None:
    poller = await Poller(polled, "telegram").open()
    polled.telegram.mishaps.seed = 3
    polled.telegram.mishaps.sometimes("message", (0.2, twice()), (0.2, late_update()), (0.1, twice(after=0.01)))
    await say(polled, "telegram", *(str(number) for number in range(200)))
    await asyncio.sleep(0.05)
    got = [text_of(update) for _poll in range(5) for update in await poller.poll()]
    assert set(got) >= {str(number) for number in range(199)}
    doubles = {one.key for one in polled.telegram.handovers if one.mishap == "twice"}
    assert 30 < len(doubles) < 90
    assert len(got) - len(set(got)) == len(doubles)
