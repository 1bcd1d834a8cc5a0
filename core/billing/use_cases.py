"""Balances, unified receipts and the history of charges of a flat."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from core.accounts.access import owners_only
from core.accounts.model import Account, Premises
from core.billing.model import Balance, Month, MonthLine, ReceiptSection, Statement, UnifiedReceipt
from core.billing.payment_code import payment_qr
from core.billing.ports import BillingStore
from core.city import City
from core.clock import CityClock
from core.errors import NotFound
from core.money import Kopecks
from core.periods import Period

RECEIPT_MONTHS = 12
"""How far back receipts are offered."""


@dataclass(frozen=True)
class Billing:
    """What is owed, always per provider. The caller has found the flat among the resident's (`Residents.flat`); that it
    is one's own, and not one that one helps with, is checked here. Each method raises NotAllowed where it is not."""

    store: BillingStore
    city: City
    clock: CityClock

    async def balances(self, premises: Premises) -> tuple[Balance, ...]:
        """One balance a provider of the flat, in the city file's order."""
        owners_only(premises)
        return tuple([await self._balance(account) for account in self._ordered(premises.accounts)])

    async def receipt_periods(self, premises: Premises) -> tuple[Period, ...]:
        """Periods that have a unified receipt, the latest first."""
        owners_only(premises)
        periods = await self.store.periods(premises.id)
        return tuple(period for period in periods if self._unified(premises, period))[:RECEIPT_MONTHS]

    async def receipt(self, premises: Premises, period: Period) -> UnifiedReceipt:
        """The unified receipt of a period. Raises NotFound when there is none."""
        periods = await self.receipt_periods(premises)
        if period not in periods:
            raise NotFound
        sections = [await self._section(account, period) for account in self._ordered(premises.accounts)]
        present = tuple(section for section in sections if section)
        sample = any(section.details.demo for section in present)
        due = self.city.due_date(period)
        return UnifiedReceipt(premises.id, premises.address, period, due, present, period == periods[0], sample)

    async def history(self, premises: Premises, months: int) -> tuple[Month, ...]:
        """Charges and payments by month, the latest first."""
        owners_only(premises)
        until = self.clock.period()
        since = until.shifted(-months)
        lines: list[MonthLine] = []
        paid: dict[Period, int] = {}
        for account in self._ordered(premises.accounts):
            for charge in await self.store.charges(account.id, since, until):
                agent = self.city.billing_agent(charge.service, charge.period.first_day)
                lines.append(MonthLine(account.provider, agent, charge))
            for period, amount in (await self.store.paid_by_month(account.id, since)).items():
                paid[period] = paid.get(period, 0) + amount
        return tuple(self._months(premises, lines, paid))

    def _months(self, premises: Premises, lines: Iterable[MonthLine], paid: dict[Period, int]) -> Iterable[Month]:
        newest_first = sorted(lines, key=lambda line: line.charge.period, reverse=True)
        for period, group in groupby(newest_first, key=lambda line: line.charge.period):
            amount = Kopecks(paid.get(period, 0))
            yield Month(period, tuple(group), amount, self._unified(premises, period))

    def _ordered(self, accounts: Sequence[Account]) -> Sequence[Account]:
        order = {provider.code: number for number, provider in enumerate(self.city.providers)}
        return sorted(
            (account for account in accounts if account.provider in order), key=lambda account: order[account.provider]
        )

    def _unified(self, premises: Premises, period: Period) -> bool:
        """Whether every service of the flat's providers was billed by the provider itself in that period."""
        return all(
            self.city.billed_by_provider(service, period.first_day)
            for account in self._ordered(premises.accounts)
            for service in self.city.provider(account.provider).services
        )

    async def _balance(self, account: Account) -> Balance:
        statement = await self.store.last_statement(account.id)
        if statement is None:
            return Balance(account.provider, account.number, None, Kopecks(0), None)
        owed = await self._owed(account, statement)
        due = self.city.due_date(statement.period) if owed > 0 else None
        return Balance(account.provider, account.number, statement.period, owed, due)

    async def _owed(self, account: Account, statement: Statement) -> Kopecks:
        return Kopecks(statement.to_pay - await self.store.paid_after(account.id, statement.period.last_day))

    async def _section(self, account: Account, period: Period) -> ReceiptSection | None:
        """An account's part. A code is made for its last statement only: an older one would be paid twice."""
        last = await self.store.last_statement(account.id)
        statement = await self.store.statement(account.id, period)
        latest = statement is not None and statement == last
        provider = self.city.provider(account.provider)
        details = provider.details_on(self.clock.today() if latest else period.next.first_day)
        if statement is None or details is None:
            return None
        owed = await self._owed(account, statement) if latest else statement.to_pay
        return ReceiptSection(
            provider=account.provider,
            provider_name=provider.name,
            account=account.number,
            unified_account=await self.store.unified_account(account.id),
            details=details,
            statement=statement,
            lines=tuple(await self.store.charges(account.id, period, period)),
            meters=tuple(await self.store.receipt_meters(account.id, period)),
            paid_since=Kopecks(statement.to_pay - owed),
            qr=payment_qr(account.provider, details, account.number, period, owed) if latest and owed > 0 else None,
        )
