"""What the page tells a newcomer: what to try, and which invented accounts there are to try it with."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby

MONTHS = (
    *("января", "февраля", "марта", "апреля", "мая", "июня"),
    *("июля", "августа", "сентября", "октября", "ноября", "декабря"),
)


def utc(moment: datetime) -> datetime:
    """The same instant on the clock of Greenwich."""
    return moment.astimezone(UTC)


@dataclass(frozen=True)
class Sample:
    """One account to try. `qr_png_url` is the address, on this site, of the QR picture printed on its receipt."""

    account: str
    provider: str
    code: str
    address: str
    note: str = ""
    qr_png_url: str | None = None


@dataclass(frozen=True)
class DeskLogin:
    """Somebody invented who works at the desk. `code` gives the code their authenticator would show now."""

    name: str
    about: str
    login: str
    password: str
    code: Callable[[], str]


@dataclass(frozen=True)
class Guide:
    """Words beside the phones.

    `time_label` says what time it is in the city; `local` turns the instant of a message into the city's own
    (possibly shifted) date and time, which is what the bubbles show. `desk`: who may sign in at `/desk`, on this site.
    """

    title: str
    time_label: str | Callable[[], str]
    steps: tuple[str, ...] = ()
    samples: tuple[Sample, ...] = ()
    desk: tuple[DeskLogin, ...] = ()
    local: Callable[[datetime], datetime] = utc

    def label(self) -> str:
        """The time label as it reads now."""
        return self.time_label if isinstance(self.time_label, str) else self.time_label()

    def desk_code(self, login: str) -> str | None:
        """The code of now of somebody at the desk; None for nobody's login."""
        return next((one.code() for one in self.desk if one.login == login), None)

    def homes(self) -> Iterable[tuple[str, tuple[Sample, ...]]]:
        """Samples of one address together, in the order given."""
        for address, samples in groupby(self.samples, lambda sample: sample.address):
            yield address, tuple(samples)


def day_label(day: datetime) -> str:
    """«16 февраля 2022»: the line between the messages of two days."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"
