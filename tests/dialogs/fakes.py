"""The core's ports kept in memory: small enough to be seen whole, and as strict as the ports' words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256

from core.accounts.model import Account, AccountLink, AccountRef, Address, Consent, KnownFacts, Premises, Resident
from core.accounts.rules import normal_code
from core.billing.model import Charge, ReceiptMeter, Statement
from core.errors import NotFound
from core.ids import AccountId, ChatId, LinkId, MeterId, PremisesId, ReadingId, ResidentId, TicketId
from core.meters.model import Meter, Reading, ReadingKind, ReadingStatus
from core.meters.ports import NewReading, Verdict
from core.money import Kopecks
from core.periods import Period
from core.services import Service
from core.support.model import Ticket, TicketStatus
from core.support.ports import NewTicket

_ORDER = [Service.COLD_WATER, Service.HOT_WATER, Service.HEATING]


@dataclass
class FakeClock:
    """Stands where it is set."""

    instant: datetime

    def now(self) -> datetime:
        return self.instant


class FakeHasher:
    def digest(self, ref: AccountRef, code: str) -> bytes:
        return sha256(repr((ref.provider, ref.number, normal_code(code))).encode("utf-8", "surrogatepass")).digest()


@dataclass
class FakeAccounts:
    addresses: dict[PremisesId, Address] = field(default_factory=dict)
    accounts: list[Account] = field(default_factory=list)
    codes: dict[AccountId, bytes] = field(default_factory=dict)
    known: dict[AccountId, KnownFacts] = field(default_factory=dict)

    async def find(self, ref: AccountRef) -> Account | None:
        return next((one for one in self._open() if (one.provider, one.number) == (ref.provider, ref.number)), None)

    async def premises(self, premises: PremisesId) -> Premises:
        if premises not in self.addresses:
            raise NotFound
        own = tuple(one for one in self._open() if one.premises == premises)
        return Premises(premises, self.addresses[premises], own)

    async def code_digest(self, account: AccountId) -> bytes | None:
        return self.codes.get(account)

    async def facts(self, account: AccountId) -> KnownFacts:
        return self.known.get(account, KnownFacts())

    def _open(self) -> list[Account]:
        return [one for one in self.accounts if one.closed_on is None]


@dataclass
class FakeLinks:
    accounts: FakeAccounts
    links: dict[ResidentId, list[AccountLink]] = field(default_factory=dict)
    made: int = 0

    async def of_resident(self, resident: ResidentId) -> tuple[AccountLink, ...]:
        return tuple(self.links.get(resident, ()))

    async def flats(self, resident: ResidentId) -> Sequence[tuple[AccountLink, Premises]]:
        return [(link, await self.accounts.premises(link.premises)) for link in await self.of_resident(resident)]

    async def add(self, resident: ResidentId, premises: PremisesId, name: str, at: datetime) -> AccountLink:
        own = self.links.setdefault(resident, [])
        for link in own:
            if link.premises == premises:
                return link
        self.made += 1
        own.append(AccountLink(LinkId(self.made), premises, name, at))
        return own[-1]

    async def rename(self, link: LinkId, name: str) -> None:
        for own in self.links.values():
            own[:] = [replace(one, name=name) if one.id == link else one for one in own]

    async def remove(self, resident: ResidentId, link: LinkId) -> None:
        self.links[resident] = [one for one in self.links[resident] if one.id != link]


@dataclass
class FakeResidents:
    links: FakeLinks
    chats: dict[ChatId, Resident] = field(default_factory=dict)
    consents: list[tuple[ResidentId, Consent]] = field(default_factory=list)

    async def of_chat(self, chat: ChatId) -> Resident | None:
        return self.chats.get(chat)

    async def create(self, chat: ChatId, language: str) -> Resident:
        return self.chats.setdefault(chat, Resident(ResidentId(len(self.consents) + 1), language))

    async def record_consent(self, resident: ResidentId, consent: Consent) -> None:
        self.consents.append((resident, consent))

    async def set_language(self, resident: ResidentId, language: str) -> None:
        self.chats = {chat: replace(one, language=language) for chat, one in self.chats.items() if one.id == resident}

    async def export(self, resident: ResidentId) -> dict[str, object]:
        return {"resident": int(resident), "links": [link.name for link in self.links.links.get(resident, ())]}

    async def forget(self, resident: ResidentId) -> None:
        self.chats = {chat: one for chat, one in self.chats.items() if one.id != resident}
        self.links.links.pop(resident, None)


@dataclass
class FakeAttempts:
    failures: list[tuple[ChatId, AccountRef, datetime]] = field(default_factory=list)

    async def failures_of_chat(self, chat: ChatId, since: datetime) -> Sequence[datetime]:
        return sorted(at for one, _, at in self.failures if one == chat and at > since)

    async def failures_on_account(self, ref: AccountRef, since: datetime) -> int:
        return sum(at > since for _, one, at in self.failures if one == ref)

    async def record_failure(self, chat: ChatId, ref: AccountRef, at: datetime) -> None:
        self.failures.append((chat, ref, at))


@dataclass
class FakeMeters:
    meters: list[Meter] = field(default_factory=list)
    locked: list[MeterId] = field(default_factory=list)

    async def open_of(self, premises: PremisesId) -> tuple[Meter, ...]:
        own = [meter for meter in self.meters if meter.premises == premises and meter.closed_on is None]
        return tuple(sorted(own, key=lambda meter: (_ORDER.index(meter.service), meter.place)))

    async def open(self, meter: MeterId) -> Meter:
        for one in self.meters:
            if one.id == meter and one.closed_on is None:
                return one
        raise NotFound

    async def lock(self, meter: MeterId) -> None:
        self.locked.append(meter)

    def change(self, meter: MeterId, **changes: object) -> None:
        """What an import does to a meter in the middle of a conversation."""
        self.meters = [replace(one, **changes) if one.id == meter else one for one in self.meters]  # type: ignore[arg-type]


@dataclass
class FakeReadings:
    readings: list[Reading] = field(default_factory=list)
    keys: dict[str, ReadingId] = field(default_factory=dict)
    volumes: dict[MeterId, list[Decimal]] = field(default_factory=dict)
    verdicts: dict[tuple[str, str], Verdict] = field(default_factory=dict)

    async def latest(self, meter: MeterId, period: Period, count: int) -> Sequence[Reading]:
        own = [one for one in self.readings if one.meter == meter and one.current and one.period <= period]
        return sorted(own, key=lambda one: one.period, reverse=True)[:count]

    async def charged_volumes(self, meter: Meter, months: int) -> Sequence[Decimal]:
        return self.volumes.get(meter.id, [])[:months]

    async def add(self, reading: NewReading) -> Reading:
        if reading.key in self.keys:
            return next(one for one in self.readings if one.id == self.keys[reading.key])
        if reading.current:
            present = (reading.meter, reading.period, True)
            replaced = next((one for one in self.readings if (one.meter, one.period, one.current) == present), None)
            self.readings = [replace(one, current=False) if one is replaced else one for one in self.readings]
        made = Reading(
            id=ReadingId(f"r{len(self.readings) + 1}"),
            meter=reading.meter,
            period=reading.period,
            value=reading.value,
            submitted_at=reading.submitted_at,
            channel=reading.channel,
            kind=ReadingKind.CURRENT,
            status=reading.status,
            current=reading.current,
            flags=reading.flags,
        )
        self.keys[reading.key] = made.id
        self.readings.append(made)
        return made

    async def history(self, meters: Sequence[MeterId], since: Period) -> Sequence[Reading]:
        return [one for one in self.readings if one.meter in meters and one.period >= since]

    async def verdict(self, reading: str, provider: str) -> Verdict:
        if (reading, provider) not in self.verdicts:
            raise NotFound
        return self.verdicts[reading, provider]

    def values(self, meter: MeterId) -> list[Decimal]:
        """Every value stored for a meter, oldest first."""
        return [one.value for one in self.readings if one.meter == meter]

    def flagged(self) -> list[Reading]:
        return [one for one in self.readings if one.status is ReadingStatus.FLAGGED]


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


@dataclass
class FakeTickets:
    opened: list[NewTicket] = field(default_factory=list)
    answers: dict[tuple[int, int], str] = field(default_factory=dict)

    async def open(self, new: NewTicket) -> Ticket:
        keys = [one.key for one in self.opened]
        if new.key not in keys:
            self.opened.append(new)
            keys.append(new.key)
        number = keys.index(new.key)
        one = self.opened[number]
        return Ticket(TicketId(number + 1), one.topic, one.organisation, TicketStatus.OPEN, one.at)

    async def message_text(self, ticket: TicketId, message: int) -> str:
        if (ticket, message) not in self.answers:
            raise NotFound
        return self.answers[ticket, message]
