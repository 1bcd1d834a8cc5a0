"""What the model is made of: people, accounts, meters, links, rights, codes, readings; each is itself, and no value."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from core.accounts.codes import CodePurpose
from core.ids import ChatId, HelperId, MeterId, ReadingId, ResidentId
from core.meters.model import Channel, Claim
from core.periods import Period


@dataclass(eq=False)
class Person:
    """Somebody with one chat. A resident while there is a consent; who comes back after erasing is another one."""

    chat: ChatId
    messenger: str
    resident: ResidentId | None
    name: str
    life: int = 0

    @property
    def words(self) -> str:
        """What this resident types, told apart from what anybody else does."""
        return f"words of {self.name}, life {self.life};"

    @property
    def channel(self) -> Channel:
        return Channel(self.messenger)


@dataclass(eq=False)
class Account:
    provider: str
    number: str
    flat: int
    holder: str
    paid: bool
    """Whether a payment is known of it."""
    closed_on: date | None = None
    spelt: str = ""
    """The holder as billing writes the name this time."""


@dataclass(eq=False)
class Dial:
    """A meter. `last` is what billing goes by, as of a day."""

    id: MeterId
    account: Account
    number: str
    service: str
    last: Decimal | None
    last_date: date | None
    closed_on: date | None = None

    @property
    def open(self) -> bool:
        return self.closed_on is None and self.account.closed_on is None


@dataclass(eq=False)
class Link:
    person: Person
    flat: int
    account: Account | None
    holder: str = ""
    """Who held the account when it was proved; an operator's word needs no holder."""


@dataclass(eq=False)
class Dispute:
    """A link that waits for an operator."""

    id: int
    person: Person | None
    flat: int
    account: Account | None
    why: str
    by: Person | None = None
    open: bool = True


@dataclass(eq=False)
class Code:
    """A one-time code. `until`: the hour at which it ends."""

    purpose: CodePurpose
    subject: str
    text: str
    until: float
    by: Person | None = None
    right: "Right | None" = None
    flat: int | None = None
    used: bool = False
    ended: bool = False


@dataclass(eq=False)
class Right:
    """What a helper may do, or will once the code is used."""

    id: HelperId
    link: Link
    person: Person | None = None
    gone: bool = False


@dataclass(eq=False)
class Said:
    """A reading. `was_current`: it may have been exported, so billing may judge it."""

    id: ReadingId
    key: str
    dial: Dial
    period: Period
    value: Decimal
    day: date
    status: str
    current: bool
    person: Person | None
    task: str | None = None
    was_current: bool = False


@dataclass(frozen=True)
class Confirmed:
    """A confirmation that may come again under the same key."""

    key: str
    person: Person
    dial: Dial
    value: Decimal
    claim: Claim


@dataclass(frozen=True)
class Proved:
    """What a person has proved of a flat: by which account, held by whom, at which hour."""

    account: Account | None
    hour: int
    holder: str = ""


@dataclass(frozen=True)
class Failure:
    person: Person
    what: tuple[str, str]
    hour: int


@dataclass(frozen=True)
class Extension:
    provider: str | None
    period: Period
    until: date
    flat: int | None
