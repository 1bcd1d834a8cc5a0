"""Letters of broadcasts through aiogram, and what became of each. Loads aiogram: import it late.

Unlike a reply, a letter is never sent again where it may have arrived: only what the server has surely not taken (a
flood limit, a connection that never stood) may be carried once more (reliability.md §1.2).
"""

from typing import Final

from aiogram.exceptions import (
    AiogramError,
    ClientDecodeError,
    TelegramConflictError,
    TelegramEntityTooLarge,
    TelegramNetworkError,
    TelegramServerError,
)
from pydantic import ValidationError

from bots.edge import GivenUp, TryAgain
from bots.http import NEVER_LEFT
from bots.telegram.sending import STALE_FILE, Sender, classify
from core.broadcasts.model import DeliveryState
from dialogs.mailings import Fate, Letter, NotTaken, Refused, Taken, Unclear
from dialogs.ports import FileContent

# No answer, or one that does not say what was done. A conflict is none of ours: sends do not meet any.
_UNCLEAR: Final = (TelegramServerError, ClientDecodeError, TelegramConflictError)


async def carry(sender: Sender, letter: Letter, file: FileContent | None) -> Fate:
    """One letter. Never raises what a server can cause."""
    try:
        return Taken(await sender.call(letter.call, letter.chat, file, letter.remote))
    except (AiogramError, ValidationError) as error:
        return fate_of(error)
    except UnicodeDecodeError:
        return Unclear("an answer that is no text")


def fate_of(error: AiogramError | ValidationError) -> Fate:
    """What an error of aiogram means for a letter (messengers.md §1.2)."""
    if isinstance(error, TelegramNetworkError) and not isinstance(error, TelegramEntityTooLarge):
        left = not isinstance(error.__context__, NEVER_LEFT)
        return Unclear(type(error).__name__) if left else NotTaken(1.0, reason="no connection")
    if isinstance(error, _UNCLEAR):
        return Unclear(type(error).__name__)
    match classify(error):
        case TryAgain(after, everyone):
            return NotTaken(after, everyone=everyone, reason=type(error).__name__)
        case GivenUp("blocked", _):
            return Refused(DeliveryState.BLOCKED, type(error).__name__)
        case GivenUp(_, reason) if any(text in reason for text in STALE_FILE):
            return NotTaken(0.0, stale=True, reason="stale file")
    return Refused(DeliveryState.FAILED, type(error).__name__)
