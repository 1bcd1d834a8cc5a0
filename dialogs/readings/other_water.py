"""The numbers of cold and hot water were exchanged, and only one of them has been said."""

from dataclasses import dataclass
from decimal import Decimal

from core.errors import NotFound
from core.ids import MeterId, PremisesId
from core.meters.numbers import BadNumber, parse_reading
from dialogs import words
from dialogs.event import Event, Pressed, Said
from dialogs.readings import wording
from dialogs.readings.lines import ConfirmLine, in_place, to_confirm
from dialogs.readings.said import said_at
from dialogs.screen import Number, Screen, lines, msg, paragraphs
from dialogs.step import Context, Next, Pass, Stay, Step


@dataclass(frozen=True)
class EnterOther(Step):
    """What was typed for one water is the other's: what does this one's meter show?"""

    name = "readings.swapped"
    premises: PremisesId
    meter: MeterId
    other: MeterId
    value: Decimal
    said: int = 0

    @property
    def _alone(self) -> ConfirmLine:
        """What was said, where one of the meters is gone and the other's number is not to be asked for."""
        return ConfirmLine(self.premises, {self.other: self.value}, self.said)

    async def show(self, ctx: Context) -> Screen:
        await ctx.flat(self.premises)
        try:
            meter = await ctx.core.readings.meter_of(self.premises, self.meter)
            other = await ctx.core.readings.meter_of(self.premises, self.other)
        except NotFound:
            return await self._alone.show(ctx)
        state = await ctx.core.readings.state(meter, ctx.at)
        return Screen(
            paragraphs(
                msg("Понял: {value} — это {meter}.", value=Number(self.value), meter=words.meter_name(other)),
                lines(words.meter_name(meter), wording.known_of(state, ctx)),
                msg("А что показывает этот счётчик? Напишите число."),
            )
        )

    async def answer(self, event: Event, ctx: Context) -> Next:
        await ctx.flat(self.premises)
        if isinstance(event, Pressed):
            return await self._alone.answer(event, ctx)
        if not isinstance(event, Said) or words.menu_word(event.text):
            return Pass()
        try:
            value = parse_reading(event.text)
        except BadNumber as bad:
            return Stay(wording.PROBLEMS[bad.problem])
        values = {self.meter: value, self.other: self.value}
        return in_place(await to_confirm(self.premises, values, self.said or said_at(ctx), ctx))
