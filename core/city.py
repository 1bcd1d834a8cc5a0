"""What the product knows about its city: who provides what, since when, by which rules.

Everything here comes from the city file and is never guessed. What changes with time is a dated list: an entry is
in force from its `since` until the next one begins. `demo` says that a value beside it is invented for trials.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol, TypeVar
from zoneinfo import ZoneInfo

from core.broadcast_settings import BroadcastRules
from core.ids import ProviderCode
from core.link_settings import ProofLimits
from core.messengers import Messenger
from core.periods import Period
from core.reading_settings import Averaging, ReadingChecks, Verification
from core.services import Service
from core.support_settings import SupportRules

ACCOUNT_LENGTH = 40
"""Longest account number looked at: a bound for the pattern matcher, not a rule of any provider."""


class Dated(Protocol):
    """Something in force from a day on."""

    @property
    def since(self) -> date: ...


D = TypeVar("D", bound=Dated)


def in_force(entries: Iterable[D], day: date) -> D | None:
    """The latest entry that has begun by that day, or None when all begin later."""
    return max((entry for entry in entries if entry.since <= day), key=lambda entry: entry.since, default=None)


def in_force_or_first(entries: Sequence[D], day: date) -> D:
    """As `in_force`; for days before the oldest known entry, that entry: old history is only shown, never billed."""
    return in_force(entries, day) or min(entries, key=lambda entry: entry.since)


@dataclass(frozen=True, slots=True)
class PaymentDetails:
    """Bank details (реквизиты) of a payee, in force from a day on; checked by `core.requisites` when loaded."""

    since: date
    name: str
    inn: str
    kpp: str
    account: str
    bank: str
    bic: str
    corr_account: str
    demo: bool = False


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider (РСО). Phones and site are None where they are not known."""

    code: ProviderCode
    name: str
    short_name: str
    services: tuple[Service, ...]
    account_pattern: re.Pattern[str]
    account_example: str
    payment_details: tuple[PaymentDetails, ...] = ()
    emergency_phone: str | None = None
    site: str | None = None
    demo: bool = False

    def accepts_account(self, number: str) -> bool:
        """Whether the whole of it looks like an account number of this provider."""
        return len(number) <= ACCOUNT_LENGTH and self.account_pattern.fullmatch(number) is not None

    def details_on(self, day: date) -> PaymentDetails | None:
        """The bank details in force that day; None before the first known ones."""
        return in_force(self.payment_details, day)

    @property
    def readings_needed(self) -> tuple[Service, ...]:
        """The services whose meter readings its charges need: wastewater needs cold and hot water."""
        needed = (meter for service in self.services for meter in service.measured_by)
        return tuple(dict.fromkeys(needed))


@dataclass(frozen=True, slots=True)
class BillingAgent:
    """Who bills services of a provider and answers for those charges, on the days from `since` to `until` inclusive."""

    provider: ProviderCode
    services: tuple[Service, ...]
    name: str
    since: date = date.min
    until: date = date.max
    phone: str | None = None
    demo: bool = False

    def bills(self, service: Service, day: date) -> bool:
        return service in self.services and self.since <= day <= self.until


@dataclass(frozen=True, slots=True)
class Office:
    """A service centre (центр обслуживания). Hours and coordinates are None until they are known."""

    name: str
    address: str
    hours: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    demo: bool = False


@dataclass(frozen=True, slots=True)
class Phones:
    """Telephone numbers of the whole city, as printed; `area_code` without brackets."""

    readings_voicemail: str
    call_centre: str
    area_code: str | None = None
    dispatcher: str | None = None
    demo: bool = False


@dataclass(frozen=True, slots=True)
class ReadingWindow:
    """Days of the month, both inclusive, on which readings for that month are expected.

    Of one provider's meters, or of all who have no window of their own.
    """

    opens_day: int
    closes_day: int
    since: date = date.min
    demo: bool = False
    provider: ProviderCode | None = None

    def opens_on(self, period: Period) -> date:
        return period.day(self.opens_day)

    def closes_on(self, period: Period) -> date:
        """The last day on which a reading still counts for the period."""
        return period.day(self.closes_day)


@dataclass(frozen=True, slots=True)
class DueDay:
    """Day of the month by which the charges of the month before are to be paid."""

    day: int
    since: date = date.min
    demo: bool = False


@dataclass(frozen=True, slots=True)
class PrivacyFacts:
    """Who answers for personal data, as the consent names it."""

    operator: str
    address: str
    contact: str
    since: date = date.min
    demo: bool = False


@dataclass(frozen=True, slots=True)
class City:
    """A city as its file describes it. The dated lists `reading_windows`, `due_days` and `privacy` are never empty."""

    name: str
    zone: ZoneInfo
    languages: tuple[str, ...]
    providers: tuple[Provider, ...]
    billing_agents: tuple[BillingAgent, ...]
    offices: tuple[Office, ...]
    phones: Phones
    reading_windows: tuple[ReadingWindow, ...]
    due_days: tuple[DueDay, ...]
    privacy: tuple[PrivacyFacts, ...]
    proofs: ProofLimits = field(default_factory=ProofLimits)
    reading_checks: tuple[ReadingChecks, ...] = (ReadingChecks(),)
    averaging: tuple[Averaging, ...] = (Averaging(),)
    verification: Verification = field(default_factory=Verification)
    support: SupportRules = field(default_factory=SupportRules)
    messengers: tuple[Messenger, ...] = ()
    broadcasts: BroadcastRules = field(default_factory=BroadcastRules)

    def messenger(self, code: str) -> Messenger:
        """What is known of a messenger; one that the file does not name is told everything."""
        return next((one for one in self.messengers if one.code == code), Messenger(code, code))

    def find_provider(self, code: str) -> Provider | None:
        return next((provider for provider in self.providers if provider.code == code), None)

    def provider(self, code: str) -> Provider:
        """The provider of that code. Raises LookupError, naming the known codes, when there is none."""
        found = self.find_provider(code)
        if found is None:
            known = ", ".join(provider.code for provider in self.providers)
            raise LookupError(f"no provider {code!r} in the city file; known: {known}")
        return found

    def provider_of(self, service: Service) -> Provider:
        """Whose service it is. Raises LookupError for a service nobody provides."""
        for provider in self.providers:
            if service in provider.services:
                return provider
        raise LookupError(f"nobody provides {service} in the city file")

    def agent_on(self, service: Service, day: date) -> BillingAgent | None:
        """The billing agent listed for that day; None where the provider bills itself without saying so."""
        return next((agent for agent in self.billing_agents if agent.bills(service, day)), None)

    def billing_agent(self, service: Service, day: date) -> str:
        """Name of who bills the service and answers for its charges; `day` is the first day of their period."""
        agent = self.agent_on(service, day)
        return agent.name if agent else self.provider_of(service).name

    def billed_by_provider(self, service: Service, day: date) -> bool:
        """Whether the provider bills the service itself. A unified receipt is made of such charges only."""
        return self.billing_agent(service, day) == self.provider_of(service).name

    def window_on(self, day: date, provider: ProviderCode | None = None) -> ReadingWindow:
        """The window in force that day: the provider's own, else the one of all."""
        own = [window for window in self.reading_windows if window.provider == provider]
        general = [window for window in self.reading_windows if window.provider is None]
        found = in_force(own, day) or in_force(general, day)
        return found or in_force_or_first(general or own or self.reading_windows, day)

    def checks_on(self, day: date) -> ReadingChecks:
        return in_force_or_first(self.reading_checks, day)

    def averaging_on(self, day: date) -> Averaging:
        return in_force_or_first(self.averaging, day)

    def due_day(self, on: date) -> int:
        """The day of the month by which one pays, by the rule in force on that day."""
        return in_force_or_first(self.due_days, on).day

    def due_date(self, period: Period) -> date:
        """By when the charges of a period are paid: in the month after it, by the rule of that month."""
        month = period.next
        return month.day(self.due_day(month.first_day))

    def privacy_on(self, day: date) -> PrivacyFacts:
        return in_force_or_first(self.privacy, day)

    @property
    def is_demo(self) -> bool:
        """Whether anything in the file is invented: then `serve` needs DEMO=1 and receipts bear «ОБРАЗЕЦ»."""
        return bool(self.demo_values())

    def demo_values(self) -> tuple[str, ...]:
        """The parts of the file that hold an invented value, named as in the file."""
        details = [
            (f"providers.payment_details {provider.code} {details.since}", details.demo)
            for provider in self.providers
            for details in provider.payment_details
        ]
        parts = [
            *((f"providers {provider.code}", provider.demo) for provider in self.providers),
            *details,
            *((f"billing_agents {agent.name}", agent.demo) for agent in self.billing_agents),
            *((f"offices {office.address}", office.demo) for office in self.offices),
            ("phones", self.phones.demo),
            *(("reading_window", window.demo) for window in self.reading_windows),
            *(("reading_checks", checks.demo) for checks in self.reading_checks),
            *(("averaging", rule.demo) for rule in self.averaging),
            ("verification", self.verification.demo),
            *(("due", due.demo) for due in self.due_days),
            *(("privacy", facts.demo) for facts in self.privacy),
            ("proofs", self.proofs.demo),
            *((messenger.code, messenger.demo) for messenger in self.messengers),
            *((f"support.desks {desk.organisation}", desk.demo) for desk in self.support.desks),
        ]
        return tuple(name for name, demo in parts if demo)
