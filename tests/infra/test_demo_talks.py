"""Tickets of the demo: of every kind and state, by the real use cases, once."""

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from cli.demo_staff import people
from core.city import City
from core.clock import CityClock
from core.support.model import Author, FileState, Operator, TicketStatus, Topic
from core.support.ports import QueueFilter
from infra.codes import HmacCodeHasher
from infra.db.desk import operator_desk
from infra.db.engine import driver_connection
from infra.demo_city import write_demo_city
from infra.demo_city.asking import OPERATORS, make_talks
from infra.demo_city.talks import PEOPLE, TALKS, Answer, Transfer
from infra.exchange import import_file
from tests.conftest import FakeClock

BOTS = {"telegram": "1000001", "vk": "100001"}
EVERYBODY = Operator("Вера")
WATER, HEAT, AGENT = "МП трест «Водоканал»", "МП трест «Теплофикация»", "ООО «ЕРКЦ»"


@pytest.fixture
async def folder(engine: AsyncEngine, city: City, city_clock: CityClock, tmp_path: Path) -> Path:
    """A small made-up city, of which the database knows the accounts."""
    hasher = HmacCodeHasher(b"k" * 32)
    for kind, provider, file in write_demo_city(tmp_path, 24).files:
        if kind == "accounts":
            await import_file(engine, city, hasher, kind, provider, file, clock=city_clock)
    return tmp_path


async def made(engine: AsyncEngine, city: City, city_clock: CityClock, folder: Path) -> bool:
    return await make_talks(engine, city, city_clock, HmacCodeHasher(b"k" * 32), folder, BOTS)


async def test_the_desk_has_something_of_everything(
    engine: AsyncEngine, city: City, city_clock: CityClock, folder: Path
) -> None:
    assert await made(engine, city, city_clock, folder)
    async with operator_desk(engine, city, city_clock) as desk:
        lines = await desk.queue(EVERYBODY, QueueFilter(statuses=frozenset(TicketStatus)))
        dossiers = [await desk.show(EVERYBODY, line.ticket.id) for line in lines]
    tickets = [dossier.ticket for dossier in dossiers]
    assert len(tickets) == len(TALKS) >= 12
    assert {ticket.status for ticket in tickets} == set(TicketStatus)
    assert {ticket.topic for ticket in tickets} == set(Topic)
    assert {ticket.organisation for ticket in tickets} == {WATER, HEAT, AGENT}
    assert sum(ticket.due_at is not None and ticket.due_at < city_clock.now() for ticket in tickets) >= 2
    assert sum(ticket.due_at is not None and ticket.due_at > city_clock.now() for ticket in tickets) >= 2
    assert {ticket.rating for ticket in tickets} >= {None, 2, 5}
    kinds = Counter(event.kind for dossier in dossiers for event in dossier.events)
    assert {"opened", "added", "edited", "answered", "noted", "transferred", "closed", "rated"} <= set(kinds)
    assert all(event.at <= city_clock.now() for dossier in dossiers for event in dossier.events)
    assert [ticket.opened_at for ticket in tickets] == sorted(ticket.opened_at for ticket in tickets)
    files = [(one.author, file.state) for dossier in dossiers for one in dossier.messages for file in one.files]
    assert sorted(files) == [(Author.OPERATOR, FileState.KEPT), (Author.RESIDENT, FileState.KEPT)]


async def test_they_are_made_once(engine: AsyncEngine, city: City, city_clock: CityClock, folder: Path) -> None:
    assert await made(engine, city, city_clock, folder)
    assert not await made(engine, city, city_clock, folder)
    async with driver_connection(engine) as db:
        assert await db.fetchval("SELECT count(*) FROM tickets") == len(TALKS)
        assert await db.fetchval("SELECT count(*) FROM chats") == len(PEOPLE)
        assert await db.fetchval("SELECT count(*) FROM inbox") == 0, "nobody is told of what is long ago"


async def test_residents_have_agreed_and_proved_their_flats(
    engine: AsyncEngine, city: City, city_clock: CityClock, folder: Path
) -> None:
    await made(engine, city, city_clock, folder)
    async with driver_connection(engine) as db:
        rows = await db.fetch(
            "SELECT peer, chats.resident_id, consents.id AS consent, links.id AS link FROM chats "
            "LEFT JOIN consents USING (resident_id) LEFT JOIN links USING (resident_id)"
        )
    found = {int(row["peer"]): (row["resident_id"], row["consent"], row["link"]) for row in rows}
    assert len({link for *_, link in found.values() if link}) == sum(person.agreed for person in PEOPLE)
    for person in PEOPLE:
        assert all(one is not None for one in found[person.peer]) == person.agreed


async def test_they_fit_a_start_at_any_hour(
    engine: AsyncEngine, city: City, city_clock: CityClock, clock: FakeClock, folder: Path
) -> None:
    clock.move(hours=-8)
    await made(engine, city, city_clock, folder)
    async with driver_connection(engine) as db:
        assert await db.fetchval("SELECT max(at) FROM ticket_events") <= city_clock.now()


def test_what_happens_in_a_talk_goes_forward() -> None:
    for talk in TALKS:
        ages = [timedelta(days=-one.at.days, hours=one.at.clock.hour, minutes=one.at.clock.minute) for one in talk.then]
        asked = timedelta(days=-talk.at.days, hours=talk.at.clock.hour, minutes=talk.at.clock.minute)
        assert [asked, *ages] == sorted([asked, *ages]), talk.text


def test_whoever_answers_is_an_operator_of_the_demo(city: City) -> None:
    assert any(isinstance(act, Transfer) for talk in TALKS for act in talk.then)
    assert any(isinstance(act, Answer) and act.picture for talk in TALKS for act in talk.then)
    staff = {name: person.new.name for person in people(city) for name in person.new.organisations or ()}
    assert staff == OPERATORS
