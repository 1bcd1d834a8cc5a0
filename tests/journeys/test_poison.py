"""A message that no turn can serve: its chat goes on within seconds, and nothing of it is lost."""

import asyncio
import time

import asyncpg
import pytest

from dialogs.engine import Engine
from dialogs.event import Event, Said
from dialogs.ports import OpenTurn
from dialogs.turn import Served
from infra.db.dead import dead_letters, retry
from sandbox.phone import Phone
from tests.journeys.conftest import House
from tests.journeys.test_main_job import agree

GOES_ON_WITHIN = 5.0
"""Seconds (reliability.md O5)."""


class Poison:
    """Makes turns fail that hear a word, until it is taken away."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, word: str) -> None:
        self.served = 0
        self.works = True
        real = Engine.serve

        async def serve(engine: Engine, turn: OpenTurn, event: Event, private: bool, hint: str | None) -> Served:
            if event == Said(word):
                if self.works:
                    raise ZeroDivisionError
                self.served += 1
            return await real(engine, turn, event, private, hint)

        monkeypatch.setattr(Engine, "serve", serve)


async def hurry(house: House) -> None:
    """Makes retries due at once until nothing waits."""
    connection = await asyncpg.connect(house.ground.database_url)
    try:
        async with asyncio.timeout(20):
            while await connection.fetchval("SELECT count(*) FROM inbox WHERE done_at IS NULL"):
                await connection.execute("UPDATE inbox SET due_at = now() WHERE done_at IS NULL AND attempts >= 2")
                await asyncio.sleep(0.1)
    finally:
        await connection.close()


async def asks_for_the_menu(phone: Phone) -> float:
    """How long the answer took, in seconds."""
    begun = time.monotonic()
    await phone.say("адреса")
    await phone.wait_for("Центры обслуживания", timeout=10.0)
    return time.monotonic() - begun


async def test_a_chat_goes_on_within_seconds_of_a_message_that_always_fails(
    polling_house: House, messenger: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    poison = Poison(monkeypatch, "яд")
    phone = polling_house.phone(messenger)
    await agree(phone)
    await phone.say("яд")
    assert await asks_for_the_menu(phone) < GOES_ON_WITHIN
    await phone.wait_for("на нашей стороне ошибка")

    await hurry(polling_house)
    (letter,) = await dead_letters(polling_house.engine)
    assert (letter.messenger, letter.error, letter.attempts) == (messenger, "ZeroDivisionError", 6)
    assert poison.served == 0
    sorries = [bubble for bubble in phone.bubbles if "на нашей стороне ошибка" in bubble.plain]
    assert len(sorries) == 1

    poison.works = False
    assert await retry(polling_house.engine, letter.id) == 1
    async with asyncio.timeout(GOES_ON_WITHIN):
        while not poison.served:
            await asyncio.sleep(0.05)
    await hurry(polling_house)
    assert poison.served == 1
    assert await dead_letters(polling_house.engine) == []


async def test_what_another_screen_asked_for_is_not_answered_by_a_late_message(
    polling_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The number was typed for one screen; when its turn succeeds at last, another one is open."""
    poison = Poison(monkeypatch, "3000012345")
    phone = polling_house.phone("telegram")
    await agree(phone)
    await phone.tap("Привязать")
    await phone.wait_for("номер лицевого счёта")
    await phone.say("3000012345")
    await phone.wait_for("на нашей стороне ошибка")
    await phone.tap("Вопрос")
    await phone.wait_for("О чём вопрос?")
    poison.works = False
    await hurry(polling_house)
    assert poison.served == 1
    assert "О чём вопрос?" in phone.bubbles[-1].plain
