"""What a broadcast shows, and what its buttons do.

The operator's words are a text like those of ours: placeholders are filled in the reader's language, and where messages
may carry nothing personal, what tells of a flat or of money is left out whole (dialogs.minimal).
"""

from typing import Final

from core.broadcasts.model import Draft, Enclosure, MailingKind, PersonalFacts
from core.broadcasts.rules import OPENS, city_facts, personal, text_for
from core.city import City
from core.clock import CityClock
from core.errors import NotFound
from core.ids import MailingId
from dialogs import words
from dialogs.deep_links import as_done
from dialogs.event import Notice, NoticeKind, Pressed
from dialogs.fit import FittedMessage, Limits, fit
from dialogs.home import Home
from dialogs.link_notices import BUTTON
from dialogs.screen import Choice, File, Form, Msg, Plain, Rub, Screen, Text, Translator, Value, msg, rows
from dialogs.step import Context, Next, Stay

OPEN_BUTTON: Final = f"{BUTTON}open."
STOP_BUTTON: Final = f"{BUTTON}stop."
STOP: Final = msg("Не присылать объявления")
STOPPED: Final = msg("Объявлений больше не будет. Включить их снова можно в «Настройках».")


def broadcast_screen(
    draft: Draft, mailing: MailingId, language: str, facts: PersonalFacts | None, clock: CityClock, city: City
) -> Screen:
    """The message in one language; `facts` are there where it has placeholders of the resident's own."""
    filled: dict[str, Value] = {name: Plain(value) for name, value in city_facts(city, clock.local()).items()}
    if facts is not None:
        filled |= {"flat": _flat(facts), "owed": Rub(facts.owed)}
    buttons = [_button(number, draft, language, city) for number in range(len(draft.buttons))]
    stop = [Choice(f"{STOP_BUTTON}{draft.kind}", STOP)] if draft.kind is MailingKind.ANNOUNCEMENT else []
    text = Msg(text_for(draft.texts, language, city), filled)
    return Screen(text, rows(*buttons, *stop), file=file_of(draft.enclosure, mailing))


def preview(shown: Screen, translator: Translator, limits: Limits) -> FittedMessage:
    """A screen as one message of a messenger, for those who look at it before it is sent."""
    return fit(shown, translator, 0, limits)[0]


def file_of(enclosure: Enclosure | None, mailing: MailingId) -> File | None:
    if enclosure is None:
        return None
    return File(Form.BROADCAST_PICTURE if enclosure.picture else Form.BROADCAST_DOCUMENT, detail=str(mailing))


def _button(number: int, draft: Draft, language: str, city: City) -> Choice:
    button = draft.buttons[number]
    label = Plain(text_for(button.labels, language, city))
    if button.link is not None:
        return Choice(f"{BUTTON}link.{number}", label, url=button.link)
    return Choice(f"{OPEN_BUTTON}{button.opens}", label)


def _flat(facts: PersonalFacts) -> Text:
    if facts.name:
        return Plain(facts.name)
    return words.masked(facts.address) if facts.address is not None else msg("Квартира")


async def broadcast_notice(notice: Notice, ctx: Context) -> Screen | None:
    """A broadcast that is tried out in the reader's own chat; None when it is about something else. Raises NotFound."""
    if notice.kind != NoticeKind.BROADCAST_TRIAL:
        return None
    number = notice.subject.partition(":")[0]
    if not (number.isascii() and number.isdigit()):
        raise NotFound
    draft, facts = await ctx.core.announcements.shown(MailingId(int(number)), ctx.known.id)
    if personal(draft) and facts is None:
        raise NotFound
    return broadcast_screen(draft, MailingId(int(number)), ctx.language, facts, ctx.clock, ctx.city)


async def broadcast_button(choice: str, ctx: Context) -> Next:
    """What a button under a broadcast does: `notice.open.<choice of the menu>` or `notice.stop.announcement`. Both work
    whenever they are pressed, also twice."""
    if choice == f"{STOP_BUTTON}{MailingKind.ANNOUNCEMENT}":
        await ctx.core.announcements.stop(ctx.known.id)
        return Stay(STOPPED)
    opens = choice.removeprefix(OPEN_BUTTON)
    if not choice.startswith(OPEN_BUTTON) or opens not in OPENS:
        raise NotFound
    return as_done(await Home().answer(Pressed(opens, 0), ctx))
