"""Reminders: what a resident may be told unasked about the own flats, when, and what may be chosen of it.

Each kind is a rule on mailings: what is told of one event has one mailing and one subject, by which everybody is told
of it once (`core.broadcasts.ports`). The pure part stands here: which mailings there are on a day of the city's clock.
Who is told is one set-based question a mailing (infra.db.reminders).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final

from core.broadcasts.model import MailingKind
from core.broadcasts.ports import NewMailing
from core.broadcasts.rules import quiet
from core.city import City
from core.ids import ProviderCode
from core.meters.model import WindowExtension
from core.periods import Period


class Reminder(StrEnum):
    """Kinds of reminders; the values stand in keys of mailings and in what people have opted out of."""

    WINDOW = "window"
    """Readings are being taken from today on; only who has not sent them."""
    LAST_DAY = "last_day"
    """Soon they are not any more; only who has not sent them."""
    RECEIPT = "receipt"
    DUE = "due"
    """Payment is due; only who owes."""
    VERIFICATION = "verification"
    DECLINED = "declined"
    PAYMENT = "payment"
    OUTAGE = "outage"
    """Told by operators, switched off like a reminder."""
    ANNOUNCEMENT = "announcement"
    """A broadcast; the same."""

    @property
    def topic(self) -> str:
        """What a resident opts out of."""
        own = self in {Reminder.OUTAGE, Reminder.ANNOUNCEMENT}
        return self.value if own else f"reminder.{self.value}"


HOURS: Final = range(9, 21)
"""Hours from which reminders may be asked for: outside of the quiet ones of any city."""
USUAL_HOUR: Final = 10
DAYS_BEFORE: Final[dict[Reminder, tuple[int, ...]]] = {Reminder.LAST_DAY: (0, 1, 3), Reminder.DUE: (1, 3, 5)}
"""How many days before its day a reminder may come; the first is usual for readings, the second for payments."""
USUAL_DAYS: Final[dict[Reminder, int]] = {Reminder.LAST_DAY: 0, Reminder.DUE: 3}
WINDOW_DAYS: Final = 3
"""Days from its opening on in which a window is new."""
RECEIPT_DAYS: Final = 10
"""Days after the due day in which a receipt that came late is still news."""
GRACE_DAYS: Final = 6
"""How late a warning of a verification may come when nothing could be sent on its day."""
RECENT_PAYMENT: Final = timedelta(days=30)
"""An older payment that billing tells of now is history, not news."""


def unending(kind: Reminder) -> NewMailing:
    """The one mailing of a kind whose events are told as they happen: each has a subject of its own."""
    return NewMailing(f"reminder:{kind}", MailingKind.REMINDER, kind.topic)


@dataclass(frozen=True, slots=True)
class ReminderTimes:
    """From which hour of the day, and how many days before."""

    hour: int = USUAL_HOUR
    last_day: int = USUAL_DAYS[Reminder.LAST_DAY]
    due: int = USUAL_DAYS[Reminder.DUE]

    def days(self, kind: Reminder) -> int | None:
        return {Reminder.LAST_DAY: self.last_day, Reminder.DUE: self.due}.get(kind)


@dataclass(frozen=True, slots=True)
class Round:
    """One mailing of a rule as of today. `providers` are those it is about, `day` is the day it is about (the last day,
    the due day), `period` the month."""

    kind: Reminder
    mailing: NewMailing
    period: Period
    day: date
    providers: tuple[ProviderCode, ...] = ()
    closes: tuple[date, ...] = ()
    """The regular last day of each of the providers."""


@dataclass(frozen=True)
class ReminderRules:
    """The calendar of reminders."""

    city: City

    def rounds(self, local: datetime, extensions: Sequence[WindowExtension]) -> tuple[Round, ...]:
        """What may be told at this instant by the city's clock; nothing in quiet hours."""
        if quiet(local, self.city.broadcasts):
            return ()
        today = local.date()
        return (
            *self._windows(today),
            *self._last_days(today, extensions),
            *self._receipts(today),
            *self._due(today),
            *self._verifications(today),
        )

    def _windows(self, today: date) -> Iterator[Round]:
        period = Period.of(today)
        opened: dict[date, list[ProviderCode]] = {}
        for provider in self._measuring():
            window = self.city.window_on(period.first_day, provider)
            opens, closes = window.opens_on(period), window.closes_on(period)
            if opens <= today < min(closes, opens + timedelta(days=WINDOW_DAYS)):
                opened.setdefault(opens, []).append(provider)
        for opens, providers in opened.items():
            closes_on = tuple(self.city.window_on(period.first_day, one).closes_on(period) for one in providers)
            mailing = self._mailing(Reminder.WINDOW, f"{period}:{opens}", max(closes_on))
            yield Round(Reminder.WINDOW, mailing, period, opens, tuple(providers), closes_on)

    def _last_days(self, today: date, extensions: Sequence[WindowExtension]) -> Iterator[Round]:
        """Every last day that comes within the longest notice that may be asked for, extended ones too."""
        providers = self._measuring()
        for period in (Period.of(today).previous, Period.of(today)):
            closes = tuple(self.city.window_on(period.first_day, one).closes_on(period) for one in providers)
            last_days = {*closes, *(one.until for one in extensions if one.period == period)}
            for day in sorted(last_days):
                if today <= day <= today + timedelta(days=max(DAYS_BEFORE[Reminder.LAST_DAY])):
                    mailing = self._mailing(Reminder.LAST_DAY, f"{period}:{day}", day)
                    yield Round(Reminder.LAST_DAY, mailing, period, day, providers, closes)

    def _receipts(self, today: date) -> Iterator[Round]:
        """A receipt is whole when every provider of the flat has closed the month, and bills it itself."""
        period = Period.of(today).previous
        due = self.city.due_date(period)
        unified = self._unified(period)
        if unified and today <= due + timedelta(days=RECEIPT_DAYS):
            mailing = self._mailing(Reminder.RECEIPT, str(period), due + timedelta(days=RECEIPT_DAYS))
            yield Round(Reminder.RECEIPT, mailing, period, due, unified)

    def _due(self, today: date) -> Iterator[Round]:
        period = Period.of(today).previous
        due = self.city.due_date(period)
        if today <= due <= today + timedelta(days=max(DAYS_BEFORE[Reminder.DUE])):
            yield Round(Reminder.DUE, self._mailing(Reminder.DUE, str(period), due), period, due)

    def _verifications(self, today: date) -> Iterator[Round]:
        """One mailing for each year in which verifications end that are to be warned of."""
        last = today + timedelta(days=max(self.warnings(), default=0))
        for year in range(today.year, last.year + 1):
            mailing = self._mailing(Reminder.VERIFICATION, str(year), date(year, 12, 31))
            yield Round(Reminder.VERIFICATION, mailing, Period.of(today), date(year, 12, 31))

    def warnings(self) -> tuple[int, ...]:
        """Days before its end on which the end of a verification is told."""
        return tuple(days for days in self.city.verification.warn_days if days > 0)

    def _measuring(self) -> tuple[ProviderCode, ...]:
        """Providers that have meters."""
        return tuple(
            one.code
            for one in self.city.providers
            if any(service.measured_by == (service,) for service in one.services)
        )

    def _unified(self, period: Period) -> tuple[ProviderCode, ...]:
        """Providers that bill all of their services themselves in that month."""
        return tuple(
            one.code
            for one in self.city.providers
            if all(self.city.billed_by_provider(service, period.first_day) for service in one.services)
        )

    def _mailing(self, kind: Reminder, event: str, until: date) -> NewMailing:
        """Told until the evening of its last day: later nobody can do anything with it."""
        evening = datetime.combine(until, time.max, self.city.zone)
        return NewMailing(f"reminder:{kind}:{event}", MailingKind.REMINDER, kind.topic, not_after=evening)
