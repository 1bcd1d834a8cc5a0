"""getUpdates and webhooks of the Bot API stand-in: order, confirmation, conflicts, retries, secrets."""

import asyncio
import socket
import time

import pytest
from aiohttp import web

from sandbox.telegram.limits import Limits

USER = 100
FAST = Limits(webhook_retry=0.02, webhook_retry_cap=(0.05, 0.06)).without_pace()


class Receiver:
    """A bot's webhook that answers as told: statuses in turn, then 200."""

    def __init__(self):
        self.taken = []
        self.headers = []
        self.statuses = []
        self.hold = None
        self.answer = None
        self.runner = None
        self.url = ""

    async def handle(self, request):
        update = await request.json()
        self.headers.append(request.headers)
        self.taken.append(update)
        if self.hold is not None and self.hold[0] in update:
            await self.hold[1].wait()
        status = self.statuses.pop(0) if self.statuses else 200
        headers = {"Retry-After": "0"} if status == 429 else {}
        return web.json_response(self.answer or {}, status=status, headers=headers)

    async def start(self):
        app = web.Application()
        app.router.add_post("/hook", self.handle)
        self.runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self.runner.addresses[0][1]}/hook"
        return self

    async def got(self, count):
        async with asyncio.timeout(5):
            while len(self.taken) < count:
                await asyncio.sleep(0.005)
        return self.taken


@pytest.fixture
async def receiver():
    made = await Receiver().start()
    yield made
    await made.runner.cleanup()


def texts(updates):
    return [update["message"]["text"] for update in updates]


async def test_updates_stay_until_a_higher_offset_confirms_them(stand):
    phone = stand.telegram.phone(USER)
    for text in "abc":
        await phone.say(text)
    first = (await stand.bot("getUpdates", limit=2))["result"]
    assert texts(first) == ["a", "b"]
    ids = [update["update_id"] for update in first]
    assert ids[1] == ids[0] + 1
    assert texts((await stand.bot("getUpdates", offset=ids[1]))["result"]) == ["b", "c"]
    assert texts((await stand.bot("getUpdates", offset=-1))["result"]) == ["c"]
    assert texts((await stand.bot("getUpdates", offset=ids[0]))["result"]) == ["c"]


async def test_a_long_poll_waits_for_what_comes(stand):
    phone = stand.telegram.phone(USER)
    poll = asyncio.create_task(stand.bot("getUpdates", timeout=5))
    await asyncio.sleep(0.05)
    await phone.say("пришло")
    assert texts((await asyncio.wait_for(poll, 1))["result"]) == ["пришло"]


async def test_asking_again_at_once_with_the_same_offset_gives_one_update(stand):
    phone = stand.telegram.phone(USER)
    await phone.say("a")
    await phone.say("b")
    assert texts((await stand.bot("getUpdates", offset=1))["result"]) == ["a", "b"]
    assert texts((await stand.bot("getUpdates", offset=1))["result"]) == ["a"]


async def test_a_second_poll_ends_the_first_with_a_conflict(stand):
    first = asyncio.create_task(stand.bot("getUpdates", timeout=5))
    await asyncio.sleep(0.05)
    second = asyncio.create_task(stand.bot("getUpdates", offset=2, timeout=5))
    answer = await asyncio.wait_for(first, 1)
    assert answer["status"] == 409
    assert answer["description"] == (
        "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
    )
    await stand.telegram.phone(USER).say("a")
    assert (await second)["ok"]


async def test_a_webhook_ends_polls_and_forbids_new_ones(start, receiver):
    stand = await start(Limits(conflict_delay=0.2))
    poll = asyncio.create_task(stand.bot("getUpdates", timeout=5))
    await asyncio.sleep(0.05)
    assert (await stand.bot("setWebhook", url=receiver.url))["result"] is True
    assert (await poll)["description"] == "Conflict: terminated by setWebhook request"
    said = await stand.refusal("getUpdates")
    assert said.startswith("Conflict: can't use getUpdates method while webhook is active")
    before = time.monotonic()
    await stand.refusal("getUpdates")
    assert time.monotonic() - before >= 0.2
    await stand.bot("deleteWebhook")
    assert (await stand.bot("getUpdates", offset=2))["ok"]


async def test_only_wanted_kinds_of_updates_come(stand):
    phone = stand.telegram.phone(USER)
    await stand.bot("getUpdates", offset=1, allowed_updates=["callback_query"])
    await phone.say("a")
    await phone.press_data(1, "d")
    updates = (await stand.bot("getUpdates", offset=2))["result"]
    assert [set(update) - {"update_id"} for update in updates] == [{"callback_query"}]


async def test_presses_expire_in_150_seconds_and_messages_in_a_day(stand):
    phone = stand.telegram.phone(USER)
    await phone.say("a")
    await phone.press_data(1, "d")
    stand.clock.now += 151
    assert texts((await stand.bot("getUpdates", offset=1))["result"]) == ["a"]
    stand.clock.now += 86_400
    assert (await stand.bot("getUpdates", offset=2))["result"] == []


async def test_a_webhook_gets_updates_with_the_secret_and_pending_ones_too(start, receiver):
    stand = await start(FAST)
    phone = stand.telegram.phone(USER)
    await phone.say("до")
    await stand.bot("setWebhook", url=receiver.url, secret_token="s3cret", allowed_updates=["message"])
    await phone.say("после")
    assert texts(await receiver.got(2)) == ["до", "после"]
    assert {headers["X-Telegram-Bot-Api-Secret-Token"] for headers in receiver.headers} == {"s3cret"}
    info = (await stand.bot("getWebhookInfo"))["result"]
    assert (info["url"], info["allowed_updates"]) == (receiver.url, ["message"])


async def test_a_refused_update_is_sent_again_before_the_next_of_its_chat(start, receiver):
    stand = await start(FAST)
    receiver.statuses = [500, 429, 503]
    phone = stand.telegram.phone(USER)
    await stand.bot("setWebhook", url=receiver.url)
    await phone.say("a")
    await phone.say("b")
    assert texts(await receiver.got(5)) == ["a", "a", "a", "a", "b"]
    assert "503" in (await stand.bot("getWebhookInfo"))["result"]["last_error_message"]


async def test_chats_and_presses_do_not_wait_for_each_other(start, receiver):
    stand = await start(FAST)
    receiver.hold = ("message", asyncio.Event())
    phone = stand.telegram.phone(USER)
    await stand.bot("setWebhook", url=receiver.url)
    await phone.say("держится")
    await phone.say("ждёт")
    await phone.press_data(1, "d")
    await stand.telegram.phone(USER + 1).say("другой")
    taken = await receiver.got(3)
    await asyncio.sleep(0.05)
    assert len(taken) == 3
    kinds = sorted("press" if "callback_query" in update else update["message"]["text"] for update in taken)
    assert kinds == ["press", "держится", "другой"]
    receiver.hold[1].set()
    assert texts([(await receiver.got(4))[3]]) == ["ждёт"]


async def test_an_unreachable_webhook_is_tried_until_it_listens(start, receiver, unused_port):
    stand = await start(FAST)
    await stand.bot("setWebhook", url=f"http://127.0.0.1:{unused_port}/hook")
    await stand.telegram.phone(USER).say("a")
    await asyncio.sleep(0.1)
    info = (await stand.bot("getWebhookInfo"))["result"]
    assert info["pending_update_count"] == 1
    assert "Connection failed" in info["last_error_message"]
    await asyncio.sleep(1)
    await stand.bot("setWebhook", url=receiver.url)
    assert texts(await receiver.got(1)) == ["a"]


async def test_setting_the_webhook_twice_in_a_second_is_too_fast(stand, receiver):
    assert (await stand.bot("setWebhook", url=receiver.url))["ok"]
    assert (await stand.bot("setWebhook", url=receiver.url))["parameters"] == {"retry_after": 1}


async def test_a_webhook_that_is_set_already_keeps_what_is_on_its_way(start, receiver):
    stand = await start(FAST)
    receiver.hold = ("message", asyncio.Event())
    await stand.bot("setWebhook", url=receiver.url)
    await stand.telegram.phone(USER).say("a")
    await receiver.got(1)
    await asyncio.sleep(1)
    assert (await stand.bot("setWebhook", url=receiver.url))["ok"]
    receiver.hold[1].set()
    await asyncio.sleep(0.1)
    assert texts(receiver.taken) == ["a"]


async def test_bad_webhook_settings_are_refused(stand):
    assert "unallowed characters" in await stand.refusal("setWebhook", url="https://e.org", secret_token="п")
    await asyncio.sleep(1)
    assert "invalid webhook URL" in await stand.refusal("setWebhook", url="e.org")


async def test_pending_updates_can_be_dropped(stand):
    await stand.telegram.phone(USER).say("a")
    await stand.bot("deleteWebhook", drop_pending_updates=True)
    assert (await stand.bot("getUpdates"))["result"] == []


async def test_a_method_in_the_webhook_answer_is_carried_out(start, receiver):
    stand = await start(FAST)
    phone = stand.telegram.phone(USER)
    receiver.answer = {"method": "sendMessage", "chat_id": USER, "text": "сразу"}
    await stand.bot("setWebhook", url=receiver.url)
    await phone.say("a")
    assert (await phone.wait_for("сразу")).mine is False


@pytest.fixture
def unused_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
