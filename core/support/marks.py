"""How far an answer has come, told from what the outbox knows of its calls."""

from datetime import timedelta
from typing import Final

from core.support.model import Mark
from core.support.ports import Told

WAITS_AT_MOST: Final = timedelta(days=1)
"""An answer that made no call for so long will make none: its turn was given up, or there is no chat to write to."""


def mark_of(told: Told) -> Mark:
    """Several calls (a text and a file) are one answer: it is delivered when the messenger has taken them all."""
    if told.blocked:
        return Mark.BLOCKED
    if told.given_up:
        return Mark.UNKNOWN
    if not told.calls:
        return Mark.WAITING if told.age < WAITS_AT_MOST else Mark.UNKNOWN
    return Mark.DELIVERED if told.taken == told.calls else Mark.SENT
