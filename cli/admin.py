"""`vodoteplo migrate`."""

from cli.base import Base, run_with_base, shape_is_new
from infra.db.engine import create_engine
from infra.db.migrate import migrate


def run_migrate() -> None:
    run_with_base(_migrate)


async def _migrate(ground: Base) -> None:
    engine = create_engine(ground.database_url)
    try:
        if not await shape_is_new(engine):
            await migrate(engine)
    finally:
        await engine.dispose()
    print("The database has the shape this version needs.")
