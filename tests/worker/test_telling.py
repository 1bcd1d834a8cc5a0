"""Reminders and outages on their way to both messengers: what residents read, once, and what they are spared."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.broadcasts.reminders import Reminder
from core.ids import OutageId, ResidentId
from core.messengers import Messenger, PersonalData
from core.outages.desk import Change, Entry
from core.services import Service
from core.support.model import Operator
from infra.db.engine import driver_connection
from infra.db.outage_desk import outage_desk
from infra.db.reminders import PostgresReminders, ReminderRounds
from sandbox.phone import Phone
from tests.worker.office import Office

ANNA = Operator("anna")
QUIET = datetime(2022, 2, 25, 18, 0, tzinfo=UTC)
"""23:00 in Magnitogorsk."""
NOON = datetime(2022, 2, 25, 7, 0, tzinfo=UTC)


def texts(phone: Phone) -> list[str]:
    return [bubble.plain for bubble in phone.bubbles if not bubble.mine]


async def at_home(office: Office, messenger: str, count: int = 1) -> list[int]:
    """Residents of one building, each with a flat, a meter and a phone."""
    people = []
    for _ in range(count):
        flat = await office.crowd.flat()
        await office.crowd.meter(flat, "cold_water", "vodokanal")
        people.append(await office.crowd.resident(messenger, flat=flat))
        await office.phone(people[-1])
    await office.db.execute("UPDATE links SET stored_at = now() - interval '1 month'")
    return people


async def outage(office: Office, key: str = "k1", **more: object) -> OutageId:
    now = office.clock.now()
    given = {"services": [Service.COLD_WATER], "where": ["улица Труда: 14"], "starts_at": now, "cause": "порыв"}
    wanted = {**given, "ends_at": now + timedelta(hours=8), "emergency": True, "key": key, **more}
    async with driver_connection(office.engine) as connection, connection.transaction():
        desk = outage_desk(connection, office.city, office.city_clock)
        return (await desk.add(ANNA, Entry(**wanted))).outage.id  # type: ignore[arg-type]  # fields by name


async def remind(office: Office) -> int:
    return await ReminderRounds(office.engine, office.city, office.city_clock).run()


async def sent(office: Office, messenger: str, wanted: Callable[[], bool]) -> None:
    """Lets the sender work until it is so, and a moment longer."""
    async with office.sends(messenger), asyncio.timeout(20):
        while not wanted():
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.1)


async def outcomes(office: Office) -> dict[str, int]:
    rows = await office.db.fetch("SELECT state, count(*) AS times FROM deliveries GROUP BY 1")
    return {row["state"]: row["times"] for row in rows}


async def test_an_outage_its_news_and_its_end_are_told_once_each(office: Office, messenger: str) -> None:
    phones = [await office.phone(one) for one in await at_home(office, messenger, 3)]
    number = await outage(office)
    await sent(office, messenger, lambda: all(len(texts(phone)) == 1 for phone in phones))
    async with driver_connection(office.engine) as connection, connection.transaction():
        desk = outage_desk(connection, office.city, office.city_clock)
        await desk.update(ANNA, number, Change("k2", "ищем место", end_unknown=True))
    await sent(office, messenger, lambda: all(len(texts(phone)) == 2 for phone in phones))
    async with driver_connection(office.engine) as connection, connection.transaction():
        await outage_desk(connection, office.city, office.city_clock).end(ANNA, number, "", "k3")
    await sent(office, messenger, lambda: all(len(texts(phone)) == 3 for phone in phones))
    for phone in phones:
        opened, updated, ended = texts(phone)
        assert opened.startswith("Отключение в вашем доме.\n\nАвария. Отключено: холодная вода.")
        assert "Когда включат, пока не известно.\nПричина: ищем место" in updated
        assert ended.startswith("Включили: холодная вода.")
    assert await outcomes(office) == {"sent": 9}


async def test_a_breakdown_is_told_at_night_and_planned_work_in_the_morning(office: Office, messenger: str) -> None:
    (resident,) = await at_home(office, messenger)
    phone = await office.phone(resident)
    office.clock.set(QUIET)
    await outage(
        office, "planned", emergency=False, starts_at=QUIET + timedelta(hours=12), ends_at=QUIET + timedelta(hours=20)
    )
    await outage(office, "breakdown")
    await sent(office, messenger, lambda: len(texts(phone)) == 1)
    assert "Авария" in texts(phone)[0]
    office.clock.move(hours=10)
    await sent(office, messenger, lambda: len(texts(phone)) == 2)
    assert "Плановое отключение" in texts(phone)[1]


async def test_what_is_over_before_it_could_be_told_is_not_told(office: Office, messenger: str) -> None:
    (resident,) = await at_home(office, messenger)
    phone = await office.phone(resident)
    number = await outage(office)
    async with driver_connection(office.engine) as connection, connection.transaction():
        await outage_desk(connection, office.city, office.city_clock).end(ANNA, number, "", "k3")
    await sent(office, messenger, lambda: len(texts(phone)) == 1)
    assert texts(phone)[0].startswith("Включили")
    assert await outcomes(office) == {"sent": 1, "opted_out": 1}


async def test_the_last_day_is_told_once_also_when_it_is_lived_again(office: Office, messenger: str) -> None:
    phones = [await office.phone(one) for one in await at_home(office, messenger, 3)]
    for _ in range(2):
        office.clock.set(NOON)
        await remind(office)
        await sent(office, messenger, lambda: all(texts(phone) for phone in phones))
        office.clock.set(NOON + timedelta(days=3))
        async with office.sends(messenger):
            await asyncio.sleep(0.2)
    assert {tuple(texts(phone)) for phone in phones} == {
        ("Сегодня последний день приёма показаний за февраль 2022.\nОт вас показания пришли не по всем счётчикам.",)
    }


async def test_who_stops_them_after_they_were_found_is_not_told(office: Office, messenger: str) -> None:
    resident, other = await at_home(office, messenger, 2)
    office.clock.set(NOON)
    assert await remind(office) == 2
    await PostgresReminders(office.db).switch(ResidentId(resident), (Reminder.LAST_DAY.topic,), on=False)
    phone = await office.phone(other)
    await sent(office, messenger, lambda: bool(texts(phone)))
    assert texts(await office.phone(resident)) == []
    assert await outcomes(office) == {"sent": 1, "opted_out": 1}


async def test_nothing_personal_is_told_where_it_may_not_be(office: Office, messenger: str) -> None:
    minimal = Messenger(messenger, messenger, personal_data=PersonalData.MINIMAL)
    office.city = replace(office.city, messengers=(minimal,))
    (resident,) = await at_home(office, messenger)
    phone = await office.phone(resident)
    flat = await office.db.fetchval("SELECT id FROM premises")
    for provider in ("vodokanal", "teplofikaciya"):
        await office.crowd.owes(flat, provider, 123450)
    office.clock.set(datetime(2022, 2, 7, 7, tzinfo=UTC))
    assert await remind(office) == 2
    await sent(office, messenger, lambda: len(texts(phone)) == 2)
    assert "Готова квитанция за январь 2022." in "".join(texts(phone))
    assert not any(secret in "".join(texts(phone)) for secret in ("₽", "1 234", "Труда"))


@pytest.mark.parametrize("kind", [Reminder.RECEIPT, Reminder.DUE])
async def test_money_is_told_to_each_for_the_own_flat(office: Office, messenger: str, kind: Reminder) -> None:
    people = await at_home(office, messenger, 3)
    for number, premises in enumerate(await office.db.fetch("SELECT id FROM premises ORDER BY id")):
        for provider in ("vodokanal", "teplofikaciya"):
            await office.crowd.owes(premises["id"], provider, (number + 1) * 100_00)
    others = [one.topic for one in Reminder if one is not kind]
    for resident in people:
        await PostgresReminders(office.db).switch(ResidentId(resident), tuple(others), on=False)
    office.clock.set(datetime(2022, 2, 7, 7, tzinfo=UTC))
    assert await remind(office) == 3
    phones = [await office.phone(one) for one in people]
    await sent(office, messenger, lambda: all(texts(phone) for phone in phones))
    for number, phone in enumerate(phones):
        (text,) = texts(phone)
        assert text.replace("\u00a0", " ").count(f"к оплате {number + 1}00,00 ₽") == 2
