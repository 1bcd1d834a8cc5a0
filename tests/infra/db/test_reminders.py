"""Whom reminders find, and that each is told once of an event: again, after a kill, with the clock turned back."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
from asyncpg import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from core.broadcasts.model import MailingKind
from core.broadcasts.reminders import Reminder, ReminderTimes
from core.city import City
from core.clock import CityClock
from core.ids import ChatId, DeliveryId, MailingId, PremisesId, ResidentId
from core.meters.windows import NewExtension
from core.periods import Period
from core.use_cases import UseCases
from dialogs.mailings import Due, Mailing
from dialogs.ports import ChatAddress
from dialogs.telling import Outside
from infra.db import mailings
from infra.db.chats import PostgresChats
from infra.db.purge import purge
from infra.db.reminders import ReminderRounds
from infra.db.telling import telling_facts
from tests.conftest import FakeClock
from tests.infra.db.crowd import Crowd
from worker.telling import Telling

JANUARY, FEBRUARY = Period(2022, 1), Period(2022, 2)
MAGNITOGORSK = timedelta(hours=5)


def at(day: int, hour: int = 12, month: int = 2) -> datetime:
    """An instant by the city's clock."""
    return datetime(2022, month, day, hour, tzinfo=UTC) - MAGNITOGORSK


@pytest.fixture
def crowd(db: Connection) -> Crowd:
    return Crowd(db)


@pytest.fixture
def rounds(engine: AsyncEngine, city: City, city_clock: CityClock) -> ReminderRounds:
    return ReminderRounds(engine, city, city_clock)


async def told(db: Connection, kind: Reminder) -> list[tuple[int, str, str]]:
    """Who is told of events of a kind: resident, subject, and the part of the mailing's key that names the event."""
    rows = await db.fetch(
        "SELECT resident_id, subject, key FROM deliveries JOIN mailings ON mailings.id = mailing_id "
        "WHERE key LIKE 'reminder:' || $1 || '%' ORDER BY deliveries.id",
        kind.value,
    )
    return [(row["resident_id"], row["subject"], row["key"].removeprefix(f"reminder:{kind}:")) for row in rows]


async def aged(db: Connection) -> None:
    """Links that were made long ago."""
    await db.execute("UPDATE links SET stored_at = now() - interval '30 days'")


async def read(db: Connection, meter: int, status: str = "accepted", period: Period = FEBRUARY) -> None:
    await db.execute(
        "INSERT INTO readings (key, meter_id, period, value, submitted_at, channel, status, current) "
        "VALUES (gen_random_uuid()::text, $1, $2, 5, now(), 'vk', $3, $4)",
        *(meter, period.first_day, status, status == "accepted"),
    )


async def statement(db: Connection, flat: int, provider: str, to_pay: int, period: Period = JANUARY) -> None:
    await db.execute(
        "INSERT INTO statements (account_id, period, opening, paid, to_pay) "
        "SELECT id, $3, 0, 0, $4 FROM accounts WHERE premises_id = $1 AND provider = $2",
        *(flat, provider, period.first_day, to_pay),
    )


async def home(db: Connection, crowd: Crowd, *meters: str) -> tuple[int, int, list[int]]:
    """A resident with a flat and meters of cold water; the resident's, the flat's and the meters' numbers."""
    flat = await crowd.flat()
    resident = await crowd.resident("telegram", flat=flat)
    made = [await crowd.meter(flat, one, "vodokanal") for one in meters]
    await aged(db)
    return resident, flat, made


# --- readings


async def test_the_window_is_told_when_it_opens_to_those_without_a_reading(
    db: Connection, crowd: Crowd, rounds: ReminderRounds, clock: FakeClock
) -> None:
    one, _, (meter,) = await home(db, crowd, "cold_water")
    two, _, _ = await home(db, crowd, "cold_water", "hot_water")
    without_meters, _, _ = await home(db, crowd)
    await read(db, meter)
    clock.set(at(14, 20))
    assert await rounds.run() == 0
    clock.set(at(15))
    assert await rounds.run() == 1
    assert await told(db, Reminder.WINDOW) == [(two, "", "2022-02:2022-02-15")]
    assert (one, without_meters) != (two, two)


async def test_the_last_day_is_told_only_to_those_without_a_reading(
    db: Connection, crowd: Crowd, rounds: ReminderRounds, clock: FakeClock
) -> None:
    _, _, (done,) = await home(db, crowd, "cold_water")
    waits, _, (doubted,) = await home(db, crowd, "cold_water")
    late, _, _ = await home(db, crowd, "cold_water")
    refused, _, (declined,) = await home(db, crowd, "cold_water")
    await read(db, done)
    await read(db, doubted, "flagged")
    await read(db, declined, "declined")
    clock.set(at(24))
    await rounds.run()
    assert await told(db, Reminder.LAST_DAY) == []
    clock.set(at(25))
    await rounds.run()
    assert [resident for resident, _, _ in await told(db, Reminder.LAST_DAY)] == [late, refused]
    assert waits not in {late, refused}


async def test_the_day_and_the_hour_are_the_residents_own(
    db: Connection, crowd: Crowd, rounds: ReminderRounds, clock: FakeClock, use_cases: UseCases
) -> None:
    early, _, _ = await home(db, crowd, "cold_water")
    evening, _, _ = await home(db, crowd, "cold_water")
    await use_cases.reminders.set_days(ResidentId(early), Reminder.LAST_DAY, 3)
    await use_cases.reminders.set_hour(ResidentId(evening), 18)
    clock.set(at(22, 9))
    await rounds.run()
    assert await told(db, Reminder.LAST_DAY) == []
    clock.set(at(22, 10))
    await rounds.run()
    assert [one for one, _, _ in await told(db, Reminder.LAST_DAY)] == [early]
    clock.set(at(25, 17))
    await rounds.run()
    assert [one for one, _, _ in await told(db, Reminder.LAST_DAY)] == [early]
    clock.set(at(25, 18))
    await rounds.run()
    assert [one for one, _, _ in await told(db, Reminder.LAST_DAY)] == [early, evening]
    assert await use_cases.reminders.store.times(ResidentId(early)) == ReminderTimes(10, 3, 3)


@pytest.mark.parametrize("hour", [0, 8, 21, 23])
async def test_nothing_is_told_at_night(
    db: Connection, crowd: Crowd, rounds: ReminderRounds, clock: FakeClock, hour: int
) -> None:
    await home(db, crowd, "cold_water")
    clock.set(at(25, hour))
    assert await rounds.run() == 0


async def test_an_extended_window_has_a_later_last_day_where_it_is_extended(
    db: Connection, crowd: Crowd, rounds: ReminderRounds, clock: FakeClock, use_cases: UseCases
) -> None:
    usual, _, _ = await home(db, crowd, "cold_water")
    flat = await crowd.flat("улица Труда", "16")
    extended = await crowd.resident("vk", flat=flat)
    await crowd.meter(flat, "cold_water", "vodokanal")
    await aged(db)
    clock.set(at(16))
    until = date(2022, 2, 28)
    await use_cases.windows.extend(NewExtension(FEBRUARY, until, "авария", "anna", building=("улица Труда", "16")))
    for day in (25, 28):
        clock.set(at(day))
        await rounds.run()
    assert [(one, event) for one, _, event in await told(db, Reminder.LAST_DAY)] == [
        (usual, "2022-02:2022-02-25"),
        (extended, "2022-02:2022-02-28"),
    ]


async def test_a_helper_is_reminded_of_readings_and_of_no_money(
    db: Connection, crowd: Crowd, rounds: ReminderRounds, clock: FakeClock
) -> None:
    owner, flat, _ = await home(db, crowd, "cold_water")
    helper = await crowd.resident("vk")
    await db.execute(
        "INSERT INTO helpers (link_id, called, resident_id, since) "
        "SELECT id, 'Соседка', $1, now() - interval '2 days' FROM links",
        helper,
    )
    for provider in ("vodokanal", "teplofikaciya"):
        await statement(db, flat, provider, 5000)
    clock.set(at(25))
    await rounds.run()
    assert [one for one, _, _ in await told(db, Reminder.LAST_DAY)] == [owner, helper]
    clock.set(at(7))
    await rounds.run()
    assert [one for one, _, _ in await told(db, Reminder.RECEIPT)] == [owner]
    assert [one for one, _, _ in await told(db, Reminder.DUE)] == [owner]


# --- money


async def test_a_receipt_is_told_when_every_provider_has_closed_the_month(
    db: Connection, crowd: Crowd, rounds: ReminderRounds, clock: FakeClock
) -> None:
    resident, flat, _ = await home(db, crowd)
    clock.set(at(3))
    await statement(db, flat, "vodokanal", 5000)
    await rounds.run()
    assert await told(db, Reminder.RECEIPT) == []
    await statement(db, flat, "teplofikaciya", 0)
    await rounds.run()
    assert await told(db, Reminder.RECEIPT) == [(resident, str(flat), "2022-01")]
    assert await db.fetchval("SELECT premises_id FROM deliveries") == flat


async def test_what_another_billed_makes_no_receipt(
    db: Connection, crowd: Crowd, rounds: ReminderRounds, clock: FakeClock
) -> None:
    """December 2021 was billed by ЕРКЦ: there is no unified receipt of it."""
    _, flat, _ = await home(db, crowd)
    for provider in ("vodokanal", "teplofikaciya"):
        await statement(db, flat, provider, 5000, Period(2021, 12))
    clock.set(at(3, month=1))
    await rounds.run()
    assert await told(db, Reminder.RECEIPT) == []


async def test_whoever_links_a_flat_is_not_told_what_was_news_before(
    db: Connection, crowd: Crowd, rounds: ReminderRounds, clock: FakeClock
) -> None:
    flat = await crowd.flat()
    for provider in ("vodokanal", "teplofikaciya"):
        await statement(db, flat, provider, 5000)
    clock.set(at(7))
    await rounds.run()
    resident = await crowd.resident("telegram", flat=flat)
    await rounds.run()
    assert await told(db, Reminder.DUE) == [], "who has just linked it is looking at it"
    await db.execute("UPDATE links SET stored_at = now() + interval '1 second'")
    await db.execute("UPDATE mailings SET created_at = now() - interval '3 hours'")
    await db.execute("UPDATE links SET stored_at = now() - interval '2 hours'")
    await rounds.run()
    assert await told(db, Reminder.RECEIPT) == []
    assert [one for one, _, _ in await told(db, Reminder.DUE)] == [resident]


async def test_payment_is_due_only_for_who_owes(
    db: Connection, crowd: Crowd, rounds: ReminderRounds, clock: FakeClock
) -> None:
    owes, flat, _ = await home(db, crowd)
    _, paid, _ = await home(db, crowd)
    _, over, _ = await home(db, crowd)
    await statement(db, flat, "vodokanal", 5000)
    await statement(db, flat, "teplofikaciya", 100)
    await statement(db, paid, "vodokanal", 5000)
    await statement(db, over, "vodokanal", -5000)
    await db.execute(
        "INSERT INTO payments (provider, operation, account_id, paid_on, amount) "
        "SELECT provider, '1', id, '2022-02-03', 5000 FROM accounts WHERE premises_id = $1 AND provider = 'vodokanal'",
        paid,
    )
    clock.set(at(6))
    await rounds.run()
    assert await told(db, Reminder.DUE) == []
    clock.set(at(7))
    await rounds.run()
    assert await told(db, Reminder.DUE) == [(owes, str(flat), "2022-01")]
    clock.set(at(11))
    await db.execute("DELETE FROM deliveries")
    await rounds.run()
    assert await told(db, Reminder.DUE) == [], "the day is over"


async def test_a_payment_is_told_once_however_it_comes(
    db: Connection, crowd: Crowd, rounds: ReminderRounds, clock: FakeClock
) -> None:
    resident, flat, _ = await home(db, crowd)

    async def pays(operation: str, on: date) -> int:
        number: int = await db.fetchval(
            "INSERT INTO payments (provider, operation, account_id, paid_on, amount) "
            "SELECT provider, $2, id, $3, 5000 FROM accounts WHERE premises_id = $1 AND provider = 'vodokanal' "
            "RETURNING id",
            *(flat, operation, on),
        )
        return number

    clock.set(at(16))
    await pays("before", date(2022, 2, 10))
    await rounds.run()
    assert await told(db, Reminder.PAYMENT) == [], "what was there before is old"
    new = await pays("new", date(2022, 2, 15))
    await pays("long ago", date(2021, 12, 15))
    for _ in range(3):
        await rounds.run()
    assert await told(db, Reminder.PAYMENT) == [(resident, str(new), "reminder:payment")]


# --- meters


async def test_a_verification_is_told_at_90_30_and_7_days(
    db: Connection, crowd: Crowd, rounds: ReminderRounds, clock: FakeClock
) -> None:
    resident, _, (meter,) = await home(db, crowd, "cold_water")
    await db.execute("UPDATE meters SET verified_until = '2022-07-31'")
    until = date(2022, 7, 31)
    found: list[str] = []
    for days in (91, 90, 89, 83, 31, 30, 24, 23, 8, 7, 1, 0):
        clock.set(datetime.combine(until - timedelta(days=days), datetime.min.time(), UTC) + timedelta(hours=7))
        await rounds.run()
        now = [subject for _, subject, _ in await told(db, Reminder.VERIFICATION)]
        found += [f"at {days}: {subject}" for subject in now[len(found) :]]
    assert found == [f"at {days}: {meter}:2022-07-31:{days}" for days in (90, 30, 7)]
    assert resident


async def test_a_new_date_is_a_new_event(
    db: Connection, crowd: Crowd, rounds: ReminderRounds, clock: FakeClock
) -> None:
    _, _, (meter,) = await home(db, crowd, "cold_water")
    clock.set(at(16))
    for until in (date(2022, 3, 18), date(2022, 3, 17)):
        await db.execute("UPDATE meters SET verified_until = $1", until)
        await rounds.run()
    assert [subject for _, subject, _ in await told(db, Reminder.VERIFICATION)] == [
        f"{meter}:2022-03-18:30",
        f"{meter}:2022-03-17:30",
    ]


# --- once, and only who wants it


async def everything(db: Connection, crowd: Crowd) -> int:
    """A resident of whom every rule has something to tell on some day of February; the payment comes later."""
    resident, flat, (meter,) = await home(db, crowd, "cold_water")
    await db.execute("UPDATE meters SET verified_until = '2022-03-18' WHERE id = $1", meter)
    for provider in ("vodokanal", "teplofikaciya"):
        await statement(db, flat, provider, 5000)
    return resident


DAYS = (3, 7, 9, 15, 16, 25)
ONCE = {Reminder.WINDOW, Reminder.LAST_DAY, Reminder.RECEIPT, Reminder.DUE, Reminder.VERIFICATION}


async def live_through(rounds: ReminderRounds, clock: FakeClock, days: Sequence[int] = DAYS) -> None:
    for day in days:
        clock.set(at(day))
        await rounds.run()
        await rounds.run()


async def test_each_kind_is_told_once_however_often_the_month_is_lived_through(
    db: Connection, crowd: Crowd, rounds: ReminderRounds, clock: FakeClock
) -> None:
    await everything(db, crowd)
    for _ in range(3):
        await live_through(rounds, clock)
    for kind in ONCE:
        assert len(await told(db, kind)) == 1, kind
    assert await db.fetchval("SELECT count(*) FROM deliveries") == len(ONCE)


async def test_without_the_unique_key_they_would_be_told_again(
    db: Connection, crowd: Crowd, rounds: ReminderRounds, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin. That nobody is tried twice is taken away too: it is no guard, two rounds at once pass it."""
    await everything(db, crowd)
    await db.execute("ALTER TABLE deliveries DROP CONSTRAINT uq_deliveries_resident_id_mailing_id_subject")
    before, _, rest = mailings._ADD.partition(" AND NOT EXISTS (\n    SELECT FROM deliveries AS told")
    _, key, _ = rest.partition("ON CONFLICT (resident_id, mailing_id, subject) DO NOTHING")
    assert key
    monkeypatch.setattr(mailings, "_ADD", before)
    await live_through(rounds, clock)
    assert await db.fetchval("SELECT count(*) FROM deliveries") > len(ONCE)


async def test_who_has_opted_out_is_never_told(
    db: Connection, crowd: Crowd, rounds: ReminderRounds, clock: FakeClock, use_cases: UseCases
) -> None:
    resident = ResidentId(await everything(db, crowd))
    await use_cases.reminders.switch(resident, *Reminder, on=False)
    await live_through(rounds, clock)
    assert await db.fetchval("SELECT count(*) FROM deliveries") == 0
    await use_cases.reminders.switch(resident, Reminder.DUE, on=True)
    await live_through(rounds, clock)
    assert await db.fetchval("SELECT count(*) FROM deliveries") == 1


async def test_a_clock_turned_back_tells_nothing_twice(
    db: Connection, crowd: Crowd, rounds: ReminderRounds, clock: FakeClock
) -> None:
    await everything(db, crowd)
    await live_through(rounds, clock)
    await db.execute("UPDATE mailings SET status = 'expired' WHERE not_after < $1", clock.now())
    await live_through(rounds, clock)
    assert await db.fetchval("SELECT count(*) FROM deliveries") == len(ONCE)


async def test_a_restored_copy_tells_only_what_comes_after(
    db: Connection, crowd: Crowd, rounds: ReminderRounds, clock: FakeClock
) -> None:
    """What is due when it is switched on the original has told, or may have."""
    await everything(db, crowd)
    await db.execute("INSERT INTO switches (name, is_on) VALUES ('restored', true)")
    clock.set(at(7))
    assert await rounds.run() == 0
    rows = await db.fetch("SELECT DISTINCT state, reason FROM deliveries")
    assert [tuple(row) for row in rows] == [("unknown", "restored")]
    await live_through(rounds, clock)
    waiting = await db.fetch(
        "SELECT key FROM deliveries JOIN mailings ON mailings.id = mailing_id WHERE state = 'waiting'"
    )
    assert {row["key"].split(":")[1] for row in waiting} == {"window", "last_day", "verification"}


async def test_two_workers_at_once_tell_once(
    db: Connection, crowd: Crowd, engine: AsyncEngine, city: City, city_clock: CityClock, clock: FakeClock
) -> None:
    await everything(db, crowd)
    clock.set(at(7))
    await asyncio.gather(*(ReminderRounds(engine, city, city_clock).run() for _ in range(4)))
    assert await db.fetchval("SELECT count(*) FROM deliveries") == 2


async def test_what_was_chosen_and_told_is_in_ones_data_and_goes_with_them(
    db: Connection, crowd: Crowd, rounds: ReminderRounds, clock: FakeClock, use_cases: UseCases
) -> None:
    resident = ResidentId(await everything(db, crowd))
    await use_cases.reminders.switch(resident, Reminder.RECEIPT, on=False)
    await use_cases.reminders.set_hour(resident, 11)
    clock.set(at(7))
    await rounds.run()
    data = await use_cases.residents.export(resident)
    assert [one["что"] for one in data["чего вам не присылать"]] == ["reminder.receipt"]  # type: ignore[attr-defined]  # a list
    assert [one["с какого часа"] for one in data["когда напоминать"]] == [11]  # type: ignore[attr-defined]  # as above
    assert [one["что"] for one in data["что вам сообщали"]] == ["reminder.due"]  # type: ignore[attr-defined]  # as above
    await use_cases.residents.forget(resident)
    for table in ("opt_outs", "reminder_times"):
        assert await db.fetchval(f"SELECT count(*) FROM {table}") == 0
    assert await db.fetchval("SELECT count(*) FROM deliveries WHERE resident_id IS NOT NULL") == 0


async def test_two_residents_that_become_one_are_told_once_by_the_times_of_the_one_that_stays(
    db: Connection, crowd: Crowd, rounds: ReminderRounds, clock: FakeClock, use_cases: UseCases
) -> None:
    one, flat, _ = await home(db, crowd, "cold_water")
    other = await crowd.resident("vk", flat=flat)
    await aged(db)
    await use_cases.reminders.set_hour(ResidentId(one), 18)
    await PostgresChats(db).merge(ResidentId(one), ResidentId(other))
    clock.set(at(25))
    assert await rounds.run() == 0
    clock.set(at(25, 18))
    assert await rounds.run() == 1


async def test_deliveries_go_after_a_year(
    db: Connection, crowd: Crowd, rounds: ReminderRounds, clock: FakeClock, engine: AsyncEngine
) -> None:
    await everything(db, crowd)
    clock.set(at(7))
    await rounds.run()
    await db.execute("UPDATE deliveries SET state = 'sent', settled_at = now() - interval '364 days'")
    await purge(engine)
    assert await db.fetchval("SELECT count(*) FROM deliveries") == 2
    await db.execute("UPDATE deliveries SET settled_at = now() - interval '366 days'")
    await purge(engine)
    assert await db.fetchval("SELECT count(*) FROM deliveries") == 0


# --- what is then said


@pytest.fixture
def telling(engine: AsyncEngine, city: City, city_clock: CityClock) -> Telling:
    return Telling(lambda: telling_facts(engine), Outside(city, city_clock))


async def waiting(db: Connection) -> list[tuple[Mailing, Due]]:
    rows = await db.fetch(
        "SELECT deliveries.*, mailings.key, mailings.kind, mailings.topic "
        "FROM deliveries JOIN mailings ON mailings.id = mailing_id ORDER BY deliveries.id"
    )

    return [
        (
            Mailing(MailingId(row["mailing_id"]), row["key"], MailingKind(row["kind"]), row["topic"]),
            Due(
                DeliveryId(row["id"]), MailingId(row["mailing_id"]), ChatAddress("telegram", "1", "1"),
                ChatId(row["chat_id"]), ResidentId(row["resident_id"]), "ru", 1, row["subject"],
                PremisesId(row["premises_id"]) if row["premises_id"] else None,
            ),
        )
        for row in rows
    ]  # fmt: skip


async def said(db: Connection, telling: Telling) -> dict[str, bool]:
    """By kind: whether there is something to say."""
    found = {}
    for mailing, due in await waiting(db):
        (screen,) = await telling.compose(mailing, [due])
        found[mailing.key.split(":")[1]] = screen is not None
    return found


async def test_all_that_is_told_says_something_and_nothing_when_it_is_settled_meanwhile(
    db: Connection, crowd: Crowd, rounds: ReminderRounds, clock: FakeClock, telling: Telling
) -> None:
    await everything(db, crowd)
    await live_through(rounds, clock)
    clock.set(at(16))
    assert await said(db, telling) == dict.fromkeys(map(str, ONCE), True)
    await db.execute("UPDATE meters SET verified_until = '2028-03-18'")
    await read(db, await db.fetchval("SELECT id FROM meters"))
    await db.execute(
        "INSERT INTO payments (provider, operation, account_id, paid_on, amount) "
        "SELECT provider, '1', id, '2022-02-03', 5000 FROM accounts"
    )
    assert await said(db, telling) == {**dict.fromkeys(map(str, ONCE), False), "receipt": True}
    await db.execute("DELETE FROM links")
    assert set((await said(db, telling)).values()) == {False}


async def test_the_same_words_are_one_screen(
    db: Connection, crowd: Crowd, rounds: ReminderRounds, clock: FakeClock, telling: Telling
) -> None:
    for _ in range(3):
        await home(db, crowd, "cold_water")
    clock.set(at(25))
    await rounds.run()
    all_due = await waiting(db)
    screens = await telling.compose(all_due[0][0], [due for _, due in all_due])
    assert len(screens) == 3
    assert len({id(screen) for screen in screens}) == 1


async def test_strange_subjects_are_told_nothing(db: Connection, telling: Telling) -> None:

    for key in ("reminder:payment", "reminder:declined", "reminder:verification:2022", "reminder:x", "outage:7", "x"):
        mailing = Mailing(MailingId(1), key, MailingKind.REMINDER, "reminder")
        dues = [
            Due(DeliveryId(1), MailingId(1), ChatAddress("vk", "1", "1"), ChatId(1), ResidentId(1), "ru", 1, subject)
            for subject in ("", "x", "1", "²", "1:2", "00000000-0000-0000-0000-000000000000:vodokanal")
        ]
        assert set(await telling.compose(mailing, dues)) == {None}
