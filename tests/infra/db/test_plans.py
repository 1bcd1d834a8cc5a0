"""Plans of the durable path: what was planned while a table was empty holds when it is not."""

from infra.db.engine import create_engine, driver_connection
from infra.db.inbox import PENDING
from infra.db.turns import PostgresTurns

_SERVED_AND_WAITING = """
INSERT INTO inbox (messenger, bot, peer, key, raw, done_at)
SELECT CASE n % 2 WHEN 0 THEN 'telegram' ELSE 'vk' END, '9', n, n, '{}', CASE WHEN n % 10 > 0 THEN clock_timestamp() END
FROM generate_series(1, 20000) AS n
"""


async def plan_of_a_turn(url: str, *, by_keys: bool) -> str:
    """The plan of the statement that opens a turn, made for tables that were found empty."""
    engine = create_engine(url, by_keys=by_keys)
    async with driver_connection(engine) as connection:
        await connection.execute("ANALYZE")
        await connection.execute("SET plan_cache_mode = force_generic_plan")
        await connection.execute(f"PREPARE opening (text, text, text) AS {PostgresTurns.OPEN}")
        rows = await connection.fetch("EXPLAIN EXECUTE opening ('telegram', '1', '500')")
    await engine.dispose()
    return "\n".join(row[0] for row in rows)


async def test_a_turn_finds_its_update_by_key_from_the_first_day(database_url: str) -> None:
    plan = await plan_of_a_turn(database_url, by_keys=True)
    assert "using ix_inbox_pending on inbox" in plan
    assert "Seq Scan" not in plan


async def test_left_to_itself_the_planner_would_read_the_whole_inbox(database_url: str) -> None:
    assert "Seq Scan on inbox" in await plan_of_a_turn(database_url, by_keys=False)


async def test_the_look_for_leftovers_reads_the_pending_rows_of_its_own_bots_alone(database_url: str) -> None:
    engine = create_engine(database_url, by_keys=True)
    async with driver_connection(engine) as connection:
        await connection.execute("SET plan_cache_mode = force_generic_plan")
        await connection.execute(f"PREPARE looking (text[], text[], int) AS {PENDING}")
        for grown in (False, True):
            if grown:
                await connection.execute(_SERVED_AND_WAITING)
                await connection.execute("ANALYZE inbox")
            rows = await connection.fetch("EXPLAIN EXECUTE looking ('{vk}', '{9}', 1000)")
            plan = "\n".join(row[0] for row in rows)
            assert "ix_inbox_pending" in plan
            assert "Index Cond: ((messenger = served.messenger) AND (bot = served.bot))" in plan
            assert "Seq Scan" not in plan
    await engine.dispose()
