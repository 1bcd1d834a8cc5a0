"""Databases that tests use again: as new each time, or gone."""

from tests.databases import DatabasePool, connected

CHANGES = (
    "DROP INDEX uq_readings_current",
    "ALTER TABLE chats DISABLE TRIGGER USER",
    "GRANT ALL ON chats TO PUBLIC",
)


async def test_what_a_test_wrote_is_gone_for_the_next_and_numbers_begin_anew(databases: DatabasePool) -> None:
    write = "INSERT INTO residents (language) VALUES ('ru') RETURNING id"
    async with databases.database() as first, connected(first) as connection:
        assert await connection.fetchval(write) == 1
    async with databases.database() as again, connected(again) as connection:
        assert again == first
        assert await connection.fetchval("SELECT count(*) FROM residents") == 0
        assert await connection.fetchval("SELECT count(*) FROM alembic_version") == 1
        assert await connection.fetchval(write) == 1


async def test_one_whose_shape_was_changed_is_not_used_again(databases: DatabasePool) -> None:
    for change in CHANGES:
        async with databases.database() as altered, connected(altered) as connection:
            await connection.execute(change)
        async with databases.database() as other:
            assert other != altered
