"""Accounts and proofs in PostgreSQL, by themselves and under the use cases of linking."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from asyncpg import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from core.accounts.model import AccountRef, CodeProof, Fact, FactsProof
from core.accounts.use_cases import ProofFailed, ProofsLocked
from core.errors import NotFound
from core.ids import PremisesId, ProviderCode
from core.services import Service
from core.use_cases import UseCases
from dialogs.ports import ChatAddress
from infra.db.accounts import PostgresAccounts, PostgresAttempts
from infra.db.engine import driver_connection
from infra.db.meters import PostgresReadings
from tests.conftest import FakeClock
from tests.infra.db.story import CODE, JANUARY, NOON, TEPLOFIKACIYA, VODOKANAL, Story, reading

REF = AccountRef(VODOKANAL, "3000012345")


async def test_an_account_is_found_by_provider_and_number_while_it_is_open(db: Connection, story: Story) -> None:
    flat = await story.premises()
    account = await story.account(flat)
    await story.account(flat, "3000012346", closed=date(2021, 5, 1))
    store = PostgresAccounts(db)
    found = await store.find(REF)
    assert found is not None
    assert (found.id, found.provider, found.number, found.premises) == (account, VODOKANAL, "3000012345", flat)
    assert await store.find(AccountRef(TEPLOFIKACIYA, "3000012345")) is None
    assert await store.find(AccountRef(VODOKANAL, "3000012346")) is None


async def test_a_flat_has_its_address_and_its_open_accounts(db: Connection, story: Story) -> None:
    flat = await story.premises()
    water = await story.account(flat)
    heat = await story.account(flat, "700012345", TEPLOFIKACIYA)
    await story.account(flat, "700099999", TEPLOFIKACIYA, closed=date(2021, 5, 1))
    store = PostgresAccounts(db)
    premises = await store.premises(flat)
    assert [account.id for account in premises.accounts] == [water, heat]
    assert (premises.address.street, premises.address.building, premises.address.unit) == ("ул. Труда", "14", "25")
    assert (await store.premises(await story.premises("26"))).accounts == ()
    with pytest.raises(NotFound):
        await store.premises(PremisesId(10**9))


async def test_facts_are_the_latest_of_each_kind(db: Connection, story: Story) -> None:
    account = await story.account(await story.premises())
    store = PostgresAccounts(db)
    empty = await store.facts(account)
    assert (empty.last_paid, empty.last_owed, empty.last_readings) == (None, None, {})
    await story.payment(account, date(2022, 1, 10), 50000)
    await story.payment(account, date(2022, 2, 1), 61250)
    await story.statement(account, JANUARY, 70000)
    await story.statement(account, JANUARY.previous, 1)
    facts = await store.facts(account)
    assert (facts.last_paid, facts.last_owed) == (61250, 70000)
    assert facts.area == Decimal("52.4")


async def test_the_last_reading_is_the_newer_of_ours_and_billings(db: Connection, story: Story) -> None:
    account = await story.account(await story.premises())
    ours = await story.meter(account, "1", Service.COLD_WATER, last_value=Decimal(10), last_date=date(2022, 1, 25))
    theirs = await story.meter(account, "2", Service.COLD_WATER, last_value=Decimal(20), last_date=date(2022, 2, 20))
    unread = await story.meter(account, "3", Service.COLD_WATER)
    closed = await story.meter(account, "4", Service.COLD_WATER, last_value=Decimal(40), closed_on=date(2022, 1, 1))
    for meter in (ours, theirs):
        await PostgresReadings(db).add(reading(meter, "15.5", at=NOON))
    await PostgresReadings(db).add(reading(ours, "99", current=False))
    known = (await PostgresAccounts(db).facts(account)).last_readings
    assert known == {ours: Decimal("15.5"), theirs: Decimal(20)}
    assert unread not in known
    assert closed not in known


async def test_the_printed_code_proves_the_account(use_cases: UseCases, story: Story) -> None:
    flat = await story.premises()
    await story.account(flat)
    chat = await story.chat()
    assert (await use_cases.linking.prove(chat, REF, CodeProof(CODE.lower()))).id == flat


async def test_a_wrong_code_and_an_unknown_number_are_recorded_alike(
    db: Connection, use_cases: UseCases, story: Story
) -> None:
    await story.account(await story.premises())
    chat = await story.chat()
    for ref in (REF, AccountRef(VODOKANAL, "3999999999")):
        with pytest.raises(ProofFailed):
            await use_cases.linking.prove(chat, ref, CodeProof("WRONG"))
    rows = await db.fetch("SELECT chat_id, account_hash FROM link_failures")
    assert [row["chat_id"] for row in rows] == [chat, chat]
    assert len({row["account_hash"] for row in rows}) == 2
    assert not any(b"3000012345" in row["account_hash"] for row in rows)


async def test_a_chat_that_fails_too_often_is_locked_for_a_time(
    use_cases: UseCases, story: Story, clock: FakeClock
) -> None:
    flat = await story.premises()
    await story.account(flat)
    chat, other = await story.chat(), await story.chat(ChatAddress("vk", "9", "1"))
    for _ in range(5):
        with pytest.raises(ProofFailed):
            await use_cases.linking.prove(chat, REF, CodeProof("WRONG"))
    with pytest.raises(ProofsLocked):
        await use_cases.linking.prove(chat, REF, CodeProof(CODE))
    assert (await use_cases.linking.prove(other, REF, CodeProof(CODE))).id == flat
    clock.move(hours=1, minutes=1)
    assert (await use_cases.linking.prove(chat, REF, CodeProof(CODE))).id == flat


async def test_failures_on_an_account_count_over_all_chats(use_cases: UseCases, story: Story) -> None:
    account = await story.account(await story.premises())
    await story.statement(account, JANUARY, 70000)
    right = FactsProof({Fact.LAST_OWED: "700", Fact.AREA: "52,4"})
    wrong = FactsProof({Fact.LAST_OWED: "701", Fact.AREA: "52,4"})
    for peer in range(10):
        chat = await story.chat(ChatAddress("vk", "9", str(peer)))
        with pytest.raises(ProofFailed):
            await use_cases.linking.prove(chat, REF, wrong)
    with pytest.raises(ProofFailed):
        await use_cases.linking.prove(await story.chat(), REF, right)


async def test_proofs_of_one_account_from_many_chats_are_counted_in_turn(
    engine: AsyncEngine, story: Story, db: Connection
) -> None:
    """Each sees the failures of those before it: none slips past the limit because another has not committed yet."""
    chats = [await story.chat(ChatAddress("vk", "9", str(peer))) for peer in range(8)]
    since = datetime(2022, 1, 1, tzinfo=UTC)

    async def fail(chat: int) -> int:
        async with driver_connection(engine) as connection, connection.transaction():
            attempts = PostgresAttempts(connection)
            count = await attempts.failures_on_account(REF, since)
            await asyncio.sleep(0.01)
            await attempts.record_failure(chats[chat], REF, NOON)
            return count

    assert sorted(await asyncio.gather(*(fail(chat) for chat in range(8)))) == list(range(8))


async def test_failures_of_a_chat_come_oldest_first_since_an_instant(db: Connection, story: Story) -> None:
    chat = await story.chat()
    attempts = PostgresAttempts(db)
    for hours in (1, 30, 2):
        await attempts.record_failure(chat, REF, NOON - timedelta(hours=hours))
    failures = await attempts.failures_of_chat(chat, NOON - timedelta(days=1))
    assert failures == [NOON - timedelta(hours=2), NOON - timedelta(hours=1)]
    assert await attempts.failures_on_account(REF, NOON - timedelta(days=1)) == 2
    assert await attempts.failures_on_account(AccountRef(ProviderCode("vodokanal3"), "000012345"), NOON) == 0
