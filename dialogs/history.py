"""Looking back: consumption as a picture, charges and readings by month."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.billing.model import Month as BilledMonth
from core.billing.model import MonthLine
from core.ids import PremisesId
from core.meters.model import Meter, Reading, ReadingStatus
from dialogs import words
from dialogs.event import Event, Pressed, chosen_period
from dialogs.flats import Purpose, begins
from dialogs.readings.wording import verification_line
from dialogs.screen import (
    Choice,
    Day,
    File,
    Form,
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
    rows,
)
from dialogs.step import Context, Go, Next, Pass, Stay, Step

MONTHS = 12
_TOLD = msg("причина была в сообщении")
READINGS = Choice("readings", msg("Мои показания"))
CHANNELS: Mapping[str, Text] = {
    "telegram": Plain("Telegram"),
    "vk": msg("ВКонтакте"),
    "voice": msg("голосом"),
    "paper": msg("на бумаге"),
    "phone": msg("по телефону"),
    "web": msg("на сайте"),
    "office": msg("в центре обслуживания"),
}
"""By the value of `core.meters.model.Channel`."""


@begins(Purpose.HISTORY)
async def begin(premises: PremisesId, _: str, ctx: Context) -> Next:
    flat = await ctx.flat(premises)
    if ctx.minimal:
        return Go(ShowReadings(premises))
    if not await ctx.core.billing.history(flat.premises, MONTHS):
        return Go(ShowReadings(premises), msg("Начислений пока нет."))
    plot = Screen(msg("Расход по месяцам"), file=File(Form.CONSUMPTION_PLOT, premises, ctx.clock.period()))
    return Go(ShowHistory(premises), screens=(plot,))


@dataclass(frozen=True)
class ShowHistory(Step):
    name = "history"
    premises: PremisesId

    async def show(self, ctx: Context) -> Screen:
        flat = await ctx.flat(self.premises)
        months = await ctx.core.billing.history(flat.premises, MONTHS)
        items = tuple(Choice(str(month.period), Month(month.period).label()) for month in months)
        totals = [msg("{month}: {sum}", month=Month(month.period), sum=Rub(month.total)) for month in months[:6]]
        text = paragraphs(
            words.flat_line(flat), lines(msg("Начислено:"), *totals), msg("Какой месяц показать подробно?")
        )
        return Screen(text, rows(READINGS), items)

    async def answer(self, event: Event, ctx: Context) -> Next:
        match event:
            case Pressed(READINGS.id):
                return Go(ShowReadings(self.premises))
            case Pressed():
                return await self._month(event, ctx)
        return Pass()

    async def _month(self, event: Event, ctx: Context) -> Next:
        flat = await ctx.flat(self.premises)
        months = {month.period: month for month in await ctx.core.billing.history(flat.premises, MONTHS)}
        period = chosen_period(event, months)
        return Stay(month_text(months[period]) if period else msg("За этот месяц данных нет."))


def month_text(month: BilledMonth) -> Text:
    """A month's charges under the name of whoever billed them, and what was paid."""
    agents = dict.fromkeys(line.agent for line in month.lines)
    parts = [
        lines(
            msg("Начисляет {agent}:", agent=Plain(agent)),
            *(_charge(line) for line in month.lines if line.agent == agent),
        )
        for agent in agents
    ]
    totals = lines(
        msg("Всего начислено: {sum}", sum=Rub(month.total)),
        msg("Оплачено за месяц: {sum}", sum=Rub(month.paid)) if month.paid else None,
    )
    return paragraphs(msg("Начисления за {month}", month=Month(month.period)), *parts, totals)


def _charge(line: MonthLine) -> Text:
    charge = line.charge
    return msg(
        "• {service}: {volume} {unit} — {sum}",
        service=words.SERVICE_NAMES[charge.service],
        volume=Number(charge.volume),
        unit=Plain(charge.unit),
        sum=Rub(charge.total),
    )


@dataclass(frozen=True)
class ShowReadings(Step):
    name = "history.readings"
    premises: PremisesId

    async def show(self, ctx: Context) -> Screen:
        flat = await ctx.flat(self.premises)
        meters = await ctx.core.readings.open_meters(self.premises)
        readings = await ctx.core.readings.history([meter.id for meter in meters], MONTHS)
        if not readings:
            return Screen(paragraphs(words.flat_line(flat), msg("Вы ещё не передавали показания здесь.")))
        shown = [part for meter in meters if (part := _meter_part(meter, readings, ctx))]
        return Screen(paragraphs(words.flat_line(flat), *shown))

    async def answer(self, event: Event, ctx: Context) -> Next:
        return Pass()


def _meter_part(meter: Meter, readings: Sequence[Reading], ctx: Context) -> Text | None:
    own = [reading for reading in readings if reading.meter == meter.id][-8:]
    if not own:
        return None
    shown = (_reading(reading, ctx) for reading in own)
    return lines(words.meter_name(meter), verification_line(meter, ctx), *shown)


def _reading(reading: Reading, ctx: Context) -> Text:
    """What was sent, when, by which way and by whom, and what became of it: nothing is ever taken out."""
    line = msg(
        "• {month}: {value}, передано {day}",
        month=Month(reading.period),
        value=Number(reading.value),
        day=Day(ctx.clock.local(reading.submitted_at).date()),
    )
    return lines(line, _fate(reading), msg("  {way}", way=_way(reading, ctx)))


def _way(reading: Reading, ctx: Context) -> Text:
    channel = CHANNELS[reading.channel.value]
    if reading.resident is None or ctx.resident is None or reading.resident == ctx.resident.id:
        return channel
    return msg("{channel}, другой житель", channel=channel)


def _fate(reading: Reading) -> Text | None:
    if reading.status is ReadingStatus.DECLINED:
        return msg("  отклонено: {reason}", reason=Personal(Plain(reading.reason or "—"), _TOLD))
    if reading.status is ReadingStatus.FLAGGED:
        return msg("  проверяет оператор")
    return None if reading.current else msg("  исправлено позже")
