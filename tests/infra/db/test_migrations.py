"""Migrations: they make what tables.py says, can be taken back, and are safe to start twice at once."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncEngine

from infra.db.engine import NotDurable, check_durable, connect_alone, create_engine
from infra.db.migrate import MIGRATIONS, Shape, downgrade, heads, migrate, ours, shape_of
from infra.db.queue import queries
from infra.db.tables import metadata


@pytest.fixture
async def empty(empty_database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(empty_database_url)
    yield engine
    await engine.dispose()


def differences(connection: Connection) -> list[object]:
    options = {"include_name": ours, "compare_server_default": True}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))


async def set_revision(engine: AsyncEngine, revision: str) -> None:
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})


async def tables(engine: AsyncEngine) -> set[str]:
    async with engine.connect() as connection:
        return set(await connection.run_sync(lambda sync: inspect(sync).get_table_names()))


async def test_a_migrated_database_is_what_the_tables_say(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_a_difference_would_be_seen(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        await connection.execute(text("DROP INDEX uq_readings_current"))
        await connection.execute(text("ALTER TABLE charges ALTER COLUMN penalty DROP DEFAULT"))
        assert len(await connection.run_sync(differences)) == 2


async def test_constraints_have_the_names_that_tables_give_them(engine: AsyncEngine) -> None:
    """compare_metadata does not look at names of keys and checks."""
    async with engine.connect() as connection:
        rows = await connection.execute(
            text("SELECT conname FROM pg_constraint WHERE connamespace = 'public'::regnamespace")
        )
    there = {name for (name,) in rows if not name.startswith("pgqueuer") and not name.endswith("_not_null")}
    there.discard("alembic_version_pkc")
    named = {str(one.name) for table in metadata.tables.values() for one in table.constraints}
    assert {name.removeprefix("ck_") for name in there} == {name.removeprefix("ck_") for name in named}


async def test_the_queue_of_jobs_needs_no_upgrade(database_url: str) -> None:
    connection = await connect_alone(database_url)
    try:
        assert (await queries(connection).plan_upgrade()).statements == ()
    finally:
        await connection.close()


async def test_migrations_go_up_down_and_up_again(empty: AsyncEngine) -> None:
    assert await shape_of(empty) is Shape.BEHIND
    await migrate(empty)
    assert await shape_of(empty) is Shape.PRESENT
    first = await tables(empty)
    await downgrade(empty, "base")
    assert await tables(empty) == {"alembic_version"}
    assert await shape_of(empty) is Shape.BEHIND
    await migrate(empty)
    assert await tables(empty) == first


@pytest.mark.parametrize("revision", sorted(file.name[:4] for file in MIGRATIONS.glob("versions/0*.py")))
async def test_every_earlier_revision_is_behind(engine: AsyncEngine, revision: str) -> None:
    await set_revision(engine, revision)
    assert await shape_of(engine) is (Shape.PRESENT if (revision,) == heads() else Shape.BEHIND)


async def test_a_revision_that_this_code_does_not_know_is_ahead_and_is_left_alone(engine: AsyncEngine) -> None:
    await set_revision(engine, "9999")
    await migrate(engine)
    assert await shape_of(engine) is Shape.AHEAD
    async with engine.connect() as connection:
        assert (await connection.execute(text("SELECT version_num FROM alembic_version"))).scalar_one() == "9999"


async def test_processes_that_start_together_migrate_one_after_another(empty_database_url: str) -> None:
    engines = [create_engine(empty_database_url) for _ in range(4)]
    await asyncio.gather(*map(migrate, engines))
    assert await shape_of(engines[0]) is Shape.PRESENT
    await asyncio.gather(*(engine.dispose() for engine in engines))


async def test_a_failed_migration_leaves_nothing_behind(empty: AsyncEngine) -> None:
    async with empty.begin() as connection:
        await connection.execute(text("CREATE TABLE imports (id integer)"))
    with pytest.raises(Exception, match="imports"):
        await migrate(empty)
    assert await tables(empty) == {"imports"}


async def test_a_server_that_forgets_what_it_acknowledged_is_refused(engine: AsyncEngine) -> None:
    await check_durable(engine)
    async with engine.connect() as connection:
        name = (await connection.execute(text("SELECT current_database()"))).scalar_one()
        await connection.execute(text(f"ALTER DATABASE {name} SET synchronous_commit = off"))
        await connection.commit()
    await engine.dispose()
    with pytest.raises(NotDurable):
        await check_durable(engine)


async def test_a_connection_that_the_server_closed_is_not_handed_out(engine: AsyncEngine, database_url: str) -> None:
    async with engine.connect() as connection:
        pid = (await connection.execute(text("SELECT pg_backend_pid()"))).scalar_one()
    other = await connect_alone(database_url)
    await other.execute("SELECT pg_terminate_backend($1)", pid)
    await other.close()
    await asyncio.sleep(0.05)
    async with engine.connect() as connection:
        assert (await connection.execute(text("SELECT 1"))).scalar_one() == 1
