"""What every command stands on: settings, city file, database, clock."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime

from asyncpg import PostgresError
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from cli.refusal import fail, plain_refusals, refuse
from core.city import City
from core.clock import CityClock, ShiftedClock
from core.use_cases import UseCases
from infra.city_file import load_city
from infra.codes import HmacCodeHasher
from infra.db.engine import create_engine, driver_connection
from infra.db.migrate import Shape, migrate, shape_of
from infra.db.use_cases import build_use_cases
from infra.embedded import embedded_servers
from infra.settings import Settings, load_settings


@dataclass(frozen=True)
class Base:
    """The ground a command works on. The servers behind the addresses run as long as the command."""

    settings: Settings
    city: City
    database_url: str
    redis_url: str
    clock: ShiftedClock

    @property
    def city_clock(self) -> CityClock:
        return CityClock(self.clock, self.city.zone)

    def hasher(self) -> HmacCodeHasher:
        return HmacCodeHasher(self.settings.key())

    @asynccontextmanager
    async def database(self) -> AsyncIterator[AsyncEngine]:
        """A database of the newest shape that this version knows, or of a newer one; the embedded one is migrated on
        the way."""
        engine = create_engine(self.database_url)
        try:
            if self.settings.database_url is None:
                await migrate(engine)
            elif await found_shape(engine) is Shape.BEHIND:
                fail("the database has an older shape than this version needs: run `vodoteplo migrate` first")
            yield engine
        finally:
            await engine.dispose()


def console_key() -> str:
    """An idempotency key: a command given twice is meant twice."""
    return f"console:{uuid.uuid4()}"


def typed_time(said: str | None, option: str, ground: Base) -> datetime | None:
    """A time of the city's clock. Exits with a line for what is none."""
    if said is None:
        return None
    try:
        return ground.city_clock.typed(said)
    except ValueError:
        refuse([f'{option} {said}: write the city\'s time as in "2022-02-16 18:00"'])


def shown_time(at: datetime, ground: Base) -> str:
    return f"{at.astimezone(ground.city.zone):%d.%m.%Y %H:%M}"


@asynccontextmanager
async def within_use_cases(ground: Base) -> AsyncIterator[UseCases]:
    """The use cases in one transaction, which is committed when the block ends well."""
    async with ground.database() as engine, driver_connection(engine) as connection, connection.transaction():
        yield build_use_cases(connection, ground.city, ground.city_clock, ground.hasher())


async def found_shape(engine: AsyncEngine) -> Shape:
    """A database that does not answer ends the command with one line."""
    try:
        return await shape_of(engine)
    except (OSError, PostgresError, SQLAlchemyError) as error:
        # The class alone: the text may hold what stands in the address.
        why = type(error.__cause__ or error).__name__
        fail(f"VODOTEPLO_DATABASE_URL: the database does not answer ({why}): check the address, and that it runs")


@contextmanager
def base(settings: Settings | None = None) -> Iterator[Base]:
    """Loads settings and city file and holds the embedded servers that the settings do not replace."""
    with plain_refusals():
        settings = settings or load_settings()
        city = load_city(settings.city)
        with embedded_servers(
            settings.data_dir, postgres=settings.database_url is None, redis=settings.redis_url is None
        ) as servers:
            given, clock = settings, ShiftedClock.starting_at(settings.now)
            database_url = given.database_url.get_secret_value() if given.database_url else servers.database_url
            redis_url = given.redis_url.get_secret_value() if given.redis_url else servers.redis_url
            yield Base(settings, city, database_url, redis_url, clock)


def run_with_base(work: Callable[[Base], Coroutine[object, object, None]]) -> None:
    """Runs a command's work on the base."""
    with base() as ground:
        asyncio.run(work(ground))
