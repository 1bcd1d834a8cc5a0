"""When a value was said, and under which name it is stored.

A reading counts by the date of the message with its number. That date is typed-in state like the number: steps keep it
as seconds since 1970, and a confirmation that comes much later falls back to its own date.
"""

from datetime import UTC, datetime, timedelta

from core.meters.model import Claim
from core.meters.use_cases import Submission
from dialogs.step import Context


def said_at(ctx: Context) -> int:
    """The present message's date, as steps keep it."""
    return int(ctx.at.timestamp())


def instant(said: int, ctx: Context) -> datetime:
    """When a value was said, if that is believed: not after the present event, nor too long before it."""
    longest = timedelta(hours=ctx.city.checks_on(ctx.clock.today()).message_hours)
    try:
        written = datetime.fromtimestamp(said, UTC)
    except (ValueError, OverflowError, OSError):
        return ctx.at
    return written if timedelta() <= ctx.at - written <= longest else ctx.at


def submission(ctx: Context, said: int, claim: Claim = Claim.AS_SHOWN, note: str = "") -> Submission:
    return Submission(ctx.key, ctx.known.id, ctx.channel, instant(said, ctx), ctx.chat, claim, note)
