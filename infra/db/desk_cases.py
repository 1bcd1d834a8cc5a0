"""All use cases of the desk over one connection: what a request reads and writes is one transaction."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from asyncpg import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from core.accounts.ports import CodeHasher
from core.city import City
from core.clock import CityClock
from core.desk import DeskCases
from core.numbers.use_cases import Numbers
from core.staff.looks import Looks
from core.staff.ports import Passwords, SecondFactor
from core.staff.sign_in import SignIn
from core.staff.use_cases import Staff
from core.support.desk import OperatorDesk
from infra.db.counter import build_counter
from infra.db.desk import PostgresDesk
from infra.db.engine import driver_connection
from infra.db.looks import PostgresLooks
from infra.db.numbers import PostgresNumbers
from infra.db.sessions import PostgresSessions
from infra.db.staff import PostgresKeys, PostgresSignInAttempts, PostgresStaff


class PostgresDesks:
    """`core.desk.Desks`."""

    def __init__(
        self,
        engine: AsyncEngine,
        city: City,
        clock: CityClock,
        passwords: Passwords,
        factor: SecondFactor,
        hasher: CodeHasher,
    ) -> None:
        self._engine = engine
        self._city = city
        self._clock = clock
        self._passwords = passwords
        self._factor = factor
        self._hasher = hasher

    @asynccontextmanager
    async def open(self) -> AsyncIterator[DeskCases]:
        async with driver_connection(self._engine) as connection, connection.transaction():
            yield self._cases(connection)

    def _cases(self, connection: Connection) -> DeskCases:
        looks, sessions = Looks(PostgresLooks(connection)), PostgresSessions(connection)
        attempts = PostgresSignInAttempts(connection)
        return DeskCases(
            staff=Staff(PostgresStaff(connection), sessions, attempts, self._passwords, looks, self._city),
            sign_in=SignIn(PostgresKeys(connection), sessions, attempts, self._factor, looks),
            looks=looks,
            tickets=OperatorDesk(PostgresDesk(connection), self._city, self._clock),
            numbers=Numbers(PostgresNumbers(connection), self._city, self._clock),
            counter=build_counter(connection, self._city, self._clock, self._hasher, looks),
        )
