"""A meter that was closed or replaced in the middle of a conversation: nothing typed for it is lost."""

from decimal import Decimal

from core.ids import MeterId, PremisesId
from core.meters.use_cases import Submission
from dialogs.readings import wording
from dialogs.screen import Number, Text, lines, msg
from dialogs.step import Context


async def kept_of_gone(premises: PremisesId, meter: MeterId, value: Decimal, by: Submission, ctx: Context) -> Text:
    """Hands a value confirmed for a closed meter to an operator, and says so. Raises NotFound for a foreign meter."""
    closed = await ctx.core.readings.gone_meter(premises, meter)
    await ctx.core.readings.keep_for_operator(closed, value, by)
    return lines(wording.meter_gone(closed), msg("Число {value} передал оператору.", value=Number(value)))
