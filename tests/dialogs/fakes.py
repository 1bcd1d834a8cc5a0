"""The core's ports kept in memory: small enough to be seen whole, and as strict as the ports' words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from core.accounts.model import Account, AccountRef, Address, Consent, Evidence, KnownFacts, Premises, Resident
from core.accounts.rules import normal_code
from core.billing.model import Charge, ReceiptMeter, Statement
from core.errors import NotFound
from core.ids import AccountId, ChatId, PremisesId, ResidentId
from core.money import Kopecks
from core.periods import Period
from core.services import Service

if TYPE_CHECKING:
    from tests.dialogs.fake_links import FakeLinks

_ORDER = [Service.COLD_WATER, Service.HOT_WATER, Service.HEATING]


@dataclass
class FakeClock:
    """Stands where it is set."""

    instant: datetime
    offset: timedelta = timedelta()

    def now(self) -> datetime:
        return self.instant


class FakeHasher:
    def digest(self, ref: AccountRef, code: str) -> bytes:
        return sha256(repr((ref.provider, ref.number, normal_code(code))).encode("utf-8", "surrogatepass")).digest()

    def one_time(self, purpose: str, code: str) -> bytes:
        return sha256(repr((purpose, normal_code(code))).encode("utf-8", "surrogatepass")).digest()


@dataclass
class FakeAccounts:
    addresses: dict[PremisesId, Address] = field(default_factory=dict)
    accounts: list[Account] = field(default_factory=list)
    codes: dict[AccountId, bytes] = field(default_factory=dict)
    known: dict[AccountId, KnownFacts] = field(default_factory=dict)
    phones: dict[AccountId, str] = field(default_factory=dict)
    weak: set[AccountId] = field(default_factory=set)

    async def evidence(self, ref: AccountRef) -> Evidence:
        found = next((one for one in self._open() if (one.provider, one.number) == (ref.provider, ref.number)), None)
        if found is None:
            return Evidence(None, None, False, None, KnownFacts())
        facts = self.known.get(found.id, KnownFacts())
        return Evidence(found, self.codes.get(found.id), found.id in self.weak, self.phones.get(found.id), facts)

    async def premises(self, premises: PremisesId) -> Premises:
        if premises not in self.addresses:
            raise NotFound
        own = tuple(one for one in self._open() if one.premises == premises)
        return Premises(premises, self.addresses[premises], own)

    def _open(self) -> list[Account]:
        return [one for one in self.accounts if one.closed_on is None]


@dataclass
class FakeResidents:
    links: "FakeLinks"
    chats: dict[ChatId, Resident] = field(default_factory=dict)
    consents: list[tuple[ResidentId, Consent]] = field(default_factory=list)

    async def of_chat(self, chat: ChatId) -> Resident | None:
        return self.chats.get(chat)

    async def create(self, chat: ChatId, language: str) -> Resident:
        return self.chats.setdefault(chat, Resident(ResidentId(len(self.consents) + 1), language))

    async def record_consent(self, resident: ResidentId, consent: Consent) -> None:
        self.consents.append((resident, consent))

    async def agreed_to(self, resident: ResidentId, purpose: str) -> str | None:
        own = [one.version for whose, one in self.consents if (whose, one.purpose) == (resident, purpose)]
        return own[-1] if own else None

    async def set_language(self, resident: ResidentId, language: str) -> None:
        self.chats = {chat: replace(one, language=language) for chat, one in self.chats.items() if one.id == resident}

    async def export(self, resident: ResidentId) -> dict[str, object]:
        return {"resident": int(resident), "links": [link.name for link in self.links.links.get(resident, ())]}

    async def forget(self, resident: ResidentId) -> None:
        self.chats = {chat: one for chat, one in self.chats.items() if one.id != resident}
        self.links.links.pop(resident, None)


@dataclass
class FakeBilling:
    accounts: FakeAccounts
    statements: dict[AccountId, list[Statement]] = field(default_factory=dict)
    billed: dict[AccountId, list[Charge]] = field(default_factory=dict)
    payments: list[tuple[AccountId, date, Kopecks]] = field(default_factory=list)
    unified: dict[AccountId, str] = field(default_factory=dict)

    async def last_statement(self, account: AccountId) -> Statement | None:
        return max(self.statements.get(account, ()), key=lambda one: one.period, default=None)

    async def statement(self, account: AccountId, period: Period) -> Statement | None:
        return next((one for one in self.statements.get(account, ()) if one.period == period), None)

    async def periods(self, premises: PremisesId) -> Sequence[Period]:
        own = [one.id for one in self.accounts.accounts if one.premises == premises]
        found = {statement.period for account in own for statement in self.statements.get(account, ())}
        return sorted(found, reverse=True)

    async def charges(self, account: AccountId, since: Period, until: Period) -> Sequence[Charge]:
        own = [one for one in self.billed.get(account, ()) if since <= one.period <= until]
        return sorted(own, key=lambda one: one.period)

    async def paid_after(self, account: AccountId, day: date) -> Kopecks:
        return Kopecks(sum(amount for one, on, amount in self.payments if one == account and on > day))

    async def paid_by_month(self, account: AccountId, since: Period) -> Mapping[Period, Kopecks]:
        paid: dict[Period, Kopecks] = {}
        for one, on, amount in self.payments:
            if one == account and Period.of(on) >= since:
                paid[Period.of(on)] = Kopecks(paid.get(Period.of(on), 0) + amount)
        return paid

    async def unified_account(self, account: AccountId) -> str | None:
        return self.unified.get(account)

    async def receipt_meters(self, account: AccountId, period: Period) -> Sequence[ReceiptMeter]:
        return ()
