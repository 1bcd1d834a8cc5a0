"""All conversations in one place: importing it registers every step for saved sessions."""

from dialogs import (
    balance,
    consent,
    contacts,
    flats,
    history,
    linking,
    payments,
    questions,
    readings,
    receipts,
    settings,
)
from dialogs.consent import AskConsent
from dialogs.home import Home
from dialogs.notices import notice_screen
from dialogs.step import Context, Step

__all__ = ["CONVERSATIONS", "home_of", "language_step", "notice_screen", "question_step"]

CONVERSATIONS = (
    balance,
    consent,
    contacts,
    flats,
    history,
    linking,
    payments,
    questions,
    readings,
    receipts,
    settings,
)


def home_of(ctx: Context) -> Step:
    """Where a chat is at home: at the consent until it is given, at the menu after that."""
    return AskConsent() if ctx.resident is None else Home()


def language_step() -> Step:
    return settings.ChooseLanguage()


def question_step() -> Step:
    return questions.ChooseTopic()
