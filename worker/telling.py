"""Makes what reminders and notices of outages say, from facts as they are when it is sent. What is gone is not told."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from core.broadcasts.reminders import Reminder
from core.ids import MeterId, PremisesId
from core.messengers import PersonalData
from core.outages.model import OutageEventKind
from core.outages.news import event_of
from core.periods import Period
from core.telling import Home, TellingFacts
from dialogs import telling
from dialogs.mailings import Due, Mailing
from dialogs.ports import ChatAddress
from dialogs.screen import Screen

Screens = Sequence[Screen | None]


@dataclass(frozen=True)
class Telling:
    """`dialogs.mailings.Composer` of outages and reminders."""

    facts: Callable[[], AbstractAsyncContextManager[TellingFacts]]
    here: telling.Outside

    async def compose(self, mailing: Mailing, due: Sequence[Due]) -> Screens:
        async with self.facts() as facts:
            event = event_of(mailing.key)
            if event is not None:
                return await self._outage(event, due, facts)
            match mailing.key.split(":"):
                case ["reminder", kind, *about] if kind in set(Reminder):
                    return await self._reminder(Reminder(kind), about, due, facts)
        return [None] * len(due)

    async def _outage(self, event: int, due: Sequence[Due], facts: TellingFacts) -> Screens:
        told = await facts.outage(event)
        if told is None or (told.outage.ended_at is not None and told.kind is not OutageEventKind.ENDED):
            return [None] * len(due)
        hit = await facts.hit(event, {one.resident for one in due})
        made: dict[tuple[str, ...], Screen] = {}
        screens: list[Screen | None] = []
        for one in due:
            if one.resident not in hit:
                screens.append(None)
                continue
            flats = tuple(hit[one.resident])
            if flats not in made:
                made[flats] = telling.outage_screen(told, flats, self.here)
            screens.append(made[flats])
        return screens

    async def _reminder(self, kind: Reminder, about: Sequence[str], due: Sequence[Due], facts: TellingFacts) -> Screens:
        match kind, about:
            case Reminder.WINDOW, [period, _]:
                month = Period.parse(period)
                return await self._unread(month, telling.window_screen(month, self._closes(month)), due, facts)
            case Reminder.LAST_DAY, [period, day]:
                month, last = Period.parse(period), date.fromisoformat(day)
                screen = telling.last_day_screen(month, last, self.here.clock.today())
                return await self._unread(month, screen, due, facts)
            case Reminder.RECEIPT | Reminder.DUE, [period]:
                return await self._bill(kind, Period.parse(period), due, facts)
            case Reminder.VERIFICATION, _:
                return await self._verification(due, facts)
            case Reminder.DECLINED, _:
                return await self._declined(due, facts)
            case Reminder.PAYMENT, _:
                return await self._payment(due, facts)
        return [None] * len(due)

    def _closes(self, period: Period) -> date:
        """The first of the last days of all providers."""
        city = self.here.city
        return min(city.window_on(period.first_day, one.code).closes_on(period) for one in city.providers)

    async def _unread(self, period: Period, screen: Screen, due: Sequence[Due], facts: TellingFacts) -> Screens:
        """The same for everybody who still has not sent all readings."""
        left = await facts.without_reading({one.resident for one in due}, period)
        return [screen if one.resident in left else None for one in due]

    async def _bill(self, kind: Reminder, period: Period, due: Sequence[Due], facts: TellingFacts) -> Screens:
        homes = await facts.homes([home for one in due if (home := _home(one)) is not None])
        by = self.here.city.due_date(period)
        screens: list[Screen | None] = []
        for one in due:
            home = _home(one)
            known = homes.get(home) if home is not None else None
            if home is None or known is None:
                screens.append(None)
            elif kind is Reminder.RECEIPT:
                screens.append(telling.receipt_screen(period, home[1], known, by, self.here))
            else:
                screens.append(telling.due_screen(home[1], known, by, self.here))
        return screens

    async def _verification(self, due: Sequence[Due], facts: TellingFacts) -> Screens:
        warned = [_meter_and_day(one.subject) for one in due]
        meters = await facts.meters({found[0] for found in warned if found is not None})
        homes = await facts.homes([home for one in due if (home := _home(one)) is not None])
        today = self.here.clock.today()
        return [
            telling.verification_screen(meter, found[1], today)
            if found is not None
            and _home(one) in homes
            and (meter := meters.get(found[0])) is not None
            and meter.verified_until == found[1] >= today
            else None
            for one, found in zip(due, warned, strict=True)
        ]

    async def _declined(self, due: Sequence[Due], facts: TellingFacts) -> Screens:
        verdicts = await facts.verdicts({one.subject for one in due if _is_verdict(one.subject)})
        return [
            telling.declined_screen(one.subject, verdicts[one.subject], self._at(one.chat))
            if one.subject in verdicts
            else None
            for one in due
        ]

    def _at(self, chat: ChatAddress) -> telling.Outside:
        """The world, and how much may be said in that chat."""
        minimal = self.here.city.messenger(chat.messenger).personal_data is PersonalData.MINIMAL
        return replace(self.here, minimal=minimal)

    async def _payment(self, due: Sequence[Due], facts: TellingFacts) -> Screens:
        paid = await facts.payments({int(one.subject) for one in due if _is_number(one.subject)})
        homes = await facts.homes([home for one in due if (home := _home(one)) is not None])
        screens: list[Screen | None] = []
        for one in due:
            payment = paid.get(int(one.subject)) if _is_number(one.subject) else None
            home = _home(one)
            known = homes.get(home) if home is not None else None
            screens.append(telling.payment_screen(payment, known, self.here) if payment and known else None)
        return screens


def _home(due: Due) -> Home | None:
    return (due.resident, PremisesId(due.premises)) if due.premises is not None else None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _is_verdict(subject: str) -> bool:
    reading, _, provider = subject.partition(":")
    try:
        UUID(reading)
    except ValueError:
        return False
    return bool(provider)


def _meter_and_day(subject: str) -> tuple[MeterId, date] | None:
    """Of `meter:verified until:days before`."""
    match subject.split(":"):
        case [meter, until, _] if _is_number(meter):
            return MeterId(int(meter)), date.fromisoformat(until)
    return None
