"""People and flats for audiences, written straight into the tables: hundreds of them cost nothing."""

from dataclasses import dataclass
from datetime import date

from asyncpg import Connection

from infra.exchange.addresses import address_key

BOTS = {"telegram": "4242", "vk": "77"}


@dataclass
class Crowd:
    """Makes residents, their chats and flats. Numbers are the database's."""

    db: Connection
    made: int = 0

    async def flat(self, street: str = "улица Труда", building: str = "14", *providers: str) -> int:
        """A flat with an open account at each provider (both, if none is named)."""
        self.made += 1
        unit = str(self.made)
        premises: int = await self.db.fetchval(
            "INSERT INTO premises (address_key, city, street, building, unit) VALUES ($1, 'М', $2, $3, $4) "
            "RETURNING id",
            *(address_key("М", street, building, unit), street, building, unit),
        )
        for provider in providers or ("vodokanal", "teplofikaciya"):
            await self.db.execute(
                "INSERT INTO accounts (provider, number, premises_id) VALUES ($1, $2, $3)", provider, unit, premises
            )
        return premises

    async def resident(self, *messengers: str, flat: int | None = None, language: str = "ru") -> int:
        """A resident with a chat in each messenger, used in this order: the last one last."""
        resident: int = await self.db.fetchval("INSERT INTO residents (language) VALUES ($1) RETURNING id", language)
        for place, messenger in enumerate(messengers or ("telegram",)):
            await self.chat(resident, messenger, language, place)
        if flat is not None:
            await self.link(resident, flat)
        return resident

    async def chat(self, resident: int, messenger: str, language: str = "ru", used: int = 0) -> int:
        self.made += 1
        chat: int = await self.db.fetchval(
            "INSERT INTO chats (messenger, bot, peer, resident_id, language, used_at) VALUES ($1, $2, $3, $4, $5, "
            "now() + make_interval(secs => $6)) RETURNING id",
            *(messenger, BOTS[messenger], str(1000 + self.made), resident, language, used),
        )
        return chat

    async def link(self, resident: int, flat: int) -> None:
        await self.db.execute(
            "INSERT INTO links (resident_id, premises_id, name, linked_at) VALUES ($1, $2, '', now())", resident, flat
        )

    async def meter(self, flat: int, service: str, provider: str) -> int:
        self.made += 1
        meter: int = await self.db.fetchval(
            "INSERT INTO meters (provider, number, service, account_id, digits) SELECT $1, $2, $3, id, 5 FROM accounts "
            "WHERE premises_id = $4 AND provider = $1 RETURNING id",
            *(provider, str(self.made), service, flat),
        )
        return meter

    async def reading(self, meter: int, period: date) -> None:
        await self.db.execute(
            "INSERT INTO readings (key, meter_id, period, value, submitted_at, channel, status, current) "
            "VALUES ($1, $2, $3, 1, now(), 'vk', 'accepted', true)",
            *(f"{meter}:{period}", meter, period),
        )

    async def owes(self, flat: int, provider: str, kopecks: int, period: date = date(2022, 1, 1)) -> None:
        await self.db.execute(
            "INSERT INTO statements (account_id, period, opening, paid, to_pay) SELECT id, $3, 0, 0, $4 FROM accounts "
            "WHERE premises_id = $1 AND provider = $2",
            *(flat, provider, period, kopecks),
        )

    async def charged(self, flat: int, service: str, provider: str, period: date = date(2022, 1, 1)) -> None:
        await self.db.execute(
            "INSERT INTO charges (account_id, period, service, unit, volume, method, tariff, charged) "
            "SELECT id, $3, $4, 'м3', 1, 'norm', 1, 100 FROM accounts WHERE premises_id = $1 AND provider = $2",
            *(flat, provider, period, service),
        )

    async def opt_out(self, resident: int, topic: str = "announcement") -> None:
        await self.db.execute("INSERT INTO opt_outs (resident_id, topic) VALUES ($1, $2)", resident, topic)

    async def block(self, resident: int, messenger: str) -> None:
        await self.db.execute(
            "UPDATE chats SET blocked_at = now() WHERE resident_id = $1 AND messenger = $2", resident, messenger
        )
