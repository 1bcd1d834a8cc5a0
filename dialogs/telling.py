"""What reminders and notices of outages say. Made of facts alone, for many residents at once: where it says the same to
all of them it is the same screen. Each has a button that stops its kind for good.

A button of such a message works as long as it stands; it names a thing, and the core judges who may see it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from core.broadcasts.reminders import Reminder
from core.city import City
from core.clock import CityClock
from core.ids import PremisesId, ProviderCode
from core.meters.model import Meter
from core.meters.ports import Verdict
from core.money import Kopecks
from core.outages.model import OutageEventKind, OutageTold, Report
from core.periods import Period
from core.telling import HomeFacts, Paid
from dialogs import words
from dialogs.event import NoticeKind
from dialogs.link_notices import BUTTON
from dialogs.outages import outage_lines, report_label, services_named
from dialogs.read_on_page import read_row, their_words
from dialogs.screen import (
    Choice,
    Day,
    Month,
    Number,
    Personal,
    Plain,
    Rub,
    Screen,
    Text,
    lines,
    msg,
    paragraphs,
    plural,
    rows,
)
from dialogs.words import Here

OUTAGE_BUTTON = f"{BUTTON}outage."
REMINDER_BUTTON = f"{BUTTON}reminder."


@dataclass(frozen=True, slots=True)
class Outside:
    """`Here` outside of a turn."""

    city: City
    clock: CityClock
    minimal: bool = False
    """Whether the messenger carries no name, address or sum."""


def stop(kind: Reminder) -> Choice:
    label = msg("Не сообщать об отключениях") if kind is Reminder.OUTAGE else msg("Больше не напоминать")
    return Choice(f"{REMINDER_BUTTON}stop.{kind}", label)


def opens(what: str, label: Text, premises: PremisesId | None = None) -> Choice:
    """Opens a conversation of the menu, for the flat that is meant."""
    return Choice(f"{REMINDER_BUTTON}open.{what}" + (f".{premises}" if premises is not None else ""), label)


READINGS = opens("readings", msg("Показания"))


def window_screen(period: Period, closes: date) -> Screen:
    return Screen(
        lines(
            msg("Начался приём показаний за {month}.", month=Month(period)),
            msg("Передать можно до {day}.", day=Day(closes)),
        ),
        rows(READINGS, stop(Reminder.WINDOW)),
    )


def last_day_screen(period: Period, day: date, today: date) -> Screen:
    left, month = (day - today).days, Month(period)
    when: Text = plural(
        "До конца приёма показаний за {month} остался {n} день: последний день {day}.",
        "До конца приёма показаний за {month} осталось дней: {n}, последний день {day}.",
        left,
        month=month,
        day=Day(day),
    )
    if left <= 0:
        when = msg("Сегодня последний день приёма показаний за {month}.", month=month)
    return Screen(
        lines(when, msg("От вас показания пришли не по всем счётчикам.")), rows(READINGS, stop(Reminder.LAST_DAY))
    )


def receipt_screen(period: Period, premises: PremisesId, home: HomeFacts, due: date, here: Here) -> Screen:
    total = sum(max(owed, 0) for owed in home.owed.values())
    return Screen(
        paragraphs(
            lines(msg("Готова квитанция за {month}.", month=Month(period)), _named(home)),
            lines(*_balances(home, here)),
            _by(due, here) if total else None,
        ),
        rows(opens("receipt", msg("Квитанция"), premises), stop(Reminder.RECEIPT)),
    )


def due_screen(premises: PremisesId, home: HomeFacts, due: date, here: Here) -> Screen | None:
    """None where nothing is owed (any more)."""
    owed = {code: sum_ for code, sum_ in home.owed.items() if sum_ > 0}
    if not owed:
        return None
    return Screen(
        paragraphs(lines(_by(due, here), _named(home)), lines(*_balances(HomeFacts(home.name, owed), here))),
        rows(
            (opens("pay", msg("Оплатить"), premises), opens("receipt", msg("Квитанция"), premises)),
            stop(Reminder.DUE),
        ),
    )


def _by(due: date, here: Here) -> Text:
    if due == here.clock.today():
        return msg("Сегодня последний день оплаты.")
    return words.due_line(due, here)


def _named(home: HomeFacts) -> Text | None:
    """Which flat, where there are several."""
    if home.name is None:
        return None
    return msg("• {name}", name=Plain(home.name) if home.name else msg("Квартира"))


def _balances(home: HomeFacts, here: Here) -> Sequence[Text]:
    order = [one.code for one in here.city.providers]
    known = sorted((code for code in home.owed if code in order), key=order.index)
    return [_balance(code, home.owed[code], here) for code in known]


def _balance(code: ProviderCode, owed: Kopecks, here: Here) -> Text:
    if owed <= 0:
        return words.settled(here, code, owed)
    return msg("{provider}: к оплате {sum}", provider=words.provider_name(here, code), sum=Rub(owed))


def verification_screen(meter: Meter, until: date, today: date) -> Screen:
    left = (until - today).days
    return Screen(
        lines(
            msg("Скоро закончится срок поверки счётчика."),
            words.meter_name(meter),
            plural(
                "Поверка действует до {day}: остался {n} день.",
                "Поверка действует до {day}: осталось дней: {n}.",
                left,
                day=Day(until, full=True),
            )
            if left > 0
            else msg("Сегодня последний день поверки счётчика."),
            msg("Как поверить: «Показания» → «Как поверить»."),
        ),
        rows(READINGS, stop(Reminder.VERIFICATION)),
    )


def declined_screen(subject: str, verdict: Verdict, here: Outside) -> Screen:
    """`subject` is `reading:provider`."""
    text = declined_text(subject.partition(":")[2], verdict, here)
    read = read_row(NoticeKind.READING_DECLINED, subject, here)
    return Screen(text, rows(read, READINGS, stop(Reminder.DECLINED)))


def declined_text(provider: str, verdict: Verdict, here: Here) -> Text:
    return lines(
        msg("{provider}: показание не принято.", provider=words.provider_name(here, provider)),
        msg("{meter}: {value}", meter=words.meter_name(verdict.meter), value=Number(verdict.value)),
        msg("Причина: {reason}", reason=their_words(verdict.reason)),
        msg("Проверьте счётчик и передайте показание ещё раз."),
    )


def payment_screen(paid: Paid, home: HomeFacts, here: Here) -> Screen:
    return Screen(
        lines(
            msg("Оплата получена: {provider}.", provider=words.provider_name(here, paid.provider)),
            msg("Сумма: {sum}", sum=Rub(paid.amount)),
            msg("Оплачено: {day}", day=Day(paid.paid_on, full=True)),
            _named(home),
        ),
        rows(stop(Reminder.PAYMENT)),
    )


# --- outages


def outage_screen(told: OutageTold, flats: Sequence[str], here: Here) -> Screen:
    """What an event of an outage says by now, to somebody whose flats of these names it concerns."""
    where = [msg("• {name}", name=Plain(name) if name else msg("Квартира")) for name in flats]
    report = Report.STILL if told.kind is OutageEventKind.ENDED else Report.ALSO
    say = Choice(f"{OUTAGE_BUTTON}{report}.{told.outage.id}", report_label(told.outage, report))
    sayable = report is Report.STILL or told.outage.emergency
    return Screen(
        paragraphs(lines(_heading(told), *where), _what(told, here)),
        rows(*([say] if sayable else []), stop(Reminder.OUTAGE)),
    )


def _heading(told: OutageTold) -> Text:
    match told.kind:
        case OutageEventKind.OPENED:
            return msg("Отключение в вашем доме.")
        case OutageEventKind.ENDED:
            return msg("Включили: {services}.", services=services_named(told.outage.services))
        case OutageEventKind.REOPENED:
            return msg("Отключение в вашем доме ещё не закончилось.")
    return msg("Новое об отключении в вашем доме.")


def _what(told: OutageTold, here: Here) -> Text:
    if told.kind is not OutageEventKind.ENDED:
        return outage_lines(told.outage, here)
    said = Personal(Plain(told.text)) if told.text else None
    return lines(said, msg("Если у вас это не так, нажмите кнопку: оператор увидит."))
