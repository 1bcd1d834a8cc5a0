"""Readings by the book, through real HTTP: every way out of a doubt, photos, operators, messages that were long on
their way."""

import asyncio
from datetime import timedelta
from io import BytesIO

import asyncpg
import pytest
from PIL import Image

from cli.base import Base
from core.meters.tasks import Outcome
from core.meters.windows import NewExtension
from core.periods import Period
from core.use_cases import UseCases
from infra.db.dial_photos import PostgresDialArchive
from infra.db.engine import driver_connection
from infra.db.use_cases import build_use_cases
from sandbox.phone import Phone
from tests.journeys.conftest import House
from tests.journeys.test_main_job import link

FEBRUARY = Period(2022, 2)


async def ask(house: House, query: str) -> list[asyncpg.Record]:
    async with driver_connection(house.engine) as connection:
        rows: list[asyncpg.Record] = await connection.fetch(query)
        return rows


def use_cases(connection: asyncpg.Connection, ground: Base) -> UseCases:
    return build_use_cases(connection, ground.city, ground.city_clock, ground.hasher())


async def doubtful(house: House, messenger: str) -> Phone:
    """Has linked a flat and typed a value below the last."""
    phone = house.phone(messenger)
    await link(phone, house.samples[0])
    await phone.tap("Показания")
    await phone.wait_for("Счётчик 1 из")
    await phone.say("0")
    return phone


@pytest.mark.parametrize(
    ("tap", "claim"), [("Верно, так", "as_shown"), ("Прошлое неверно", "last_wrong"), ("полный круг", "rolled_over")]
)
async def test_every_way_out_of_a_doubt_is_one_tap(polling_house: House, messenger: str, tap: str, claim: str) -> None:
    phone = await doubtful(polling_house, messenger)
    await phone.wait_for("меньше прошлого показания")
    await phone.tap(tap)
    await phone.wait_for("Оператор проверит")
    ((found,),) = await ask(polling_house, "SELECT facts ->> 'claim' FROM tasks")
    assert found == claim


async def test_a_replaced_meter_is_described_and_settled_and_the_resident_is_told(house: House, messenger: str) -> None:
    phone = await doubtful(house, messenger)
    await phone.wait_for("меньше прошлого показания")
    await phone.tap("Счётчик заменили")
    await phone.wait_for("Напишите номер нового счётчика")
    await phone.say("новый 55512")
    await phone.wait_for("Оператор проверит")
    async with driver_connection(house.engine) as connection, connection.transaction():
        tasks = use_cases(connection, house.ground).tasks
        (task,) = await tasks.waiting()
        assert (task.facts["claim"], task.facts["note"]) == ("replaced", "новый 55512")
        await tasks.settle(task.id, Outcome.ACCEPT, "", "anna")
    told = await phone.wait_for("Показание проверили и приняли за февраль 2022")
    assert told.plain.rstrip().endswith(": 0")


async def test_a_photo_of_the_dial_is_kept_with_its_reading_and_nothing_else_of_it(
    house: House, messenger: str
) -> None:
    phone = house.phone(messenger)
    await link(phone, house.samples[0])
    await phone.tap("Показания")
    await phone.wait_for("Счётчик 1 из")
    await phone.send_photo(camera_picture())
    await phone.wait_for("Само число я с него не читаю")
    assert await ask(house, "SELECT FROM readings") == []
    await phone.say("99990")
    await phone.wait_for("Всё верно?")
    await phone.tap("Верно")
    await phone.wait_for("Счётчик 2 из")
    ((reading,),) = await ask(house, "SELECT id::text FROM readings")
    archive = PostgresDialArchive(house.engine)
    async with asyncio.timeout(15):
        while not (photos := await archive.of_reading(reading)):
            await asyncio.sleep(0.05)
    assert len(photos) == 1
    assert Image.open(BytesIO(photos[0])).size == (320, 240)
    assert b"SecretPlace" not in photos[0]


async def test_what_is_no_picture_is_told_and_the_reading_stands(polling_house: House, messenger: str) -> None:
    phone = polling_house.phone(messenger)
    await link(phone, polling_house.samples[0])
    await phone.tap("Показания")
    await phone.wait_for("Счётчик 1 из")
    await phone.send_photo(camera_picture()[:500] + b"broken")
    await phone.wait_for("Фото счётчика сохранить не удалось")
    await phone.say("99990")
    await phone.wait_for("Всё верно?")
    await phone.tap("Верно")
    await phone.wait_for("Счётчик 2 из")
    assert await ask(polling_house, "SELECT FROM dial_photos") == []


async def test_a_message_hours_on_its_way_counts_by_when_it_was_written(house: House, messenger: str) -> None:
    phone = house.phone(messenger)
    await link(phone, house.samples[0])
    world = (house.sandbox.telegram if messenger == "telegram" else house.sandbox.vk).world  # type: ignore[union-attr]  # both are there
    clock = world.clock
    written = house.ground.clock.now() - timedelta(hours=2)
    world.clock = written.timestamp
    await phone.say("ХВС 99990")
    world.clock = clock
    await phone.wait_for("Всё верно?")
    await phone.tap("Верно")
    await phone.wait_for("Приняты показания")
    ((submitted,),) = await ask(house, "SELECT submitted_at FROM readings")
    assert abs(submitted - written) < timedelta(seconds=2)


async def test_an_extension_is_seen_by_everybody_at_once(polling_house: House, messenger: str) -> None:
    phone = polling_house.phone(messenger)
    await link(phone, polling_house.samples[0])
    async with driver_connection(polling_house.engine) as connection, connection.transaction():
        windows = use_cases(connection, polling_house.ground).windows
        until = FEBRUARY.last_day
        await windows.extend(NewExtension(FEBRUARY, until, "авария", "anna"))
    await phone.say("меню")
    await phone.wait_for("Приём показаний за февраль 2022 продлён до 28 февраля")


def camera_picture() -> bytes:
    """As a telephone writes it, with where it was taken."""
    exif = Image.Exif()
    exif[0x010E] = "SecretPlace"
    written = BytesIO()
    Image.effect_noise((320, 240), 40).convert("RGB").save(written, "JPEG", exif=exif.tobytes(), comment=b"SecretPlace")
    return written.getvalue()
