"""The operators' side of outages over one connection: what they say and its telling are one transaction."""

from typing import ClassVar, Final

from asyncpg import Connection

from core.city import City
from core.clock import CityClock
from core.outages.desk import OutageDesk
from core.outages.model import Outage, OutageEventKind
from dialogs.event import NoticeKind
from infra.db.buildings import PostgresBuildings
from infra.db.outages import PostgresOutages
from infra.db.wake import CHANNEL

_TO: Final = """
SELECT DISTINCT resident_id FROM outage_buildings JOIN premises USING (building_key)
JOIN links ON links.premises_id = premises.id WHERE outage_id = $1
"""


class PostgresOutageNews:
    """`core.outages.ports.OutageNews`: an update of ours in the chats of everybody who has a flat there."""

    TELL: ClassVar = f"""
    WITH told AS (
        INSERT INTO inbox (messenger, bot, peer, key, raw, internal)
        SELECT messenger, bot, peer, 'notice:outage:' || happened.id || ':' || peer, json_build_object('notice',
            json_build_object('kind', '{NoticeKind.OUTAGE}', 'subject', happened.id::text))::text, true
        FROM outage_events AS happened, chats
        WHERE happened.key = $2 AND chats.resident_id IN ({_TO}) ORDER BY messenger, bot, peer
        ON CONFLICT (messenger, bot, key) DO NOTHING
        RETURNING messenger, bot, peer
    )
    SELECT count(pg_notify('{CHANNEL}', json_build_array(messenger, bot, peer)::text)) FROM told
    """  # noqa: S608 - only constants

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def tell(self, outage: Outage, event: OutageEventKind, key: str) -> int:
        return int(await self._connection.fetchval(self.TELL, outage.id, key))


def outage_desk(connection: Connection, city: City, clock: CityClock) -> OutageDesk:
    news = PostgresOutageNews(connection)
    return OutageDesk(PostgresOutages(connection), PostgresBuildings(connection), news, city, clock)
