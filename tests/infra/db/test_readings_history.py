"""The history of readings: written by the database itself, whoever writes, and never changed."""

import json
from collections.abc import Sequence

import asyncpg
import pytest
from asyncpg import Connection

from core.ids import MeterId
from core.services import Service
from infra.db.meters import ACTOR, PostgresReadings
from tests.infra.db.story import FEBRUARY, JANUARY, Story, reading


async def cold_meter(story: Story) -> MeterId:
    return await story.meter(await story.account(await story.premises()), "40123456", Service.COLD_WATER)


async def events(db: Connection) -> Sequence[tuple[object, ...]]:
    """What happened, by whom, before and after."""
    rows = await db.fetch("SELECT event, actor, before::text, after::text FROM reading_events ORDER BY id")
    return [(row[0], row[1], *(json.loads(text) if text else None for text in row[2:])) for row in rows]


async def test_what_was_before_and_after_a_correction_is_remembered(db: Connection, story: Story) -> None:
    meter = await cold_meter(story)
    await PostgresReadings(db).add(reading(meter, "5", period=JANUARY))
    await PostgresReadings(db).add(reading(meter, "10"))
    await PostgresReadings(db).add(reading(meter, "12"))
    found = await events(db)
    assert [(event, actor) for event, actor, *_ in found] == [
        ("submitted", "resident"),
        ("submitted", "resident"),
        ("replaced", "resident"),
        ("submitted", "resident"),
    ]
    _, _, before, after = found[-1]
    assert before == {"value": 10, "period": "2022-02-01", "status": "accepted"}
    assert isinstance(after, dict)
    assert (after["value"], after["channel"], after["current"]) == (12, "telegram", True)
    assert found[1][2] == {"value": 5, "period": "2022-01-01", "status": "accepted"}


async def test_the_same_key_again_is_no_event(db: Connection, story: Story) -> None:
    meter = await cold_meter(story)
    for _ in range(3):
        await PostgresReadings(db).add(reading(meter, "10", key="7:1"))
    assert len(await events(db)) == 1


async def test_whoever_decides_is_named(db: Connection, story: Story) -> None:
    meter = await cold_meter(story)
    flagged = await PostgresReadings(db).add(reading(meter, "10", current=False))
    async with db.transaction():
        await PostgresReadings(db).settle(flagged.id, "пломба сорвана", "anna")
    assert (await events(db))[-1] == (
        "declined",
        "operator:anna",
        {"status": "flagged", "current": False, "reason": None},
        {"status": "declined", "current": False, "reason": "пломба сорвана"},
    )


async def test_the_name_of_an_actor_ends_with_its_transaction(db: Connection, story: Story) -> None:
    meter = await cold_meter(story)
    async with db.transaction():
        await db.execute(ACTOR, "billing:vodokanal")
        await PostgresReadings(db).add(reading(meter, "10"))
    await PostgresReadings(db).add(reading(meter, "11"))
    assert [actor for _, actor, *_ in await events(db)] == ["billing:vodokanal", "resident", "resident"]


async def test_a_verdict_of_another_receiver_is_remembered_too(db: Connection, story: Story) -> None:
    stored = await PostgresReadings(db).add(reading(await cold_meter(story), "10"))
    insert = "INSERT INTO verdicts (reading_id, provider, status, reason) VALUES ($1, $2, $3, $4)"
    await db.execute(insert, stored.id, "vodokanal", "accepted", None)
    await db.execute(insert, stored.id, "teplofikaciya", "declined", "нет договора")
    await db.execute("UPDATE verdicts SET status = 'accepted', reason = NULL WHERE provider = 'teplofikaciya'")
    assert [(event, actor) for event, actor, *_ in (await events(db))[1:]] == [
        ("verdict", "billing:teplofikaciya"),
        ("verdict", "billing:teplofikaciya"),
    ]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE readings SET value = 11",
        "UPDATE readings SET period = '2022-03-01'",
        "UPDATE readings SET submitted_at = now()",
        "UPDATE readings SET channel = 'vk'",
        "UPDATE readings SET flags = '{late}'",
        "UPDATE readings SET key = 'other'",
        "DELETE FROM readings",
        "TRUNCATE readings CASCADE",
        "UPDATE reading_events SET actor = 'nobody'",
        "DELETE FROM reading_events",
        "TRUNCATE reading_events",
    ],
)
async def test_what_was_said_and_what_happened_never_changes(db: Connection, story: Story, statement: str) -> None:
    await PostgresReadings(db).add(reading(await cold_meter(story), "10"))
    with pytest.raises(asyncpg.RestrictViolationError):
        await db.execute(statement)
    assert await db.fetchval("SELECT value FROM readings") == 10
    assert len(await events(db)) == 1


async def test_without_its_trigger_a_reading_would_change(db: Connection, story: Story) -> None:
    """The twin: with the protection taken away the update goes through."""
    await PostgresReadings(db).add(reading(await cold_meter(story), "10"))
    await db.execute("DROP TRIGGER readings_are_kept ON readings")
    await db.execute("UPDATE readings SET value = 11")
    assert await db.fetchval("SELECT value FROM readings") == 11


async def test_the_one_who_is_forgotten_leaves_the_reading_without_a_name(db: Connection, story: Story) -> None:
    meter = await cold_meter(story)
    resident = await db.fetchval("INSERT INTO residents (language) VALUES ('ru') RETURNING id")
    stored = await PostgresReadings(db).add(reading(meter, "10", resident=resident))
    assert stored.resident == resident
    await db.execute("DELETE FROM residents WHERE id = $1", resident)
    (found,) = await PostgresReadings(db).history([meter], FEBRUARY)
    assert found.resident is None
    assert len(await events(db)) == 1
