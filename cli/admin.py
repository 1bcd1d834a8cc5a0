"""`vodoteplo migrate`."""

from functools import partial

from sqlalchemy.ext.asyncio import AsyncEngine

from cli.base import Base, found_shape, run_with_base
from cli.refusal import fail, refuse
from infra.db.engine import create_engine
from infra.db.grants import NoSuchRole, RoleOwns, grant
from infra.db.migrate import Shape, migrate


def run_migrate(role: str | None = None) -> None:
    """`role`: who the product runs as, if that is not who migrates."""
    run_with_base(partial(_migrate, role=role))


async def _migrate(ground: Base, *, role: str | None) -> None:
    engine = create_engine(ground.database_url)
    try:
        if await found_shape(engine) is Shape.BEHIND:
            await migrate(engine)
        if await found_shape(engine) is Shape.AHEAD:
            _leave_alone(role)
            return
        print("The database has the shape this version needs.")
        if role is not None:
            await _grant(engine, role)
    finally:
        await engine.dispose()


def _leave_alone(role: str | None) -> None:
    """Which tables of a newer shape are only added to is known to the newer version alone."""
    print("The database has a newer shape than this version knows, and needs nothing from it: nothing was changed.")
    if role is not None:
        fail("--grant: nothing was granted: run it with the version that has migrated the database")


async def _grant(engine: AsyncEngine, role: str) -> None:
    try:
        await grant(engine, role)
    except NoSuchRole:
        refuse([f"--grant: the server knows no role {role!r}: make it first, with LOGIN and a password"])
    except RoleOwns:
        refuse([f"--grant: {role!r} owns the tables or is a superuser: make a role of its own for the product"])
    print(f"{role}: may do what the product needs, and only add to what must stand.")
