"""`vodoteplo operator link-code|word|report-photo`."""

import re
from pathlib import Path

import asyncpg
import pytest

from cli.base import base, within_use_cases
from infra.paths import DEFAULT_CITY
from infra.settings import load_settings
from tests.cli.conftest import Command

KEY = "k" * 32
FLAT = """
WITH flat AS (INSERT INTO premises (address_key, street, building) VALUES ('k', 'улица Труда', '14') RETURNING id)
INSERT INTO accounts (provider, number, premises_id) SELECT 'vodokanal', '3000000001', id FROM flat
"""


@pytest.fixture
async def database(database_url: str) -> asyncpg.Connection:
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


async def test_a_link_code_is_made_for_an_open_account(command: Command, database: asyncpg.Connection) -> None:
    await database.execute(FLAT)
    asked = ("operator", "link-code", "--account", "3000000001", "--operator", "olga")
    result = await command(*asked, VODOTEPLO_SECRET_KEY=KEY)
    assert result.exit_code == 0
    assert re.search(r"Code: [0-9A-Z]{4}-[0-9A-Z]{4}\. It links the flat once, within 10 minutes\.", result.stdout)
    assert "Труда" not in result.stdout
    rows = await database.fetch("SELECT purpose, subject, made_by FROM one_time_codes ORDER BY purpose")
    assert [tuple(row) for row in rows] == [("deep_link", "code:1", "olga"), ("link", "1", "olga")]
    looks = await database.fetch('SELECT "by", what, subject FROM desk_looks')
    assert [tuple(row) for row in looks] == [("console", "link_code.made", "flat:1")]


async def test_with_the_bots_addresses_known_a_link_is_printed_too(
    command: Command, database: asyncpg.Connection, tmp_path: Path
) -> None:
    await database.execute(FLAT)
    city = tmp_path / "city.toml"
    text = DEFAULT_CITY.read_text("utf-8").replace("[telegram]\n", '[telegram]\naddress = "https://t.me/voda_bot"\n')
    city.write_text(text, "utf-8")
    answers = DEFAULT_CITY.with_name("magnitogorsk.answers.toml")
    if answers.exists():
        (tmp_path / answers.name).write_bytes(answers.read_bytes())
    result = await command("operator", "link-code", "--account", "3000000001", VODOTEPLO_CITY=str(city))
    assert re.search(r"Telegram, to where it is typed: https://t\.me/voda_bot\?start=[0-9A-Z]{26}\n", result.stdout)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--account", "3999999999"), "no open account"),
        (("--account", "3000000001", "--provider", "gazprom"), "no provider"),
        (("--account", "3000000001", "--provider", "teplofikaciya"), "no open account"),
    ],
)
async def test_no_code_is_made_for_an_account_that_is_none(
    command: Command, database: asyncpg.Connection, words: tuple[str, ...], why: str
) -> None:
    await database.execute(FLAT)
    result = await command("operator", "link-code", *words)
    assert result.exit_code == 2
    assert why in result.output


async def word_of(database_url: str, redis_url: str, peer: str) -> str:
    """What the bot has given out in a chat."""
    settings = load_settings(
        {"VODOTEPLO_DATABASE_URL": database_url, "VODOTEPLO_REDIS_URL": redis_url, "VODOTEPLO_SECRET_KEY": KEY},
        env_file=None,
    )
    connection = await asyncpg.connect(database_url)
    insert = "INSERT INTO chats (messenger, bot, peer) VALUES ('vk', '9', $1) RETURNING id"
    chat = await connection.fetchval(insert, peer)
    await connection.close()
    with base(settings) as ground:
        async with within_use_cases(ground) as use_cases:
            return await use_cases.bot_checks.issue(chat)


async def test_a_word_is_confirmed_with_nothing_of_the_person(
    command: Command, database: asyncpg.Connection, database_url: str, redis_url: str
) -> None:
    word = await word_of(database_url, redis_url, "918273645")
    result = await command("operator", "word", *word.split(), VODOTEPLO_SECRET_KEY=KEY)
    assert result.exit_code == 0
    assert "Confirmed: ВКонтакте, given out at " in result.stdout
    assert "918273645" not in result.stdout
    assert await database.fetchval("SELECT count(*) FROM inbox WHERE internal AND peer = '918273645'") == 1
    again = await command("operator", "word", word, VODOTEPLO_SECRET_KEY=KEY)
    assert again.exit_code == 2


async def test_a_word_nobody_was_given_is_refused(command: Command) -> None:
    result = await command("operator", "word", "сосна", "1234")
    assert result.exit_code == 2
    assert "false" in result.output


async def test_the_check_says_what_minimal_needs(command: Command, tmp_path: Path) -> None:
    city = tmp_path / DEFAULT_CITY.name
    text = DEFAULT_CITY.read_text("utf-8")
    full, minimal = (f'[telegram]\npersonal_data = "{how}"' for how in ("full", "minimal"))
    city.write_text(text.replace(full, minimal), "utf-8")
    for beside in DEFAULT_CITY.parent.glob("*.answers.toml"):
        (tmp_path / beside.name).write_bytes(beside.read_bytes())
    assert "in telegram (minimal)" in (await command("check", VODOTEPLO_CITY=str(city))).stdout
    known = {"VODOTEPLO_CITY": str(city), "VODOTEPLO_PUBLIC_URL": "https://voda.example"}
    assert "minimal" not in (await command("check", **known)).stdout
    assert "minimal" not in (await command("check")).stdout


async def test_the_picture_of_a_report_is_written(
    command: Command, database: asyncpg.Connection, tmp_path: Path
) -> None:
    await database.execute(
        """
        INSERT INTO chats (messenger, bot, peer) VALUES ('vk', '9', '1');
        INSERT INTO fake_reports (key, chat_id, reported_at, text, photo) VALUES
            ('1', 1, now(), '', 'jpeg'), ('2', 1, now(), '', NULL);
        """
    )
    out = tmp_path / "fake.jpg"
    assert (await command("operator", "report-photo", 1, out)).exit_code == 0
    assert out.read_bytes() == b"jpeg"
    assert (await command("operator", "report-photo", 2, out)).exit_code == 2
    assert (await command("operator", "report-photo", 1, tmp_path / "no" / "folder.jpg")).exit_code == 1
