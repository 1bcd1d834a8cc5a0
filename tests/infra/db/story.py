"""A small flat to tell stories about, made by hand as an import would."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from asyncpg import Connection

from core.accounts.model import AccountRef
from core.ids import AccountId, ChatId, MeterId, PremisesId, ProviderCode, ResidentId
from core.meters.model import Channel, ReadingStatus
from core.meters.ports import NewReading
from core.periods import Period
from core.services import Service
from dialogs.ports import ChatAddress
from infra.codes import HmacCodeHasher

VODOKANAL = ProviderCode("vodokanal")
TEPLOFIKACIYA = ProviderCode("teplofikaciya")
JANUARY = Period(2022, 1)
FEBRUARY = Period(2022, 2)
NOON = datetime(2022, 2, 16, 7, 0, tzinfo=UTC)
CODE = "K7M2P9QX"


CHAT = ChatAddress("telegram", "1", "500")


@dataclass(frozen=True)
class Story:
    """Makes rows by hand, as an import would."""

    db: Connection
    hasher: HmacCodeHasher

    async def premises(self, unit: str = "25") -> PremisesId:
        insert = (
            "INSERT INTO premises (address_key, city, street, building, unit) VALUES ($1, $2, $3, $4, $5) RETURNING id"
        )
        return PremisesId(await self.db.fetchval(insert, f"key {unit}", "Магнитогорск", "ул. Труда", "14", unit))

    async def account(
        self, premises: PremisesId, number: str = "3000012345", provider: str = VODOKANAL, closed: date | None = None
    ) -> AccountId:
        insert = """
        INSERT INTO accounts (premises_id, provider, number, code_digest, closed_on, area_m2)
        VALUES ($1, $2, $3, $4, $5, 52.4) RETURNING id
        """
        digest = self.hasher.digest(AccountRef(ProviderCode(provider), number), CODE)
        return AccountId(await self.db.fetchval(insert, premises, provider, number, digest, closed))

    async def meter(self, account: AccountId, number: str, service: Service, **more: object) -> MeterId:
        columns = {"provider": VODOKANAL, "digits": 5, **more, "account_id": account, "number": number}
        columns["service"] = service.value
        names, places = ", ".join(columns), ", ".join(f"${n}" for n in range(1, len(columns) + 1))
        insert = f"INSERT INTO meters ({names}) VALUES ({places}) RETURNING id"
        return MeterId(await self.db.fetchval(insert, *columns.values()))

    async def chat(self, address: ChatAddress = CHAT) -> ChatId:
        insert = "INSERT INTO chats (messenger, bot, peer) VALUES ($1, $2, $3) RETURNING id"
        return ChatId(await self.db.fetchval(insert, address.messenger, address.bot, address.peer))

    async def statement(self, account: AccountId, period: Period, to_pay: int) -> None:
        insert = "INSERT INTO statements (account_id, period, opening, paid, to_pay) VALUES ($1, $2, 0, 0, $3)"
        await self.db.execute(insert, account, period.first_day, to_pay)

    async def payment(self, account: AccountId, paid_on: date, amount: int) -> None:
        insert = """
        INSERT INTO payments (provider, operation, account_id, paid_on, amount)
        VALUES ('vodokanal', gen_random_uuid()::text, $1, $2, $3)
        """
        await self.db.execute(insert, account, paid_on, amount)

    async def charge(
        self,
        account: AccountId,
        period: Period,
        service: Service,
        volume: str,
        charged: int = 10000,
        method: str = "meter",
    ) -> None:
        insert = """
        INSERT INTO charges (account_id, period, service, unit, volume, method, tariff, charged)
        VALUES ($1, $2, $3, 'м3', $4, $5, 30, $6)
        """
        await self.db.execute(insert, account, period.first_day, service.value, Decimal(volume), method, charged)


def reading(
    meter: MeterId,
    value: str,
    *,
    key: str = "",
    period: Period = FEBRUARY,
    current: bool = True,
    resident: ResidentId | None = None,
    at: datetime = NOON,
) -> NewReading:
    return NewReading(
        key=key or f"{meter}:{value}:{period}",
        meter=meter,
        period=period,
        value=Decimal(value),
        submitted_at=at,
        channel=Channel.TELEGRAM,
        status=ReadingStatus.ACCEPTED if current else ReadingStatus.FLAGGED,
        current=current,
        flags=(),
        resident=resident,
    )
