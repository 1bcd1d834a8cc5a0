"""«Перезвоните мне»: who calls, on which number, on which day and at which hour of their work.

A swindler calls as well: so the resident is given a word that the operator will say first, and is told what no operator
asks. Where a messenger may carry little (dialogs.minimal), the number is taken but never read back whole.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from core.call_backs.model import CallBack, CallStatus
from core.call_backs.rules import masked_phone, shown_phone
from core.call_backs.use_cases import CallWanted, HourGone, PhoneUnclear, TooManyCalls
from core.errors import NotFound
from core.ids import CallBackId
from dialogs.event import Event, Kind, Notice, NoticeKind, Pressed, Said, Sent
from dialogs.link_notices import BUTTON
from dialogs.questions_words import WEEKDAYS, number_of
from dialogs.screen import Choice, Day, Personal, Plain, Screen, Text, lines, msg, paragraphs, rows
from dialogs.step import Context, Done, Go, Next, Pass, Return, Stay, Step, Swap

CALL_BUTTON = f"{BUTTON}call."
LONGEST_PHONE = 40
KEEP_NUMBER = ""
"""In place of a number: that of the call which waits already."""

CALL_ME = Choice("call", msg("Перезвоните мне"))
CANCEL = Choice("cancel_call", msg("Звонок не нужен"))
MOVE = Choice("move", msg("Другое время"))
AGAIN = Choice("again", msg("Заказать снова"))
SHARE = msg("Передать мой номер")
_HOUR = re.compile(r"(?:[вкс]\s+)?([0-9]{1,2})(?:[:.\s-]?00)?(?:\s*ч(?:\.|ас\w*)?)?\.?", re.IGNORECASE)


def may_be_called(ctx: Context, organisation: str | None = None) -> bool:
    """Whether a call can be offered: to somebody whose consent is there, by people whose hours are known."""
    if ctx.resident is None:
        return False
    calls = ctx.core.call_backs
    return bool(calls.organisations() if organisation is None else calls.days(organisation))


async def call_by(organisation: str, ctx: Context) -> Next:
    """On to the call that waits, or to a new one."""
    there = await ctx.core.call_backs.waiting(ctx.known.id, organisation)
    return Go(CallAsked(there.id) if there else AskCallPhone(organisation))


@dataclass(frozen=True)
class ChooseCaller(Step):
    name = "calls.who"

    async def show(self, ctx: Context) -> Screen:
        organisations = ctx.core.call_backs.organisations()
        if not organisations:
            phone = Plain(ctx.city.phones.call_centre)
            return Screen(msg("Заказать звонок сейчас нельзя. Позвоните сами: {phone}.", phone=phone))
        items = tuple(Choice(str(number), _short(name, ctx)) for number, name in enumerate(organisations))
        return Screen(msg("Кто должен перезвонить?"), items=items)

    async def answer(self, event: Event, ctx: Context) -> Next:
        names = ctx.core.call_backs.organisations()
        for number, name in enumerate(names):
            if isinstance(event, Pressed) and event.choice == str(number):
                return await call_by(name, ctx)
        return Pass()


@dataclass(frozen=True)
class AskCallPhone(Step):
    name = "calls.phone"
    takes_any_words: ClassVar[bool] = True
    organisation: str

    async def show(self, ctx: Context) -> Screen:
        typed = msg("На какой номер позвонить? Напишите его, например: 8 900 000-00-01.")
        shared = msg("На какой номер позвонить? Напишите его или передайте свой кнопкой внизу.")
        kept = msg("Номер увидит только оператор. Через месяц после звонка мы его сотрём.")
        return Screen(lines(shared if ctx.shares_phone else typed, kept), contact=SHARE if ctx.shares_phone else None)

    async def answer(self, event: Event, ctx: Context) -> Next:
        match event:
            case Sent(Kind.CONTACT, file, phone) if phone:
                return self._understood(phone, ctx, vouched=file is None and ctx.shares_phone)
            case Said(text):
                return self._understood(text[: LONGEST_PHONE + 1], ctx, vouched=False)
        return Pass()

    def _understood(self, written: str, ctx: Context, *, vouched: bool) -> Next:
        try:
            phone = ctx.core.call_backs.phone(written)
        except PhoneUnclear:
            return Stay(msg("Это не похоже на номер телефона. Напишите его целиком, например: 8 900 000-00-01."))
        return Go(ChooseDay(self.organisation, phone, vouched))


@dataclass(frozen=True)
class ChooseDay(Step):
    name = "calls.day"
    organisation: str
    phone: str
    vouched: bool

    async def show(self, ctx: Context) -> Screen:
        items = tuple(Choice(str(day), _day(day, ctx)) for day in ctx.core.call_backs.days(self.organisation))
        if not items:
            raise NotFound
        return Screen(msg("В какой день позвонить?"), items=items)

    async def answer(self, event: Event, ctx: Context) -> Next:
        for day in ctx.core.call_backs.days(self.organisation):
            if isinstance(event, Pressed) and event.choice == str(day):
                return Go(ChooseHour(self.organisation, self.phone, self.vouched, str(day)))
        return Pass()


@dataclass(frozen=True)
class ChooseHour(Step):
    """`day` is written 2022-02-16."""

    name = "calls.hour"
    takes_any_words: ClassVar[bool] = True
    organisation: str
    phone: str
    vouched: bool
    day: str

    async def show(self, ctx: Context) -> Screen:
        hours = self._hours(ctx)
        if not hours:
            return await self._before.show(ctx)
        items = tuple(Choice(f"{hour:%H}", Plain(f"{hour:%H:%M}")) for hour in hours)
        first, last = f"{hours[0]:%H:%M}", f"{hours[-1]:%H:%M}"
        asked = msg("В котором часу? Можно с {first} до {last}.", first=first, last=last)
        return Screen(
            lines(asked, msg("Выберите или напишите час, например: {hour}", hour=f"{hours[-1]:%H}")), (), items
        )

    async def answer(self, event: Event, ctx: Context) -> Next:
        hours = self._hours(ctx)
        if not hours:  # the day has gone by: what is shown is the choice of a day
            return await self._before.answer(event, ctx)
        match event:
            case Pressed(choice) if choice.isdecimal():
                number = choice
            case Said(text) if found := _HOUR.fullmatch(text.strip()):
                number = f"{int(found[1]):02}"
            case _:
                return Pass()
        chosen = next((hour for hour in hours if f"{hour:%H}" == number), None)
        return await self._asked(chosen, ctx) if chosen else Stay(msg("В этот час не звонят. Выберите другой."))

    async def _asked(self, hour: datetime, ctx: Context) -> Next:
        phone = self.phone or None
        wanted = CallWanted(ctx.key, ctx.chat, ctx.known.id, self.organisation, phone, self.vouched, hour)
        try:
            call = await ctx.core.call_backs.ask(wanted)
        except HourGone:
            return Return(ChooseDay, msg("Это время уже прошло. Выберите другое."))
        except TooManyCalls:
            return Done(msg("Сегодня вы заказали уже много звонков. Позвоните сами: {phone}.", phone=_centre(ctx)))
        return Swap(CallAsked(call.id), msg("Записали."))

    def _hours(self, ctx: Context) -> list[datetime]:
        try:
            return list(ctx.core.call_backs.hours(self.organisation, date.fromisoformat(self.day)))
        except ValueError:
            return []

    @property
    def _before(self) -> ChooseDay:
        return ChooseDay(self.organisation, self.phone, self.vouched)


@dataclass(frozen=True)
class CallAsked(Step):
    """A call that was asked for: when, by whom, and the word that proves the caller."""

    name = "calls.asked"
    call: CallBackId

    async def show(self, ctx: Context) -> Screen:
        call = await ctx.core.call_backs.get(self.call, ctx.known.id)
        if call.status is not CallStatus.OPEN:
            return Screen(_CLOSED[call.status], rows(AGAIN))
        when = msg(
            "Вам перезвонит {organisation}: {time}.", organisation=_short(call.organisation, ctx), time=_when(call, ctx)
        )
        return Screen(
            paragraphs(
                lines(when, msg("Номер: {phone}", phone=_phone(call))),
                lines(
                    msg("Оператор начнёт со слова «{word}». Не назовёт – положите трубку.", word=Plain(call.word)),
                    msg("Паспорт, номер карты и коды из СМС он не спросит."),
                ),
            ),
            rows(MOVE, CANCEL),
        )

    async def answer(self, event: Event, ctx: Context) -> Next:
        call = await ctx.core.call_backs.get(self.call, ctx.known.id)
        match event:
            case Pressed(MOVE.id):
                return Go(ChooseDay(call.organisation, KEEP_NUMBER, vouched=False))
            case Pressed(AGAIN.id):
                return Swap(AskCallPhone(call.organisation))
            case Pressed(CANCEL.id):
                await ctx.core.call_backs.cancel(self.call, ctx.known.id)
                return Done(msg("Хорошо, звонить не будем."))
        return Pass()


_CLOSED = {
    CallStatus.DONE: msg("Этот звонок состоялся."),
    CallStatus.MISSED: msg("Мы не дозвонились. Если звонок нужен, закажите его снова."),
    CallStatus.CANCELLED: msg("Этот звонок отменён."),
}


async def call_notice(notice: Notice, ctx: Context) -> Screen | None:
    """The message of a notice about a call, whose number is the subject; None when it is about something else.

    Raises NotFound when there is nothing (any more) to be told.
    """
    if notice.kind != NoticeKind.CALL_MISSED:
        return None
    call = await ctx.core.call_backs.get(CallBackId(number_of(notice.subject)), ctx.known.id)
    button = rows(Choice(f"{CALL_BUTTON}{call.id}", MOVE.label))
    match call.status:
        case CallStatus.OPEN if call.attempts:
            told = msg("Мы звонили вам и не дозвонились. Позвоним ещё раз: {time}.", time=_when(call, ctx))
            return Screen(told, button)
        case CallStatus.MISSED:
            return Screen(
                msg("Мы звонили вам несколько раз и не дозвонились. Если звонок нужен, выберите время."), button
            )
    raise NotFound


async def call_button(choice: str, ctx: Context) -> Next:
    """The button under such a notice; it works whenever it is pressed. Raises NotFound."""
    number = number_of(choice.removeprefix(CALL_BUTTON))
    call = await ctx.core.call_backs.get(CallBackId(number), ctx.known.id)
    if call.status is CallStatus.OPEN:
        return Go(ChooseDay(call.organisation, KEEP_NUMBER, vouched=False))
    return await call_by(call.organisation, ctx)


def _short(organisation: str, ctx: Context) -> Text:
    provider = next((one for one in ctx.city.providers if one.name == organisation), None)
    return Plain(provider.short_name if provider else organisation)


def _day(day: date, ctx: Context) -> Text:
    match (day - ctx.clock.today()).days:
        case 0:
            return msg("сегодня, {day}", day=Day(day))
        case 1:
            return msg("завтра, {day}", day=Day(day))
    return msg("{weekday}, {day}", weekday=WEEKDAYS[day.weekday()], day=Day(day))


def _when(call: CallBack, ctx: Context) -> Text:
    """«завтра, 17 февраля, с 10:00 до 11:00»."""
    local = ctx.clock.local(call.wanted_at)
    until = f"{(local.hour + 1) % 24:02}:{local:%M}"
    return msg("{day}, с {first} до {last}", day=_day(local.date(), ctx), first=f"{local:%H:%M}", last=until)


def _phone(call: CallBack) -> Text:
    return Personal(Plain(shown_phone(call.phone)), Plain(masked_phone(call.phone)))


def _centre(ctx: Context) -> Text:
    return Plain(ctx.city.phones.call_centre)
