"""Letters of broadcasts through aiogram, and what became of each. Loads aiogram: import it late.

Unlike a reply, a letter is never sent again where it may have arrived: only what the server has surely not taken (a
flood limit, a connection that never stood) may be carried once more (reliability.md §1.2).
"""

from aiogram.exceptions import AiogramError
from pydantic import ValidationError

from bots.edge import GivenUp
from bots.fates import fate_of
from bots.telegram.sending import STALE_FILE, Sender, classify
from dialogs.mailings import Fate, Letter, NotTaken, Taken, Unclear
from dialogs.ports import FileContent


async def carry(sender: Sender, letter: Letter, file: FileContent | None) -> Fate:
    """One letter. Never raises what a server can cause."""
    try:
        return Taken(await sender.call(letter.call, letter.chat, file, letter.remote))
    except (AiogramError, ValidationError) as error:
        return _fate(error)
    except UnicodeDecodeError:
        return Unclear("an answer that is no text")


def _fate(error: AiogramError | ValidationError) -> Fate:
    match outcome := classify(error):
        case GivenUp("dead", reason) if any(text in reason for text in STALE_FILE):
            return NotTaken(0.0, stale=True, reason="stale file")
    return fate_of(outcome, type(error).__name__)
