"""SIGTERM while the messengers hang: a process ends in order, and another sends what it could not.

The budgets are a sixth of the real ones, so that nobody waits for fifteen seconds here; that the real ones fit into
what is promised is a matter of adding them up.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

import cli.draining
import cli.serve
from bots.delivery import Bounds
from cli.draining import DRAIN_WITHIN, INTAKE_WITHIN, SENDS_HAVE
from cli.serve import LAST_MOMENT
from cli.wiring import House
from dialogs.ports import PutOff
from infra.db.engine import create_engine
from infra.db.outbox import SILENT_SECONDS, PostgresOutbox
from infra.db.turns import LEASE_SECONDS
from infra.embedded import Servers
from infra.jobs import HAND_BACK_WITHIN
from proof.processes import Prepare
from proof.stage import Replica, Stage, Town, filled_town, staged
from sandbox.faults import hang
from sandbox.phone import Phone
from web.app import Site

SHORTER = 6.0
PROMISED = 15.0
RENEWED_EVERY = Bounds().renew_every
ENDS_AFTER = 2.0
"""Seconds after the deadline in which marks are written and connections closed, on a machine that others use."""

_BEHIND = """
SELECT bool_and(leased_until <= clock_timestamp() AND holder IS NULL) FROM outbox WHERE sent_at IS NULL
AND id NOT IN (SELECT min(id) FROM outbox WHERE sent_at IS NULL GROUP BY messenger, peer)
"""


@pytest.fixture(scope="module")
async def place(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    folder: Path = tmp_path_factory.mktemp("ending")
    async with filled_town(servers, folder, 12) as made:
        yield made


@pytest.fixture
async def stage(place: Town) -> AsyncIterator[Stage]:
    """By polling a press is acknowledged by a call; to a webhook it would be the answer."""
    async with staged(place) as opened:
        yield replace(opened, settings=opened.settings.model_copy(update={"telegram_mode": "polling"}))


def in_short() -> None:
    """The process has a sixth of its time."""
    for name in ("DRAIN_WITHIN", "INTAKE_WITHIN", "SENDS_HAVE"):
        vars(cli.draining)[name] /= SHORTER
    vars(cli.serve)["LAST_MOMENT"] = DRAIN_WITHIN / SHORTER + ENDS_AFTER


def in_series() -> None:
    """The twin: each step has a time of its own, and waits for the one before."""
    in_short()
    vars(cli.serve)["drain"] = _one_after_another


async def _one_after_another(house: House, _site: Site | None) -> None:
    for intake in house.intakes.values():
        await intake.close(10.0)
    await house.runner.stop(6.0)
    await house.delivery.drain(6.0)


def test_all_parts_of_an_end_fit_into_what_is_promised() -> None:
    assert INTAKE_WITHIN + SENDS_HAVE < DRAIN_WITHIN
    assert HAND_BACK_WITHIN < DRAIN_WITHIN
    assert DRAIN_WITHIN + ENDS_AFTER < LAST_MOMENT < PROMISED


@pytest.mark.parametrize("prepare", [in_short, in_series])
async def test_with_messengers_that_hang_a_process_ends_in_order_and_gives_back(stage: Stage, prepare: Prepare) -> None:
    protected = prepare is in_short
    (anna,), (boris,) = stage.phones("telegram", 1), stage.phones("vk", 1)
    async with stage.replicas("all", prepare=prepare) as (victim,):
        await asks_for_menu(anna, boris)
        everything_hangs(stage)
        for phone in (anna, boris):
            await phone.tap("Показания")  # in Telegram its acknowledgement hangs, in both its answer
            await phone.say("меню")
        await stored(stage, 4)
        code, seconds = await told_to_stop(victim)
    assert (code == 0) is protected
    assert seconds < DRAIN_WITHIN / SHORTER + ENDS_AFTER + 1.0
    assert (await stage.fetch(_BEHIND))[0][0] is protected, "what never left waits for nobody"
    if protected:
        assert await taken_over(stage, 4) < SILENT_SECONDS + 2.0 < LEASE_SECONDS - RENEWED_EVERY
        await sent_by_another(stage, anna, boris)


async def asks_for_menu(*phones: Phone) -> None:
    for phone in phones:
        await phone.say("меню")
        await phone.wait_for("Что сделать?", timeout=20)


def everything_hangs(stage: Stage) -> None:
    for method in ("sendMessage", "answerCallbackQuery"):
        stage.telegram.faults.sometimes(method, (1.0, hang()))
    for method in ("messages.send", "execute"):
        stage.vk.faults.sometimes(method, (1.0, hang()))


async def stored(stage: Stage, replies: int) -> None:
    """Waits until so many replies wait in the outbox."""
    async with asyncio.timeout(20):
        while await stage.value("SELECT count(*) FROM outbox WHERE sent_at IS NULL") < replies:
            await asyncio.sleep(0.02)


async def told_to_stop(victim: Replica) -> tuple[int | None, float]:
    begun = time.monotonic()
    return await victim.stop(), time.monotonic() - begun


async def taken_over(stage: Stage, replies: int) -> float:
    """Seconds until another process may have them. What was on its way may have been accepted: it waits for silence,
    and so does what is behind it; none waits for a lease."""
    begun, engine = time.monotonic(), create_engine(stage.database_url)
    outbox = PostgresOutbox(engine)
    async with asyncio.timeout(20):
        while not (rows := await outbox.lease(10, 10)):
            await asyncio.sleep(0.1)
    seconds = time.monotonic() - begun
    await outbox.put_off([PutOff(row.id, row.attempt, row.tries) for row in rows], 0.0)
    await engine.dispose()
    assert len(rows) == replies
    return seconds


async def sent_by_another(stage: Stage, *phones: Phone) -> None:
    """The next process says everything, in order and once."""
    for faults in (stage.telegram.faults, stage.vk.faults):
        faults.clear()
    async with stage.replicas("all"):
        for phone in phones:
            await phone.wait_for("Что сделать?", timeout=20)
    for phone in phones:
        assert said(phone) == ["Квартира:", "Счётчик", "Квартира:"]


def said(phone: Phone) -> list[str]:
    """The first words of what the bot has said."""
    return [bubble.plain.split()[0] for bubble in phone.bubbles if not bubble.mine]
