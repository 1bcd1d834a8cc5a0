"""Who lives where, and who may see it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from core.ids import AccountId, LinkId, MeterId, PremisesId, ProviderCode, ResidentId
from core.money import Kopecks

MAX_FLATS = 20
"""Flats one resident may link: a bound against collectors of accounts, far above any family's need."""


@dataclass(frozen=True, slots=True)
class Address:
    street: str
    building: str
    unit: str = ""
    city: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """A personal account (лицевой счёт) at one provider. The holder's name never leaves the store."""

    id: AccountId
    provider: ProviderCode
    number: str
    premises: PremisesId
    closed_on: date | None = None


@dataclass(frozen=True, slots=True)
class Premises:
    """A flat (помещение) with its accounts, one a provider."""

    id: PremisesId
    address: Address
    accounts: tuple[Account, ...]


@dataclass(frozen=True, slots=True)
class AccountLink:
    """A resident's link to a flat, under the name the resident gave it («Дом», «Мама»)."""

    id: LinkId
    premises: PremisesId
    name: str
    linked_at: datetime


@dataclass(frozen=True, slots=True)
class Resident:
    id: ResidentId
    language: str


@dataclass(frozen=True, slots=True)
class Consent:
    """Consent to store personal data: one purpose, one version of the text, its hash, and when it was given."""

    purpose: str
    version: str
    text_hash: str
    language: str
    channel: str
    given_at: datetime


@dataclass(frozen=True, slots=True)
class AccountRef:
    """An account as a stranger names it: it may not exist."""

    provider: ProviderCode
    number: str


class Fact(StrEnum):
    """What a holder of the account knows and a passer-by does not. Two of them prove the account."""

    LAST_PAID = "last_paid"
    LAST_OWED = "last_owed"
    LAST_READING = "last_reading"
    AREA = "area"


@dataclass(frozen=True, slots=True)
class KnownFacts:
    """The right answers for an account; None or empty where billing has not told them."""

    last_paid: Kopecks | None = None
    last_owed: Kopecks | None = None
    last_readings: Mapping[MeterId, Decimal] | None = None
    area: Decimal | None = None


@dataclass(frozen=True, slots=True)
class CodeProof:
    """The access code printed on the receipt."""

    code: str


@dataclass(frozen=True, slots=True)
class FactsProof:
    """Two different facts, as typed."""

    answers: Mapping[Fact, str]


Proof = CodeProof | FactsProof
