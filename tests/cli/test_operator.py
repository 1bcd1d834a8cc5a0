"""`vodoteplo operator`: what an operator does to residents' questions from the command line."""

from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest

from core.ids import ChatId
from core.support.model import Topic
from core.support.ports import NewTicket
from infra.db.support import PostgresTickets
from tests.cli.conftest import Command
from tests.infra.test_attachments import jpeg

WATER, HEAT = "МП трест «Водоканал»", "МП трест «Теплофикация»"
ASKED = datetime(2022, 2, 16, 5, 0, tzinfo=UTC)


@pytest.fixture
async def ticket(database_url: str) -> int:
    """A question about rusty water; its words try to paint the operator's terminal."""
    connection = await asyncpg.connect(database_url)
    chat = ChatId(
        await connection.fetchval("INSERT INTO chats (messenger, bot, peer) VALUES ('vk', '9', '77') RETURNING id")
    )
    new = NewTicket("1:1", chat, None, Topic.QUALITY, WATER, "Вода\x1b[31m ржавая\nвторой день", ASKED, message="5")
    made = await PostgresTickets(connection).open(new)
    await PostgresTickets(connection).edit(chat, "5", "Вода чёрная", ASKED)
    await connection.close()
    return made.id


async def notices(database_url: str) -> list[str]:
    connection = await asyncpg.connect(database_url)
    rows = await connection.fetch("SELECT raw FROM inbox WHERE internal ORDER BY id")
    await connection.close()
    return [row["raw"] for row in rows]


async def test_what_waits_is_listed_by_organisation(command: Command, ticket: int) -> None:
    listed = await command("operator", "tickets")
    assert listed.exit_code == 0
    assert f"*№ {ticket}  16.02.2022 10:00  {WATER}  (quality)  open" in listed.stdout
    assert "Вода[31m ржавая\n    второй день" in listed.stdout
    assert f"№ {ticket}" in (await command("operator", "tickets", "--organisation", "vodokanal")).stdout
    assert "No question waits" in (await command("operator", "tickets", "--organisation", "Теплофикация")).stdout
    assert (await command("operator", "tickets", "--organisation", "Горгаз")).exit_code == 2


async def test_a_question_is_shown_with_its_versions_and_is_read_then(command: Command, ticket: int) -> None:
    shown = (await command("operator", "show", ticket, "--operator", "Анна")).stdout
    assert "resident: Вода чёрная" in shown
    assert "before: Вода[31m ржавая" in shown
    assert "\x1b" not in shown
    assert "opened  resident" in shown
    assert "No question waits" in (await command("operator", "tickets", "--unread")).stdout
    assert "read  Анна" in (await command("operator", "show", ticket)).stdout


async def test_an_answer_with_a_picture_is_sent_on_its_way(
    command: Command, ticket: int, tmp_path: Path, database_url: str
) -> None:
    picture = tmp_path / "схема.png"
    picture.write_bytes(jpeg())
    answered = await command("operator", "answer", ticket, "Чиним.", "--file", picture, "--operator", "Анна")
    assert (answered.exit_code, answered.stdout) == (0, f"№ {ticket}: the answer is on its way.\n")
    (notice,) = await notices(database_url)
    assert '"kind": "answer"' in notice
    assert "Чиним" not in notice
    shown = (await command("operator", "show", ticket)).stdout
    assert "operator Анна: Чиним." in shown
    assert "схема.jpg (image/jpeg" in shown
    number = shown.split("file ")[1].split(":")[0]
    out = tmp_path / "out.jpg"
    assert (await command("operator", "file", ticket, number, out)).exit_code == 0
    assert out.read_bytes().startswith(b"\xff\xd8")
    assert (await command("operator", "file", ticket, number, out)).exit_code == 2


async def test_a_question_is_noted_handed_on_and_closed(command: Command, ticket: int, database_url: str) -> None:
    assert (await command("operator", "note", ticket, "Звонили в ЖЭК")).exit_code == 0
    assert await notices(database_url) == []
    moved = await command("operator", "transfer", ticket, "теплофикация", "Это горячая вода")
    assert moved.stdout == f"№ {ticket}: it is now with {HEAT}.\n"
    assert (await command("operator", "close", ticket)).exit_code == 0
    assert [
        kind in notice for kind, notice in zip(("transferred", "closed"), await notices(database_url), strict=True)
    ] == [
        True,
        True,
    ]
    assert "No question waits" in (await command("operator", "tickets")).stdout
    assert "resolved" in (await command("operator", "tickets", "--all")).stdout


@pytest.mark.parametrize(
    "words",
    [
        ("answer", "999", "Здравствуйте"),
        ("answer", "TICKET", "  "),
        ("answer", "TICKET", "я" * 4000),
        ("note", "TICKET", ""),
        ("transfer", "TICKET", "Горгаз", "Не наше"),
        ("transfer", "TICKET", "vodokanal", "Уже там"),
        ("close", "999"),
        ("show", "999"),
        ("file", "TICKET", "999", "nowhere.jpg"),
    ],
)
async def test_what_makes_no_sense_is_refused_in_one_line(
    command: Command, ticket: int, words: tuple[str, ...], database_url: str
) -> None:
    result = await command("operator", *(ticket if word == "TICKET" else word for word in words))
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1
    assert await notices(database_url) == []


async def test_a_file_that_is_not_kept_is_refused(command: Command, ticket: int, tmp_path: Path) -> None:
    empty = tmp_path / "empty.pdf"
    empty.touch()
    result = await command("operator", "answer", ticket, "Вот", "--file", empty)
    assert (result.exit_code, len(result.stderr.splitlines())) == (2, 1)
