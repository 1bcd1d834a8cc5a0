"""Webhooks over HTTP: who is let in, and that nothing is answered for before it is kept."""

import io
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiohttp
import pytest

from bots.intake import Intake
from bots.telegram.edge import TelegramEdge
from bots.telegram.webhook import SECRET_HEADER, TelegramWebhook
from bots.vk.callback import VkCallback
from bots.vk.edge import VkEdge
from sandbox.servers import Sandbox
from sandbox.telegram.server import TelegramServer
from sandbox.vk.server import VkServer
from tests.bots.fakes import FakeDatabase, until
from tests.bots.stands import ANNA, GROUP, TELEGRAM_TOKEN, VK_TOKEN
from web.app import Site, build_app
from web.health import Health
from web.metrics import Metrics

SECRET = "tg-secret_1"
VK_SECRET = "vk-secret"
CODE = "c0de"


@dataclass
class House:
    """A listening site with both webhooks, and what it kept."""

    base: str
    database: FakeDatabase
    http: aiohttp.ClientSession
    telegram: TelegramEdge
    vk: VkEdge
    intakes: list[Intake]

    async def telegram_says(self, body: str | bytes, secret: str | None = SECRET) -> tuple[int, str]:
        headers = {} if secret is None else {SECRET_HEADER: secret}
        return await self._post("/telegram/webhook", body, headers)

    async def vk_says(self, body: object) -> tuple[int, str]:
        return await self._post("/vk/callback", body if isinstance(body, str | bytes) else json.dumps(body), {})

    async def _post(self, path: str, body: str | bytes, headers: dict[str, str]) -> tuple[int, str]:
        data = io.BytesIO(body.encode() if isinstance(body, str) else body)
        async with self.http.post(self.base + path, data=data, headers=headers) as response:
            self.retry_after = response.headers.get("Retry-After")
            return response.status, await response.text()

    def kept(self) -> list[str]:
        return [stored.update.key for stored in self.database.inbox]


@pytest.fixture
async def house() -> AsyncIterator[House]:
    database = FakeDatabase()
    telegram, vk = TelegramEdge(TELEGRAM_TOKEN, "http://127.0.0.1:1"), VkEdge(VK_TOKEN, GROUP, "http://127.0.0.1:1")
    intakes = [Intake(database, edge) for edge in (telegram, vk)]
    webhooks = {
        "/telegram/webhook": TelegramWebhook(SECRET, intakes[0]),
        "/vk/callback": VkCallback(GROUP, VK_SECRET, CODE, intakes[1]),
    }
    site = Site(build_app(webhooks, Health(), Metrics()))
    port = await site.start("127.0.0.1", 0)
    async with aiohttp.ClientSession() as http:
        yield House(f"http://127.0.0.1:{port}", database, http, telegram, vk, intakes)
    await site.stop()
    for intake in intakes:
        await intake.close(1.0)
    await telegram.close()
    await vk.close()


def message(number: int = 5) -> str:
    chat = {"id": ANNA, "type": "private", "first_name": "А"}
    return json.dumps({"update_id": number, "message": {"message_id": 1, "date": 1, "chat": chat, "text": "x"}})


def event(**more: object) -> dict:
    body = {"message": {"peer_id": ANNA, "text": "x"}}
    return {"type": "message_new", "event_id": "e1", "group_id": GROUP, "secret": VK_SECRET, "object": body, **more}


async def test_an_update_with_the_secret_is_kept_and_then_answered_for(house: House) -> None:
    assert await house.telegram_says(message()) == (200, "{}")
    assert house.kept() == ["5"]


def press(number: int) -> str:
    under = {"message_id": 1, "date": 1, "chat": {"id": ANNA, "type": "private"}}
    sender = {"id": ANNA, "is_bot": False, "first_name": "А"}
    query = {"id": "77", "from": sender, "message": under, "chat_instance": "1", "data": "1:yes"}
    return json.dumps({"update_id": number, "callback_query": query})


async def test_a_press_is_acknowledged_by_the_answer_itself_once_it_is_kept(house: House) -> None:
    status, text = await house.telegram_says(press(6))
    assert (status, json.loads(text)) == (200, {"method": "answerCallbackQuery", "callback_query_id": "77"})
    assert house.kept() == ["6"]
    house.database.away = True
    status, text = await house.telegram_says(press(7))
    assert (status, text) == (503, "try again")


async def test_while_sending_is_off_a_press_is_kept_and_not_acknowledged(house: House) -> None:
    house.intakes[0].may_send = lambda: False
    assert await house.telegram_says(press(8)) == (200, "{}")
    assert house.kept() == ["8"]


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET + "x", SECRET[:-1]])
async def test_an_update_without_the_secret_is_refused_and_not_kept(house: House, secret: str | None) -> None:
    status, _text = await house.telegram_says(message(), secret)
    assert status == 403
    assert house.kept() == []


async def test_a_webhook_without_a_secret_cannot_be_made(house: House) -> None:
    with pytest.raises(ValueError):
        TelegramWebhook("", Intake(house.database, house.telegram))
    with pytest.raises(ValueError):
        VkCallback(GROUP, "", CODE, Intake(house.database, house.vk))


@pytest.mark.parametrize("body", ["", "{", "[]", "null", '"text"', "[" * 100_000, b"\xff\xfe{}"], ids=range(7))
async def test_a_broken_body_is_400_on_both(house: House, body: str | bytes) -> None:
    assert (await house.telegram_says(body))[0] == 400
    assert (await house.vk_says(body))[0] == 400
    assert house.kept() == []


async def test_a_body_over_a_mebibyte_is_413_on_both(house: House) -> None:
    huge = message()[:-1] + ', "x": "' + "x" * 1024 * 1024 + '"}'
    assert (await house.telegram_says(huge))[0] == 413
    assert (await house.vk_says(huge))[0] == 413
    assert house.kept() == []


async def test_an_update_that_says_nothing_to_us_is_answered_for_and_passed_over(house: House) -> None:
    assert (await house.telegram_says('{"update_id": 1, "poll": {}}'))[0] == 200
    assert await house.vk_says(event(type="group_join")) == (200, "ok")
    assert house.kept() == []


async def test_while_the_database_is_away_messengers_are_asked_to_come_again(house: House) -> None:
    house.database.away = True
    assert (await house.telegram_says(message()))[0] == 503
    assert house.retry_after is not None
    assert (await house.vk_says(event()))[0] == 503
    assert house.retry_after is not None
    house.database.away = False
    assert (await house.telegram_says(message()))[0] == 200
    assert await house.vk_says(event()) == (200, "ok")
    assert sorted(house.kept()) == ["5", "e1"]


async def test_the_same_update_five_times_is_kept_once(house: House) -> None:
    for _ in range(5):
        assert (await house.telegram_says(message()))[0] == 200
        assert await house.vk_says(event()) == (200, "ok")
    assert sorted(house.kept()) == ["5", "e1"]


@pytest.mark.parametrize(
    "wrong",
    [{"secret": "wrong"}, {"secret": None}, {"secret": 5}, {"secret": "\ud800"}, {"group_id": 78}, {"group_id": "77"}],
    ids=str,
)
async def test_an_event_of_a_stranger_is_refused_and_never_answered_ok(house: House, wrong: dict) -> None:
    assert await house.vk_says(event(**wrong)) == (403, "forbidden")
    assert await house.vk_says(event(type="confirmation", **wrong)) == (403, "forbidden")
    assert house.kept() == []


async def test_the_confirmation_code_is_told_to_vk(house: House) -> None:
    assert await house.vk_says({"type": "confirmation", "group_id": GROUP, "secret": VK_SECRET}) == (200, CODE)


async def test_a_server_may_be_confirmed_before_its_secret_is_set(house: House) -> None:
    assert await house.vk_says({"type": "confirmation", "group_id": GROUP}) == (200, CODE)
    assert await house.vk_says({"type": "confirmation", "group_id": GROUP + 1}) == (403, "forbidden")
    assert await house.vk_says({"type": "message_new", "group_id": GROUP, "event_id": "e1"}) == (403, "forbidden")


async def test_the_secret_of_an_event_is_not_kept(house: House) -> None:
    await house.vk_says(event())
    assert VK_SECRET not in house.database.inbox[0].update.raw


async def test_an_event_that_comes_again_is_not_dropped_for_its_retry_counter(house: House) -> None:
    async with house.http.post(
        f"{house.base}/vk/callback", data=json.dumps(event()), headers={"X-Retry-Counter": "1"}
    ) as response:
        assert await response.text() == "ok"
    assert house.kept() == ["e1"]


async def test_other_methods_and_paths_are_not_there(house: House) -> None:
    async with house.http.get(f"{house.base}/telegram/webhook") as response:
        assert response.status == 405
    async with house.http.get(f"{house.base}/") as response:
        assert response.status == 404


async def test_the_sandboxes_deliver_through_our_webhooks(house: House) -> None:
    telegram = TelegramServer(TELEGRAM_TOKEN)
    vk = VkServer(VK_TOKEN, GROUP, secret=VK_SECRET, confirmation=CODE)
    sandbox = Sandbox(telegram, vk)
    base = await sandbox.start()
    try:
        api = TelegramEdge(TELEGRAM_TOKEN, f"{base}/telegram")
        await api.api.call("setWebhook", {"url": f"{house.base}/telegram/webhook", "secret_token": SECRET})
        await api.close()
        vk.set_callback(f"{house.base}/vk/callback")
        assert await vk.callback.confirm()
        await telegram.phone(ANNA).say("привет")
        await vk.phone(ANNA).say("привет")
        await until(lambda: len(house.kept()) == 2)
    finally:
        await sandbox.stop()
