"""`vodoteplo dead`: what an operator reads and does about updates that were given up."""

import asyncpg
import pytest

from tests.cli.conftest import Command

SAID = "моя фамилия Иванов"


@pytest.fixture
async def letters(database_url: str) -> list[int]:
    """Two dead letters of different messengers."""
    connection = await asyncpg.connect(database_url)
    rows = await connection.fetch(
        """
        INSERT INTO dead_letters
            (messenger, bot, peer, key, raw, internal, received_at, given_up_at, attempts, error)
        VALUES
            ('telegram', '1', '70055', 'k1', '{"update_id": 1, "message": {"text": "' || $1 || '"}}', false,
                '2022-02-16 04:00Z', '2022-02-16 05:00:07Z', 6, 'KeyError'),
            ('vk', '9', '70077', 'k2', '{"type": "message_event"}', false, now(), now(), 6, 'ValueError')
        RETURNING id
        """,
        SAID,
    )
    await connection.close()
    return [row["id"] for row in rows]


async def test_the_list_says_what_died_and_nothing_of_whom(command: Command, letters: list[int]) -> None:
    result = await command("dead", "list")
    assert result.exit_code == 0
    first, second = result.stdout.splitlines()
    assert first == f"{letters[0]}  16.02.2022 10:00:07  telegram  message  KeyError  6 attempts"
    assert "message_event  ValueError" in second
    assert "Иванов" not in result.output
    assert "70055" not in result.output


async def test_an_empty_list_says_so(command: Command) -> None:
    assert "no dead letters" in (await command("dead", "list")).stdout


async def test_the_update_itself_is_shown_only_when_asked_for(command: Command, letters: list[int]) -> None:
    shown = await command("dead", "show", letters[0])
    assert "turn k1 of bot 1" in shown.stdout
    assert "personal data: --raw" in shown.stdout
    assert SAID not in shown.output
    assert SAID in (await command("dead", "show", letters[0], "--raw")).stdout


async def test_one_or_all_are_made_due_again(command: Command, letters: list[int], database_url: str) -> None:
    assert (await command("dead", "retry", letters[1])).stdout.startswith("1 due again")
    assert (await command("dead", "retry", letters[1])).exit_code == 2
    assert (await command("dead", "retry", "--all")).stdout.startswith("1 due again")
    assert (await command("dead", "retry", "--all")).stdout.startswith("0 due again")
    connection = await asyncpg.connect(database_url)
    assert await connection.fetch("SELECT key FROM inbox WHERE done_at IS NULL ORDER BY id") == [("k2",), ("k1",)]
    await connection.close()


@pytest.mark.parametrize("words", [("retry",), ("retry", "1", "--all"), ("retry", "999"), ("drop", "999")])
async def test_what_makes_no_sense_is_refused(command: Command, words: tuple[str, ...]) -> None:
    result = await command("dead", *words)
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1


async def test_a_dropped_letter_is_gone(command: Command, letters: list[int]) -> None:
    assert (await command("dead", "drop", letters[0])).exit_code == 0
    assert (await command("dead", "show", letters[0])).exit_code == 2
    assert len((await command("dead", "list")).stdout.splitlines()) == 1
