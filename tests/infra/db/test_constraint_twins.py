"""Locks and constraints of readings and links: what each is for, and its twin that fails without it.

Each scene is played by several at once, every one in a transaction of its own. Others stand beside what they guard:
the meter's lock and the current reading (test_meters), the history (test_readings_history), the limits of tries
(test_attempts), the limit of residents (test_links), chats that join each other (test_chats).
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from types import ModuleType

import asyncpg
import pytest
from asyncpg import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from core.accounts.codes import CodePurpose, CodeRefused
from core.accounts.model import AccountRef, Alarm, ClaimReason, CodeProof, NewLink
from core.accounts.use_cases import LinkWaits
from core.city import City
from core.clock import CityClock
from core.errors import NotFound
from core.ids import ChatId, ClaimId, MeterId, PremisesId, ResidentId
from core.meters.model import Channel
from core.meters.tasks import Outcome
from core.meters.use_cases import Submission
from core.services import Service
from core.tasks import NewTask, TaskId
from core.use_cases import UseCases
from dialogs.ports import ChatAddress
from infra.codes import HmacCodeHasher
from infra.db import attempts, codes, links, tasks
from infra.db.engine import connect_alone
from infra.db.links import PostgresClaims, PostgresLinks
from infra.db.meters import PostgresMeters, PostgresReadings
from infra.db.use_cases import build_use_cases
from infra.exchange import acceptance
from tests.infra.db.story import CODE, NOON, VODOKANAL, Story, reading
from tests.infra.exchange.office import Office

Work = Callable[[UseCases, Connection], Awaitable[object]]
LINGERS = 0.05
"""Seconds between what a transaction has done and its end: the others are in the middle of it."""


@dataclass
class Crowd:
    """Several at once; what each of them has got, or the error that ended it."""

    url: str
    city: City
    clock: CityClock
    hasher: HmacCodeHasher

    async def plays(self, *works: Work) -> Sequence[object]:
        return await asyncio.gather(*map(self._one, works))

    async def _one(self, work: Work) -> object:
        connection = await connect_alone(self.url)
        try:
            async with connection.transaction():
                outcome = await work(build_use_cases(connection, self.city, self.clock, self.hasher), connection)
                await asyncio.sleep(LINGERS)
                return outcome
        except Exception as error:  # refused or failed: the test looks which
            return error
        finally:
            await connection.close()


@pytest.fixture
def crowd(database_url: str, city: City, city_clock: CityClock, hasher: HmacCodeHasher) -> Crowd:
    return Crowd(database_url, city, city_clock, hasher)


def without(monkeypatch: pytest.MonkeyPatch, module: ModuleType, statement: str, guard: str) -> None:
    """Takes a piece out of one of a module's statements."""
    whole = getattr(module, statement)
    assert guard in whole
    monkeypatch.setattr(module, statement, whole.replace(guard, ""))


def kinds(outcomes: Sequence[object]) -> list[str]:
    return sorted(type(one).__name__ for one in outcomes)


# --- one-time codes


async def burns(crowd: Crowd, use_cases: UseCases) -> int:
    """How many of five get what a code is for."""
    code = await use_cases.codes.issue(CodePurpose.DEEP_LINK, "1", timedelta(minutes=10))
    outcomes = await crowd.plays(*[lambda core, _: core.codes.redeem(CodePurpose.DEEP_LINK, code)] * 5)
    return sum(not isinstance(one, CodeRefused) for one in outcomes)


async def test_a_code_is_burnt_by_one_of_five(crowd: Crowd, use_cases: UseCases) -> None:
    assert await burns(crowd, use_cases) == 1


async def test_without_its_mark_a_code_would_work_for_all_of_them(
    crowd: Crowd, use_cases: UseCases, monkeypatch: pytest.MonkeyPatch
) -> None:
    without(monkeypatch, codes, "_BURN", "used_at IS NULL AND ")
    assert await burns(crowd, use_cases) == 5


# --- links


@dataclass
class Twice:
    """A resident with two chats, who has proved a flat in both."""

    flat: PremisesId
    resident: ResidentId
    chats: tuple[ChatId, ChatId]

    def links(self) -> list[Work]:
        return [
            lambda core, _, chat=chat: core.linking.link(chat, self.resident, self.flat, "Дом") for chat in self.chats
        ]


@pytest.fixture
async def twice(story: Story, db: Connection, use_cases: UseCases) -> Twice:
    flat = await story.premises()
    await story.account(flat)
    resident = await somebody(db)
    both = [await story.chat(ChatAddress("vk", "9", peer)) for peer in ("1", "2")]
    for chat in both:
        await use_cases.linking.prove(chat, AccountRef(VODOKANAL, "3000012345"), CodeProof(CODE))
    return Twice(flat, resident, (both[0], both[1]))


async def somebody(db: Connection) -> ResidentId:
    return ResidentId(await db.fetchval("INSERT INTO residents (language) VALUES ('ru') RETURNING id"))


async def test_a_flat_confirmed_in_two_chats_at_once_is_linked_once(crowd: Crowd, twice: Twice, db: Connection) -> None:
    assert await crowd.plays(*twice.links()) == [None, None]
    assert await db.fetchval("SELECT count(*) FROM links") == 1


async def test_without_the_unique_link_there_would_be_two(
    crowd: Crowd, twice: Twice, db: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    without(monkeypatch, links, "_ADD", "ON CONFLICT (resident_id, premises_id) DO NOTHING")
    await db.execute("ALTER TABLE links DROP CONSTRAINT uq_links_resident_id_premises_id")
    await crowd.plays(*twice.links())
    assert await db.fetchval("SELECT count(*) FROM links") == 2


@pytest.fixture
async def full(twice: Twice, db: Connection) -> Twice:
    """Five others have linked the flat."""
    for _ in range(5):
        other = await somebody(db)
        await PostgresLinks(db).add(NewLink(other, twice.flat, None, "", NOON))
    return twice


async def test_who_asks_for_a_full_flat_in_two_chats_waits_once(crowd: Crowd, full: Twice, db: Connection) -> None:
    outcomes = await crowd.plays(*[_waits(work) for work in full.links()])
    assert kinds(outcomes) == ["LinkWaits", "LinkWaits"]
    assert await db.fetchval("SELECT count(*) FROM link_claims") == 1


@pytest.mark.parametrize(("index", "waiting"), [(True, 1), (False, 2)], ids=["index alone", "neither"])
async def test_without_lock_and_index_an_operator_would_be_asked_twice(
    crowd: Crowd, full: Twice, db: Connection, monkeypatch: pytest.MonkeyPatch, index: bool, waiting: int
) -> None:
    monkeypatch.setattr(PostgresLinks, "HOLD", "SELECT $1::bigint")
    if not index:
        await db.execute("DROP INDEX uq_link_claims_open")
    await crowd.plays(*[_waits(work) for work in full.links()])
    assert await db.fetchval("SELECT count(*) FROM link_claims") == waiting


def _waits(work: Work) -> Work:
    """As a turn does: what a refusal has left is kept."""

    async def whole(core: UseCases, connection: Connection) -> object:
        try:
            return await work(core, connection)
        except LinkWaits as waits:
            return waits

    return whole


async def settled(crowd: Crowd, twice: Twice, db: Connection) -> Sequence[object]:
    """Two operators settle one claim at once, each in another way."""
    new = NewLink(twice.resident, twice.flat, None, "", NOON)
    claim = ClaimId(await PostgresClaims(db).wait(new, ClaimReason.OVER_LIMIT))
    return await crowd.plays(
        lambda core, _: core.claims.settle(claim, keep=True, by="Анна"),
        lambda core, _: core.claims.settle(claim, keep=False, by="Ольга"),
    )


async def test_a_claim_is_settled_by_one_of_two_operators(crowd: Crowd, twice: Twice, db: Connection) -> None:
    assert kinds(await settled(crowd, twice, db)) == ["Claim", "NotFound"]


async def test_without_its_guard_a_claim_would_be_settled_twice(
    crowd: Crowd, twice: Twice, db: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    without(monkeypatch, links, "_SETTLE", " AND settled_at IS NULL")
    assert kinds(await settled(crowd, twice, db)) == ["Claim", "Claim"]


async def rights(crowd: Crowd, twice: Twice, db: Connection, use_cases: UseCases) -> int:
    """One helper brings two codes of one owner at once, from two chats."""
    owner, helper = await somebody(db), twice.resident
    await PostgresLinks(db).add(NewLink(owner, twice.flat, None, "", NOON))
    given = [await use_cases.sharing.invite(owner, twice.flat, "Соседка") for _ in range(2)]
    await crowd.plays(
        *(
            lambda core, _, chat=chat, code=code: core.sharing.accept(chat, helper, code, "")
            for chat, code in zip(twice.chats, given, strict=True)
        )
    )
    return int(await db.fetchval("SELECT count(*) FROM helpers WHERE resident_id = $1", helper))


async def test_a_helper_has_one_right_of_an_owner(
    crowd: Crowd, twice: Twice, db: Connection, use_cases: UseCases
) -> None:
    assert await rights(crowd, twice, db, use_cases) == 1


async def test_without_the_unique_right_and_the_lock_of_tries_there_would_be_two(
    crowd: Crowd, twice: Twice, db: Connection, use_cases: UseCases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempts.PostgresAttempts, "HOLD_ACCOUNT", "SELECT $1::bigint")
    assert await rights(crowd, twice, db, use_cases) == 1
    await db.execute("ALTER TABLE helpers DROP CONSTRAINT uq_helpers_link_id_resident_id")
    await db.execute("DELETE FROM links")
    assert await rights(crowd, twice, db, use_cases) == 2


async def alarms(crowd: Crowd) -> int:
    """Whether an alarm is new, of two who raise it at once."""
    outcomes = await crowd.plays(
        *[lambda _, connection: attempts.PostgresAlarms(connection).raise_alarm(Alarm.CITY, "")] * 2
    )
    return sum(one is True for one in outcomes)


async def test_an_alarm_is_raised_once_a_day(crowd: Crowd) -> None:
    assert await alarms(crowd) == 1


async def test_without_its_key_an_alarm_would_be_raised_twice(
    crowd: Crowd, db: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    without(monkeypatch, attempts, "_ALARM", "ON CONFLICT (key) DO NOTHING")
    await db.execute("ALTER TABLE link_alarms DROP CONSTRAINT pk_link_alarms")
    assert await alarms(crowd) == 2


async def requests(crowd: Crowd, twice: Twice, db: Connection) -> int:
    """Two chats ask at once to belong to one resident; how many wait for an answer then."""
    other = await somebody(db)
    await db.execute("UPDATE chats SET resident_id = $1", other)
    await crowd.plays(
        *(
            lambda core, _, chat=chat: core.second_chats.chats.ask(chat, twice.resident, "1", timedelta(minutes=10))
            for chat in twice.chats
        )
    )
    return int(await db.fetchval("SELECT count(*) FROM chat_requests WHERE settled_at IS NULL"))


async def test_one_chat_at_a_time_asks_to_belong_to_a_resident(crowd: Crowd, twice: Twice, db: Connection) -> None:
    assert await requests(crowd, twice, db) == 1


async def test_without_the_unique_request_two_would_wait(crowd: Crowd, twice: Twice, db: Connection) -> None:
    await db.execute("DROP INDEX uq_chat_requests_open")
    assert await requests(crowd, twice, db) == 2


# --- readings and tasks


@pytest.fixture
async def meter(story: Story) -> MeterId:
    return await story.meter(await story.account(await story.premises()), "40123456", Service.COLD_WATER)


async def same_key(crowd: Crowd, meter: MeterId, db: Connection) -> int:
    new = reading(meter, "7", current=False)
    await crowd.plays(*[lambda _, connection: PostgresReadings(connection).add(new)] * 2)
    return int(await db.fetchval("SELECT count(*) FROM readings"))


async def test_a_key_that_comes_twice_at_once_stores_one_reading(crowd: Crowd, meter: MeterId, db: Connection) -> None:
    assert await same_key(crowd, meter, db) == 1


async def test_without_the_unique_key_there_would_be_two(crowd: Crowd, meter: MeterId, db: Connection) -> None:
    await db.execute("ALTER TABLE readings DROP CONSTRAINT uq_readings_key")
    assert await same_key(crowd, meter, db) == 2


async def opened(crowd: Crowd, db: Connection) -> int:
    new = NewTask("key", "kind", {}, NOON)
    await crowd.plays(*[lambda _, connection: tasks.PostgresTasks(connection).open(new)] * 2)
    return int(await db.fetchval("SELECT count(*) FROM tasks"))


async def test_a_task_is_opened_once(crowd: Crowd, db: Connection) -> None:
    assert await opened(crowd, db) == 1


async def test_without_its_key_a_task_would_be_opened_twice(
    crowd: Crowd, db: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    without(monkeypatch, tasks, "_OPEN", "ON CONFLICT (key) DO NOTHING")
    await db.execute("ALTER TABLE tasks DROP CONSTRAINT uq_tasks_key")
    assert await opened(crowd, db) == 2


async def judged(crowd: Crowd, meter: MeterId, use_cases: UseCases, db: Connection) -> Sequence[object]:
    """Two operators settle a doubtful reading at once: one accepts it, the other declines it."""
    known = await use_cases.readings.meters.known(meter)
    await use_cases.readings.submit(known.premises, meter, Decimal(100001), Submission("key", None, Channel.VK))
    task = TaskId(await db.fetchval("SELECT id FROM tasks"))
    return await crowd.plays(
        lambda core, _: core.tasks.settle(task, Outcome.ACCEPT, "", "Анна"),
        lambda core, _: core.tasks.settle(task, Outcome.DECLINE, "нет", "Ольга"),
    )


async def test_a_reading_is_settled_by_one_of_two_operators(
    crowd: Crowd, meter: MeterId, use_cases: UseCases, db: Connection
) -> None:
    outcomes = await judged(crowd, meter, use_cases, db)
    assert kinds(outcomes) == [NotFound.__name__, "Task"]


async def test_without_its_locks_both_would_be_told_that_it_is_settled(
    crowd: Crowd, meter: MeterId, use_cases: UseCases, db: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PostgresMeters, "LOCK", "SELECT $1::bigint")  # it is taken first, and keeps them apart as well
    without(monkeypatch, tasks, "_TAKE", "FOR UPDATE")
    assert kinds(await judged(crowd, meter, use_cases, db)) == ["Task", "Task"]


# --- a resident submits while billing's verdicts are taken


@pytest.fixture
def office(engine: AsyncEngine, city: City, city_clock: CityClock, tmp_path: Path, database_url: str) -> Office:
    return Office(engine, city, city_clock, tmp_path, database_url)


async def accepted_meanwhile(office: Office, meter: MeterId, database_url: str, db: Connection) -> int:
    """A declined reading is accepted after all while another is being stored; how many are current in the end."""
    first = await PostgresReadings(db).add(reading(meter, "7"))
    verdicts = "reading;status;reason\n"
    await office.take("acceptance", f"{verdicts}{first.id};declined;Мало\n")
    resident = await connect_alone(database_url)
    transaction = resident.transaction()
    await transaction.start()
    await build_lock(resident, meter)
    await PostgresReadings(resident).add(reading(meter, "8"))
    billing = asyncio.create_task(office.take("acceptance", f"{verdicts}{first.id};accepted;\n"))
    await asyncio.sleep(2 * LINGERS)
    await transaction.commit()
    await resident.close()
    await billing
    return int(await db.fetchval("SELECT count(*) FROM readings WHERE current"))


async def build_lock(connection: Connection, meter: MeterId) -> None:
    """As whoever submits: `core.meters.use_cases.Readings.submit`."""
    await connection.execute("SELECT id FROM meters WHERE id = $1 FOR NO KEY UPDATE", meter)


async def test_a_verdict_waits_for_who_submits(
    office: Office, meter: MeterId, database_url: str, db: Connection
) -> None:
    assert await accepted_meanwhile(office, meter, database_url, db) == 1
    assert await db.fetchval("SELECT value FROM readings WHERE current") == 8


async def test_without_the_meters_lock_the_index_refuses_the_file(
    office: Office, meter: MeterId, database_url: str, db: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(acceptance, "_LOCK_METERS", "SELECT 1")
    with pytest.raises(asyncpg.UniqueViolationError):
        await accepted_meanwhile(office, meter, database_url, db)


async def test_without_lock_and_index_two_would_be_current_after_a_verdict(
    office: Office, meter: MeterId, database_url: str, db: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(acceptance, "_LOCK_METERS", "SELECT 1")
    await db.execute("DROP INDEX uq_readings_current")
    assert await accepted_meanwhile(office, meter, database_url, db) == 2
