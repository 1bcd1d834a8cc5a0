"""Limits of tries, kept by PostgreSQL: counted before they are looked at, and answered in one time for all."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import ClassVar

import pytest
from asyncpg import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from core.accounts.model import AccountRef, CodeProof, Evidence, FactsProof, PhoneProof, Proof
from core.accounts.tries import ProofFailed, ProofsLocked
from core.accounts.use_cases import Linking
from core.city import City
from core.clock import CityClock
from core.errors import Rejected
from core.ids import ChatId
from core.link_settings import Fact
from core.services import Service
from core.use_cases import UseCases
from infra.codes import HmacCodeHasher
from infra.db.accounts import PostgresAccounts
from infra.db.attempts import PostgresAttempts
from infra.db.engine import connect_alone, driver_connection
from infra.db.health import queue_depths
from infra.db.use_cases import build_use_cases
from tests.infra.db.story import CODE, VODOKANAL, Story
from tests.infra.db.test_accounts import REF, older

AT_ONCE = 50
ONE_TIME = 0.05
"""Seconds by which the answers on a wrong number and on a wrong proof may differ, at the 95th percentile."""


def number(of: int) -> str:
    return f"30000{of:05}"


async def chats(db: Connection, count: int) -> list[ChatId]:
    insert = "INSERT INTO chats (messenger, bot, peer) SELECT 'vk', '9', n::text FROM generate_series(1, $1) AS n"
    rows = await db.fetch(f"{insert} RETURNING id", count)
    return [ChatId(row["id"]) for row in rows]


async def try_once(linking: Linking, chat: ChatId, ref: AccountRef, proof: Proof) -> str:
    try:
        await linking.prove(chat, ref, proof)
    except Rejected as rejected:
        return type(rejected).__name__
    return "proved"


# --- many at once


class Unguarded(PostgresAttempts):
    """The twin: counts as the real one does, and holds nobody."""

    HOLD_CHAT: ClassVar = "SELECT $1::bigint"
    HOLD_ACCOUNT: ClassVar = "SELECT $1::bigint"


@dataclass
class Watched:
    """The store of accounts, with a count of how often it was asked for evidence."""

    accounts: PostgresAccounts
    seen: list[AccountRef] = field(default_factory=list)

    async def premises(self, premises):  # type: ignore[no-untyped-def]  # passed on as it is
        return await self.accounts.premises(premises)

    async def evidence(self, ref: AccountRef) -> Evidence:
        self.seen.append(ref)
        await asyncio.sleep(0.02)
        return await self.accounts.evidence(ref)


Ways = Callable[[type[PostgresAttempts], Sequence[ChatId]], Awaitable[tuple[list[str], int]]]


@pytest.fixture
def at_once(database_url: str, city: City, city_clock: CityClock, hasher: HmacCodeHasher) -> Ways:
    """Tries of one account at once, each on a connection of its own: the outcomes, and how many were looked at."""
    seen: list[AccountRef] = []

    async def one(attempts: type[PostgresAttempts], chat: ChatId) -> str:
        connection = await connect_alone(database_url)
        try:
            async with connection.transaction():
                linking = build_use_cases(connection, city, city_clock, hasher).linking
                tries = replace(linking.tries, attempts=attempts(connection))
                watched = Watched(PostgresAccounts(connection), seen)
                return await try_once(replace(linking, tries=tries, accounts=watched), chat, REF, CodeProof("WRONG"))
        finally:
            await connection.close()

    async def run(attempts: type[PostgresAttempts], of: Sequence[ChatId]) -> tuple[list[str], int]:
        outcomes = await asyncio.gather(*(one(attempts, chat) for chat in of))
        return outcomes, len(seen)

    return run


async def test_of_fifty_tries_at_once_exactly_five_are_looked_at(at_once: Ways, story: Story, db: Connection) -> None:
    await story.account(await story.premises())
    outcomes, looked_at = await at_once(PostgresAttempts, [await story.chat()] * AT_ONCE)
    assert looked_at == 5
    assert sorted(outcomes) == ["ProofFailed"] * 5 + ["ProofsLocked"] * 45
    assert await db.fetchval("SELECT count(*) FROM link_failures") == 5


async def test_without_the_lock_more_are_looked_at(at_once: Ways, story: Story) -> None:
    await story.account(await story.premises())
    _, looked_at = await at_once(Unguarded, [await story.chat()] * AT_ONCE)
    assert looked_at > 5


async def tallies(attempts: type[PostgresAttempts], engine: AsyncEngine, of: Sequence[ChatId]) -> list[int]:
    """How many failures on the account each of these chats sees before its own."""

    async def fail(chat: ChatId) -> int:
        async with driver_connection(engine) as connection, connection.transaction():
            store = attempts(connection)
            tally = await store.begin(chat, REF)
            await asyncio.sleep(0.01)
            await store.count(chat, REF)
            return tally.account

    return sorted(await asyncio.gather(*(fail(chat) for chat in of)))


async def test_tries_of_one_account_from_many_chats_are_counted_in_turn(engine: AsyncEngine, db: Connection) -> None:
    """Each sees the failures of those before it: none slips past the limit because another has not committed yet."""
    assert await tallies(PostgresAttempts, engine, await chats(db, 8)) == list(range(8))


async def test_without_the_lock_they_do_not_see_each_other(engine: AsyncEngine, db: Connection) -> None:
    assert await tallies(Unguarded, engine, await chats(db, 8)) != list(range(8))


# --- one account after another


async def test_a_chat_may_fail_on_three_accounts_a_day_and_no_more(
    use_cases: UseCases, story: Story, db: Connection
) -> None:
    await story.account(await story.premises())
    chat, linking = await story.chat(), use_cases.linking
    for of in range(3):
        assert await try_once(linking, chat, AccountRef(VODOKANAL, number(of)), CodeProof("WRONG")) == "ProofFailed"
    with pytest.raises(ProofsLocked) as locked:
        await linking.prove(chat, REF, CodeProof(CODE))
    assert locked.value.until - linking.clock.now() > timedelta(hours=23)
    with pytest.raises(ProofsLocked):
        await linking.check_lock(chat, REF)
    await linking.check_lock(chat)
    again = AccountRef(VODOKANAL, number(1))
    assert await try_once(linking, chat, again, CodeProof("WRONG")) == "ProofFailed", "one of the three may go on"
    await older(db, timedelta(hours=24))
    assert await try_once(linking, chat, REF, CodeProof(CODE)) == "proved"


async def test_whoever_goes_through_accounts_raises_an_alarm_and_a_task_once(
    use_cases: UseCases, story: Story, db: Connection
) -> None:
    chat = await story.chat()
    for of in (0, 1, 2, 2):
        await try_once(use_cases.linking, chat, AccountRef(VODOKANAL, number(of)), CodeProof("WRONG"))
    assert [row["kind"] for row in await db.fetch("SELECT kind FROM link_alarms")] == ["enumeration"]
    tasks = await use_cases.tasks.waiting()
    assert [(task.kind, dict(task.facts)) for task in tasks] == [("link_enumeration", {"chat": chat})]


async def test_a_weak_code_that_is_tried_again_and_again_raises_an_alarm_for_its_account(
    use_cases: UseCases, story: Story, db: Connection
) -> None:
    account = await story.account(await story.premises())
    await story.account(await story.premises("26"), "3000099999")
    await db.execute("UPDATE accounts SET code_weak = (id = $1)", account)
    of = await chats(db, 20)
    for chat in of[:10]:
        await try_once(use_cases.linking, chat, REF, CodeProof("WRONG"))
    for chat in of[10:]:
        await try_once(use_cases.linking, chat, AccountRef(VODOKANAL, "3000099999"), CodeProof("WRONG"))
    tasks = [task for task in await use_cases.tasks.waiting() if task.kind == "link_weak_code"]
    assert [dict(task.facts) for task in tasks] == [{"account": "vodokanal 3000012345"}]
    assert await try_once(use_cases.linking, of[0], REF, CodeProof(CODE)) == "proved", "the holder is not locked out"


async def test_a_city_under_attack_calls_an_operator_and_takes_strong_proofs_only(
    city: City, city_clock: CityClock, hasher: HmacCodeHasher, story: Story, db: Connection
) -> None:
    account = await story.account(await story.premises())
    await db.execute("UPDATE accounts SET phone = '89001234567'")
    await story.payment(account, city_clock.today(), 61250)
    facts = FactsProof({Fact.LAST_PAID: "612,50", Fact.AREA: "52,4"})
    limits = replace(city.proofs, city_failures_an_hour=8, city_alarm=5)
    use_cases = build_use_cases(db, replace(city, proofs=limits), city_clock, hasher)
    of = await chats(db, 12)
    assert await try_once(use_cases.linking, of[11], REF, facts) == "proved"
    for chat in of[:8]:
        ref = AccountRef(VODOKANAL, number(chat))
        assert await try_once(use_cases.linking, chat, ref, CodeProof("WRONG")) == "ProofFailed"
    assert [task.kind for task in await use_cases.tasks.waiting()] == ["link_city"]
    assert await try_once(use_cases.linking, of[8], REF, facts) == "ProofFailed"
    assert await try_once(use_cases.linking, of[9], REF, CodeProof(CODE)) == "proved"
    assert await try_once(use_cases.linking, of[10], REF, PhoneProof("+7 900 123-45-67")) == "proved"


# --- one time for all


async def timed(linking: Linking, chat: ChatId, ref: AccountRef, proof: Proof, engine: Connection) -> float:
    begun = time.perf_counter()
    async with engine.transaction():
        with pytest.raises(ProofFailed):
            await linking.prove(chat, ref, proof)
    return time.perf_counter() - begun


def p95(times: Sequence[float]) -> float:
    return sorted(times)[int(len(times) * 0.95)]


WRONG: dict[str, Proof] = {
    "code": CodeProof("WRONG123"),
    "phone": PhoneProof("+79000000000"),
    "facts": FactsProof({Fact.LAST_OWED: "1,00", Fact.LAST_READING: "5"}),
}
TRIES = 200


async def both_times(linking: Linking, proof: Proof, db: Connection, story: Story) -> tuple[list[float], list[float]]:
    """Times of a wrong proof of an account that is there, and of one that is not, taken in turn."""
    flat = await story.premises()
    for of in range(TRIES):
        account = await story.account(flat, number(of))
        await story.meter(account, str(of), Service.COLD_WATER)
    known: list[float] = []
    unknown: list[float] = []
    of_chats = iter(await chats(db, 2 * TRIES))
    for of in range(TRIES):
        for times, ref in ((known, number(of)), (unknown, number(of + 50000))):
            times.append(await timed(linking, next(of_chats), AccountRef(VODOKANAL, ref), proof, db))
    return known, unknown


@pytest.mark.parametrize("kind", WRONG)
async def test_a_wrong_number_takes_as_long_as_a_wrong_proof(
    kind: str, use_cases: UseCases, db: Connection, story: Story
) -> None:
    known, unknown = await both_times(use_cases.linking, WRONG[kind], db, story)
    assert abs(p95(known) - p95(unknown)) < ONE_TIME


async def test_a_difference_would_be_seen(use_cases: UseCases, db: Connection, story: Story) -> None:
    class Slower(PostgresAccounts):
        async def evidence(self, ref: AccountRef) -> Evidence:
            found = await super().evidence(ref)
            await asyncio.sleep(0.1 if found.account and int(found.account.number) % 10 == 0 else 0)
            return found

    slower = replace(use_cases.linking, accounts=Slower(db))
    known, unknown = await both_times(slower, WRONG["code"], db, story)
    assert abs(p95(known) - p95(unknown)) >= ONE_TIME


async def test_failures_and_alarms_are_counted_for_the_metrics(
    use_cases: UseCases, story: Story, db: Connection, engine: AsyncEngine
) -> None:
    chat = await story.chat()
    for of in range(3):
        await try_once(use_cases.linking, chat, AccountRef(VODOKANAL, number(of)), CodeProof("WRONG"))
    assert (await queue_depths(engine))[5:7] == (3, 1)
    await older(db, timedelta(minutes=10))
    assert (await queue_depths(engine))[5:7] == (0, 1)
