"""What a turn remembers of its own reading, and what makes it forget."""

import importlib
import json
import pkgutil
import re
from typing import Any

import asyncpg
import pytest
from asyncpg import Connection

import infra.db
from infra.db.memory import RememberingConnection, touched_by
from infra.db.meters import PostgresMeters

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
        "DELETE FROM window_extensions",
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


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE readings SET current = false",
        "WITH changed AS (UPDATE tasks SET note = '' RETURNING id) SELECT id FROM changed",
        "SELECT id FROM meters FOR NO KEY UPDATE",
    ],
)
async def test_what_a_write_or_a_lock_does_not_touch_stays(
    db: Connection, memory: RememberingConnection, statement: str
) -> None:
    assert await memory.fetchval(COUNT) == 0
    await db.execute(ADD)
    await memory.fetch(statement)
    await memory.execute(statement)
    assert await memory.fetchval(COUNT) == 0


@pytest.mark.parametrize("read", ["SELECT count(*) FROM readings", "SELECT 1 FROM accounts LEFT JOIN meters ON true"])
async def test_under_the_lock_of_a_meter_it_is_asked_anew_with_its_readings(
    memory: RememberingConnection, read: str
) -> None:
    memory.know(read, (), [])
    assert await memory.fetch(read) == []
    await memory.execute(PostgresMeters.LOCK, 1)
    assert await memory.fetch("SELECT 1") != []
    assert len(await memory.fetch("SELECT count(*) FROM readings")) == 1


@pytest.mark.parametrize(
    "statement",
    ["SELECT meters.id FROM meters JOIN accounts ON true FOR UPDATE OF accounts", "SELECT set_config('a.b', '', true)"],
)
async def test_what_may_have_changed_anything_makes_it_forget_everything(
    db: Connection, memory: RememberingConnection, statement: str
) -> None:
    assert await memory.fetchval(COUNT) == 0
    await db.execute(ADD)
    await memory.execute(statement)
    assert await memory.fetchval(COUNT) == 1


# --- every statement of the stores: what its words show is what PostgreSQL does


def statements() -> dict[str, str]:
    found: dict[str, str] = {}
    for module in pkgutil.iter_modules(infra.db.__path__, "infra.db."):
        loaded = importlib.import_module(module.name)
        holders = [loaded, *(one for one in vars(loaded).values() if getattr(one, "__module__", "") == module.name)]
        for holder in holders:
            for name, value in vars(holder).items():
                for number, text in enumerate([value] if isinstance(value, str) else _texts(value)):
                    if re.match(r"\s*(SELECT|WITH|INSERT|UPDATE)\s", text):
                        found[f"{holder.__name__}.{name}.{number}"] = text
    return found


def _texts(value: object) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, tuple) else []


def tables_in(plan: dict[str, Any], *, written: bool) -> set[str]:
    """Of a plan and all below it: the tables written to, or those read."""
    writes = plan["Node Type"] == "ModifyTable"
    own = {plan["Relation Name"]} if "Relation Name" in plan and writes == written else set()
    return own.union(*(tables_in(one, written=written) for one in plan.get("Plans", ())))


PLAN = """
CREATE FUNCTION plan_of(query text) RETURNS json LANGUAGE plpgsql AS $$
DECLARE plan json;
BEGIN EXECUTE 'EXPLAIN (GENERIC_PLAN, FORMAT JSON) ' || query INTO plan; RETURN plan -> 0 -> 'Plan'; END $$
"""


async def test_words_show_the_tables_that_postgresql_touches(db: Connection) -> None:
    await db.execute(PLAN)
    wrong, looked_at = [], 0
    for name, query in statements().items():
        try:
            plan, touched = json.loads(await db.fetchval("SELECT plan_of($1)::text", query)), touched_by(query)
        except asyncpg.SyntaxOrAccessError:  # a part of one, or a pattern that is filled in
            continue
        looked_at += 1
        written, read = (tables_in(plan, written=which) for which in (True, False))
        if touched.changes is not None and not (written <= touched.changes and read <= touched.reads | touched.changes):
            wrong.append((name, written, read, touched))
    assert looked_at > 200
    assert wrong == []


async def test_it_is_told_what_another_statement_has_read(memory: RememberingConnection) -> None:
    memory.know("SELECT language FROM residents WHERE id = $1", (7,), [{"language": "ba"}])
    row = await memory.fetchrow("SELECT language FROM residents WHERE id = $1", 7)
    assert row is not None
    assert row["language"] == "ba"
    assert await memory.fetchrow("SELECT language FROM residents WHERE id = $1", 8) is None
