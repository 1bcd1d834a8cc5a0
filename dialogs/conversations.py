"""All conversations in one place: importing it registers every step for saved sessions."""

# Imported for their steps, which register themselves.
from dialogs import (  # noqa: F401  # noqa: F401
    balance,
    call_backs,
    codes,
    contacts,
    flats,
    helpers,
    helping,
    history,
    linking,
    linking_done,
    linking_proof,
    outages,
    payments,
    questions,
    readings,
    real_bot,
    receipts,
    reminders,
    second_chat,
    settings,
)
from dialogs.broadcasts import OPEN_BUTTON, STOP_BUTTON, broadcast_button
from dialogs.consent import AskConsent, ConsentForLink, agreed_version, consent_again
from dialogs.event import Edited, Event, Reachable
from dialogs.home import Home
from dialogs.link_notices import BUTTON
from dialogs.link_notices import notice_answer as link_answer
from dialogs.notices import notice_screen, read_whole
from dialogs.questions_notices import TICKET_BUTTON, ticket_button
from dialogs.read_on_page import READ_BUTTON
from dialogs.readings import clear_line
from dialogs.reminder_buttons import telling_button
from dialogs.step import Context, Next, Step

__all__ = [
    "BUTTON",
    "agreed_version",
    "clear_line",
    "consent_again",
    "consent_before",
    "home_of",
    "language_step",
    "noted",
    "notice_answer",
    "notice_screen",
    "question_step",
]


def home_of(ctx: Context) -> Step:
    """Where a chat is at home: at the consent until it is given, at the menu after that."""
    return AskConsent() if ctx.resident is None else Home()


def consent_before(payload: str) -> Step:
    """The consent of somebody who came by a deep link."""
    return ConsentForLink(payload)


async def notice_answer(choice: str, ctx: Context) -> Next:
    """What the button of a notice does."""
    if choice.startswith(TICKET_BUTTON):
        return await ticket_button(choice, ctx)
    if choice.startswith(READ_BUTTON):
        return await read_whole(choice, ctx)
    if choice.startswith(call_backs.CALL_BUTTON):
        return await call_backs.call_button(choice, ctx)
    if (told := await telling_button(choice, ctx)) is not None:
        return told
    if choice.startswith((OPEN_BUTTON, STOP_BUTTON)):
        return await broadcast_button(choice, ctx)
    asked_by = second_chat.answer_of if choice.startswith(second_chat.ANSWER) else link_answer
    return await asked_by(choice, ctx)


async def noted(event: Event, ctx: Context) -> bool:
    """Takes note of what is never answered; False for all else. A message was edited: only what was said to an operator
    has a memory. The person has shut us out, or let us in again: what many are told keeps to that."""
    match event:
        case Edited(message, text):
            await ctx.core.questions.edit(ctx.chat, message, text)
        case Reachable(allowed):
            await ctx.core.announcements.reached(ctx.chat, allowed=allowed)
        case _:
            return False
    return True


def language_step() -> Step:
    return settings.ChooseLanguage()


def question_step() -> Step:
    return questions.ChooseTopic()
