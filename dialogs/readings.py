"""Submitting readings: each open meter in turn, or all of them in one line at any time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from core.errors import NotFound
from core.ids import MeterId, PremisesId
from core.meters.line import LONGEST_LINE, LinePart, parse_line
from core.meters.model import Meter, MeterState, Reading, ReadingStatus
from core.meters.numbers import BadNumber, NumberProblem, parse_reading
from core.meters.rules import SETTLED_BY_OPERATOR, Check, Doubt, verification_expired
from core.meters.use_cases import Submission, TooManyDecimals
from dialogs import words
from dialogs.event import Event, Pressed, Said
from dialogs.flats import Purpose, begins, for_flat
from dialogs.screen import Choice, Day, Month, Number, Plain, Screen, Text, lines, msg, paragraphs, plural, rows
from dialogs.step import Context, Done, Go, Next, Pass, Return, Stay, Step, Swap

SKIP = Choice("skip", msg("Пропустить"))
RIGHT = Choice("right", msg("Верно"), confirm=True)
RIGHT_ANYWAY = Choice("right", msg("Верно, так на счётчике"), confirm=True)
CORRECT = Choice("correct", msg("Исправить"))

_PROBLEMS = {
    NumberProblem.EMPTY: msg("Напишите число со счётчика."),
    NumberProblem.NOT_A_NUMBER: msg("Это не похоже на число. Напишите только цифры, например: 123,4"),
    NumberProblem.NEGATIVE: msg("Показание не бывает меньше нуля. Напишите число без минуса."),
    NumberProblem.SEVERAL: msg("Здесь несколько чисел. Напишите одно: показание этого счётчика."),
    NumberProblem.AMBIGUOUS: msg("Не понял, где в числе запятая. Напишите, например: 1234,5"),
    NumberProblem.TOO_LONG: msg("Слишком длинное число. Проверьте, нет ли лишних цифр."),
}


@begins(Purpose.READINGS)
async def begin(premises: PremisesId, _: str, ctx: Context) -> Next:
    meters = await ctx.core.readings.open_meters(premises)
    if not meters:
        return Done(msg("В этой квартире нет открытых счётчиков: передавать показания не нужно."))
    return Go(EnterReading(premises, meters[0].id))


@dataclass(frozen=True)
class EnterReading(Step):
    name = "readings.enter"
    premises: PremisesId
    meter: MeterId

    async def show(self, ctx: Context) -> Screen:
        await ctx.flat(self.premises)
        meters = await ctx.core.readings.open_meters(self.premises)
        meter = next((one for one in meters if one.id == self.meter), None)
        if meter is None:
            raise NotFound
        state = await ctx.core.readings.state(meter)
        number = meters.index(meter) + 1
        place = msg(
            "Счётчик {number} из {count}: {meter}", number=number, count=len(meters), meter=words.meter_name(meter)
        )
        return Screen(paragraphs(place, _known(state, ctx), msg("Какое показание сейчас? Напишите число.")), rows(SKIP))

    async def answer(self, event: Event, ctx: Context) -> Next:
        await ctx.flat(self.premises)
        match event:
            case Pressed(SKIP.id):
                return await _next_meter(self.premises, self.meter, None, ctx)
            case Said(text):
                return await self._said(text, ctx)
        return Pass()

    async def _said(self, text: str, ctx: Context) -> Next:
        meter = await ctx.core.readings.meter_of(self.premises, self.meter)
        try:
            value = parse_reading(text)
            await ctx.core.readings.check(meter, value)
        except BadNumber as bad:
            return await line_for(self.premises, text, ctx, known=False) or Stay(_PROBLEMS[bad.problem])
        except TooManyDecimals as many:
            return Stay(_decimals(many.allowed))
        return Go(ConfirmReading(self.premises, self.meter, value))


@dataclass(frozen=True)
class ConfirmReading(Step):
    name = "readings.confirm"
    premises: PremisesId
    meter: MeterId
    value: Decimal

    async def show(self, ctx: Context) -> Screen:
        meter = await ctx.core.readings.meter_of(self.premises, self.meter)
        check = await _judged(meter, self.value, ctx)
        state = await ctx.core.readings.state(meter)
        text = paragraphs(_value_line(meter, self.value, check), _doubt(check, state), msg("Всё верно?"))
        return Screen(text, rows((RIGHT_ANYWAY if check.doubt else RIGHT, CORRECT)))

    async def answer(self, event: Event, ctx: Context) -> Next:
        await ctx.flat(self.premises)
        match event:
            case Pressed(RIGHT.id):
                return await self._confirmed(ctx)
            case Pressed(CORRECT.id):
                return Return(EnterReading)
            case Said():
                entered = await EnterReading(self.premises, self.meter).answer(event, ctx)
                return Swap(entered.step) if isinstance(entered, Go) else entered
        return Pass()

    async def _confirmed(self, ctx: Context) -> Next:
        meter = await ctx.core.readings.meter_of(self.premises, self.meter)
        try:
            reading = await ctx.core.readings.submit(meter, self.value, _submission(ctx))
        except TooManyDecimals as changed:
            raise NotFound from changed
        taken = msg("Принято: {meter}: {value}.", meter=words.meter_name(meter), value=Number(reading.value))
        say = taken if reading.current else _kept(meter, reading)
        return await _next_meter(self.premises, self.meter, say, ctx)


@begins(Purpose.LINE)
async def _begin_line(premises: PremisesId, text: str, ctx: Context) -> Next:
    return await line_for(premises, text, ctx) or Done(msg("Не понял строку с показаниями."))


async def readings_line(text: str, ctx: Context) -> Next | None:
    """What a line of readings said at home leads to; None when it is not such a line."""
    flats = await ctx.flats()
    if len(flats) == 1:
        return await line_for(flats[0].premises.id, text, ctx)
    for flat in flats:
        if parse_line(text, await ctx.core.readings.open_meters(flat.premises.id)):
            return await for_flat(Purpose.LINE, ctx, text[:LONGEST_LINE])
    return None


async def clear_line(text: str, ctx: Context) -> Next | None:
    """A line of readings with nothing unclear in it leads where `readings_line` says; anything else is None."""
    for flat in await ctx.flats():
        parts = parse_line(text, await ctx.core.readings.open_meters(flat.premises.id))
        if parts and all(part.clear for part in parts):
            return await readings_line(text, ctx)
    return None


async def line_for(premises: PremisesId, text: str, ctx: Context, *, known: bool = True) -> Next | None:
    """The confirmation of a line for one flat, or what is unclear in it. `known`: say so even if nothing fits."""
    meters = await ctx.core.readings.open_meters(premises)
    parts = parse_line(text, meters)
    if parts is None or (not known and not any(part.clear for part in parts)):
        return None
    if unclear := [part for part in parts if not part.clear]:
        return Stay(_unclear(unclear))
    values = {part.meters[0].id: part.value for part in parts if part.value is not None}
    for meter in meters:
        try:
            if meter.id in values:
                await ctx.core.readings.check(meter, values[meter.id])
        except TooManyDecimals as many:
            return Stay(lines(words.meter_name(meter), _decimals(many.allowed)))
    return Go(ConfirmLine(premises, values))


@dataclass(frozen=True)
class ConfirmLine(Step):
    """Several values confirmed at once."""

    name = "readings.line"
    premises: PremisesId
    values: Mapping[MeterId, Decimal]

    async def show(self, ctx: Context) -> Screen:
        shown: list[Text] = []
        doubtful = False
        for meter, value in await self._meters(ctx):
            check = await _judged(meter, value, ctx)
            doubtful = doubtful or check.doubt is not None
            doubt = _doubt(check, await ctx.core.readings.state(meter))
            shown.append(lines(_value_line(meter, value, check), doubt))
        return Screen(
            paragraphs(msg("Проверьте:"), *shown, msg("Всё верно?")),
            rows((RIGHT_ANYWAY if doubtful else RIGHT, CORRECT)),
        )

    async def answer(self, event: Event, ctx: Context) -> Next:
        await ctx.flat(self.premises)
        match event:
            case Pressed(RIGHT.id):
                confirmed = await self._meters(ctx)
                for meter, value in confirmed:
                    await _judged(meter, value, ctx)
                for meter, value in confirmed:
                    await ctx.core.readings.submit(meter, value, _submission(ctx))
                return Done(await summary(self.premises, ctx))
            case Pressed(CORRECT.id):
                return Done(msg("Хорошо. Напишите строку ещё раз или выберите «Показания»."))
        return Pass()

    async def _meters(self, ctx: Context) -> Sequence[tuple[Meter, Decimal]]:
        """In the order in which meters are asked for, whatever that of the line. Raises NotFound if one is gone."""
        meters = [meter for meter in await ctx.core.readings.open_meters(self.premises) if meter.id in self.values]
        if len(meters) < len(self.values):
            raise NotFound
        return [(meter, self.values[meter.id]) for meter in meters]


async def _judged(meter: Meter, value: Decimal, ctx: Context) -> Check:
    """A value that was taken before, judged anew. Raises NotFound if the dial has changed and cannot show it."""
    try:
        return await ctx.core.readings.check(meter, value)
    except TooManyDecimals as changed:
        raise NotFound from changed


def _submission(ctx: Context) -> Submission:
    return Submission(ctx.key, ctx.known.id, ctx.channel)


async def _next_meter(premises: PremisesId, meter: MeterId, say: Text | None, ctx: Context) -> Next:
    meters = await ctx.core.readings.open_meters(premises)
    places = [place for place, one in enumerate(meters) if one.id == meter]
    following = meters[places[0] + 1 :] if places else ()
    if following:
        return Swap(EnterReading(premises, following[0].id), say)
    return Done(await summary(premises, ctx))


async def summary(premises: PremisesId, ctx: Context) -> Text:
    """What was taken, for which period, what waits for an operator, and until when all that may be changed."""
    window = ctx.core.readings.window()
    meters = await ctx.core.readings.open_meters(premises)
    sent = await ctx.core.readings.history([meter.id for meter in meters], 0)
    newest = {reading.meter: reading for reading in sent if reading.period == window.period}
    taken: list[Text] = []
    kept: list[Text] = []
    for meter in meters:
        if submitted := (await ctx.core.readings.state(meter)).submitted:
            taken.append(msg("{meter}: {value}", meter=words.meter_name(meter), value=Number(submitted.value)))
        if meter.id in newest and newest[meter.id].status is ReadingStatus.FLAGGED:
            kept.append(_kept(meter, newest[meter.id]))
    if not taken and not kept:
        return msg("Показания не переданы. К ним можно вернуться в любой момент.")
    return paragraphs(
        lines(msg("Приняты показания за {month}:", month=Month(window.period)), *taken) if taken else None,
        lines(*kept) if kept else None,
        msg("Исправить можно до {closes} включительно.", closes=Day(window.closes_on)),
    )


def _kept(meter: Meter, reading: Reading) -> Text:
    return msg(
        "Записано: {meter}: {value}. Оператор проверит.", meter=words.meter_name(meter), value=Number(reading.value)
    )


def _known(state: MeterState, ctx: Context) -> Text:
    if state.previous is None:
        previous: Text = msg("Прошлого показания нет.")
    else:
        previous = msg("Прошлое показание: {value}", value=Number(state.previous))
    expired = _expired(state, ctx)
    if state.submitted is None:
        return lines(previous, expired)
    return lines(previous, expired, msg("Уже передано: {value}", value=Number(state.submitted.value)))


def _expired(state: MeterState, ctx: Context) -> Text | None:
    until = state.meter.verified_until
    if until is None or not verification_expired(state.meter, ctx.clock.today()):
        return None
    return msg(
        "Срок поверки вышел {day}: показание примем, но считать по нему смогут только после поверки.",
        day=Day(until, full=True),
    )


def _value_line(meter: Meter, value: Decimal, check: Check) -> Text:
    shown = msg("{meter}: {value}", meter=words.meter_name(meter), value=Number(value))
    if check.consumption is None or check.consumption < 0:
        return shown
    used = msg("Расход: {consumption} {unit}", consumption=Number(check.consumption), unit=words.unit_of(meter.service))
    return lines(shown, used)


def _doubt(check: Check, state: MeterState) -> Text | None:
    """Why a value is asked about. What an operator must settle is said before it is confirmed."""
    operator = msg("Если на счётчике именно так, оставьте: оператор проверит и учтёт.")
    match check.doubt:
        case Doubt.BELOW_LAST if state.previous is not None:
            why: Text = msg("Это меньше прошлого показания ({previous}).", previous=Number(state.previous))
        case Doubt.ROLLED_OVER:
            why = msg("Похоже, счётчик прошёл полный круг и начал с нуля.")
        case Doubt.BEYOND_DIAL:
            why = plural(
                "На этом счётчике {n} цифра до запятой, а здесь больше.",
                "На этом счётчике цифр до запятой: {n}, а здесь больше.",
                state.meter.digits,
            )
        case Doubt.LARGE:
            return msg("Это намного больше обычного. Проверьте, пожалуйста, цифры и запятую.")
        case _:
            return None
    return lines(why, operator) if check.doubt in SETTLED_BY_OPERATOR else why


def _decimals(allowed: int) -> Text:
    return plural(
        "У этого счётчика после запятой {n} цифра.",
        "У этого счётчика цифр после запятой: {n}.",
        allowed,
    )


def _unclear(parts: Sequence[LinePart]) -> Text:
    """What is unclear in a line: whose a number is, or what the number of a meter is."""
    whose = [part for part in parts if len(part.meters) != 1]
    what = [part for part in parts if len(part.meters) == 1]
    return lines(
        msg("Не понял, какой это счётчик: {said}.", said=_said(whose)) if whose else None,
        msg("Не понял показание: {said}.", said=_said(what)) if what else None,
        msg("Напишите так: «ХВС 123, ГВС 45,5», для нескольких счётчиков добавьте место: «ХВС кухня 123»."),
    )


def _said(parts: Sequence[LinePart]) -> Text:
    return Plain(", ".join(f"«{part.said}»" for part in parts)[:200])
