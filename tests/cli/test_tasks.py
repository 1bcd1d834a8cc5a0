"""`vodoteplo operator tasks|settle|photo`."""

import json
from pathlib import Path

import asyncpg
import pytest

from tests.cli.conftest import Command


@pytest.fixture
async def task(database_url: str) -> int:
    """About a reading below the last one, with a photo; whoever sent it has a chat."""
    connection = await asyncpg.connect(database_url)
    number: int = await connection.fetchval(
        """
        WITH flat AS (
            INSERT INTO premises (address_key, street, building) VALUES ('k', 'улица Труда', '14') RETURNING id
        ), account AS (
            INSERT INTO accounts (provider, number, premises_id) SELECT 'vodokanal', '3', id FROM flat RETURNING id
        ), meter AS (
            INSERT INTO meters (provider, number, service, account_id, digits)
            SELECT 'vodokanal', '41', 'cold_water', id, 5 FROM account RETURNING id
        ), person AS (
            INSERT INTO residents (language) VALUES ('ru') RETURNING id
        ), chat AS (
            INSERT INTO chats (messenger, bot, peer, resident_id) SELECT 'vk', '9', '77', id FROM person RETURNING id
        ), reading AS (
            INSERT INTO readings (key, meter_id, period, value, submitted_at, channel, status, current, resident_id)
            SELECT '7:1', meter.id, '2022-02-01', 99, now(), 'vk', 'flagged', false, person.id FROM meter, person
            RETURNING id, meter_id
        ), photo AS (
            INSERT INTO dial_photos (key, chat_id, meter_id, reading_id, content)
            SELECT 'p', chat.id, meter_id, reading.id, 'jpeg' FROM reading, chat
        )
        INSERT INTO tasks (key, kind, facts, premises_id, meter_id, reading_id, period, opened_at)
        SELECT 't', 'reading', '{"value": "99", "previous": "100", "note": "строка\\n\\nвторая", "channel": "vk"}',
            flat.id, meter_id, reading.id, '2022-02-01', '2022-02-16 05:00Z' FROM reading, flat RETURNING id
        """
    )
    await connection.close()
    return number


async def test_tasks_are_listed_with_their_facts(command: Command, task: int) -> None:
    result = await command("operator", "tasks")
    first, second = result.stdout.splitlines()
    assert first == f"№ {task}  16.02.2022 10:00  reading  2022-02"
    assert second.strip() == "value: 99; previous: 100; note: строка вторая; channel: vk"


async def test_an_empty_list_says_so(command: Command) -> None:
    assert (await command("operator", "tasks")).stdout.strip() == "No task waits."


async def test_a_decision_is_stored_and_told(command: Command, task: int, database_url: str) -> None:
    result = await command("operator", "settle", task, "decline", "--note", "пломба сорвана", "--operator", "anna")
    assert (result.exit_code, result.stdout.strip()) == (0, f"№ {task}: declined.")
    connection = await asyncpg.connect(database_url)
    reading = await connection.fetchrow("SELECT status, reason FROM readings")
    event = await connection.fetchval("SELECT actor FROM reading_events ORDER BY id DESC LIMIT 1")
    told = await connection.fetch("SELECT messenger, peer, raw FROM inbox")
    await connection.close()
    assert tuple(reading) == ("declined", "пломба сорвана")
    assert event == "operator:anna"
    assert [(row["messenger"], row["peer"], json.loads(row["raw"])) for row in told] == [
        ("vk", "77", {"notice": {"kind": "task_settled", "subject": str(task)}})
    ]
    assert (await command("operator", "settle", task, "accept")).exit_code == 2


async def test_a_decline_without_a_reason_changes_nothing(command: Command, task: int) -> None:
    result = await command("operator", "settle", task, "decline")
    assert result.exit_code == 2
    assert "--note" in result.output
    assert f"№ {task}" in (await command("operator", "tasks")).stdout


async def test_an_unknown_task_is_refused(command: Command) -> None:
    result = await command("operator", "settle", 999, "accept")
    assert (result.exit_code, result.output.strip()) == (2, "there is no open task № 999")


async def test_the_photo_of_a_task_is_written(command: Command, task: int, tmp_path: Path) -> None:
    out = tmp_path / "dial.jpg"
    result = await command("operator", "photo", task, out)
    assert result.exit_code == 0
    assert out.read_bytes() == b"jpeg"
    assert (await command("operator", "photo", 999, out)).exit_code == 2
