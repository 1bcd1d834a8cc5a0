"""All use cases over one connection: what they read and write is one transaction, if the caller has begun one.

Stores speak to the driver itself. A turn asks them ten questions and more, and through SQLAlchemy's engine each one
costs five times the processor time (measured: 15 µs against 75 µs, 165 µs for a statement built on the spot).
"""

from asyncpg import Connection

from core.accounts.ports import CodeHasher
from core.accounts.use_cases import Linking, Residents
from core.billing.use_cases import Billing
from core.city import City
from core.clock import CityClock
from core.meters.use_cases import Readings
from core.support.use_cases import Questions
from core.use_cases import UseCases
from infra.db.accounts import PostgresAccounts, PostgresAttempts
from infra.db.billing import PostgresBilling
from infra.db.meters import PostgresMeters, PostgresReadings
from infra.db.residents import PostgresLinks, PostgresResidents
from infra.db.support import PostgresTickets


def build_use_cases(connection: Connection, city: City, clock: CityClock, hasher: CodeHasher) -> UseCases:
    accounts, links = PostgresAccounts(connection), PostgresLinks(connection)
    return UseCases(
        residents=Residents(PostgresResidents(connection), links, clock),
        linking=Linking(accounts, links, PostgresAttempts(connection), hasher, city, clock),
        readings=Readings(PostgresMeters(connection), PostgresReadings(connection), city, clock),
        billing=Billing(PostgresBilling(connection, city.zone), city, clock),
        questions=Questions(PostgresTickets(connection), city, clock),
    )
