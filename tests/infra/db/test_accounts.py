"""Accounts and proofs in PostgreSQL, by themselves and under the use cases of linking."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from asyncpg import Connection

from core.accounts.model import AccountRef, CodeProof, FactsProof, PhoneProof, Proof
from core.accounts.tries import ProofFailed, ProofsLocked
from core.accounts.use_cases import ProofExpired
from core.errors import NotFound
from core.ids import PremisesId
from core.link_settings import Fact
from core.services import Service
from core.use_cases import UseCases
from dialogs.ports import ChatAddress
from infra.db.accounts import PostgresAccounts
from infra.db.meters import PostgresReadings
from infra.db.residents import PostgresResidents
from tests.infra.db.story import CODE, JANUARY, NOON, TEPLOFIKACIYA, VODOKANAL, Story, reading

REF = AccountRef(VODOKANAL, "3000012345")


async def older(db: Connection, age: timedelta) -> None:
    """Time passes, as the database sees it."""
    await db.execute("UPDATE link_failures SET failed_at = failed_at - $1::interval", age)
    await db.execute("UPDATE link_proofs SET proved_at = proved_at - $1::interval", age)


async def test_an_account_is_found_by_provider_and_number_while_it_is_open(db: Connection, story: Story) -> None:
    flat = await story.premises()
    account = await story.account(flat)
    await story.account(flat, "3000012346", closed=date(2021, 5, 1))
    store = PostgresAccounts(db)
    found = (await store.evidence(REF)).account
    assert found is not None
    assert (found.id, found.provider, found.number, found.premises) == (account, VODOKANAL, "3000012345", flat)
    assert (await store.evidence(AccountRef(TEPLOFIKACIYA, "3000012345"))).account is None
    assert (await store.evidence(AccountRef(VODOKANAL, "3000012346"))).account is None


@pytest.mark.parametrize("number", ["30000\0", "\ud800", "", "'; DROP TABLE accounts; --"])
async def test_no_number_breaks_the_question(db: Connection, number: str) -> None:
    assert (await PostgresAccounts(db).evidence(AccountRef(VODOKANAL, number))).account is None


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
    empty = (await store.evidence(REF)).facts
    assert (empty.last_paid, empty.last_owed, empty.last_readings) == (None, None, {})
    await story.payment(account, date(2022, 1, 10), 50000)
    await story.payment(account, date(2022, 2, 1), 61250)
    await story.statement(account, JANUARY, 70000)
    await story.statement(account, JANUARY.previous, 1)
    facts = (await store.evidence(REF)).facts
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
    known = (await PostgresAccounts(db).evidence(REF)).facts.last_readings or {}
    assert known == {ours: Decimal("15.5"), theirs: Decimal(20)}
    assert unread not in known
    assert closed not in known


async def proof_of(kind: str, story: Story, db: Connection) -> tuple[Proof, Proof]:
    """A right and a wrong proof of the account."""
    account = await story.account(await story.premises())
    await story.statement(account, JANUARY, 70000)
    await db.execute("UPDATE accounts SET phone = '8 (900) 123-45-67; 40-22-11'")
    match kind:
        case "code":
            return CodeProof(CODE.lower()), CodeProof("WRONG")
        case "phone":
            return PhoneProof("+79001234567"), PhoneProof("+79001234568")
    right = {Fact.LAST_OWED: "700", Fact.AREA: "52,4"}
    return FactsProof(right), FactsProof({**right, Fact.AREA: "52,5"})


@pytest.mark.parametrize("kind", ["code", "phone", "facts"])
async def test_each_kind_of_proof_opens_its_account_and_no_other(
    kind: str, db: Connection, use_cases: UseCases, story: Story
) -> None:
    right, wrong = await proof_of(kind, story, db)
    chat = await story.chat()
    with pytest.raises(ProofFailed):
        await use_cases.linking.prove(chat, REF, wrong)
    with pytest.raises(ProofFailed):
        await use_cases.linking.prove(chat, AccountRef(VODOKANAL, "3999999999"), right)
    premises = await use_cases.linking.prove(chat, REF, right)
    assert (await use_cases.linking.premises(chat, premises.id)).id == premises.id
    assert await db.fetchval("SELECT count(*) FROM link_failures") == 2, "only failures count"


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


async def test_a_chat_that_fails_too_often_is_locked_by_the_databases_clock(
    use_cases: UseCases, story: Story, db: Connection
) -> None:
    flat = await story.premises()
    await story.account(flat)
    chat, other = await story.chat(), await story.chat(ChatAddress("vk", "9", "1"))
    for _ in range(5):
        with pytest.raises(ProofFailed):
            await use_cases.linking.prove(chat, REF, CodeProof("WRONG"))
    with pytest.raises(ProofsLocked) as locked:
        await use_cases.linking.prove(chat, REF, CodeProof(CODE))
    waits = locked.value.until - use_cases.linking.clock.now()
    assert timedelta(minutes=59) < waits <= timedelta(hours=1), "told by the city's clock, which stands still here"
    assert (await use_cases.linking.prove(other, REF, CodeProof(CODE))).id == flat
    await older(db, timedelta(hours=1))
    assert (await use_cases.linking.prove(chat, REF, CodeProof(CODE))).id == flat


async def test_failures_on_an_account_count_over_all_chats_and_leave_strong_proofs_alone(
    use_cases: UseCases, story: Story, db: Connection
) -> None:
    right, wrong = await proof_of("facts", story, db)
    for peer in range(10):
        chat = await story.chat(ChatAddress("vk", "9", str(peer)))
        with pytest.raises(ProofFailed):
            await use_cases.linking.prove(chat, REF, wrong)
    chat = await story.chat()
    with pytest.raises(ProofFailed):
        await use_cases.linking.prove(chat, REF, right)
    await use_cases.linking.prove(chat, REF, CodeProof(CODE))
    await use_cases.linking.prove(chat, REF, PhoneProof("89001234567"))


async def test_a_proof_is_good_for_an_hour_for_its_own_chat_and_once(
    use_cases: UseCases, story: Story, db: Connection
) -> None:
    flat = await story.premises()
    await story.account(flat)
    chat, other = await story.chat(), await story.chat(ChatAddress("vk", "9", "1"))
    resident = (await PostgresResidents(db).create(chat, "ru")).id
    stranger = (await PostgresResidents(db).create(other, "ru")).id
    with pytest.raises(ProofExpired):
        await use_cases.linking.link(chat, resident, flat, "")
    await use_cases.linking.prove(chat, REF, CodeProof(CODE))
    with pytest.raises(ProofExpired):
        await use_cases.linking.link(other, stranger, flat, "")
    await older(db, timedelta(hours=1))
    with pytest.raises(ProofExpired):
        await use_cases.linking.link(chat, resident, flat, "")
    await use_cases.linking.prove(chat, REF, CodeProof(CODE))
    await use_cases.linking.link(chat, resident, flat, "")
    await use_cases.residents.unlink(resident, flat)
    with pytest.raises(ProofExpired):
        await use_cases.linking.link(chat, resident, flat, "")
