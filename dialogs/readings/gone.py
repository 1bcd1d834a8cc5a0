"""A meter that was closed or replaced in the middle of a conversation: nothing typed for it is lost."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from core.ids import MeterId, PremisesId
from core.meters.numbers import BadNumber, parse_reading
from core.meters.use_cases import Submission
from dialogs.event import Event, Said, Sent
from dialogs.readings import wording
from dialogs.readings.buttons import CORRECT, RIGHT
from dialogs.screen import Number, Screen, Text, lines, msg, paragraphs, rows
from dialogs.step import Context


def typed_in(event: Event) -> Decimal | None:
    """The number that a message, or a photo's caption, is; None where it is none."""
    try:
        return parse_reading(event.text) if isinstance(event, Said | Sent) else None
    except BadNumber:
        return None


async def kept_of_gone(premises: PremisesId, meter: MeterId, value: Decimal, by: Submission, ctx: Context) -> Text:
    """Hands a value meant for a closed meter to an operator, and says so. Raises NotFound for a foreign meter."""
    closed = await ctx.core.readings.gone_meter(premises, meter)
    await ctx.core.readings.keep_for_operator(closed, value, by)
    return lines(wording.meter_gone(closed), msg("Число {value} передал оператору.", value=Number(value)))


async def will_be_kept(premises: PremisesId, values: Mapping[MeterId, Decimal], ctx: Context) -> Sequence[Text]:
    """What will become of those values whose meters were closed meanwhile."""
    there = {meter.id for meter in await ctx.core.readings.open_meters(premises)}
    gone = [await ctx.core.readings.gone_meter(premises, one) for one in values if one not in there]
    return [
        lines(wording.meter_gone(meter), msg("Число {value} передам оператору.", value=Number(values[meter.id])))
        for meter in gone
    ]


async def gone_screen(premises: PremisesId, meter: MeterId, value: Decimal, ctx: Context) -> Screen:
    """A number that was not confirmed yet is drawn anew, and its meter is gone. Raises NotFound for a foreign meter."""
    told = await will_be_kept(premises, {meter: value}, ctx)
    return Screen(paragraphs(*told, msg("Всё верно?")), rows((RIGHT, CORRECT)))
