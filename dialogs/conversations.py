"""All conversations in one place: importing it registers every step for saved sessions."""

# Imported for their steps, which register themselves.
from dialogs import balance, contacts, flats, history, linking, payments, questions, readings, receipts, settings  # noqa: F401
from dialogs.consent import AskConsent
from dialogs.home import Home
from dialogs.notices import notice_screen
from dialogs.readings import clear_line
from dialogs.step import Context, Step

__all__ = ["clear_line", "home_of", "language_step", "notice_screen", "question_step"]


def home_of(ctx: Context) -> Step:
    """Where a chat is at home: at the consent until it is given, at the menu after that."""
    return AskConsent() if ctx.resident is None else Home()


def language_step() -> Step:
    return settings.ChooseLanguage()


def question_step() -> Step:
    return questions.ChooseTopic()
