"""`vodoteplo migrate`."""

from functools import partial

from sqlalchemy.ext.asyncio import AsyncEngine

from cli.base import Base, run_with_base, shape_is_new
from cli.refusal import refuse
from infra.db.engine import create_engine
from infra.db.grants import NoSuchRole, RoleOwns, grant
from infra.db.migrate import migrate


def run_migrate(role: str | None = None) -> None:
    """`role`: who the product runs as, if that is not who migrates."""
    run_with_base(partial(_migrate, role=role))


async def _migrate(ground: Base, *, role: str | None) -> None:
    engine = create_engine(ground.database_url)
    try:
        if not await shape_is_new(engine):
            await migrate(engine)
        print("The database has the shape this version needs.")
        if role is not None:
            await _grant(engine, role)
    finally:
        await engine.dispose()


async def _grant(engine: AsyncEngine, role: str) -> None:
    try:
        await grant(engine, role)
    except NoSuchRole:
        refuse([f"--grant: the server knows no role {role!r}: make it first, with LOGIN and a password"])
    except RoleOwns:
        refuse([f"--grant: {role!r} owns the tables or is a superuser: make a role of its own for the product"])
    print(f"{role}: may do what the product needs, and only add to what must stand.")
