"""`vodoteplo links list|settle`."""

import json

import asyncpg
import pytest

from tests.cli.conftest import Command


@pytest.fixture
async def claim(database_url: str) -> int:
    """A link somebody contests, with the task about it; both residents have a chat."""
    connection = await asyncpg.connect(database_url)
    number: int = await connection.fetchval(
        """
        WITH flat AS (
            INSERT INTO premises (address_key, street, building, unit) VALUES ('k', 'улица Труда', '14', '27')
            RETURNING id
        ), account AS (
            INSERT INTO accounts (provider, number, premises_id) SELECT 'vodokanal', '3000000001', id FROM flat
        ), people AS (
            INSERT INTO residents (language) SELECT 'ru' FROM generate_series(1, 2) RETURNING id
        ), chats AS (
            INSERT INTO chats (messenger, bot, peer, resident_id) SELECT 'vk', '9', id::text, id FROM people
        ), owner AS (
            INSERT INTO links (resident_id, premises_id, name, linked_at)
            SELECT min(people.id), flat.id, 'Дом', '2022-01-10 05:00Z' FROM people, flat GROUP BY flat.id
        ), contested AS (
            INSERT INTO link_claims (resident_id, premises_id, name, linked_at, why, contested_by, raised_at)
            SELECT max(people.id), flat.id, '', '2022-02-15 05:00Z', 'contested', min(people.id), '2022-02-16 05:00Z'
            FROM people, flat GROUP BY flat.id RETURNING id
        ), task AS (
            INSERT INTO tasks (key, kind, facts, opened_at)
            SELECT 't', 'link_claim', json_build_object('claim', id), now() FROM contested
        )
        SELECT id FROM contested
        """
    )
    await connection.close()
    return number


async def test_waiting_links_are_listed_with_their_address_and_nobodys_name(command: Command, claim: int) -> None:
    lines = (await command("links", "list")).stdout.splitlines()
    assert lines[0] == f"№ {claim}  16.02.2022 10:00  contested by a resident"
    assert lines[1].strip() == "улица Труда, 14, 27 (vodokanal 3000000001)"
    assert lines[2].strip().endswith("linked 15.02.2022 10:00; others with a link in force: 1")


async def test_an_empty_list_says_so(command: Command) -> None:
    assert (await command("links", "list")).stdout.strip() == "No link waits."


@pytest.mark.parametrize(("decision", "links"), [("keep", 2), ("remove", 1)])
async def test_a_decision_is_carried_out_once_and_both_are_told(
    command: Command, claim: int, database_url: str, decision: str, links: int
) -> None:
    settled = await command("links", "settle", claim, decision, "--note", "по звонку", "--operator", "anna")
    assert settled.exit_code == 0
    connection = await asyncpg.connect(database_url)
    assert await connection.fetchval("SELECT count(*) FROM links") == links
    notices = [json.loads(row["raw"])["notice"]["kind"] for row in await connection.fetch("SELECT raw FROM inbox")]
    task = await connection.fetchrow("SELECT status, note, settled_by FROM tasks")
    await connection.close()
    assert sorted(notices) == ["contest_settled", "link_settled"]
    assert (task["note"], task["settled_by"]) == ("по звонку", "anna")
    assert task["status"] != "open"
    again = await command("links", "settle", claim, decision)
    assert (again.exit_code, again.output.strip()) == (2, f"no link № {claim} waits")
    assert (await command("links", "list")).stdout.strip() == "No link waits."


async def test_an_unknown_link_is_refused(command: Command) -> None:
    assert (await command("links", "settle", 999, "keep")).exit_code == 2
