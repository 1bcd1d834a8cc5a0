"""Meters and readings: one current reading a meter and period, whoever comes at the same moment."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import ClassVar
from uuid import uuid4

import asyncpg
import pytest
from asyncpg import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from core.city import City
from core.clock import CityClock
from core.errors import NotFound
from core.ids import MeterId, PremisesId
from core.meters.model import Channel, Flag, Reading, ReadingStatus, Sheet, Standing
from core.meters.use_cases import Readings, Submission
from core.services import Service
from infra.db.dial_photos import PostgresDialPhotos
from infra.db.engine import driver_connection
from infra.db.meters import PostgresMeters, PostgresReadings
from infra.db.sheets import PostgresSheets
from infra.db.tasks import PostgresTasks
from tests.infra.db.story import FEBRUARY, JANUARY, NOON, TEPLOFIKACIYA, Story, reading


async def sheet_of(db: Connection, flat: PremisesId, count: int = 9) -> Sheet:
    return await PostgresSheets(db).sheet(flat, FEBRUARY, count)


async def standing(db: Connection, meter: MeterId, count: int = 9) -> list[int]:
    """Values of the current readings, newest first."""
    flat = (await PostgresMeters(db).known(meter)).premises
    return [int(one.value) for one in (await sheet_of(db, flat, count)).standing[meter]]


async def cold_meter(story: Story) -> MeterId:
    return await story.meter(await story.account(await story.premises()), "40123456", Service.COLD_WATER)


async def test_open_meters_come_by_service_and_place(db: Connection, story: Story) -> None:
    flat = await story.premises()
    water = await story.account(flat)
    heat = await story.account(flat, "700012345", TEPLOFIKACIYA)
    gone = await story.account(flat, "3000099999", closed=date(2021, 1, 1))
    heating = await story.meter(heat, "1", Service.HEATING, provider=TEPLOFIKACIYA)
    hot = await story.meter(heat, "2", Service.HOT_WATER, provider=TEPLOFIKACIYA)
    kitchen = await story.meter(water, "3", Service.COLD_WATER, place="кухня")
    bath = await story.meter(water, "4", Service.COLD_WATER, place="ванная")
    closed = await story.meter(water, "5", Service.COLD_WATER, closed_on=date(2022, 1, 1))
    orphan = await story.meter(gone, "6", Service.COLD_WATER)
    sheet = await sheet_of(db, flat)
    assert [meter.id for meter in sheet.meters] == [bath, kitchen, hot, heating]
    assert sheet.meter(kitchen).premises == flat
    for meter in (closed, orphan, MeterId(10**9)):
        with pytest.raises(NotFound):
            sheet.meter(meter)


async def test_a_flat_without_meters_has_an_empty_sheet(db: Connection, story: Story) -> None:
    assert await sheet_of(db, await story.premises()) == Sheet((), {}, ())


async def test_a_meter_is_read_as_billing_wrote_it(db: Connection, story: Story) -> None:
    account = await story.account(await story.premises())
    until, last = date(2027, 5, 1), date(2022, 1, 25)
    meter = await PostgresMeters(db).known(
        await story.meter(
            account,
            "40123456",
            Service.COLD_WATER,
            digits=6,
            decimals=2,
            place="кухня",
            verified_until=until,
            last_value=Decimal("123.45"),
            last_date=last,
        )
    )
    assert (meter.account, meter.number, meter.service) == (account, "40123456", Service.COLD_WATER)
    assert (meter.digits, meter.decimals, meter.place, meter.verified_until) == (6, 2, "кухня", until)
    assert (meter.last_value, meter.last_date, meter.closed_on) == (Decimal("123.45"), last, None)


async def test_a_closed_meter_is_still_known(db: Connection, story: Story) -> None:
    closed = await story.meter(
        await story.account(await story.premises()), "5", Service.COLD_WATER, closed_on=date(2022, 1, 1)
    )
    assert (await PostgresMeters(db).known(closed)).closed_on == date(2022, 1, 1)
    with pytest.raises(NotFound):
        await PostgresMeters(db).known(MeterId(10**9))


async def test_the_tariff_is_that_of_the_latest_charge_in_the_flat(db: Connection, story: Story) -> None:
    flat = await story.premises()
    account = await story.account(flat)
    await story.charge(account, JANUARY, Service.COLD_WATER, "8")
    await db.execute("UPDATE charges SET tariff = 29.35")
    await story.charge(account, JANUARY.previous, Service.COLD_WATER, "8")
    await story.charge(account, FEBRUARY, Service.COLD_WATER, "0")
    await db.execute("UPDATE charges SET tariff = 0 WHERE period = $1", FEBRUARY.first_day)
    found = await PostgresReadings(db).tariff(flat, Service.COLD_WATER)
    assert found is not None
    assert (found.rate, found.unit, found.period) == (Decimal("29.35"), "м3", JANUARY)
    assert await PostgresReadings(db).tariff(flat, Service.HEATING) is None


async def test_a_stored_reading_comes_back_as_it_was(db: Connection, story: Story) -> None:
    meter = await cold_meter(story)
    stored_as = reading(meter, "123.450")
    stored = await PostgresReadings(db).add(stored_as)
    assert (stored.meter, stored.period, stored.value) == (meter, FEBRUARY, Decimal("123.450"))
    assert (stored.submitted_at, stored.channel, stored.status) == (NOON, Channel.TELEGRAM, ReadingStatus.ACCEPTED)
    assert (stored.current, stored.flags, stored.reason) == (True, (), None)
    assert await PostgresReadings(db).stored(stored_as.key) == stored
    assert await PostgresReadings(db).stored("another") is None


async def test_the_same_key_returns_what_was_stored(db: Connection, story: Story) -> None:
    readings, meter = PostgresReadings(db), await cold_meter(story)
    first = await readings.add(reading(meter, "10", key="7:3"))
    await readings.add(reading(meter, "11", key="7:4"))
    assert (await readings.add(reading(meter, "999", key="7:3"))).id == first.id
    assert await standing(db, meter) == [11]


async def test_a_corrected_reading_stays_in_the_history(db: Connection, story: Story) -> None:
    readings, meter = PostgresReadings(db), await cold_meter(story)
    await readings.add(reading(meter, "5", period=JANUARY))
    await readings.add(reading(meter, "10"))
    await readings.add(reading(meter, "12"))
    await readings.add(reading(meter, "9999", current=False))
    found = await readings.history([meter], JANUARY)
    assert [(int(one.value), one.current) for one in found] == [(5, True), (10, False), (12, True), (9999, False)]
    assert [int(one.value) for one in await readings.history([meter], FEBRUARY)] == [10, 12, 9999]
    assert await readings.history([], JANUARY) == []


async def test_a_sheet_has_the_newest_readings_first_and_only_current_ones(db: Connection, story: Story) -> None:
    readings, meter = PostgresReadings(db), await cold_meter(story)
    other = await story.meter((await PostgresMeters(db).known(meter)).account, "2", Service.COLD_WATER)
    for months, value in ((4, "1"), (3, "2"), (2, "3"), (1, "4")):
        await readings.add(reading(meter, value, period=FEBRUARY.shifted(-months)))
    await readings.add(reading(meter, "5", period=JANUARY))
    await readings.add(reading(meter, "6"))
    stored = await readings.add(replace(reading(meter, "7"), flags=(Flag.LARGE,)))
    await readings.add(reading(meter, "9", period=FEBRUARY.next))
    await readings.add(reading(meter, "99", period=FEBRUARY.shifted(2)))
    assert await standing(db, meter) == [9, 7, 5, 3, 2, 1]
    assert await standing(db, meter, count=3) == [9, 7, 5]
    assert await standing(db, other) == []
    sheet = await sheet_of(db, (await PostgresMeters(db).known(meter)).premises)
    assert sheet.latest(meter, FEBRUARY, 1) == [Standing(FEBRUARY, stored.value, stored.submitted_at, (Flag.LARGE,))]


async def test_volumes_billed_by_meter_are_shared_among_the_meters_of_the_flat(db: Connection, story: Story) -> None:
    flat = await story.premises()
    account = await story.account(flat)
    one = await story.meter(account, "1", Service.COLD_WATER)
    await story.meter(account, "2", Service.COLD_WATER)
    await story.meter(account, "3", Service.COLD_WATER, closed_on=date(2021, 1, 1))
    await story.charge(account, JANUARY, Service.COLD_WATER, "8")
    await story.charge(account, JANUARY.previous, Service.COLD_WATER, "6")
    await story.charge(account, JANUARY.shifted(-2), Service.COLD_WATER, "100", method="norm")
    await story.charge(account, JANUARY, Service.WASTEWATER, "50")
    meter = await PostgresMeters(db).known(one)
    assert await PostgresReadings(db).charged_volumes(meter, 6) == [Decimal(4), Decimal(3)]
    assert await PostgresReadings(db).charged_volumes(meter, 1) == [Decimal(4)]


async def test_a_verdict_is_what_one_receiver_answered(db: Connection, story: Story) -> None:
    readings, meter = PostgresReadings(db), await cold_meter(story)
    stored = await readings.add(reading(meter, "10"))
    await db.execute(
        "INSERT INTO verdicts (reading_id, provider, status, reason) VALUES ($1, 'vodokanal', 'declined', 'не пломба')",
        stored.id,
    )
    verdict = await readings.verdict(stored.id, "vodokanal")
    assert (verdict.meter.id, verdict.value, verdict.reason) == (meter, Decimal(10), "не пломба")
    for unknown, provider in ((stored.id, "teplofikaciya"), (str(uuid4()), "vodokanal"), ("' OR 1=1", "vodokanal")):
        with pytest.raises(NotFound):
            await readings.verdict(unknown, provider)


# --- two at once


class UnlockedMeters(PostgresMeters):
    """The twin: nobody waits for the other channel."""

    LOCK: ClassVar = PostgresMeters.LOCK.replace("FOR NO KEY UPDATE", "")


class TwoChannels:
    """Submits one reading of one meter from two chats at the same moment, over and over on fresh meters."""

    def __init__(self, engine: AsyncEngine, city: City, clock: CityClock, story: Story) -> None:
        self.engine, self.city, self.clock, self.story = engine, city, clock, story
        self.meters: type[PostgresMeters] = PostgresMeters

    async def submit(self, meter: MeterId, key: str, value: str) -> Reading:
        async with driver_connection(self.engine) as connection, connection.transaction():
            readings = Readings(
                *(self.meters(connection), PostgresSheets(connection), PostgresReadings(connection)),
                *(PostgresTasks(connection), PostgresDialPhotos(connection), self.city, self.clock),
            )
            flat = (await readings.meters.known(meter)).premises
            return await readings.submit(flat, meter, Decimal(value), Submission(key, None, Channel.VK))

    async def meter_of_its_own_flat(self, number: str) -> MeterId:
        account = await self.story.account(await self.story.premises(number), number)
        return await self.story.meter(account, number, Service.COLD_WATER)

    async def race(
        self, values: Sequence[str], meters_in_all: int = 12
    ) -> tuple[list[Reading | BaseException], list[MeterId]]:
        meters = [await self.meter_of_its_own_flat(str(30000 + n)) for n in range(meters_in_all)]
        told = await asyncio.gather(
            *(self.submit(meter, f"{meter}:{n}", value) for meter in meters for n, value in enumerate(values)),
            return_exceptions=True,
        )
        return list(told), meters


@pytest.fixture
def two(engine: AsyncEngine, city: City, city_clock: CityClock, story: Story) -> TwoChannels:
    return TwoChannels(engine, city, city_clock, story)


async def doubled(db: Connection) -> int:
    """Meters with more than one current reading for the period."""
    query = "SELECT meter_id FROM readings WHERE current GROUP BY meter_id, period HAVING count(*) > 1"
    return len(await db.fetch(query))


MANY = 500


@pytest.mark.parametrize("values", [("7", "7"), ("7", "8")], ids=["equal", "different"])
async def test_two_channels_at_once_leave_one_current_reading_and_both_are_told(
    two: TwoChannels, db: Connection, values: Sequence[str]
) -> None:
    told, meters = await two.race(values, MANY)
    assert all(isinstance(one, Reading) and one.current for one in told)
    assert await doubled(db) == 0
    assert await db.fetchval("SELECT count(*) FROM readings WHERE current") == len(meters)
    assert await db.fetchval("SELECT count(*) FROM readings") == 2 * len(meters)


async def test_without_the_lock_the_unique_index_still_refuses_the_second(two: TwoChannels, db: Connection) -> None:
    two.meters = UnlockedMeters
    told, _ = await two.race(("7", "7"))
    refused = [one for one in told if isinstance(one, BaseException)]
    assert await doubled(db) == 0
    assert refused
    assert all(isinstance(one, asyncpg.UniqueViolationError | asyncpg.DeadlockDetectedError) for one in refused)


async def test_without_lock_and_index_two_readings_would_be_current(two: TwoChannels, db: Connection) -> None:
    """The twin: with the protection taken away the race shows."""
    two.meters = UnlockedMeters
    await db.execute("DROP INDEX uq_readings_current")
    await two.race(("7", "7"))
    assert await doubled(db) > 0


async def test_a_turn_that_dies_while_it_stores_leaves_the_reading_before_it_current(
    two: TwoChannels, db: Connection, engine: AsyncEngine
) -> None:
    meter = await cold_meter(two.story)
    await PostgresReadings(db).add(reading(meter, "10"))
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)):  # noqa: PT012
        async with driver_connection(engine) as connection, connection.transaction():
            await PostgresReadings(connection).add(reading(meter, "11", at=NOON + timedelta(minutes=1)))
            await db.execute("SELECT pg_terminate_backend($1)", connection.get_server_pid())
            await connection.execute("SELECT 1")
    assert await standing(db, meter) == [10]
    assert len(await PostgresReadings(db).history([meter], FEBRUARY)) == 1
