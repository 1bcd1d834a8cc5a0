"""What billing needs from outside. Every store works inside the caller's transaction; closed accounts count too."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Protocol

from core.billing.model import Charge, ReceiptMeter, Statement
from core.ids import AccountId, PremisesId
from core.money import Kopecks
from core.periods import Period


class BillingStore(Protocol):
    async def last_statement(self, account: AccountId) -> Statement | None: ...

    async def statement(self, account: AccountId, period: Period) -> Statement | None: ...

    async def periods(self, premises: PremisesId) -> Sequence[Period]:
        """Periods for which any account of the flat has a statement, the latest first."""
        ...

    async def charges(self, account: AccountId, since: Period, until: Period) -> Sequence[Charge]:
        """Charges of the periods from `since` to `until`, both included, oldest first."""
        ...

    async def paid_after(self, account: AccountId, day: date) -> Kopecks:
        """Sum of the payments dated later than that day."""
        ...

    async def paid_by_month(self, account: AccountId, since: Period) -> Mapping[Period, Kopecks]: ...

    async def unified_account(self, account: AccountId) -> str | None:
        """Number of the unified account (ЕЛС), where billing gave one."""
        ...

    async def receipt_meters(self, account: AccountId, period: Period) -> Sequence[ReceiptMeter]:
        """Meters of the account's services with the value current for the period (else billing's last)."""
        ...
