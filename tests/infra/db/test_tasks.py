"""Tasks of operators: opened once, with all facts, settled once, told to whoever sent the reading."""

import asyncio
import json
from decimal import Decimal

import pytest
from asyncpg import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from core.errors import NotFound
from core.ids import ChatId, MeterId, ResidentId
from core.meters.model import Channel, Claim, Reading
from core.meters.tasks import NoteNeeded, NothingToAccept, Outcome
from core.meters.use_cases import Submission
from core.periods import Period
from core.services import Service
from core.tasks import READING, NewTask, Task, TaskId, TaskStatus
from core.use_cases import UseCases
from infra.db.engine import driver_connection
from infra.db.meters import PostgresMeters
from infra.db.tasks import PostgresTasks
from tests.infra.db.story import FEBRUARY, NOON, Story


@pytest.fixture
async def resident(db: Connection, story: Story) -> ResidentId:
    """With a chat."""
    chat = await story.chat()
    made = await db.fetchval("INSERT INTO residents (language) VALUES ('ru') RETURNING id")
    await db.execute("UPDATE chats SET resident_id = $1 WHERE id = $2", made, chat)
    return ResidentId(made)


@pytest.fixture
async def meter(story: Story) -> MeterId:
    account = await story.account(await story.premises())
    return await story.meter(account, "40123456", Service.COLD_WATER, last_value=Decimal(100), place="кухня")


async def submit(
    use_cases: UseCases, meter: MeterId, value: str, key: str, resident: ResidentId | None = None
) -> Reading:
    known = await use_cases.readings.meters.known(meter)
    by = Submission(key, resident, Channel.VK)
    return await use_cases.readings.submit(known.premises, meter, Decimal(value), by)


async def told(db: Connection) -> list[dict[str, str]]:
    rows = await db.fetch("SELECT raw FROM inbox WHERE internal ORDER BY id")
    return [json.loads(row["raw"])["notice"] for row in rows]


async def current(db: Connection) -> list[int]:
    return [int(row["value"]) for row in await db.fetch("SELECT value FROM readings WHERE current ORDER BY seq")]


async def test_a_doubtful_reading_opens_one_task_with_all_facts(use_cases: UseCases, meter: MeterId) -> None:
    first = await submit(use_cases, meter, "99", "7:1")
    await submit(use_cases, meter, "99", "7:1")
    (task,) = await use_cases.tasks.waiting()
    assert (task.kind, task.meter, task.reading, task.period) == (READING, meter, first.id, FEBRUARY)
    assert task.status is TaskStatus.OPEN
    facts = {"value": "99", "previous": "100", "doubt": "below_last", "claim": "as_shown", "place": "кухня"}
    assert facts.items() <= task.facts.items()


async def test_a_plain_reading_opens_none_and_closes_those_of_its_period(use_cases: UseCases, meter: MeterId) -> None:
    await submit(use_cases, meter, "99", "7:1")
    await submit(use_cases, meter, "104", "7:2")
    assert await use_cases.tasks.waiting() == []
    assert (await use_cases.tasks.get(TaskId(1))).status is TaskStatus.SUPERSEDED


async def test_an_accepted_reading_becomes_current_and_the_resident_is_told(
    use_cases: UseCases, db: Connection, meter: MeterId, resident: ResidentId
) -> None:
    await submit(use_cases, meter, "99", "7:1", resident)
    (task,) = await use_cases.tasks.waiting()
    settled = await use_cases.tasks.settle(task.id, Outcome.ACCEPT, "", "anna")
    assert settled.status is TaskStatus.ACCEPTED
    assert await current(db) == [99]
    assert await told(db) == [{"kind": "task_settled", "subject": str(task.id)}]
    assert await use_cases.tasks.waiting() == []


async def test_an_accepted_reading_takes_the_place_of_an_earlier_one(
    use_cases: UseCases, db: Connection, meter: MeterId
) -> None:
    await submit(use_cases, meter, "104", "7:1")
    await submit(use_cases, meter, "99", "7:2")
    (task,) = await use_cases.tasks.waiting()
    await use_cases.tasks.settle(task.id, Outcome.ACCEPT, "", "anna")
    assert await current(db) == [99]


async def test_a_later_reading_stays_current_when_an_earlier_one_is_accepted(
    use_cases: UseCases, db: Connection, meter: MeterId
) -> None:
    flagged = await submit(use_cases, meter, "99", "7:1")
    await submit(use_cases, meter, "104", "7:2")
    await use_cases.readings.readings.settle(flagged.id, None, "anna")
    assert await current(db) == [104]
    status = await db.fetchval("SELECT status FROM readings WHERE id = $1", flagged.id)
    assert status == "accepted"


async def test_a_declined_reading_keeps_the_reason_and_may_be_sent_anew(
    use_cases: UseCases, db: Connection, meter: MeterId, resident: ResidentId
) -> None:
    await submit(use_cases, meter, "99", "7:1", resident)
    (task,) = await use_cases.tasks.waiting()
    with pytest.raises(NoteNeeded):
        await use_cases.tasks.settle(task.id, Outcome.DECLINE, "  ", "anna")
    await use_cases.tasks.settle(task.id, Outcome.DECLINE, "пломба сорвана", "anna")
    row = await db.fetchrow("SELECT status, reason, current FROM readings")
    assert tuple(row) == ("declined", "пломба сорвана", False)
    assert len(await told(db)) == 1
    await submit(use_cases, meter, "104", "7:2", resident)
    assert await current(db) == [104]


async def test_who_settles_takes_the_meter_before_the_task_as_who_submits_does(
    use_cases: UseCases, db: Connection, engine: AsyncEngine, meter: MeterId
) -> None:
    """Were it the other way, an operator and a resident could each hold what the other waits for."""
    await submit(use_cases, meter, "99", "7:1")
    (task,) = await use_cases.tasks.waiting()

    async def settle() -> Task:
        async with db.transaction():
            return await use_cases.tasks.settle(task.id, Outcome.CLOSE, "опечатка", "anna")

    async with driver_connection(engine) as other:
        async with other.transaction():
            await PostgresMeters(other).lock(meter)
            settling = asyncio.create_task(settle())
            await asyncio.sleep(0.2)
            assert not settling.done(), "the meter is held by another"
            await other.execute("SELECT FROM tasks WHERE id = $1 FOR UPDATE NOWAIT", task.id)
        assert (await settling).status is TaskStatus.CLOSED


async def test_a_task_is_settled_once(use_cases: UseCases, meter: MeterId) -> None:
    await submit(use_cases, meter, "99", "7:1")
    (task,) = await use_cases.tasks.waiting()
    await use_cases.tasks.settle(task.id, Outcome.CLOSE, "позвонил, опечатка", "anna")
    for outcome in Outcome:
        with pytest.raises(NotFound):
            await use_cases.tasks.settle(task.id, outcome, "ещё раз", "boris")
    assert (await use_cases.tasks.get(task.id)).note == "позвонил, опечатка"
    with pytest.raises(NotFound):
        await use_cases.tasks.get(TaskId(10**6))


async def test_a_task_without_a_reading_can_only_be_closed(use_cases: UseCases, db: Connection, meter: MeterId) -> None:
    store = PostgresTasks(db)
    for _ in range(2):
        await store.open(NewTask("k", "flat_full", {"who": "5", "note": "строка"}, NOON))
    known = await use_cases.readings.meters.known(meter)
    await use_cases.readings.keep_for_operator(known, Decimal(5), Submission("7:9", None, Channel.VK, NOON, ChatId(1)))
    first, second = await use_cases.tasks.waiting()
    assert (first.kind, first.facts, first.opened_at) == ("flat_full", {"who": "5", "note": "строка"}, NOON)
    assert (second.meter, second.reading, second.period) == (meter, None, Period(2022, 2))
    for task in (first, second):
        with pytest.raises(NothingToAccept):
            await use_cases.tasks.settle(task.id, Outcome.ACCEPT, "", "anna")
        assert (await use_cases.tasks.settle(task.id, Outcome.CLOSE, "готово", "anna")).status is TaskStatus.CLOSED
    assert await told(db) == []


async def test_the_same_key_again_is_not_judged_anew(use_cases: UseCases, db: Connection, meter: MeterId) -> None:
    """Else a press that comes again would open a task for what was taken, or end one that waits."""
    taken = await submit(use_cases, meter, "103", "7:1")
    await submit(use_cases, meter, "104", "7:2")
    await db.execute("UPDATE meters SET last_value = 200, last_date = '2022-02-16' WHERE id = $1", meter)
    assert (await submit(use_cases, meter, "103", "7:1")).id == taken.id
    assert await use_cases.tasks.waiting() == []
    await submit(use_cases, meter, "99", "7:3")
    await db.execute("UPDATE meters SET last_value = 90 WHERE id = $1", meter)
    await submit(use_cases, meter, "104", "7:2")
    assert len(await use_cases.tasks.waiting()) == 1
    assert await current(db) == [104]


async def test_what_a_resident_has_written_to_an_operator_is_erased_with_the_resident(
    use_cases: UseCases, db: Connection, meter: MeterId, resident: ResidentId
) -> None:
    known = await use_cases.readings.meters.known(meter)
    by = Submission("7:1", resident, Channel.VK, claim=Claim.REPLACED, note="новый 555, меняла Анна, 8 900 000-00-01")
    await use_cases.readings.submit(known.premises, meter, Decimal(3), by)
    await use_cases.residents.forget(resident)
    (task,) = await use_cases.tasks.waiting()
    assert "Анна" not in str(task.facts)
    assert task.facts["value"] == "3"
