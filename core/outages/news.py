"""The mailing by which an event of an outage is told, and until when that makes sense."""

from datetime import timedelta
from typing import Final

from core.broadcasts.model import MailingKind
from core.broadcasts.ports import NewMailing
from core.broadcasts.reminders import Reminder
from core.outages.model import Outage

KEY: Final = "outage:"
TOLD_WITHIN: Final = timedelta(hours=14)
"""Past a night of quiet hours; what is then still to begin, or lasts, is told until its end."""


def outage_mailing(outage: Outage, event: int) -> NewMailing:
    """One a line of history: so each is told once, whoever asks for it how often. What is planned keeps quiet hours."""
    until = max(outage.updated_at + TOLD_WITHIN, outage.ends_at or outage.updated_at)
    kind = MailingKind.BREAKDOWN if outage.emergency else MailingKind.OUTAGE
    return NewMailing(f"{KEY}{event}", kind, Reminder.OUTAGE.topic, not_after=until)


def event_of(key: str) -> int | None:
    """The event that a mailing's key names; None for other mailings."""
    number = key.removeprefix(KEY)
    return int(number) if key.startswith(KEY) and number.isascii() and number.isdigit() else None
