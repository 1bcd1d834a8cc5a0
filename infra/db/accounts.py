"""Accounts, links, residents and failed proofs in PostgreSQL: the ports of core.accounts over one connection."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from hashlib import sha256

from sqlalchemy import ColumnElement, Row, and_, case, delete, func, or_, select, text, true, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from core.accounts.model import Account, AccountLink, AccountRef, Address, KnownFacts, Premises
from core.errors import NotFound
from core.ids import AccountId, ChatId, LinkId, MeterId, PremisesId, ProviderCode, ResidentId
from core.money import Kopecks
from infra.db.tables import accounts, link_failures, links, meters, payments, premises, readings, statements

_ACCOUNT = (accounts.c.id, accounts.c.provider, accounts.c.number, accounts.c.premises_id, accounts.c.closed_on)
_LINK = (links.c.id, links.c.premises_id, links.c.name, links.c.linked_at)


class PostgresAccounts:
    """`core.accounts.ports.AccountStore`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def find(self, ref: AccountRef) -> Account | None:
        query = select(*_ACCOUNT).where(
            accounts.c.provider == ref.provider, accounts.c.number == ref.number, accounts.c.closed_on.is_(None)
        )
        row = (await self._connection.execute(query)).one_or_none()
        return _account(row) if row else None

    async def premises(self, premises_id: PremisesId) -> Premises:
        address = (premises.c.street, premises.c.building, premises.c.unit, premises.c.city)
        own = and_(accounts.c.premises_id == premises.c.id, accounts.c.closed_on.is_(None))
        query = (
            select(*_ACCOUNT, *address)
            .select_from(premises.outerjoin(accounts, own))
            .where(premises.c.id == premises_id)
            .order_by(accounts.c.id)
        )
        rows = (await self._connection.execute(query)).all()
        if not rows:
            raise NotFound
        first = rows[0]
        return Premises(
            id=premises_id,
            address=Address(first.street, first.building, first.unit, first.city),
            accounts=tuple(_account(row) for row in rows if row.id is not None),
        )

    async def code_digest(self, account: AccountId) -> bytes | None:
        digest = await self._connection.scalar(select(accounts.c.code_digest).where(accounts.c.id == account))
        return bytes(digest) if digest is not None else None

    async def facts(self, account: AccountId) -> KnownFacts:
        row = (await self._connection.execute(_FACTS, {"account": account})).one_or_none()
        if row is None:
            return KnownFacts()
        return KnownFacts(
            last_paid=_kopecks(row.last_paid),
            last_owed=_kopecks(row.last_owed),
            last_readings=await self._last_readings(account),
            area=row.area_m2,
            phone=row.phone,
        )

    async def _last_readings(self, account: AccountId) -> Mapping[MeterId, Decimal]:
        rows = await self._connection.execute(_LAST_READINGS, {"account": account})
        return {MeterId(row.id): row.value for row in rows if row.value is not None}


def _facts_query() -> "Select[tuple[Decimal, str, int, int]]":
    of_account = accounts.c.id
    paid = (
        select(payments.c.amount)
        .where(payments.c.account_id == of_account)
        .order_by(payments.c.paid_on.desc(), payments.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    owed = (
        select(statements.c.to_pay)
        .where(statements.c.account_id == of_account)
        .order_by(statements.c.period.desc())
        .limit(1)
        .scalar_subquery()
    )
    columns = (accounts.c.area_m2, accounts.c.phone, paid.label("last_paid"), owed.label("last_owed"))
    return select(*columns).where(accounts.c.id == bindparam("account"))


class PostgresLinks:
    """`core.accounts.ports.LinkStore`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def of_resident(self, resident: ResidentId) -> tuple[AccountLink, ...]:
        query = select(*_LINK).where(links.c.resident_id == resident).order_by(links.c.linked_at, links.c.id)
        return tuple(_link(row) for row in await self._connection.execute(query))

    async def add(self, resident: ResidentId, premises_id: PremisesId, name: str, at: datetime) -> AccountLink:
        new = insert(links).values(resident_id=resident, premises_id=premises_id, name=name, linked_at=at)
        # Setting the name to itself makes PostgreSQL return the row that is there, also one of a parallel turn.
        kept = new.on_conflict_do_update(
            index_elements=[links.c.resident_id, links.c.premises_id], set_={"name": links.c.name}
        )
        return _link((await self._connection.execute(kept.returning(*_LINK))).one())

    async def rename(self, link: LinkId, name: str) -> None:
        await self._connection.execute(update(links).where(links.c.id == link).values(name=name))

    async def remove(self, resident: ResidentId, link: LinkId) -> None:
        await self._connection.execute(delete(links).where(links.c.id == link, links.c.resident_id == resident))
