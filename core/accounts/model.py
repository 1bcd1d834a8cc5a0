"""Who lives where, and who may see it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from core.ids import AccountId, ClaimId, HelperId, LinkId, MeterId, PremisesId, ProviderCode, ResidentId
from core.link_settings import Fact, ProofKind
from core.money import Kopecks

MAX_FLATS = 20
"""Flats one resident may link: a bound against collectors of accounts, far above any family's need."""


class Access(StrEnum):
    """What somebody may do with a flat. Helpers submit readings: no money, no account numbers, no say."""

    OWNER = "owner"
    HELPER = "helper"


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
    """A flat (помещение) with its accounts, one a provider, as somebody may see it: a helper sees no accounts.

    Use cases that tell of money look at `access`, whoever calls them.
    """

    id: PremisesId
    address: Address
    accounts: tuple[Account, ...]
    access: Access = Access.OWNER


@dataclass(frozen=True, slots=True)
class AccountLink:
    """A resident's link to a flat, under the name the resident gave it («Дом», «Мама»)."""

    id: LinkId
    premises: PremisesId
    name: str
    linked_at: datetime


@dataclass(frozen=True, slots=True)
class NewLink:
    """A link to store. `account` is the one it was proved by; None where an operator vouched."""

    resident: ResidentId
    premises: PremisesId
    account: AccountId | None
    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ResidentLink:
    """A link with whose it is."""

    id: LinkId
    resident: ResidentId
    premises: PremisesId
    linked_at: datetime


@dataclass(frozen=True, slots=True)
class Helper:
    """Somebody who may submit readings for a flat, under the name its owner gave. `since` is None until the code
    was used."""

    id: HelperId
    premises: PremisesId
    called: str
    since: datetime | None


class ClaimReason(StrEnum):
    """Why a link is not in force (any more). The first three wait for an operator."""

    CONTESTED = "contested"
    DISPUTED = "disputed"
    """Made while another link of the flat is contested: whoever is put out does not come back by another door."""
    OVER_LIMIT = "over_limit"
    CLOSED = "closed"
    NEW_HOLDER = "new_holder"


@dataclass(frozen=True, slots=True)
class Claim:
    """A link that waits for an operator, or that has ended. `kept`: how it was settled, None while it waits.

    Without a resident: whose it was has had all data erased. Erasing them settles nothing.
    """

    id: ClaimId
    resident: ResidentId | None
    premises: PremisesId
    account: AccountId | None
    name: str
    linked_at: datetime
    why: ClaimReason
    contested_by: ResidentId | None
    raised_at: datetime
    kept: bool | None = None


class LinkNews(StrEnum):
    """What residents are told about links without having asked; the values are kinds of notices."""

    NEW_LINK = "new_link"
    CONTESTED = "link_contested"
    SETTLED = "link_settled"
    CONTEST_SETTLED = "contest_settled"
    ENDED = "link_ended"
    HELPER_CAME = "helper_came"
    HELP_ENDED = "help_ended"


class Alarm(StrEnum):
    """What somebody who tries to get into others' accounts gives away."""

    ENUMERATION = "enumeration"
    """One chat fails on several accounts."""
    WEAK_CODE = "weak_code"
    """An account whose code has under 40 bits is tried again and again."""
    CITY = "city"
    """Many proofs fail in the whole city."""


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


@dataclass(frozen=True, slots=True)
class KnownFacts:
    """The right answers for an account; None or empty where billing has not told them."""

    last_paid: Kopecks | None = None
    last_owed: Kopecks | None = None
    last_readings: Mapping[MeterId, Decimal] | None = None
    area: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What there is to prove an account against: the same fields, and as much work, where there is no such account."""

    account: Account | None
    code_digest: bytes | None
    code_weak: bool
    phone: str | None
    facts: KnownFacts


@dataclass(frozen=True, slots=True)
class CodeProof:
    """The access code printed on the receipt."""

    code: str
    kind: ClassVar = ProofKind.CODE


@dataclass(frozen=True, slots=True)
class PhoneProof:
    """The resident's own phone number, as the messenger vouches for it."""

    phone: str
    kind: ClassVar = ProofKind.PHONE


@dataclass(frozen=True, slots=True)
class FactsProof:
    """Two different facts, as typed."""

    answers: Mapping[Fact, str]
    kind: ClassVar = ProofKind.FACTS


Proof = CodeProof | PhoneProof | FactsProof
