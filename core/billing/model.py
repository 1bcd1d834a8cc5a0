"""Charges, balances and the unified receipt. Amounts are kopecks; a positive balance is owed."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from core.accounts.model import Address
from core.city import PaymentDetails
from core.ids import PremisesId, ProviderCode
from core.money import NOTHING, Kopecks
from core.periods import Period
from core.services import Service


class Method(StrEnum):
    """How the volume of a charge was found."""

    METER = "meter"
    AVERAGE = "average"
    NORM = "norm"
    BUILDING = "building"


@dataclass(frozen=True, slots=True)
class Charge:
    """A charge (начисление) for one service of one account and period."""

    period: Period
    service: Service
    unit: str
    volume: Decimal
    method: Method
    tariff: Decimal
    charged: Kopecks
    recalculated: Kopecks = NOTHING
    benefit: Kopecks = NOTHING
    penalty: Kopecks = NOTHING

    @property
    def total(self) -> Kopecks:
        return Kopecks(self.charged + self.recalculated - self.benefit + self.penalty)


@dataclass(frozen=True, slots=True)
class Statement:
    """The balance of an account at the end of a period, as billing closed it."""

    period: Period
    opening: Kopecks
    paid: Kopecks
    to_pay: Kopecks


@dataclass(frozen=True, slots=True)
class Balance:
    """What one provider is owed now: the last statement less the payments that came after it."""

    provider: ProviderCode
    account: str
    period: Period | None
    """The period of the last statement; None when billing has sent none."""
    owed: Kopecks
    due: date | None


@dataclass(frozen=True, slots=True)
class PaymentQr:
    """A payment code by ГОСТ Р 56042: `payload` is the exact text (ST00012, UTF-8)."""

    provider: ProviderCode
    account: str
    period: Period
    sum: Kopecks
    payload: str
    sample: bool
    """Made with invented bank details: shown with «ОБРАЗЕЦ»."""


@dataclass(frozen=True, slots=True)
class ReceiptMeter:
    """A meter as the receipt shows it."""

    number: str
    service: Service
    place: str
    value: Decimal | None
    value_on: date | None
    verified_until: date | None


@dataclass(frozen=True, slots=True)
class ReceiptSection:
    """One provider's part of the unified receipt, with its own payee, total and payment code."""

    provider: ProviderCode
    provider_name: str
    account: str
    unified_account: str | None
    details: PaymentDetails
    statement: Statement
    lines: tuple[Charge, ...]
    meters: tuple[ReceiptMeter, ...]
    paid_since: Kopecks
    """Payments that came after the statement."""
    qr: PaymentQr | None
    """None when the provider is owed nothing, and on every receipt but the latest."""

    @property
    def charged(self) -> Kopecks:
        return Kopecks(sum(line.total for line in self.lines))

    @property
    def owed(self) -> Kopecks:
        return Kopecks(self.statement.to_pay - self.paid_since)


@dataclass(frozen=True, slots=True)
class UnifiedReceipt:
    """A flat's receipt for a period: one section a provider. `latest` receipts alone carry payment codes."""

    premises: PremisesId
    address: Address
    period: Period
    due: date
    sections: tuple[ReceiptSection, ...]
    latest: bool
    sample: bool

    @property
    def owed(self) -> Kopecks:
        """What is owed in all; an overpayment at one provider does not lessen the debt at another."""
        return Kopecks(sum(max(section.owed, 0) for section in self.sections))


@dataclass(frozen=True, slots=True)
class MonthLine:
    """One charge in the history, with who billed it."""

    provider: ProviderCode
    agent: str
    charge: Charge


@dataclass(frozen=True, slots=True)
class Month:
    """A month of the history: its charges and what was paid in it."""

    period: Period
    lines: tuple[MonthLine, ...]
    paid: Kopecks
    unified: bool
    """Whether there is a unified receipt for it: every service billed by its own provider."""

    @property
    def total(self) -> Kopecks:
        return Kopecks(sum(line.charge.total for line in self.lines))
