"""Chats of one resident, on the real database: what is brought together, and who wins when two try at once."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest
from asyncpg import Connection, ForeignKeyViolationError
from sqlalchemy.ext.asyncio import AsyncEngine

from core.accounts.codes import CodePurpose, CodeRefused
from core.accounts.model import Access, Consent, NewLink
from core.accounts.tries import ProofFailed
from core.city import City
from core.clock import CityClock
from core.errors import NotFound, Rejected
from core.ids import ChatId, ResidentId
from core.personal.second_chat import ForeignFlats, OwnChat, SecondChats, WrongNumber
from core.services import Service
from core.use_cases import UseCases
from dialogs.event import Notice
from dialogs.internal import parse_internal
from dialogs.ports import ChatAddress
from infra.codes import HmacCodeHasher
from infra.db.chats import PostgresChats
from infra.db.engine import driver_connection
from infra.db.links import PostgresHelpers, PostgresLinks
from infra.db.meters import PostgresReadings
from infra.db.residents import PostgresResidents
from infra.db.use_cases import build_use_cases
from tests.infra.db.story import NOON, Story, reading

TELEGRAM, VK, TABLET = ChatAddress("telegram", "1", "500"), ChatAddress("vk", "9", "77"), ChatAddress("vk", "9", "78")


@dataclass(frozen=True)
class Person:
    chat: ChatId
    resident: ResidentId


async def person(db: Connection, story: Story, address: ChatAddress) -> Person:
    chat = await story.chat(address)
    resident = (await PostgresResidents(db).create(chat, "ru")).id
    consent = Consent("billing_chat", "2", "hash", "ru", address.messenger, NOON)
    await PostgresResidents(db).record_consent(resident, consent)
    return Person(chat, resident)


@pytest.fixture
async def anna(db: Connection, story: Story) -> Person:
    return await person(db, story, TELEGRAM)


@pytest.fixture
async def new(db: Connection, story: Story) -> Person:
    return await person(db, story, VK)


async def whose(db: Connection, one: Person) -> ResidentId | None:
    found = await PostgresResidents(db).of_chat(one.chat)
    return found.id if found else None


async def told(db: Connection) -> list[tuple[str, Notice]]:
    rows = await db.fetch("SELECT peer, raw FROM inbox WHERE internal ORDER BY id")
    events = [(row["peer"], parse_internal(row["raw"])) for row in rows]
    return [(peer, event) for peer, event in events if isinstance(event, Notice)]


async def test_everything_of_the_newcomer_goes_along(
    db: Connection, story: Story, use_cases: UseCases, anna: Person, new: Person
) -> None:
    flat, elsewhere = await story.premises("25"), await story.premises("26")
    meter = await story.meter(await story.account(flat), "41", Service.COLD_WATER)
    links = PostgresLinks(db)
    for who in (anna, new):
        await links.add(NewLink(who.resident, flat, None, "Дом", NOON))
    await links.add(NewLink(anna.resident, elsewhere, None, "Мама", NOON))
    await PostgresReadings(db).add(reading(meter, "105", resident=new.resident))
    await db.execute(
        "INSERT INTO tickets (key, chat_id, resident_id, topic, organisation, opened_at)"
        " VALUES ('1', $1, $2, 'other', 'x', now())",
        *(new.chat, new.resident),
    )
    code = await use_cases.second_chats.code(anna.resident)
    await use_cases.second_chats.join(new.chat, new.resident, code)
    assert await whose(db, new) == await whose(db, anna) == anna.resident
    assert [link.name for link in await links.of_resident(anna.resident)] == ["Дом", "Мама"]
    assert await db.fetchval("SELECT resident_id FROM readings") == anna.resident
    assert await db.fetchval("SELECT resident_id FROM tickets") == anna.resident
    channels = await db.fetch("SELECT channel FROM consents WHERE resident_id = $1 ORDER BY channel", anna.resident)
    assert [row[0] for row in channels] == ["telegram", "vk"], "the ledger keeps both"
    assert await db.fetchval("SELECT count(*) FROM residents") == 1
    exported = await use_cases.residents.export(anna.resident)
    assert len(exported["чаты"]) == 2  # type: ignore[arg-type]  # a list
    assert await told(db) == [("500", Notice("chat_joined", str(new.chat)))], "the new chat sees it on its screen"


async def test_helpers_of_the_same_flat_keep_their_right(
    db: Connection, story: Story, use_cases: UseCases, anna: Person, new: Person
) -> None:
    flat = await story.premises()
    await story.account(flat)
    links, helpers = PostgresLinks(db), PostgresHelpers(db)
    await links.add(NewLink(anna.resident, flat, None, "Дом", NOON))
    link = await links.add(NewLink(new.resident, flat, None, "Дом", NOON))
    assert link is not None
    neighbour = await person(db, story, TABLET)
    await helpers.accept(await helpers.invite(link, "Сосед"), neighbour.resident, "Помогаю")
    await use_cases.second_chats.join(new.chat, new.resident, await use_cases.second_chats.code(anna.resident))
    (helped,) = await use_cases.residents.flats(neighbour.resident)
    assert (helped.premises.id, helped.premises.access) == (flat, Access.HELPER)


async def test_a_right_to_help_oneself_is_none_after_that(
    db: Connection, story: Story, use_cases: UseCases, anna: Person, new: Person
) -> None:
    flat = await story.premises()
    await story.account(flat)
    link = await PostgresLinks(db).add(NewLink(anna.resident, flat, None, "Дом", NOON))
    assert link is not None
    helpers = PostgresHelpers(db)
    await helpers.accept(await helpers.invite(link, "Я сам"), new.resident, "Помогаю")
    await use_cases.second_chats.join(new.chat, new.resident, await use_cases.second_chats.code(anna.resident))
    assert await db.fetchval("SELECT count(*) FROM helpers") == 0
    (own,) = await use_cases.residents.flats(anna.resident)
    assert own.owned


async def test_a_flat_the_other_only_helps_with_is_not_given_to_own(
    db: Connection, story: Story, use_cases: UseCases, anna: Person, new: Person
) -> None:
    flat = await story.premises()
    await story.account(flat)
    link = await PostgresLinks(db).add(NewLink(new.resident, flat, None, "Дом", NOON))
    assert link is not None
    helpers = PostgresHelpers(db)
    await helpers.accept(await helpers.invite(link, "Анна"), anna.resident, "Помогаю")
    code = await use_cases.second_chats.code(anna.resident)
    with pytest.raises(ForeignFlats):
        await use_cases.second_chats.join(new.chat, new.resident, code)
    assert await use_cases.codes.peek(CodePurpose.SECOND_CHAT, code), "it stays whole"
    assert await db.fetchval("SELECT count(*) FROM link_failures") == 0, "that was no wrong code"


async def test_a_number_is_good_for_one_answer(db: Connection, use_cases: UseCases, anna: Person, new: Person) -> None:
    chats = use_cases.second_chats
    number = await chats.ask(new.chat, new.resident, anna.resident)
    assert await chats.asking(anna.resident) == (
        *((await chats.of_resident(new.resident))[:1]),
        number,
    )
    wrong = "100" if number != "100" else "101"
    with pytest.raises(WrongNumber):
        await chats.approve(anna.chat, anna.resident, wrong)
    with pytest.raises(WrongNumber):
        await chats.approve(anna.chat, anna.resident, number)
    number = await chats.ask(new.chat, new.resident, anna.resident)
    assert await chats.approve(anna.chat, anna.resident, number) == "vk"
    assert await whose(db, new) == anna.resident
    assert [(peer, notice.kind) for peer, notice in await told(db)] == [
        *(("500", "chat_asks"), ("500", "chat_asks")),
        ("77", "chat_joined"),
    ]


async def test_who_asks_too_long_ago_asks_no_more(
    db: Connection, use_cases: UseCases, anna: Person, new: Person
) -> None:
    number = await use_cases.second_chats.ask(new.chat, new.resident, anna.resident)
    await db.execute("UPDATE chat_requests SET expires_at = clock_timestamp()")
    with pytest.raises(NotFound):
        await use_cases.second_chats.asking(anna.resident)
    with pytest.raises(WrongNumber):
        await use_cases.second_chats.approve(anna.chat, anna.resident, number)


async def test_a_chat_that_leaves_keeps_its_revision(db: Connection, use_cases: UseCases, anna: Person) -> None:
    """Keys of effects are made of chat and revision: a revision that began anew would take a reading for a repeat."""
    await db.execute('UPDATE chats SET state = \'{"rev": 41, "trail": [{}]}\'')
    await use_cases.second_chats.leave(anna.resident, anna.chat)
    assert await whose(db, anna) is None
    assert await db.fetchval("SELECT state FROM chats") == {"rev": 41}
    with pytest.raises(NotFound):
        await use_cases.second_chats.leave(anna.resident, anna.chat)


async def test_whoever_is_forgotten_leaves_no_trace_but_revisions(
    db: Connection, use_cases: UseCases, anna: Person
) -> None:
    await db.execute('UPDATE chats SET state = \'{"rev": 41, "trail": [{}]}\'')
    await use_cases.bot_checks.issue(anna.chat)
    number = await use_cases.fake_reports.report("k", anna.chat, "telegram", "Ксенофонт звонил", photo=False)
    await use_cases.second_chats.code(anna.resident)
    await use_cases.residents.forget(anna.resident)
    counts = await db.fetchrow(
        "SELECT (SELECT count(*) FROM bot_words), (SELECT count(*) FROM fake_reports),"
        " (SELECT count(*) FROM one_time_codes), (SELECT count(*) FROM consents)"
    )
    assert tuple(counts) == (0, 0, 0, 0)
    facts = await db.fetchval("SELECT facts FROM tasks")
    assert "Ксенофонт" not in str(facts)
    assert str(number) in str(facts)
    assert await db.fetchval("SELECT state FROM chats") == {"rev": 41}


# --- at once

Join = Callable[[UseCases], Awaitable[object]]


async def at_once(engine: AsyncEngine, build: Callable[[Connection], UseCases], *joins: Join) -> list[object]:
    """Each in a transaction of its own, all begun before any goes on."""

    async def one(connection: Connection, join: Join) -> object:
        try:
            async with connection.transaction():
                return await join(build(connection))
        except (Rejected, NotFound) as refused:
            return refused

    async with AsyncExitStack() as stack:
        connections = [await stack.enter_async_context(driver_connection(engine)) for _ in joins]
        return list(await asyncio.gather(*map(one, connections, joins)))


@pytest.fixture
def build(city: City, city_clock: CityClock, hasher: HmacCodeHasher) -> Callable[[Connection], UseCases]:
    return lambda connection: build_use_cases(connection, city, city_clock, hasher)


async def test_of_two_chats_with_one_code_one_joins(
    db: Connection,
    story: Story,
    engine: AsyncEngine,
    build: Callable[[Connection], UseCases],
    use_cases: UseCases,
    anna: Person,
    new: Person,
) -> None:
    tablet = await person(db, story, TABLET)
    code = await use_cases.second_chats.code(anna.resident)
    outcomes = await at_once(
        engine,
        build,
        lambda use: use.second_chats.join(new.chat, new.resident, code),
        lambda use: use.second_chats.join(tablet.chat, tablet.resident, code),
    )
    assert {type(one) for one in outcomes} == {type(None), ProofFailed}
    joined = [await whose(db, one) == anna.resident for one in (new, tablet)]
    assert sorted(joined) == [False, True]


async def test_of_two_chats_that_press_one_link_one_gets_on(
    db: Connection,
    story: Story,
    engine: AsyncEngine,
    build: Callable[[Connection], UseCases],
    use_cases: UseCases,
    anna: Person,
) -> None:
    payload = await use_cases.second_chats.link(anna.resident)
    outcomes = await at_once(
        engine, build, *[lambda use: use.codes.redeem(CodePurpose.DEEP_LINK, payload) for _ in range(6)]
    )
    assert sum(not isinstance(one, CodeRefused) for one in outcomes) == 1


async def test_two_who_join_each_other_at_once_are_one_resident(
    db: Connection,
    engine: AsyncEngine,
    build: Callable[[Connection], UseCases],
    use_cases: UseCases,
    anna: Person,
    new: Person,
) -> None:
    of_anna = await use_cases.second_chats.code(anna.resident)
    of_new = await use_cases.second_chats.code(new.resident)
    outcomes = await at_once(
        engine,
        build,
        lambda use: use.second_chats.join(new.chat, new.resident, of_anna),
        lambda use: use.second_chats.join(anna.chat, anna.resident, of_new),
    )
    assert sum(one is None for one in outcomes) == 1
    assert await whose(db, anna) == await whose(db, new) is not None
    assert await db.fetchval("SELECT count(*) FROM residents") == 1


class NobodyHolds(PostgresChats):
    """The protection taken away. Both look before either writes."""

    together: asyncio.Barrier

    async def hold(self, *residents: ResidentId) -> None:
        async with asyncio.timeout(5):
            await self.together.wait()


async def test_without_holding_residents_two_lose_each_other(
    db: Connection,
    engine: AsyncEngine,
    build: Callable[[Connection], UseCases],
    use_cases: UseCases,
    anna: Person,
    new: Person,
) -> None:
    """The twin: both are merged into one that is gone."""
    of_anna = await use_cases.second_chats.code(anna.resident)
    of_new = await use_cases.second_chats.code(new.resident)
    NobodyHolds.together = asyncio.Barrier(2)

    def careless(connection: Connection) -> SecondChats:
        whole = build(connection)
        return SecondChats(whole.residents, NobodyHolds(connection), whole.codes, whole.typed_codes)

    async def join(who: Person, code: str) -> str:
        async with driver_connection(engine) as connection:
            try:
                async with connection.transaction():
                    await careless(connection).join(who.chat, who.resident, code)
            except Exception as error:
                return type(error).__name__
        return "joined"

    outcomes = await asyncio.gather(join(new, of_anna), join(anna, of_new))
    lost = await whose(db, anna) != await whose(db, new)
    assert lost or set(outcomes) & {"DeadlockDetectedError", ForeignKeyViolationError.__name__}


async def test_ones_own_chat_is_told_apart(use_cases: UseCases, anna: Person) -> None:
    code = await use_cases.second_chats.code(anna.resident)
    with pytest.raises(OwnChat):
        await use_cases.second_chats.join(anna.chat, anna.resident, code)
