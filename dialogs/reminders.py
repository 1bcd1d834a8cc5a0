"""«Напоминания»: which ones, from which hour, how many days before. Whatever is chosen holds at once."""

from dataclasses import dataclass

from core.broadcasts.reminder_use_cases import ReminderChoice
from core.broadcasts.reminders import DAYS_BEFORE, HOURS, Reminder
from core.errors import NotFound
from dialogs.event import Event, Pressed, Said
from dialogs.questions_words import number_of
from dialogs.screen import Choice, Plain, Screen, Text, lines, msg, paragraphs, plural, rows
from dialogs.step import Context, Go, Next, Pass, Return, Stay, Step

NAMES: dict[Reminder, Text] = {
    Reminder.WINDOW: msg("Начался приём показаний"),
    Reminder.LAST_DAY: msg("Конец приёма показаний"),
    Reminder.RECEIPT: msg("Новая квитанция"),
    Reminder.DUE: msg("Срок оплаты"),
    Reminder.VERIFICATION: msg("Поверка счётчиков"),
    Reminder.DECLINED: msg("Показание не принято"),
    Reminder.PAYMENT: msg("Оплата получена"),
    Reminder.OUTAGE: msg("Отключения"),
    Reminder.ANNOUNCEMENT: msg("Объявления"),
}
HOUR = Choice("hour", msg("Время"))
WHERE = Choice("where", msg("Куда писать"))
LAST_USED = Choice("last", msg("Туда, где писали последним"))
NONE = Choice("none", msg("Выключить все"))
ALL = Choice("all", msg("Включить все"))
ON = Choice("on", msg("Включить"))
OFF = Choice("off", msg("Выключить"))


@dataclass(frozen=True)
class ShowReminders(Step):
    name = "reminders"

    async def show(self, ctx: Context) -> Screen:
        choice = await ctx.core.reminders.choice(ctx.known.id)
        listed = [_state(kind, choice) for kind in Reminder]
        hour = msg("Напоминаем с {hour}:00 по времени города. Ночью не пишем, кроме аварий.", hour=choice.times.hour)
        text = paragraphs(msg("О чём напоминать?"), lines(*listed), hour)
        every = ALL if len(choice.off) == len(Reminder) else NONE
        kinds = [Choice(kind.value, NAMES[kind]) for kind in Reminder]
        where = [WHERE] if len(await messengers(ctx)) > 1 else []
        return Screen(text, rows(HOUR), items=(every, *kinds, *where))

    async def answer(self, event: Event, ctx: Context) -> Next:
        match event:
            case Pressed(HOUR.id):
                return Go(ChooseHour())
            case Pressed(WHERE.id):
                return Go(ChooseMessenger())
            case Pressed(ALL.id | NONE.id as which):
                await ctx.core.reminders.switch(ctx.known.id, *Reminder, on=which == ALL.id)
                return Stay()
            case Pressed(kind) if kind in set(Reminder):
                return Go(OneReminder(kind))
        return Pass()


def _state(kind: Reminder, choice: ReminderChoice) -> Text:
    if kind in choice.off:
        return msg("– {name}: нет", name=NAMES[kind])
    days = choice.times.days(kind)
    if days is None:
        return msg("✓ {name}", name=NAMES[kind])
    return msg("✓ {name}: {when}", name=NAMES[kind], when=_days(days))


def _days(days: int) -> Text:
    return plural("за {n} день", "за дней: {n}", days) if days else msg("в этот день")


@dataclass(frozen=True)
class OneReminder(Step):
    """`kind` is one of `Reminder`; as text, for a later version may know others."""

    name = "reminders.one"
    kind: str

    async def show(self, ctx: Context) -> Screen:
        kind = self._known()
        choice = await ctx.core.reminders.choice(ctx.known.id)
        days = tuple(Choice(f"days.{days}", _days(days)) for days in DAYS_BEFORE.get(kind, ()))
        off = kind in choice.off
        return Screen(_state(kind, choice), rows(ON if off else OFF), items=() if off else days)

    async def answer(self, event: Event, ctx: Context) -> Next:
        kind = self._known()
        match event:
            case Pressed(ON.id | OFF.id as which):
                await ctx.core.reminders.switch(ctx.known.id, kind, on=which == ON.id)
                return Stay()
            case Pressed(choice) if choice.startswith("days."):
                await ctx.core.reminders.set_days(ctx.known.id, kind, number_of(choice.removeprefix("days.")))
                return Stay()
        return Pass()

    def _known(self) -> Reminder:
        """Raises NotFound."""
        if self.kind not in set(Reminder):
            raise NotFound
        return Reminder(self.kind)


@dataclass(frozen=True)
class ChooseHour(Step):
    name = "reminders.hour"

    async def show(self, ctx: Context) -> Screen:
        items = tuple(Choice(str(hour), Plain(f"{hour}:00")) for hour in HOURS)
        first, last = HOURS[0], HOURS[-1]
        return Screen(
            msg("С какого часа напоминать? Выберите или напишите число от {first} до {last}.", first=first, last=last),
            items=items,
        )

    async def answer(self, event: Event, ctx: Context) -> Next:
        match event:
            case Pressed(hour) if hour.isdecimal():
                return await self._chosen(hour, ctx)
            case Said(text) if (hour := text.strip().removesuffix(":00")).isdecimal():
                return await self._chosen(hour, ctx)
        return Pass()

    async def _chosen(self, hour: str, ctx: Context) -> Next:
        try:
            await ctx.core.reminders.set_hour(ctx.known.id, number_of(hour))
        except NotFound:
            return Stay(msg("В этот час мы не пишем."))
        return Return(ShowReminders, msg("Запомнил."))


async def messengers(ctx: Context) -> tuple[str, ...]:
    """The messengers in which the resident can be found."""
    chats = await ctx.core.second_chats.of_resident(ctx.known.id)
    return tuple(dict.fromkeys(chat.messenger for chat in chats))


@dataclass(frozen=True)
class ChooseMessenger(Step):
    """Where somebody with several messengers is told what nobody has asked for."""

    name = "reminders.where"

    async def show(self, ctx: Context) -> Screen:
        present = await ctx.core.announcements.prefers(ctx.known.id)
        chosen = Plain(ctx.city.messenger(present).name) if present else LAST_USED.label
        items = [Choice(one, Plain(ctx.city.messenger(one).name)) for one in await messengers(ctx)]
        return Screen(
            lines(msg("Куда писать напоминания и объявления?"), msg("Сейчас: {messenger}.", messenger=chosen)),
            items=(*items, LAST_USED),
        )

    async def answer(self, event: Event, ctx: Context) -> Next:
        match event:
            case Pressed(LAST_USED.id):
                await ctx.core.announcements.prefer(ctx.known.id, None)
            case Pressed(messenger) if messenger in await messengers(ctx):
                await ctx.core.announcements.prefer(ctx.known.id, messenger)
            case _:
                return Pass()
        return Return(ShowReminders, msg("Запомнил."))
