"""Words of operators and of billing systems, where a messenger may carry no name, address or sum (`minimal`).

They write what they like, so none of their words are in such a chat. A button under the notice gives a page of the web
part that shows it whole, once. The button names the notice, `notice.read.<name>.<subject>`; what it is about is looked
up anew, for this resident: a forged one shows nothing that is not one's own.
"""

from typing import Final, Protocol

from core.city import City
from core.errors import NotFound
from dialogs.event import Notice, NoticeKind
from dialogs.link_notices import BUTTON
from dialogs.screen import Choice, Personal, Plain, msg
from dialogs.step import Context

READ_BUTTON: Final = f"{BUTTON}read."
_READ: Final = msg("Прочитать")
_HIDDEN: Final = msg("откроется по кнопке «Прочитать»")
_NAMES: Final = {
    "answer": NoticeKind.ANSWER,
    "declined": NoticeKind.READING_DECLINED,
    "task": NoticeKind.TASK_SETTLED,
}


class Reader(Protocol):
    """What is asked of whoever reads; a turn's context has it."""

    @property
    def city(self) -> City: ...

    @property
    def minimal(self) -> bool: ...


def their_words(text: str | None) -> Personal:
    """What somebody else has written, for a screen with the button."""
    return Personal(Plain(text or "—"), _HIDDEN)


def read_row(kind: NoticeKind, subject: str, ctx: Reader) -> tuple[Choice, ...]:
    """The row with the button under a notice; empty where the messenger may carry everything."""
    if not ctx.minimal:
        return ()
    name = next(name for name, one in _NAMES.items() if one is kind)
    if kind is NoticeKind.READING_DECLINED:
        subject = _short(subject, ctx)
    return (Choice(f"{READ_BUTTON}{name}.{subject}", _READ),)


def notice_of(choice: str, ctx: Context) -> Notice:
    """The notice that a button names. Raises NotFound."""
    name, _, subject = choice.removeprefix(READ_BUTTON).partition(".")
    if name not in _NAMES:
        raise NotFound
    kind = _NAMES[name]
    return Notice(kind, _whole(subject, ctx) if kind is NoticeKind.READING_DECLINED else subject)


def _short(subject: str, ctx: Reader) -> str:
    """`reading:provider` is too long for a button: the reading without dashes, the provider by its place."""
    reading, _, provider = subject.partition(":")
    place = [one.code for one in ctx.city.providers].index(ctx.city.provider(provider).code)
    return f"{reading.replace('-', '')}:{place}"


def _whole(subject: str, ctx: Context) -> str:
    reading, _, place = subject.partition(":")
    if not (place.isascii() and place.isdigit() and len(place) < 3 and int(place) < len(ctx.city.providers)):
        raise NotFound
    return f"{reading}:{ctx.city.providers[int(place)].code}"
