"""Submitting readings step by step: each open meter in turn is asked for, judged, confirmed."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from core.errors import NotFound
from core.ids import MeterId, PremisesId
from core.meters.model import Claim, Meter, MeterState
from core.meters.numbers import BadNumber, NumberProblem, parse_reading
from core.meters.rules import Check, Doubt, successor, too_many_decimals, without_excess
from core.meters.use_cases import Submission, TooManyDecimals
from dialogs import words
from dialogs.event import Event, Kind, Pressed, Said, Sent
from dialogs.flats import Purpose, begins
from dialogs.readings import wording
from dialogs.readings.buttons import CLAIMS, CORRECT, DIAL, REPLACED, SKIP, SWAPPED, VERIFY, ways_out
from dialogs.readings.dial_photo import keep_photo
from dialogs.readings.gone import gone_screen, kept_of_gone, typed_in, will_be_kept
from dialogs.readings.lines import ConfirmLine, line_for, list_for
from dialogs.readings.other_water import EnterOther
from dialogs.readings.said import instant, said_at, submission
from dialogs.readings.summary import summary
from dialogs.readings.verifying import HowToVerify
from dialogs.screen import Choice, Number, Screen, Text, lines, msg, paragraphs, rows
from dialogs.step import Context, Done, Go, Next, Pass, Return, Stay, Step, Swap

TRIM = "trim"
LONGEST_NOTE = 300


@begins(Purpose.READINGS)
async def begin(premises: PremisesId, _: str, ctx: Context) -> Next:
    meters = await ctx.core.readings.open_meters(premises)
    if not meters:
        return Done(msg("В этой квартире нет открытых счётчиков: передавать показания не нужно."))
    return Go(EnterReading(premises, meters[0].id))


@dataclass(frozen=True)
class EnterReading(Step):
    """`typed` is a number with more decimals than the dial has (what of it is meant?), or one typed for a meter that
    this one has replaced."""

    name = "readings.enter"
    premises: PremisesId
    meter: MeterId
    typed: Decimal | None = None
    said: int = 0

    async def show(self, ctx: Context) -> Screen:
        await ctx.flat(self.premises)
        meters = await ctx.core.readings.open_meters(self.premises)
        meter = next((one for one in meters if one.id == self.meter), None)
        if meter is None and self.typed is not None:
            return await gone_screen(self.premises, self.meter, self.typed, ctx)
        if meter is None:
            raise NotFound
        state = await ctx.core.readings.state(meter, ctx.at)
        number = meters.index(meter) + 1
        place = msg(
            "Счётчик {number} из {count}: {meter}", number=number, count=len(meters), meter=words.meter_name(meter)
        )
        known = lines(wording.known_of(state, ctx), wording.counts_for(state.window))
        question = msg("Какое показание сейчас? Напишите число.")
        verify = (VERIFY,) if wording.verification_line(meter, ctx) else ()
        return Screen(paragraphs(place, known, question), rows(*self._ways(meter), verify, SKIP))

    def _ways(self, meter: Meter) -> tuple[Choice, ...]:
        """What may be meant by a number that was typed."""
        if self.typed is None:
            return ()
        trimmed = Number(without_excess(meter, self.typed))
        dial = (DIAL,) if too_many_decimals(meter, self.typed) else ()
        return (Choice(TRIM, msg("Записать {value}", value=trimmed)), *dial)

    async def answer(self, event: Event, ctx: Context) -> Next:
        await ctx.flat(self.premises)
        try:
            meter = await ctx.core.readings.meter_of(self.premises, self.meter)
        except NotFound:
            return await on_from_gone(self.premises, self.meter, ctx, typed_in(event) or self.typed)
        match event:
            case Pressed(SKIP.id):
                return await next_meter(self.premises, self.meter, None, ctx)
            case Pressed(VERIFY.id):
                return Go(HowToVerify(self.premises, self.meter))
            case Pressed(choice) if self.typed is not None and choice == TRIM:
                trimmed = without_excess(meter, self.typed)
                return Go(ConfirmReading(self.premises, self.meter, trimmed, self.said))
            case Pressed(DIAL.id) if self.typed is not None:
                typed = ConfirmReading(self.premises, self.meter, self.typed, self.said)
                return await stored(typed, Claim.DIAL, "", ctx)
            case Said(text):
                return await self._said(meter, text, ctx)
            case Sent(Kind.PHOTO):
                return await self._photo(meter, event, ctx)
        return Pass()

    async def _said(self, meter: Meter, text: str, ctx: Context) -> Next:
        try:
            value = parse_reading(text)
        except BadNumber as bad:
            return await self._no_number(text, bad.problem, ctx)
        try:
            await ctx.core.readings.check(meter, value, ctx.at)
        except TooManyDecimals:
            again = EnterReading(self.premises, self.meter, value, said_at(ctx))
            return Swap(again, wording.decimals_of(meter))
        return Go(ConfirmReading(self.premises, self.meter, value, said_at(ctx)))

    async def _no_number(self, text: str, problem: NumberProblem, ctx: Context) -> Next:
        if words.menu_word(text):
            return Pass()
        several = await list_for(self.premises, text, ctx)
        return several or await line_for(self.premises, text, ctx, known=False) or Stay(wording.PROBLEMS[problem])

    async def _photo(self, meter: Meter, sent: Sent, ctx: Context) -> Next:
        """Its caption may be the number; what is to be seen on it is never taken for one."""
        told = await keep_photo(meter, sent, ctx)
        if not sent.text.strip():
            return Stay(lines(told, msg("Само число я с него не читаю: напишите его, пожалуйста.")))
        match await self._said(meter, sent.text, ctx):
            case Go(step):
                return Go(step, told)
            case Swap(step, say):
                return Swap(step, lines(told, say))
            case Stay(why):
                return Stay(lines(told, why))
        return Stay(told)


@dataclass(frozen=True)
class ConfirmReading(Step):
    name = "readings.confirm"
    premises: PremisesId
    meter: MeterId
    value: Decimal
    said: int = 0

    async def show(self, ctx: Context) -> Screen:
        await ctx.flat(self.premises)
        try:
            meter = await ctx.core.readings.meter_of(self.premises, self.meter)
        except NotFound:
            return await gone_screen(self.premises, self.meter, self.value, ctx)
        at = instant(self.said, ctx)
        state = await ctx.core.readings.state(meter, at)
        check = self._judged(state, ctx)
        swapped = await self._swapped(meter, check, ctx)
        text = paragraphs(
            await wording.value_lines(state, self.value, check, ctx),
            wording.doubt_of(check, state),
            msg("Похоже на показание другого счётчика: {meter}.", meter=words.meter_name(swapped)) if swapped else None,
            wording.counts_for(state.window),
            msg("Всё верно?"),
        )
        return Screen(text, ways_out(check, SWAPPED if swapped else None))

    async def answer(self, event: Event, ctx: Context) -> Next:
        await ctx.flat(self.premises)
        match event:
            case Pressed(CORRECT.id | REPLACED.id | SWAPPED.id) if await self._gone(ctx):
                return await on_from_gone(self.premises, self.meter, ctx, self.value)
            case Pressed(CORRECT.id):
                return Return(EnterReading)
            case Pressed(REPLACED.id):
                return Go(DescribeMeter(self.premises, self.meter, self.value, self.said))
            case Pressed(SWAPPED.id):
                return await self._exchange(ctx)
            case Pressed(choice) if choice in CLAIMS:
                return await stored(self, CLAIMS[choice], "", ctx)
            case Said() | Sent(Kind.PHOTO):
                return await self._again(event, ctx)
        return Pass()

    async def _gone(self, ctx: Context) -> bool:
        return all(one.id != self.meter for one in await ctx.core.readings.open_meters(self.premises))

    async def _again(self, event: Said | Sent, ctx: Context) -> Next:
        """Another number in place of this one; a photo alone changes nothing."""
        if typed_in(event) is None and await self._gone(ctx):
            return await on_from_gone(self.premises, self.meter, ctx, self.value)
        if isinstance(event, Sent) and not event.text.strip():
            meter = await ctx.core.readings.meter_of(self.premises, self.meter)
            return Stay(await keep_photo(meter, event, ctx))
        entered = await EnterReading(self.premises, self.meter).answer(event, ctx)
        return Swap(entered.step, entered.say) if isinstance(entered, Go) else entered

    async def _exchange(self, ctx: Context) -> Next:
        meter = await ctx.core.readings.meter_of(self.premises, self.meter)
        state = await ctx.core.readings.state(meter, instant(self.said, ctx))
        other = await self._swapped(meter, self._judged(state, ctx), ctx)
        if other is None:
            return Stay()
        sent = (await ctx.core.readings.state(other, instant(self.said, ctx))).submitted
        if sent is not None:
            return Swap(ConfirmLine(self.premises, {meter.id: sent.value, other.id: self.value}, self.said))
        return Swap(EnterOther(self.premises, meter.id, other.id, self.value, self.said))

    async def _swapped(self, meter: Meter, check: Check, ctx: Context) -> Meter | None:
        if check.doubt not in {Doubt.BELOW_LAST, Doubt.LARGE}:
            return None
        return await ctx.core.readings.swapped(meter, self.value, instant(self.said, ctx))

    def _judged(self, state: MeterState, ctx: Context) -> Check:
        """A value that was taken before, judged anew: the dial may have been replaced by one of fewer decimals."""
        try:
            return ctx.core.readings.judge(state, self.value, instant(self.said, ctx))
        except TooManyDecimals:
            return Check(None, Doubt.BEYOND_DECIMALS)


@dataclass(frozen=True)
class DescribeMeter(Step):
    """The meter was replaced: what the operator should know of the new one, in the resident's words."""

    name = "readings.replaced"
    takes_any_words = True
    premises: PremisesId
    meter: MeterId
    value: Decimal
    said: int = 0

    async def show(self, ctx: Context) -> Screen:
        await ctx.flat(self.premises)
        try:
            meter = await ctx.core.readings.meter_of(self.premises, self.meter)
            told: Sequence[Text] = [lines(msg("Счётчик заменили:"), wording.named_value(meter, self.value))]
        except NotFound:
            told = await will_be_kept(self.premises, {self.meter: self.value}, ctx)
        text = paragraphs(
            *told,
            msg("Напишите номер нового счётчика и, если помните, последнее показание старого. Это прочтёт оператор."),
        )
        return Screen(text, rows(SKIP))

    async def answer(self, event: Event, ctx: Context) -> Next:
        await ctx.flat(self.premises)
        match event:
            case Pressed(SKIP.id):
                note = ""
            case Said(text):
                note = text.strip()[:LONGEST_NOTE]
            case _:
                return Pass()
        return await stored(ConfirmReading(self.premises, self.meter, self.value, self.said), Claim.REPLACED, note, ctx)


async def stored(asked: ConfirmReading, claim: Claim, note: str, ctx: Context) -> Next:
    """Submits a value the resident has confirmed, and goes on to the next meter."""
    premises, meter, value, by = asked.premises, asked.meter, asked.value, submission(ctx, asked.said, claim, note)
    try:
        reading = await ctx.core.readings.submit(premises, meter, value, by)
    except NotFound:
        return await on_from_gone(premises, meter, ctx, value, by)
    except TooManyDecimals:
        found = await ctx.core.readings.meter_of(premises, meter)
        return Swap(EnterReading(premises, meter, value, asked.said), wording.decimals_of(found))
    found = await ctx.core.readings.meter_of(premises, meter)
    say = wording.taken(found, reading) if reading.current else wording.kept(found, reading)
    return await next_meter(premises, meter, say, ctx)


async def next_meter(premises: PremisesId, meter: MeterId, say: Text | None, ctx: Context) -> Next:
    meters = await ctx.core.readings.open_meters(premises)
    places = [place for place, one in enumerate(meters) if one.id == meter]
    following = meters[places[0] + 1 :] if places else ()
    if following:
        return Swap(EnterReading(premises, following[0].id), say)
    return Done(await summary(premises, ctx))


async def on_from_gone(
    premises: PremisesId, meter: MeterId, ctx: Context, value: Decimal | None = None, by: Submission | None = None
) -> Next:
    """On from a meter closed meanwhile: to the one that took its place, else to the first without a reading.

    A value that was confirmed (`by` whom) goes to an operator; one that was only typed is offered for the new meter
    first.
    """
    closed, meters = await ctx.core.readings.gone_meter(premises, meter), await ctx.core.readings.open_meters(premises)
    new, told = successor(closed, meters), wording.meter_gone(closed)
    typed = value if new and not by else None
    if value is not None and typed is None:
        told = await kept_of_gone(premises, meter, value, by or submission(ctx, said_at(ctx)), ctx)
    if new:
        now = msg("Теперь здесь {meter}.", meter=words.meter_name(new))
        return Swap(EnterReading(premises, new.id, typed, said_at(ctx) if typed is not None else 0), lines(told, now))
    for one in meters:
        if (await ctx.core.readings.state(one, ctx.at)).submitted is None:
            return Swap(EnterReading(premises, one.id), told)
    return Done(paragraphs(told, await summary(premises, ctx) if meters else None))
