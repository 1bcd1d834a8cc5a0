"""Long Poll, the Callback API and catching up on the VK stand-in."""

import asyncio

import pytest
from aiohttp import web

from sandbox.faults import twice
from sandbox.vk.limits import Limits

USER = 200
GROUP = 77
FAST = Limits(retry_scale=0.002).without_pace()


class LongPoll:
    """A client that keeps server, key and ts, as a bot does."""

    def __init__(self, stand):
        self.stand = stand

    async def open(self):
        server = (await self.stand.api("groups.getLongPollServer", group_id=GROUP))["response"]
        self.server, self.key, self.ts = server["server"], server["key"], server["ts"]
        return self

    async def check(self, wait=1):
        params = {"act": "a_check", "key": self.key, "ts": self.ts, "wait": wait}
        async with self.stand.session.get(self.server, params=params) as response:
            answer = await response.json()
        self.ts = answer.get("ts", self.ts)
        return answer


class Receiver:
    """A bot's callback address: bodies and retry counters as they came, answers as told, then "ok"."""

    def __init__(self):
        self.bodies = []
        self.counters = []
        self.answers = []
        self.runner = None
        self.url = ""

    async def handle(self, request):
        self.bodies.append(await request.json())
        self.counters.append(request.headers.get("X-Retry-Counter"))
        status, text, headers = self.answers.pop(0) if self.answers else (200, "ok", {})
        return web.Response(status=status, text=text, headers=headers)

    async def got(self, count):
        async with asyncio.timeout(5):
            while len(self.bodies) < count:
                await asyncio.sleep(0.005)
        return self.bodies


@pytest.fixture
async def receiver():
    made = Receiver()
    app = web.Application()
    app.router.add_post("/cb", made.handle)
    made.runner = web.AppRunner(app, shutdown_timeout=0.1)
    await made.runner.setup()
    await web.TCPSite(made.runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{made.runner.addresses[0][1]}/cb"
    yield made
    await made.runner.cleanup()


async def test_long_poll_gives_what_came_after_ts(stand):
    poll = await LongPoll(stand).open()
    phone = stand.vk.phone(USER)
    waiting = asyncio.create_task(poll.check(wait=5))
    await asyncio.sleep(0.05)
    await phone.start("qr-77")
    event = (await asyncio.wait_for(waiting, 1))["updates"][0]
    message = event["object"]["message"]
    assert (event["type"], event["group_id"]) == ("message_new", GROUP)
    assert message["text"] == "Начать"
    assert (message["payload"], message["ref"]) == ('{"command":"start"}', "qr-77")
    assert message["date"] == int(stand.clock.now)
    assert "callback" in event["object"]["client_info"]["button_actions"]
    assert (await poll.check(wait=0))["updates"] == []


async def test_a_lost_answer_is_asked_for_again_with_the_old_ts(stand):
    poll = await LongPoll(stand).open()
    before = poll.ts
    await stand.vk.phone(USER).say("a")
    first = await poll.check()
    poll.ts = before
    assert await poll.check() == first


async def test_only_ticked_events_come(stand):
    poll = await LongPoll(stand).open()
    phone = stand.vk.phone(USER)
    await phone.block()
    settings = (await stand.api("groups.getLongPollSettings", group_id=GROUP))["response"]
    assert settings["events"] == {**dict.fromkeys(settings["events"], False), "message_new": True}
    wanted = {"message_event": 1, "message_allow": 1, "message_deny": 1}
    assert (await stand.api("groups.setLongPollSettings", group_id=GROUP, enabled=1, **wanted))["response"] == 1
    await phone.unblock()
    await phone.press_data(1, '{"k":1}')
    updates = (await poll.check())["updates"]
    assert [update["type"] for update in updates] == ["message_allow", "message_event"]
    assert updates[1]["object"]["payload"] == {"k": 1}


async def test_failures_are_told_apart(stand):
    poll = await LongPoll(stand).open()
    phone = stand.vk.phone(USER)
    old = poll.ts
    await phone.say("a")
    stand.vk.longpoll.forget_history()
    assert await poll.check() == {"failed": 1, "ts": "2"}
    stand.vk.longpoll.expire_key()
    assert await poll.check() == {"failed": 2}
    await poll.open()
    waiting = asyncio.create_task(poll.check(wait=5))
    await asyncio.sleep(0.05)
    stand.vk.longpoll.lose()
    assert await waiting == {"failed": 3}
    await poll.open()
    await phone.say("b")
    assert [update["object"]["message"]["text"] for update in (await poll.check())["updates"]] == ["b"]
    poll.ts = old + "000"
    assert (await poll.check())["failed"] == 1


async def test_a_disabled_long_poll_and_a_foreign_group_are_refused(stand):
    assert await stand.code("groups.getLongPollServer", group_id=GROUP + 1) == 15
    await stand.api("groups.setLongPollSettings", group_id=GROUP, enabled=0)
    assert await stand.code("groups.getLongPollServer", group_id=GROUP) == 100


async def test_a_callback_bears_the_secret_and_one_event_id(start, receiver):
    stand = await start(vk=FAST, secret="sss")
    stand.vk.set_callback(receiver.url)
    await stand.vk.phone(USER).say("привет")
    body = (await receiver.got(1))[0]
    assert (body["secret"], body["group_id"], body["type"], body["v"]) == ("sss", GROUP, "message_new", "5.199")
    assert body["object"]["message"]["text"] == "привет"
    assert len(body["event_id"]) == 32
    assert receiver.counters == [None]


async def test_confirmation_wants_the_right_code(start, receiver):
    stand = await start(vk=FAST, secret="sss", confirmation="abc123")
    stand.vk.set_callback(receiver.url)
    code = (await stand.api("groups.getCallbackConfirmationCode", group_id=GROUP))["response"]["code"]
    receiver.answers = [(200, code, {}), (200, "nonsense", {})]
    assert await stand.vk.callback.confirm() is True
    assert await stand.vk.callback.confirm() is False
    assert receiver.bodies[0] == {"type": "confirmation", "group_id": GROUP, "v": "5.199", "secret": "sss"}


async def test_a_failed_callback_comes_five_times_more_with_a_counter(start, receiver):
    stand = await start(vk=Limits(retry_scale=0.0001))
    receiver.answers = [(500, "", {})] * 7
    stand.vk.set_callback(receiver.url)
    await stand.vk.phone(USER).say("a")
    await receiver.got(6)
    await asyncio.sleep(0.1)
    assert receiver.counters == [None, "1", "2", "3", "4", "5"]
    assert len({body["event_id"] for body in receiver.bodies}) == 1


async def test_an_answer_other_than_ok_is_a_failure_and_retry_after_is_honoured(start, receiver):
    stand = await start(vk=Limits(retry_scale=100.0))
    receiver.answers = [(503, "", {"Retry-After": "0"}), (429, "ok", {"Retry-After": "0"}), (200, "ok", {})]
    stand.vk.set_callback(receiver.url)
    await stand.vk.phone(USER).say("a")
    await receiver.got(3)
    assert receiver.counters == [None, "1", "2"]


async def test_the_answer_remove_deletes_the_server(start, receiver):
    stand = await start(vk=FAST)
    receiver.answers = [(200, "remove", {})]
    stand.vk.set_callback(receiver.url)
    phone = stand.vk.phone(USER)
    await phone.say("a")
    await receiver.got(1)
    async with asyncio.timeout(2):
        while stand.vk.callback.url is not None:
            await asyncio.sleep(0.005)
    await phone.say("b")
    await asyncio.sleep(0.05)
    assert len(receiver.bodies) == 1


async def test_an_event_can_be_doubled(start, receiver):
    stand = await start(vk=FAST)
    stand.vk.set_callback(receiver.url)
    stand.vk.mishaps.next("message_new", twice())
    phone = stand.vk.phone(USER)
    await phone.say("a")
    await phone.say("b")
    bodies = await receiver.got(3)
    assert len({body["event_id"] for body in bodies}) == 2


async def test_conversations_and_history_let_a_bot_catch_up(stand):
    for user in (USER, USER + 1):
        await stand.vk.phone(user).say(f"от {user}")
    await stand.api("messages.send", peer_id=USER, message="ответ", random_id=0)
    every = (await stand.api("messages.getConversations"))["response"]
    assert [item["conversation"]["peer"]["id"] for item in every["items"]] == [USER, USER + 1]
    unread = (await stand.api("messages.getConversations", filter="unanswered"))["response"]
    assert [item["last_message"]["text"] for item in unread["items"]] == [f"от {USER + 1}"]
    history = (await stand.api("messages.getHistory", peer_id=USER, count=1))["response"]
    assert (history["count"], history["items"][0]["text"]) == (2, "ответ")
    assert (await stand.api("messages.markAsRead", peer_id=USER + 1))["response"] == 1


async def test_events_of_everything_a_person_can_send_follow_the_schema(stand, png, need_schemas):
    stand.vk.longpoll.ticked = {"message_new", "message_event", "message_allow", "message_deny"}
    poll = await LongPoll(stand).open()
    phone = stand.vk.phone(USER)
    await phone.start("x")
    await phone.send_photo(png(1000, 500), "подпись")
    await phone.send_document(b"%PDF", "a.pdf", "application/pdf")
    await phone.send_voice(b"OggS")
    await phone.send_sticker()
    await phone.send_location(53.4, 59.0)
    await phone.block()
    await phone.unblock()
    updates = (await poll.check())["updates"]
    assert len(updates) == 8
    check = need_schemas.vk.check_object
    for update in updates:
        wrong = check("callback/objects.json", f"callback_{update['type']}", update["object"])
        assert wrong is None, update
    with_extra = {**updates[0]["object"], "extra": 1}
    assert "has no extra" in check("callback/objects.json", "callback_message_new", with_extra)
