"""SIGKILL in the middle of every step: after a start the dialog goes on where it stood, and nothing happens twice.

At every step the process dies in one of the two messengers: what is killed is the same for both.
"""

import asyncio
import random
from itertools import pairwise
from pathlib import Path

import pytest

from cli.demo import STARTS_AT, messengers_at
from core.city import City
from infra.embedded import Servers
from proof.processes import Given, Serving, warm_parent
from sandbox.phone import Bubble, Phone
from tests.databases import copied_database
from tests.journeys.conftest import Town, grounds, introduce, stand_ins
from tests.journeys.impatient import take_over_soon
from tests.journeys.script import Act, ask, numbers_look_alike, part_of, present_step, script, steps_of

OLD_BUTTON = "старого сообщения"


@pytest.mark.parametrize("messenger", ["telegram", "vk"])
async def test_a_dialog_survives_sigkill_at_every_step(
    messenger: str, servers: Servers, town: Town, city: City, redis_url: str, tmp_path: Path
) -> None:
    context = warm_parent()
    chance = random.Random(messenger)
    async with copied_database(servers, town.database) as url:
        sandbox = stand_ins()
        address = await sandbox.start()
        settings = messengers_at(grounds(url, redis_url, city).settings, address)
        alike = numbers_look_alike(tmp_path)
        settings = settings.model_copy(update={"now": STARTS_AT, "web_port": 0, "city": alike})
        given = Given(settings, url, redis_url, prepare=take_over_soon)
        assert sandbox.telegram is not None
        assert sandbox.vk is not None
        servers_of = {"telegram": sandbox.telegram, "vk": sandbox.vk}
        phone = servers_of[messenger].phone(7001)
        other = servers_of["vk" if messenger == "telegram" else "telegram"].phone(7002)
        steps = script(await part_of(url, town.city.samples, other))
        visited: set[str] = set()
        at, alive = "", steps_to_die_at(messenger)
        process = Serving(context, given)
        await process.ready()
        await introduce(sandbox, settings)
        try:
            for act, answer in steps:
                await act(phone)
                if at in alive:
                    alive.remove(at)
                    await asyncio.sleep(chance.uniform(0, 0.06))
                    process.kill()
                    process = Serving(context, given)
                await answered(phone, act, answer)
                at = await present_step(url, phone)
                visited.add(at)
            await process.ready()
            assert process.stop() == 0
        finally:
            process.kill()
            await sandbox.stop()
        assert visited == steps_of(messenger)
        assert alive == set()
        await nothing_happened_twice(url)
        if messenger == "vk":
            assert doubles(phone.bubbles) == []


def steps_to_die_at(messenger: str) -> set[str]:
    """Every step is in one of the two sets."""
    steps = sorted(steps_of("telegram"))
    of_vk = set(steps[1::2]) & steps_of("vk")
    return of_vk if messenger == "vk" else set(steps) - of_vk


async def answered(phone: Phone, act: Act, answer: str) -> None:
    """Waits for the answer. Telegram may show an earlier screen twice after a kill: whoever pressed a button of the
    copy is told that it is old, is shown the present screen, and presses again."""
    told = await phone.wait_for(lambda bubble: answer in bubble.plain or OLD_BUTTON in bubble.plain, timeout=30)
    if answer not in told.plain:
        await act(phone)
        await phone.wait_for(answer, timeout=30)


async def nothing_happened_twice(url: str) -> None:
    counted = await ask(
        url,
        """SELECT (SELECT count(*) FROM readings) AS readings, (SELECT count(*) FROM readings WHERE current) AS current,
        (SELECT count(*) FROM tickets) AS tickets, (SELECT count(*) FROM tasks) AS tasks,
        (SELECT count(*) FROM residents) AS residents,
        (SELECT count(*) FROM inbox WHERE error IS NOT NULL) AS failed""",
    )
    assert dict(counted) == {
        "readings": 5,
        "current": 2,
        "tickets": 1,
        "tasks": 2,
        "residents": 0,
        "failed": 0,
    }


def doubles(bubbles: list[Bubble]) -> list[str]:
    """VK drops a message sent again under the same random_id. The same screen after another press is no double."""
    return [one.plain for one, other in pairwise(bubbles) if not one.mine and _said(one) == _said(other)]


def _said(bubble: Bubble) -> tuple[bool, str, bytes | None]:
    return bubble.mine, bubble.plain, bubble.media.content if bubble.media else None
