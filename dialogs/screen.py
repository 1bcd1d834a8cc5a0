"""What a chat shows. Texts are messages with arguments; they become words of a language at the edge.

The Russian text is the msgid: a step reads as what the resident sees.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol, Union

from core.ids import PremisesId, ProviderCode
from core.money import Kopecks
from core.periods import Period


@dataclass(frozen=True, slots=True)
class Rub:
    """An amount: «1 234,50 ₽»."""

    kopecks: Kopecks


@dataclass(frozen=True, slots=True)
class Day:
    """A day: «25 февраля», with the year where `full`."""

    day: date
    full: bool = False


@dataclass(frozen=True, slots=True)
class Month:
    """A billing period: «январь 2022»."""

    period: Period

    def label(self) -> "Text":
        return Msg("{month}", {"month": self})


@dataclass(frozen=True, slots=True)
class Time:
    """An instant in the city's time: «18:40, 16 февраля»."""

    local: datetime


@dataclass(frozen=True, slots=True)
class Number:
    """A reading or a volume: «1 234,5», without trailing zeros."""

    value: Decimal


Value = Union[str, int, Rub, Day, Month, Time, Number, "Text"]


@dataclass(frozen=True, slots=True)
class Msg:
    """A translatable text. `arguments` fill its {names}; text of people stands only in arguments."""

    msgid: str
    arguments: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plural:
    """A translatable text that depends on a number, which also fills {n}."""

    one: str
    many: str
    n: int
    arguments: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plain:
    """Text that is shown as it is: a provider's name, a meter's number, the resident's own words."""

    text: str


@dataclass(frozen=True, slots=True)
class Lines:
    """Several texts, one under another; `gap` leaves an empty line between them."""

    parts: tuple["Text", ...]
    gap: bool = False


@dataclass(frozen=True, slots=True)
class Personal:
    """A text with a name or an address in it. Where a messenger may not carry such, `instead` stands for it, or,
    without that, whatever it is a part of is left out (dialogs.minimal). Sums are personal of themselves: see Rub."""

    text: "Text"
    instead: "Text | None" = None


Text = Msg | Plural | Plain | Lines | Personal


def msg(msgid: str, **arguments: Value) -> Msg:
    """Short for Msg(msgid, arguments): the extractor of catalogues knows this name."""
    return Msg(msgid, arguments)


def plural(one: str, many: str, n: int, **arguments: Value) -> Plural:
    """Short for Plural(one, many, n, arguments)."""
    return Plural(one, many, n, arguments)


def lines(*parts: Text | None) -> Lines:
    return Lines(tuple(part for part in parts if part is not None))


def paragraphs(*parts: Text | None) -> Lines:
    return Lines(tuple(part for part in parts if part is not None), gap=True)


class Translator(Protocol):
    """Turns a text into words of one language."""

    def text(self, text: Text) -> str: ...


@dataclass(frozen=True, slots=True)
class Choice:
    """A button. `confirm` choices are never taken from typed text: only a press means them.

    One with an `url` opens that and tells us nothing.
    """

    id: str
    label: Text
    confirm: bool = False
    url: str | None = None


class Form(StrEnum):
    RECEIPT_PDF = "receipt_pdf"
    PAYMENT_QR = "payment_qr"
    CONSUMPTION_PLOT = "consumption_plot"
    MY_DATA = "my_data"
    TICKET_PICTURE = "ticket_picture"
    TICKET_DOCUMENT = "ticket_document"
    BROADCAST_PICTURE = "broadcast_picture"
    BROADCAST_DOCUMENT = "broadcast_document"


@dataclass(frozen=True, slots=True)
class File:
    """A file to send, named by what it shows: delivery makes or finds it. `detail` is a provider for QR codes, a
    number for files of tickets and broadcasts."""

    form: Form
    premises: PremisesId | None = None
    period: Period | None = None
    detail: ProviderCode | str | None = None

    @property
    def picture(self) -> bool:
        return self.form in {Form.PAYMENT_QR, Form.CONSUMPTION_PLOT, Form.TICKET_PICTURE, Form.BROADCAST_PICTURE}


@dataclass(frozen=True, slots=True)
class Screen:
    """A message: text, a file above it, `items` (pageable, one choice a thing) and fixed rows of `choices`.

    `contact` labels a button that hands over the reader's own phone number; only messengers that can show it.
    """

    text: Text
    choices: tuple[tuple[Choice, ...], ...] = ()
    items: tuple[Choice, ...] = ()
    file: File | None = None
    contact: Text | None = None


def rows(*choices: Choice | Sequence[Choice]) -> tuple[tuple[Choice, ...], ...]:
    """Rows of choices; a single choice is a row of its own."""
    return tuple((row,) if isinstance(row, Choice) else tuple(row) for row in choices if row)
