"""The buttons under reminders and notices of outages, and what they lead to."""

from core.broadcasts.reminders import Reminder
from core.errors import NotFound
from core.ids import PremisesId
from dialogs.flats import Purpose, for_flat
from dialogs.outages import said
from dialogs.questions_words import number_of
from dialogs.screen import msg
from dialogs.step import Context, Next, Stay
from dialogs.telling import OUTAGE_BUTTON, REMINDER_BUTTON

STOPPED = msg("Больше не напомню. Включить снова: «Настройки» → «Напоминания».")

_OPENS = {"readings": Purpose.READINGS, "receipt": Purpose.RECEIPT, "pay": Purpose.PAY}


async def telling_button(choice: str, ctx: Context) -> Next | None:
    """What a button under a reminder or a notice of an outage does; None for another's. Raises NotFound.

    `notice.outage.<report>.<outage>`, `notice.reminder.stop.<kind>`, `notice.reminder.open.<what>[.<flat>]`
    """
    if choice.startswith(OUTAGE_BUTTON):
        return Stay(await said(choice.removeprefix(OUTAGE_BUTTON), ctx))
    if not choice.startswith(REMINDER_BUTTON):
        return None
    act, _, rest = choice.removeprefix(REMINDER_BUTTON).partition(".")
    match act:
        case "stop" if rest in set(Reminder):
            await ctx.core.reminders.switch(ctx.known.id, Reminder(rest), on=False)
            return Stay(STOPPED)
        case "open":
            return await _opened(rest, ctx)
    raise NotFound


async def _opened(rest: str, ctx: Context) -> Next:
    what, _, number = rest.partition(".")
    if what not in _OPENS:
        raise NotFound
    premises = PremisesId(number_of(number)) if number else None
    if premises is not None:
        await ctx.flat(premises)
    return await for_flat(_OPENS[what], ctx, premises=premises)
