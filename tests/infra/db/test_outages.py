"""Outages in the database: found by building, told once, counted once; and what fails without each guard."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, timedelta

import pytest
from asyncpg import Connection

from core.accounts.model import Consent
from core.broadcasts.model import MailingKind
from core.broadcasts.reminders import Reminder
from core.city import City
from core.clock import CityClock
from core.errors import NotFound
from core.ids import ChatId, OutageId, PremisesId, ResidentId
from core.outages.desk import Change, Entry, OutageDesk
from core.outages.model import OutageEventKind, Report
from core.outages.rules import BadOutage, OutageProblem, UnknownPlaces
from core.services import Service
from core.support.model import Operator
from core.use_cases import UseCases
from dialogs.ports import ChatAddress
from infra.codes import HmacCodeHasher
from infra.db import mailings
from infra.db.buildings import areas
from infra.db.chats import PostgresChats
from infra.db.engine import connect_alone
from infra.db.outage_desk import PostgresOutageNews, outage_desk
from infra.db.outages import PostgresOutages, PostgresResidentOutages
from infra.db.telling import PostgresTellingFacts
from infra.db.use_cases import build_use_cases
from infra.exchange.addresses import address_key
from tests.conftest import FakeClock
from tests.infra.db.story import Story

ANNA = Operator("anna")
HOUR = timedelta(hours=1)


@pytest.fixture
def desk(db: Connection, city: City, city_clock: CityClock) -> OutageDesk:
    return outage_desk(db, city, city_clock)


async def flat(db: Connection, street: str, house: str, unit: str = "1") -> PremisesId:
    key = address_key("Магнитогорск", street, house, unit)
    insert = "INSERT INTO premises (address_key, city, street, building, unit) VALUES ($1, $2, $3, $4, $5) RETURNING id"
    return PremisesId(await db.fetchval(insert, key, "Магнитогорск", street, house, unit))


async def resident(db: Connection, use_cases: UseCases, story: Story, peer: str, *flats: PremisesId) -> ResidentId:
    chat = await story.chat(ChatAddress("telegram", "1", peer))
    consent = Consent("main", "1", "0", "ru", "telegram", use_cases.residents.clock.now())
    known = await use_cases.residents.give_consent(ChatId(chat), consent)
    for one in flats:
        await db.execute(
            "INSERT INTO links (resident_id, premises_id, name, linked_at) VALUES ($1, $2, '', now())", known.id, one
        )
    return known.id


def entry(clock: FakeClock, *where: str, key: str = "k1", **more: object) -> Entry:
    given: dict[str, object] = {
        "services": (Service.COLD_WATER,),
        "where": where,
        "starts_at": clock.now(),
        "ends_at": clock.now() + 8 * HOUR,
        "cause": "порыв",
        "emergency": True,
        "key": key,
        **more,
    }
    return Entry(**given)  # type: ignore[arg-type]  # fields by name


async def quarter(db: Connection, name: str, *houses: tuple[str, str]) -> None:
    for street, house in houses:
        await db.execute(
            "INSERT INTO buildings (key, street, building, quarter, quarter_key) VALUES ($1, $2, $3, $4, $4)",
            *(address_key("", street, house, ""), street, house, name),
        )


async def notices(db: Connection) -> Sequence[tuple[str, str]]:
    """Who is told of which event: the chat and the mailing."""
    rows = await db.fetch(
        "SELECT peer, key FROM deliveries JOIN mailings ON mailings.id = mailing_id JOIN chats ON chats.id = chat_id "
        "WHERE mailings.key LIKE 'outage:%' ORDER BY deliveries.id"
    )
    return [(row["peer"], row["key"]) for row in rows]


async def test_a_building_is_found_by_any_spelling_and_no_other_is(
    db: Connection, use_cases: UseCases, desk: OutageDesk, story: Story, clock: FakeClock
) -> None:
    home = await flat(db, "улица Труда", "14а", "27")
    others = [await flat(db, *place) for place in (("улица Труда", "14"), ("улица Набережная", "14а"))]
    whose = await resident(db, use_cases, story, "1", home, *others)
    await desk.add(ANNA, entry(clock, "ул. Труда: 14 А"))
    found = await use_cases.outages.of(whose)
    assert [len(found[one]) for one in (home, *others)] == [1, 0, 0]
    (outage,) = found[home]
    assert (outage.services, outage.cause, outage.where) == ((Service.COLD_WATER,), "порыв", ("ул. Труда: 14 А",))


async def test_a_street_a_quarter_and_a_district_are_all_their_buildings(
    db: Connection, use_cases: UseCases, desk: OutageDesk, story: Story, clock: FakeClock
) -> None:
    street = [await flat(db, "улица Труда", house) for house in ("1", "3")]
    quarters = [await flat(db, "улица Галиуллина", "7"), await flat(db, "улица Грязнова", "2")]
    await quarter(db, "109а", ("улица Галиуллина", "7"), ("улица Грязнова", "2"), ("улица Грязнова", "4"))
    whose = await resident(db, use_cases, story, "1", *street, *quarters)
    entered = await desk.add(ANNA, entry(clock, "улица Труда", "квартал 109 А"))
    assert all((await use_cases.outages.of(whose)).values())
    counted, _, _ = await desk.show(ANNA, entered.outage.id)
    assert (counted.counts.buildings, counted.counts.flats, counted.counts.residents) == (5, 4, 1)
    assert list(await areas(db)) == [("quarter", "109а", 3, 2)]


async def test_a_street_is_not_found_by_a_part_of_its_name(db: Connection, desk: OutageDesk, clock: FakeClock) -> None:
    await flat(db, "улица Советской Армии", "1")
    for place in ("улица Советской", "Советской Армии", "улица", "%", "улица Советской Армии: 1%", "|", "квартал"):
        with pytest.raises(UnknownPlaces) as refused:
            await desk.add(ANNA, entry(clock, place))
        assert refused.value.unknown == (place,)
    assert await db.fetchval("SELECT count(*) FROM outages") == 0


async def test_a_name_of_two_things_is_asked_back(db: Connection, desk: OutageDesk, clock: FakeClock) -> None:
    await flat(db, "Северный", "1")
    await quarter(db, "северный", ("улица Труда", "5"))
    with pytest.raises(UnknownPlaces) as refused:
        await desk.add(ANNA, entry(clock, "Северный", leave_unknown=True))
    assert refused.value.ambiguous == ("Северный",)


async def test_unknown_houses_are_all_named_or_left_out(db: Connection, desk: OutageDesk, clock: FakeClock) -> None:
    await flat(db, "улица Труда", "14")
    lines = ("улица Труда: 14, 98, 99", "улица Нигде")
    with pytest.raises(UnknownPlaces) as refused:
        await desk.add(ANNA, entry(clock, *lines))
    assert refused.value.unknown == ("улица Труда: 98", "улица Труда: 99", "улица Нигде")
    entered = await desk.add(ANNA, entry(clock, *lines, leave_unknown=True))
    assert entered.unknown == refused.value.unknown
    with pytest.raises(UnknownPlaces):
        await desk.add(ANNA, entry(clock, "улица Нигде", key="k2", leave_unknown=True))


async def test_residents_of_the_buildings_are_told_each_once(
    db: Connection, use_cases: UseCases, desk: OutageDesk, story: Story, clock: FakeClock
) -> None:
    homes = [await flat(db, "улица Труда", "14", unit) for unit in ("1", "2")]
    elsewhere = await flat(db, "улица Труда", "16")
    await resident(db, use_cases, story, "two", *homes)
    await resident(db, use_cases, story, "one", homes[0], elsewhere)
    await resident(db, use_cases, story, "none", elsewhere)
    entered = await desk.add(ANNA, entry(clock, "улица Труда: 14"))
    assert entered.told == 2
    again = await desk.add(ANNA, entry(clock, "улица Труда: 14"))
    assert (again.outage.id, again.told) == (entered.outage.id, 0)
    assert sorted(peer for peer, _ in await notices(db)) == ["one", "two"]
    update = Change("k2", ends_at=clock.now() + 10 * HOUR)
    assert [(await desk.update(ANNA, entered.outage.id, update)).told for _ in range(2)] == [2, 0]
    assert [(await desk.end(ANNA, entered.outage.id, "", "k3")).told for _ in range(2)] == [2, 0]
    assert len(set(await notices(db))) == 6


async def test_the_history_says_who_said_what_and_until_when(
    db: Connection, desk: OutageDesk, clock: FakeClock
) -> None:
    await flat(db, "улица Труда", "14")
    await flat(db, "улица Труда", "16")
    number = (await desk.add(ANNA, entry(clock, "улица Труда: 14"))).outage.id
    clock.move(hours=1)
    await desk.update(ANNA, number, Change("k2", "ищем место", end_unknown=True, where=["улица Труда: 14, 16"]))
    clock.move(hours=1)
    await desk.end(Operator("oleg"), number, "", "k3")
    await desk.update(ANNA, number, Change("k4", "снова порыв"))
    counted, events, _ = await desk.show(ANNA, number)
    assert [(one.kind, one.by, one.text) for one in events] == [
        (OutageEventKind.OPENED, "anna", "порыв"),
        (OutageEventKind.UPDATED, "anna", "ищем место"),
        (OutageEventKind.ENDED, "oleg", ""),
        (OutageEventKind.REOPENED, "anna", "снова порыв"),
    ]
    assert counted.outage.ended_at is None
    assert counted.outage.ends_at is None
    assert counted.outage.where == ("улица Труда: 14", "улица Труда: 14, 16")
    assert counted.counts.buildings == 2


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (Change("k2"), OutageProblem.NOTHING_NEW),
        (Change("k2", " "), OutageProblem.NOTHING_NEW),
        (Change("k2", "порыв"), OutageProblem.NOTHING_NEW),
        (Change("k2", "я" * 301), OutageProblem.LONG_CAUSE),
    ],
)
async def test_an_update_says_something(
    db: Connection, desk: OutageDesk, clock: FakeClock, change: Change, problem: OutageProblem
) -> None:
    await flat(db, "улица Труда", "14")
    number = (await desk.add(ANNA, entry(clock, "улица Труда: 14"))).outage.id
    with pytest.raises(BadOutage) as refused:
        await desk.update(ANNA, number, change)
    assert refused.value.problem is problem


async def test_what_is_another_organisations_is_left_to_it(
    db: Connection, desk: OutageDesk, clock: FakeClock, city: City
) -> None:
    await flat(db, "улица Труда", "14")
    heat = Operator("heat", frozenset({city.provider("teplofikaciya").name}))
    with pytest.raises(BadOutage) as refused:
        await desk.add(heat, entry(clock, "улица Труда: 14"))
    assert refused.value.problem is OutageProblem.NOT_YOURS
    number = (await desk.add(ANNA, entry(clock, "улица Труда: 14"))).outage.id
    for act in (
        desk.end(heat, number, "", "k9"),
        desk.update(heat, number, Change("k9", "x")),
        desk.show(heat, number),
    ):
        with pytest.raises(NotFound):
            await act
    assert await desk.listed(heat) == []
    assert len(await desk.listed(ANNA)) == 1
    with pytest.raises(NotFound):
        await desk.end(ANNA, OutageId(10**6), "", "k9")


async def test_a_resident_is_counted_once_for_each_word(
    db: Connection, use_cases: UseCases, desk: OutageDesk, story: Story, clock: FakeClock
) -> None:
    homes = [await flat(db, "улица Труда", house) for house in ("14", "16")]
    whose = await resident(db, use_cases, story, "1", *homes)
    number = (await desk.add(ANNA, entry(clock, "улица Труда"))).outage.id
    assert [await use_cases.outages.report(whose, number, Report.ALSO) for _ in range(3)] == [True, False, False]
    with pytest.raises(NotFound):
        await use_cases.outages.report(whose, number, Report.STILL)
    await desk.end(ANNA, number, "", "k2")
    assert await use_cases.outages.report(whose, number, Report.STILL)
    counted, _, buildings = await desk.show(ANNA, number)
    assert (counted.counts.also, counted.counts.still) == (1, 1)
    assert [(one.building, one.also, one.still) for one in buildings] == [("улица Труда, 14", 1, 1)]


async def test_the_word_of_somebody_who_is_forgotten_still_counts_and_names_nobody(
    db: Connection, use_cases: UseCases, desk: OutageDesk, story: Story, clock: FakeClock
) -> None:
    whose = await resident(db, use_cases, story, "1", await flat(db, "улица Труда", "14"))
    number = (await desk.add(ANNA, entry(clock, "улица Труда"))).outage.id
    await use_cases.outages.report(whose, number, Report.ALSO)
    exported = await use_cases.residents.export(whose)
    assert [one["что"] for one in exported["сообщения об отключениях"]] == ["also"]  # type: ignore[attr-defined]  # a list
    await use_cases.residents.forget(whose)
    assert (await desk.show(ANNA, number))[0].counts.also == 1
    assert await db.fetchval("SELECT resident_id FROM outage_reports") is None


async def test_two_chats_that_become_one_resident_count_as_one(
    db: Connection, use_cases: UseCases, desk: OutageDesk, story: Story, clock: FakeClock
) -> None:
    home = await flat(db, "улица Труда", "14")
    one, other = [await resident(db, use_cases, story, peer, home) for peer in ("1", "2")]
    number = (await desk.add(ANNA, entry(clock, "улица Труда"))).outage.id
    for whose in (one, other):
        await use_cases.outages.report(whose, number, Report.ALSO)
    await desk.end(ANNA, number, "", "k2")
    await use_cases.outages.report(one, number, Report.STILL)
    await PostgresChats(db).merge(one, other)
    counts = (await desk.show(ANNA, number))[0].counts
    assert (counts.also, counts.still) == (1, 1)
    assert await use_cases.outages.report(other, number, Report.STILL) is False


# --- guards and their twins


async def both_report(url: str, city: City, clock: CityClock, use_cases: UseCases, whose: ResidentId) -> int:
    """The same press by two processes at once; how many of them count."""

    async def one() -> bool:
        connection = await connect_alone(url)
        try:
            async with connection.transaction():
                core = build_use_cases(connection, city, clock, HmacCodeHasher(b"k" * 32))
                counted = await core.outages.report(whose, OutageId(1), Report.ALSO)
                await asyncio.sleep(0.05)
                return counted
        finally:
            await connection.close()

    return sum(await asyncio.gather(one(), one()))


async def test_two_presses_at_once_count_once(
    db: Connection, use_cases: UseCases, desk: OutageDesk, story: Story, clock: FakeClock,
    database_url: str, city: City, city_clock: CityClock,
) -> None:  # fmt: skip
    whose = await resident(db, use_cases, story, "1", await flat(db, "улица Труда", "14"))
    await desk.add(ANNA, entry(clock, "улица Труда"))
    assert await both_report(database_url, city, city_clock, use_cases, whose) == 1


async def test_without_the_unique_word_two_presses_would_count_twice(
    db: Connection, use_cases: UseCases, desk: OutageDesk, story: Story, clock: FakeClock,
    database_url: str, city: City, city_clock: CityClock, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    whose = await resident(db, use_cases, story, "1", await flat(db, "улица Труда", "14"))
    await desk.add(ANNA, entry(clock, "улица Труда"))
    await db.execute("DROP INDEX uq_outage_reports_once")
    conflict = "ON CONFLICT (outage_id, report, resident_id) DO NOTHING"
    assert conflict in PostgresResidentOutages.REPORT
    monkeypatch.setattr(PostgresResidentOutages, "REPORT", PostgresResidentOutages.REPORT.replace(conflict, ""))
    assert await both_report(database_url, city, city_clock, use_cases, whose) == 2


async def both_end(url: str, city: City, clock: CityClock) -> list[str]:
    """Two operators say at once that it is over; what each has got. Neither commits before the other has said it, or
    has been seen to wait."""
    said = asyncio.Barrier(2)

    async def one(name: str) -> str:
        connection = await connect_alone(url)
        try:
            async with connection.transaction():
                await outage_desk(connection, city, clock).end(Operator(name), OutageId(1), "", name)
                with suppress(TimeoutError, asyncio.BrokenBarrierError):
                    await asyncio.wait_for(said.wait(), 0.5)
            return "did it"
        except BadOutage as bad:
            return bad.problem.value
        finally:
            await connection.close()

    return sorted(await asyncio.gather(one("anna"), one("oleg")))


async def test_two_operators_end_it_once(
    db: Connection, use_cases: UseCases, desk: OutageDesk, story: Story, clock: FakeClock,
    database_url: str, city: City, city_clock: CityClock,
) -> None:  # fmt: skip
    await resident(db, use_cases, story, "1", await flat(db, "улица Труда", "14"))
    await desk.add(ANNA, entry(clock, "улица Труда"))
    assert await both_end(database_url, city, city_clock) == ["did it", "ended"]
    assert len(await notices(db)) == 2


async def test_without_the_lock_both_would_end_it_and_residents_be_told_twice(
    db: Connection, use_cases: UseCases, desk: OutageDesk, story: Story, clock: FakeClock,
    database_url: str, city: City, city_clock: CityClock, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    await resident(db, use_cases, story, "1", await flat(db, "улица Труда", "14"))
    await desk.add(ANNA, entry(clock, "улица Труда"))
    assert "FOR UPDATE" in PostgresOutages.TAKE
    monkeypatch.setattr(PostgresOutages, "TAKE", PostgresOutages.TAKE.replace("FOR UPDATE", ""))
    assert await both_end(database_url, city, city_clock) == ["did it", "did it"]
    assert len(await notices(db)) == 3


async def test_without_its_key_a_notice_would_come_twice(
    db: Connection, use_cases: UseCases, desk: OutageDesk, story: Story, clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    await resident(db, use_cases, story, "1", await flat(db, "улица Труда", "14"))
    outage = (await desk.add(ANNA, entry(clock, "улица Труда"))).outage
    event = await db.fetchval("SELECT id FROM outage_events")
    await db.execute("UPDATE mailings SET status = 'sending'")
    assert await PostgresOutageNews(db).tell(outage, event) == 0
    await db.execute("ALTER TABLE deliveries DROP CONSTRAINT uq_deliveries_resident_id_mailing_id_subject")
    before, guard, _ = mailings._ADD.partition(" AND NOT EXISTS (\n    SELECT FROM deliveries AS told")
    assert guard
    monkeypatch.setattr(mailings, "_ADD", before)
    assert await PostgresOutageNews(db).tell(outage, event) == 1


async def test_what_is_planned_sleeps_at_night_and_a_breakdown_does_not(
    db: Connection, use_cases: UseCases, desk: OutageDesk, story: Story, clock: FakeClock
) -> None:
    await resident(db, use_cases, story, "1", await flat(db, "улица Труда", "14"))
    for number, emergency in enumerate((True, False)):
        await desk.add(ANNA, entry(clock, "улица Труда", key=f"e{number}", emergency=emergency))
    kinds = [MailingKind(row["kind"]) for row in await db.fetch("SELECT kind FROM mailings ORDER BY id")]
    assert [kind.wakes for kind in kinds] == [True, False]


async def test_who_does_not_want_outages_is_not_told_and_finds_them_in_the_menu(
    db: Connection, use_cases: UseCases, desk: OutageDesk, story: Story, clock: FakeClock
) -> None:
    whose = await resident(db, use_cases, story, "1", await flat(db, "улица Труда", "14"))
    await use_cases.reminders.switch(whose, Reminder.OUTAGE, on=False)
    assert (await desk.add(ANNA, entry(clock, "улица Труда"))).told == 0
    assert await notices(db) == []
    assert all((await use_cases.outages.of(whose)).values())


async def test_facts_of_what_is_told_are_those_of_now(
    db: Connection, use_cases: UseCases, desk: OutageDesk, story: Story, clock: FakeClock
) -> None:
    homes = [await flat(db, "улица Труда", house) for house in ("14", "16")]
    one = await resident(db, use_cases, story, "1", homes[0])
    two = await resident(db, use_cases, story, "2", *homes)
    number = (await desk.add(ANNA, entry(clock, "улица Труда: 14"))).outage.id
    await desk.update(ANNA, number, Change("k2", "ищем место"))
    event = await db.fetchval("SELECT min(id) FROM outage_events")
    facts = PostgresTellingFacts(db)
    told = await facts.outage(event)
    assert told is not None
    assert (told.kind, told.outage.cause) == (OutageEventKind.OPENED, "ищем место")
    await db.execute("UPDATE links SET name = 'Дача' WHERE premises_id = $1", homes[0])
    assert await facts.hit(event, [one, two, ResidentId(99)]) == {one: [], two: ["Дача"]}
    await db.execute("DELETE FROM links WHERE resident_id = $1", one)
    assert await facts.hit(event, [one]) == {}
    assert await facts.outage(10**9) is None


async def test_a_clock_turned_back_tells_nothing_anew(
    db: Connection, use_cases: UseCases, desk: OutageDesk, story: Story, clock: FakeClock
) -> None:
    whose = await resident(db, use_cases, story, "1", await flat(db, "улица Труда", "14"))
    number = (await desk.add(ANNA, entry(clock, "улица Труда"))).outage.id
    clock.move(hours=2)
    await desk.end(ANNA, number, "", "k2")
    clock.move(days=-1)
    assert len(await notices(db)) == 2
    (outage,) = (await use_cases.outages.of(whose)).popitem()[1]
    assert outage.ended_at is not None
    assert date(2022, 2, 15) == clock.now().date()
