"""All readings in one line, at any time: understood, asked about where it is unclear, confirmed at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from core.errors import NotFound
from core.ids import MeterId, PremisesId
from core.meters.line import LONGEST_LINE, LinePart, parse_line, parse_list, parse_part
from core.meters.model import Claim, Meter
from core.meters.rules import Check, Doubt
from core.meters.use_cases import TooManyDecimals
from core.services import Service
from dialogs import words
from dialogs.event import Event, Pressed
from dialogs.flats import Purpose, begins, for_flat
from dialogs.readings import wording
from dialogs.readings.buttons import (
    CLAIMS_OF_LINE,
    CORRECT,
    EXCHANGE,
    REPLACED_SO,
    RIGHT,
    RIGHT_ANYWAY,
    ways_out,
)
from dialogs.readings.gone import kept_of_gone, will_be_kept
from dialogs.readings.said import instant, said_at, submission
from dialogs.readings.summary import summary
from dialogs.screen import Choice, Plain, Screen, Text, lines, msg, paragraphs, rows
from dialogs.step import Context, Done, Go, Next, Pass, Stay, Step, Swap

OTHER_WATER = {Service.COLD_WATER: Service.HOT_WATER, Service.HOT_WATER: Service.COLD_WATER}


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
    if parts is None or (not known and not any(part.meters for part in parts)):
        return None
    values = {part.meters[0].id: part.value for part in parts if part.clear and part.value is not None}
    if unclear := [part for part in parts if not part.clear]:
        if _may_be_asked(unclear) and len(parts) <= len(meters):
            return Go(AskMeter(premises, values, tuple(part.said for part in unclear), said_at(ctx)))
        return Stay(wording.unclear(unclear))
    return await to_confirm(premises, values, said_at(ctx), ctx)


async def list_for(premises: PremisesId, text: str, ctx: Context) -> Next | None:
    """The confirmation of a bare list, said where meters are asked for in order: as many values as open meters."""
    values = parse_list(text)
    meters = await ctx.core.readings.open_meters(premises)
    if values is None or len(values) != len(meters):
        return None
    found = {meter.id: value for meter, value in zip(meters, values, strict=True)}
    return await to_confirm(premises, found, said_at(ctx), ctx)


def _may_be_asked(unclear: Sequence[LinePart]) -> bool:
    """Plain numbers, of which only the meter is in doubt: none was named, or words that fit several."""
    return all(part.value is not None and (part.meters or not part.words) for part in unclear)


async def to_confirm(premises: PremisesId, values: Mapping[MeterId, Decimal], said: int, ctx: Context) -> Next:
    for meter in await ctx.core.readings.open_meters(premises):
        try:
            if meter.id in values:
                await ctx.core.readings.check(meter, values[meter.id], instant(said, ctx))
        except TooManyDecimals:
            return Stay(lines(words.meter_name(meter), wording.decimals_of(meter)))
    return Go(ConfirmLine(premises, values, said))


def in_place(found: Next) -> Next:
    """On in place of the present step."""
    return Swap(found.step, found.say) if isinstance(found, Go) else found


@dataclass(frozen=True)
class AskMeter(Step):
    """Whose number is it? `left` are the unclear pieces of a line, the first of them is asked about."""

    name = "readings.which"
    premises: PremisesId
    values: Mapping[MeterId, Decimal]
    left: tuple[str, ...]
    said: int = 0

    async def show(self, ctx: Context) -> Screen:
        await ctx.flat(self.premises)
        items = tuple(Choice(str(meter.id), words.meter_label(meter)) for meter in await self._candidates(ctx))
        if not items:
            raise NotFound
        asked = wording.whose_is(Plain(f"«{self.left[0]}»"))
        return Screen(lines(asked, msg("Выберите счётчик:")), items=items)

    async def answer(self, event: Event, ctx: Context) -> Next:
        await ctx.flat(self.premises)
        if not isinstance(event, Pressed):
            return Pass()
        meter = next((one for one in await self._candidates(ctx) if str(one.id) == event.choice), None)
        value = await self._value(ctx)
        if meter is None:
            return await self._gone(event.choice, value, ctx)
        return await self._on({**self.values, meter.id: value}, None, ctx)

    async def _gone(self, choice: str, value: Decimal, ctx: Context) -> Next:
        """The meter chosen was closed meanwhile: what was read off it goes to an operator."""
        if not choice.isdecimal():
            raise NotFound
        by = submission(ctx, self.said)
        return await self._on(self.values, await kept_of_gone(self.premises, MeterId(int(choice)), value, by, ctx), ctx)

    async def _on(self, values: Mapping[MeterId, Decimal], say: Text | None, ctx: Context) -> Next:
        """To the next unclear piece, or to the confirmation."""
        if left := self.left[1:]:
            return Swap(AskMeter(self.premises, values, left, self.said), say)
        if not values:
            return Done(say)
        found = await to_confirm(self.premises, values, self.said, ctx)
        return Swap(found.step, say) if isinstance(found, Go) else found

    async def _candidates(self, ctx: Context) -> Sequence[Meter]:
        part = await self._part(ctx)
        free = [one for one in await ctx.core.readings.open_meters(self.premises) if one.id not in self.values]
        return [one for one in free if one in part.meters] if part.meters else free

    async def _part(self, ctx: Context) -> LinePart:
        part = parse_part(self.left[0], await ctx.core.readings.open_meters(self.premises)) if self.left else None
        if part is None or part.value is None:
            raise NotFound
        return part

    async def _value(self, ctx: Context) -> Decimal:
        value = (await self._part(ctx)).value
        if value is None:
            raise NotFound
        return value


@dataclass(frozen=True)
class ConfirmLine(Step):
    """Several values confirmed at once."""

    name = "readings.line"
    premises: PremisesId
    values: Mapping[MeterId, Decimal]
    said: int = 0

    async def show(self, ctx: Context) -> Screen:
        await ctx.flat(self.premises)
        shown: list[Text] = []
        for meter, value in await self._meters(ctx):
            check = await _judged(meter, value, self.said, ctx)
            state = await ctx.core.readings.state(meter, instant(self.said, ctx))
            shown.append(lines(await wording.value_lines(state, value, check, ctx), wording.doubt_of(check, state)))
        exchange = EXCHANGE if await self._exchanged(ctx) else None
        return Screen(
            paragraphs(
                msg("Проверьте:"),
                *shown,
                *await will_be_kept(self.premises, self.values, ctx),
                await self._counts_for(ctx),
                msg("Всё верно?"),
            ),
            self._rows(await self._doubts(ctx), exchange),
        )

    def _rows(self, doubts: Mapping[MeterId, Check], exchange: Choice | None) -> tuple[tuple[Choice, ...], ...]:
        """Of one doubt all its ways out; what is said of several would not be clear."""
        match [*doubts.values()]:
            case [check]:
                return ways_out(check, exchange, REPLACED_SO)
            case []:
                return rows((RIGHT, CORRECT))
        return rows((RIGHT_ANYWAY, CORRECT), (exchange,) if exchange else ())

    async def _doubts(self, ctx: Context) -> Mapping[MeterId, Check]:
        judged = {meter.id: await _judged(meter, value, self.said, ctx) for meter, value in await self._meters(ctx)}
        return {meter: check for meter, check in judged.items() if check.doubt is not None}

    async def answer(self, event: Event, ctx: Context) -> Next:
        await ctx.flat(self.premises)
        match event:
            case Pressed(choice) if choice in CLAIMS_OF_LINE:
                return await self._confirmed(CLAIMS_OF_LINE[choice], ctx)
            case Pressed(EXCHANGE.id):
                exchanged = await self._exchanged(ctx)
                return Swap(ConfirmLine(self.premises, exchanged, self.said)) if exchanged else Stay()
            case Pressed(CORRECT.id):
                return Done(msg("Хорошо. Напишите строку ещё раз или выберите «Показания»."))
        return Pass()

    async def _confirmed(self, claim: Claim, ctx: Context) -> Next:
        """All of them are stored or, where a dial has changed, none; what was read off a closed meter goes to an
        operator. The claim is about what is doubtful."""
        meters = {meter.id: meter for meter in await ctx.core.readings.open_meters(self.premises)}
        by = submission(ctx, self.said)
        for meter_id, value in self.values.items():
            try:
                if meter_id in meters:
                    await ctx.core.readings.check(meters[meter_id], value, by.at)
            except TooManyDecimals:
                meter = meters[meter_id]
                return Done(lines(words.meter_name(meter), wording.decimals_of(meter)))
        doubts, claimed = await self._doubts(ctx), submission(ctx, self.said, claim)
        for meter in meters.values():
            if meter.id in self.values:
                told = claimed if meter.id in doubts else by
                await ctx.core.readings.submit(self.premises, meter.id, self.values[meter.id], told)
        gone = [
            await kept_of_gone(self.premises, one, self.values[one], by, ctx)
            for one in self.values
            if one not in meters
        ]
        return Done(paragraphs(*gone, await summary(self.premises, ctx)))

    async def _counts_for(self, ctx: Context) -> Text | None:
        """Which month that is, where it is not plain: once, should all of them count for the same."""
        at = instant(self.said, ctx)
        told = [wording.counts_for(await ctx.core.readings.window(meter, at)) for meter, _ in await self._meters(ctx)]
        return next((one for one in told if one is not None), None)

    async def _exchanged(self, ctx: Context) -> dict[MeterId, Decimal] | None:
        """The values with those of two waters exchanged, where they fit only so."""
        for meter, value in await self._meters(ctx):
            check = await _judged(meter, value, self.said, ctx)
            if check.doubt not in {Doubt.BELOW_LAST, Doubt.LARGE}:
                continue
            for other, its in await self._meters(ctx):
                fits = other.service is OTHER_WATER.get(meter.service) and other.place == meter.place
                if fits and await self._fit(ctx, (meter, its), (other, value)):
                    return {**self.values, meter.id: its, other.id: value}
        return None

    async def _fit(self, ctx: Context, *pairs: tuple[Meter, Decimal]) -> bool:
        return all([(await _judged(meter, value, self.said, ctx)).doubt is None for meter, value in pairs])

    async def _meters(self, ctx: Context) -> Sequence[tuple[Meter, Decimal]]:
        """In the order in which meters are asked for, whatever that of the line; without those closed meanwhile."""
        meters = await ctx.core.readings.open_meters(self.premises)
        return [(meter, self.values[meter.id]) for meter in meters if meter.id in self.values]


async def _judged(meter: Meter, value: Decimal, said: int, ctx: Context) -> Check:
    """A value that was taken before, judged anew; one that the dial cannot show any more is a doubt like others."""
    try:
        return await ctx.core.readings.check(meter, value, instant(said, ctx))
    except TooManyDecimals:
        return Check(None, Doubt.BEYOND_DECIMALS)
