"""What the conversations about readings say: of a meter, of a value, of a doubt."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from core.ids import PremisesId
from core.meters.line import LinePart
from core.meters.model import Estimate, Flag, Meter, MeterState, Reading, Standing, Window
from core.meters.numbers import NumberProblem
from core.meters.rules import SETTLED_BY_OPERATOR, Check, Doubt, days_of_verification, verification_expired
from dialogs import words
from dialogs.screen import Day, Month, Msg, Number, Plain, Rub, Text, lines, msg, plural
from dialogs.step import Context

PROBLEMS = {
    NumberProblem.EMPTY: msg("Напишите число со счётчика."),
    NumberProblem.NOT_A_NUMBER: msg("Это не похоже на число. Напишите только цифры, например: 123,4"),
    NumberProblem.NEGATIVE: msg("Показание не бывает меньше нуля. Напишите число без минуса."),
    NumberProblem.SEVERAL: msg("Здесь несколько чисел. Напишите одно: показание этого счётчика."),
    NumberProblem.AMBIGUOUS: msg("Не понял, где в числе запятая. Напишите, например: 1234,5"),
    NumberProblem.TOO_LONG: msg("Слишком длинное число. Проверьте, нет ли лишних цифр."),
}
URGENT_DAYS = 30
"""From here on a verification is to be arranged now."""


def named_value(meter: Meter, value: Decimal) -> Text:
    return msg("{meter}: {value}", meter=words.meter_name(meter), value=Number(value))


# --- a meter that is asked for


def known_of(state: MeterState, ctx: Context) -> Text:
    """What the resident should know before reading the dial."""
    if state.previous is None:
        previous: Text = msg("Прошлого показания нет.")
    else:
        previous = msg("Прошлое показание: {value}", value=Number(state.previous))
    submitted = state.submitted
    return lines(
        previous,
        msg("Уже передано: {value}", value=Number(submitted.value)) if submitted else None,
        months_missing(state, ctx),
        verification_line(state.meter, ctx),
    )


def months_missing(state: MeterState, ctx: Context) -> Text | None:
    """How many months in a row have had no reading, and what follows (R4)."""
    count, allowed = state.missing, ctx.city.averaging_on(ctx.clock.today()).months
    if count <= 0:
        return None
    if count > allowed:
        return msg("{n}-й месяц без показаний: считают по нормативу.", n=count)
    if count == allowed:
        return msg("{n}-й месяц без показаний: считают по среднему, дальше норматив.", n=count)
    return msg(
        "{n}-й месяц без показаний: считают по среднему, после {allowed}-го будет норматив.", n=count, allowed=allowed
    )


def verification_line(meter: Meter, ctx: Context) -> Text | None:
    """That the verification runs out, more urgent as it draws near, or that it has run out (R5)."""
    until, today = meter.verified_until, ctx.clock.today()
    if until is None:
        return None
    if verification_expired(meter, today):
        return msg(
            "Срок поверки вышел {day}: показание примем, но считать по нему смогут только после поверки.",
            day=Day(until, full=True),
        )
    left = days_of_verification(meter, today, ctx.city.verification.warn_days)
    return None if left is None else _verification_left(until, left, ctx)


def _verification_left(until: date, left: int, ctx: Context) -> Text:
    if left == 0:
        return msg("Сегодня последний день поверки счётчика.")
    stage = min(one for one in ctx.city.verification.warn_days if one >= left)
    day = Day(until, full=True)
    if stage > URGENT_DAYS:
        return plural(
            "Поверка действует до {day}: остался {n} день.",
            "Поверка действует до {day}: осталось дней: {n}.",
            left,
            day=day,
        )
    return plural(
        "Пора договориться о поверке: остался {n} день, до {day}.",
        "Пора договориться о поверке: осталось дней: {n}, до {day}.",
        left,
        day=day,
    )


def counts_for(window: Window) -> Text | None:
    """Which month a reading counts for, where that is not plain."""
    if window.late:
        return msg(
            "Приём за {closed} закончился: показание засчитаем за {month}.",
            closed=Month(window.period.previous),
            month=Month(window.period),
        )
    if window.extended:
        return msg("Приём за {month} продлён до {closes}.", month=Month(window.period), closes=Day(window.closes_on))
    return None


# --- a value that is confirmed


async def value_lines(state: MeterState, value: Decimal, check: Check, ctx: Context) -> Text:
    """The meter with its value, and what was used at what cost, as far as that can be said."""
    shown = named_value(state.meter, value)
    used = check.consumption
    if used is None or used < 0:
        return shown
    unit = words.unit_of(state.meter.service)
    if used == 0:
        return lines(shown, msg("Расход: 0 {unit}. Так и бывает, если не пользовались.", unit=unit))
    consumption = msg("Расход: {consumption} {unit}", consumption=Number(used), unit=unit)
    if Flag.VERIFICATION_EXPIRED in check.flags:  # billing goes by the average: a sum would promise too much
        cost: Text | None = msg("В расчёт не пойдёт: вышел срок поверки.")
    else:
        cost = await cost_line(state.meter, used, ctx)
    return lines(shown, consumption, _over_months(state), cost)


def _over_months(state: MeterState) -> Text | None:
    if state.months < 2:
        return None
    return msg("Это за {n} мес.: раньше показаний не было.", n=state.months)


async def cost_line(meter: Meter, used: Decimal, ctx: Context) -> Text | None:
    """What a consumption would cost: an estimate, and named as one."""
    return await estimate_line(meter.premises, await ctx.core.readings.estimate(meter, used), ctx)


async def estimate_line(premises: PremisesId, found: Estimate | None, ctx: Context) -> Text | None:
    """Every sum of these conversations is said here, and to nobody who only helps with the flat."""
    if found is None or not (await ctx.flat(premises)).owned:
        return None
    rate = Number(found.tariff.rate)
    return msg("Примерно {cost} (оценка по тарифу {rate} ₽).", cost=Rub(found.cost), rate=rate)


def doubt_of(check: Check, state: MeterState) -> Text | None:
    """Why a value is asked about. What an operator must settle is said before it is confirmed."""
    operator = msg("Если на счётчике именно так, оставьте: оператор проверит и учтёт.")
    match check.doubt:
        case Doubt.BELOW_LAST if state.previous is not None:
            why: Text = msg("Это меньше прошлого показания ({previous}).", previous=Number(state.previous))
        case Doubt.ROLLED_OVER:
            why = msg("Похоже, счётчик прошёл полный круг и начал с нуля.")
        case Doubt.BEYOND_DIAL:
            why = lines(_beyond(state.meter), msg("Красные цифры пишите после запятой."))
        case Doubt.BEYOND_DECIMALS:
            return decimals_of(state.meter)
        case Doubt.LARGE:
            return _large(state)
        case _:
            return None
    return lines(why, operator) if check.doubt in SETTLED_BY_OPERATOR else why


def _beyond(meter: Meter) -> Text:
    return plural(
        "На этом счётчике {n} цифра до запятой, а здесь больше.",
        "На этом счётчике цифр до запятой: {n}, а здесь больше.",
        meter.digits,
    )


def _large(state: MeterState) -> Text:
    large = msg("Это намного больше обычного. Проверьте, пожалуйста, цифры и запятую.")
    if state.usual is None or state.usual <= 0:
        return large
    usual = Number(round(state.usual, 1))
    return lines(large, msg("Обычно за месяц: {usual} {unit}", usual=usual, unit=words.unit_of(state.meter.service)))


def decimals_of(meter: Meter) -> Text:
    if meter.decimals == 0:
        return msg("У этого счётчика нет цифр после запятой.")
    return plural(
        "У этого счётчика после запятой {n} цифра.",
        "У этого счётчика цифр после запятой: {n}.",
        meter.decimals,
    )


# --- what became of it


def kept(meter: Meter, reading: Reading) -> Text:
    return msg(
        "Записано: {meter}: {value}. Оператор проверит.", meter=words.meter_name(meter), value=Number(reading.value)
    )


def taken(meter: Meter, reading: Reading) -> Text:
    shown = msg("Принято: {meter}: {value}.", meter=words.meter_name(meter), value=Number(reading.value))
    return lines(shown, _not_for_billing(reading))


def listed(meter: Meter, reading: Standing) -> Text:
    """A reading in a list of those taken."""
    return lines(named_value(meter, reading.value), _not_for_billing(reading))


def _not_for_billing(reading: Reading | Standing) -> Msg | None:
    expired = Flag.VERIFICATION_EXPIRED in reading.flags
    return msg("  не для расчёта: вышел срок поверки") if expired else None


def meter_gone(meter: Meter) -> Text:
    return msg("Счётчик снят с учёта: {meter}.", meter=words.meter_name(meter))


# --- a line


def unclear(parts: Sequence[LinePart]) -> Text:
    """What is unclear in a line: whose a number is, or what the number of a meter is."""
    whose = [part for part in parts if len(part.meters) != 1]
    what = [part for part in parts if len(part.meters) == 1]
    return lines(
        whose_is(_said(whose)) if whose else None,
        msg("Не понял показание: {said}.", said=_said(what)) if what else None,
        msg("Напишите так: «ХВС 123, ГВС 45,5», для нескольких счётчиков добавьте место: «ХВС кухня 123»."),
    )


def whose_is(said: Text) -> Text:
    return msg("Уточните, пожалуйста, какой это счётчик: {said}.", said=said)


def _said(parts: Sequence[LinePart]) -> Text:
    return Plain(", ".join(f"«{part.said}»" for part in parts)[:200])
