"""What a turn remembers of its own reading, and what makes it forget."""

import pytest
from asyncpg import Connection

from infra.db.memory import RememberingConnection

COUNT = "SELECT count(*) FROM residents"
ADD = "INSERT INTO residents (language) VALUES ('ru')"


@pytest.fixture
def memory(db: Connection) -> RememberingConnection:
    return RememberingConnection(db)


async def test_what_was_asked_before_is_not_asked_again(db: Connection, memory: RememberingConnection) -> None:
    assert await memory.fetchval(COUNT) == 0
    await db.execute(ADD)
    assert await memory.fetchval(COUNT) == 0
    assert await RememberingConnection(db).fetchval(COUNT) == 1


async def test_another_argument_is_another_question(memory: RememberingConnection) -> None:
    query = "SELECT $1::text[]"
    assert await memory.fetchval(query, ["a"]) == ["a"]
    assert await memory.fetchval(query, ["b"]) == ["b"]
    assert await memory.fetchrow("SELECT 1 WHERE $1::int = 0", 5) is None
    assert await memory.fetchrow("SELECT 1 WHERE $1::int = 0", 0) is not None


@pytest.mark.parametrize(
    "statement",
    [
        ADD + " RETURNING id",
        "WITH new AS (" + ADD + " RETURNING id) SELECT id FROM new",
        "UPDATE residents SET language = 'tt' RETURNING id",
        "SELECT id FROM residents FOR UPDATE",
        "SELECT id FROM residents FOR NO KEY UPDATE",
        "SELECT id FROM residents FOR SHARE",
        "SELECT pg_advisory_xact_lock(1)",
    ],
)
async def test_a_write_or_a_lock_makes_it_forget(db: Connection, memory: RememberingConnection, statement: str) -> None:
    assert await memory.fetchval(COUNT) == 0
    await db.execute(ADD)
    await memory.fetch(statement)
    assert await memory.fetchval(COUNT) >= 1
    known = await memory.fetchval(COUNT)
    await db.execute(ADD)
    await memory.execute(statement)
    assert await memory.fetchval(COUNT) > known


async def test_it_is_told_what_another_statement_has_read(memory: RememberingConnection) -> None:
    memory.know("SELECT language FROM residents WHERE id = $1", (7,), [{"language": "ba"}])
    row = await memory.fetchrow("SELECT language FROM residents WHERE id = $1", 7)
    assert row is not None
    assert row["language"] == "ba"
    assert await memory.fetchrow("SELECT language FROM residents WHERE id = $1", 8) is None
