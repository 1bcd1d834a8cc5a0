"""All use cases of the desk over one connection: what a request reads and writes is one transaction."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog
from asyncpg import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from core.accounts.ports import CodeHasher
from core.broadcasts.use_cases import Broadcasts
from core.city import City
from core.clock import CityClock
from core.desk import DeskCases
from core.errors import Unavailable, where
from core.live import Changed, Live, tell_of
from core.numbers.use_cases import Numbers
from core.staff.looks import Looks
from core.staff.ports import Passwords, SecondFactor
from core.staff.sign_in import SignIn
from core.staff.use_cases import Staff
from core.support.assignments import Assignments
from core.support.canned import CannedAnswers
from core.support.desk import OperatorDesk
from infra.db.broadcasts import PostgresBroadcasts
from infra.db.canned import PostgresCanned
from infra.db.counter import build_counter
from infra.db.desk import PostgresDesk
from infra.db.engine import AWAY, driver_connection
from infra.db.looks import PostgresLooks
from infra.db.numbers import PostgresNumbers
from infra.db.outage_desk import outage_desk
from infra.db.sessions import PostgresSessions
from infra.db.staff import PostgresKeys, PostgresSignInAttempts, PostgresStaff

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@dataclass(frozen=True)
class PostgresDesks:
    """`core.desk.Desks`. Raises Unavailable while the database is away.

    `live`: open desks hear of what was changed, once that is committed.
    """

    engine: AsyncEngine
    city: City
    clock: CityClock
    passwords: Passwords
    factor: SecondFactor
    hasher: CodeHasher
    live: Live | None = None

    @asynccontextmanager
    async def open(self) -> AsyncIterator[DeskCases]:
        changed: Changed = set()
        try:
            async with driver_connection(self.engine) as connection, connection.transaction():
                yield self._cases(connection, changed)
        except AWAY as error:
            log.warning("the desk has no database", **where(error))
            raise Unavailable from error
        if self.live is not None:
            tell_of(self.live, changed)

    def _cases(self, connection: Connection, changed: Changed) -> DeskCases:
        looks, sessions = Looks(PostgresLooks(connection)), PostgresSessions(connection)
        attempts, tickets = PostgresSignInAttempts(connection), PostgresDesk(connection, changed)
        return DeskCases(
            staff=Staff(PostgresStaff(connection), sessions, attempts, self.passwords, looks, self.city),
            sign_in=SignIn(PostgresKeys(connection), sessions, attempts, self.factor, looks),
            looks=looks,
            tickets=OperatorDesk(tickets, self.city, self.clock),
            assignments=Assignments(tickets, self.clock),
            canned=CannedAnswers(PostgresCanned(connection), self.city, self.clock),
            numbers=Numbers(PostgresNumbers(connection), self.city, self.clock),
            outages=outage_desk(connection, self.city, self.clock),
            broadcasts=Broadcasts(PostgresBroadcasts(connection), self.city, self.clock),
            counter=build_counter(connection, self.city, self.clock, self.hasher, looks, changed),
        )
