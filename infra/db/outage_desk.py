"""The operators' side of outages over one connection: what they say and its telling are one transaction."""

from typing import Final

from asyncpg import Connection

from core.city import City
from core.clock import CityClock
from core.outages.desk import OutageDesk
from core.outages.model import Outage
from core.outages.news import outage_mailing
from infra.db.buildings import PostgresBuildings
from infra.db.mailings import PostgresMailings, adding
from infra.db.outages import PostgresOutages

_TO: Final = """
SELECT DISTINCT resident_id, '', NULL::bigint FROM outage_buildings JOIN premises USING (building_key)
JOIN links ON links.premises_id = premises.id WHERE outage_id = $2
"""


class PostgresOutageNews:
    """`core.outages.ports.OutageNews`: a mailing of its own for every event of an outage's history."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def tell(self, outage: Outage, event: int) -> int:
        mailings = PostgresMailings(self._connection)
        mailing = await mailings.open(outage_mailing(outage, event))
        told = await self._connection.execute(adding(_TO), mailing, outage.id)
        await mailings.close(mailing)
        return int(told.split()[-1])


def outage_desk(connection: Connection, city: City, clock: CityClock) -> OutageDesk:
    news = PostgresOutageNews(connection)
    return OutageDesk(PostgresOutages(connection), PostgresBuildings(connection), news, city, clock)
