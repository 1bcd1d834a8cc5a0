"""What a call's outcome means for a letter of a broadcast, which is never sent again where it may have arrived."""

from bots.edge import GivenUp, TryAgain
from core.broadcasts.model import DeliveryState
from dialogs.mailings import Fate, NotTaken, Refused, Unclear


def fate_of(outcome: TryAgain | GivenUp, reason: str) -> Fate:
    """The reason stands in the broadcast's report: it names no person."""
    match outcome:
        case TryAgain(unclear=True):
            return Unclear(reason)
        case TryAgain(after, everyone):
            return NotTaken(after, everyone=everyone, reason=reason)
        case GivenUp("blocked"):
            return Refused(DeliveryState.BLOCKED, reason)
    return Refused(DeliveryState.FAILED, reason)
