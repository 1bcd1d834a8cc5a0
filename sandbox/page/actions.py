"""What a hand can do with a phone, by the names the page uses."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from sandbox.page.snapshot import Json
from sandbox.page.voice import one_second_of_silence
from sandbox.phone import Phone

MAX_UPLOAD: Final = 20 * 1024 * 1024
"""Bytes of one picture or document: what a bot can fetch again (Bot API, getFile)."""
SOMEBODY_ELSE: Final = ("+79000000001", 7)
"""A contact card that is not the sender's: phone number and account id."""
MAGNITOGORSK: Final = (53.407, 58.979)
"""Latitude and longitude in degrees."""
NOT_NOW: Final = "Сейчас не получится: похоже, вы запретили боту писать. Разрешите снова: «+», «Разрешить писать»."
WHY_NOT: Final = {
    "press": "Этой кнопки уже нет.",
    "press_keyboard": "Этой кнопки уже нет.",
    "edit": "Исправлять нечего: вы ещё ничего не написали.",
}


class Refused(ValueError):
    """The page asked for something that cannot be done; the text is shown to the reader."""


class Fields:
    """The JSON body of an action, read with care: it comes from outside."""

    def __init__(self, body: Json) -> None:
        if not isinstance(body, Mapping):
            raise Refused("Страница прислала не то, что ожидалось. Обновите её.")
        self._body = body

    def text(self, name: str) -> str:
        """A string field; empty when it is not there."""
        value = self._body.get(name, "")
        if not isinstance(value, str):
            raise Refused(f"Поле «{name}» должно быть текстом. Обновите страницу.")
        return value

    def number(self, name: str) -> int:
        """A whole-number field."""
        value = self._body.get(name)
        if not isinstance(value, int) or isinstance(value, bool):
            raise Refused(f"Поле «{name}» должно быть числом. Обновите страницу.")
        return value


Action = Callable[[Phone, Fields], Awaitable[object]]


async def say(phone: Phone, fields: Fields) -> None:
    """Type a text and send it."""
    text = fields.text("text").strip()
    if not text:
        raise Refused("Сначала напишите что-нибудь.")
    await phone.say(text)


async def press(phone: Phone, fields: Fields) -> None:
    """Press a button under a bubble: any bubble, an old one too."""
    await phone.press(fields.number("bubble"), fields.number("row"), fields.number("column"))


async def press_keyboard(phone: Phone, fields: Fields) -> None:
    """Press a button of the keyboard under the text field."""
    await phone.press_keyboard(fields.number("row"), fields.number("column"))


async def voice(phone: Phone, _fields: Fields) -> None:
    """Say nothing for a second."""
    await phone.send_voice(one_second_of_silence())


ACTIONS: Final[Mapping[str, Action]] = {
    "say": say,
    "press": press,
    "press_keyboard": press_keyboard,
    "start": lambda phone, fields: phone.start(fields.text("payload") or None),
    "own_contact": lambda phone, _: phone.share_contact(),
    "other_contact": lambda phone, _: phone.share_contact(*SOMEBODY_ELSE),
    "sticker": lambda phone, _: phone.send_sticker(),
    "location": lambda phone, _: phone.send_location(*MAGNITOGORSK),
    "poll": lambda phone, _: phone.send_poll(),
    "voice": voice,
    "edit": lambda phone, fields: phone.edit_last(fields.text("text")),
    "block": lambda phone, _: phone.block(),
    "unblock": lambda phone, _: phone.unblock(),
}


async def act(phone: Phone, fields: Fields) -> None:
    """Do what the page asks. Refused: an unknown action or a wrong field."""
    name = fields.text("do")
    action = ACTIONS.get(name)
    if action is None:
        raise Refused("Такого действия нет. Обновите страницу.")
    try:
        await action(phone, fields)
    except (AssertionError, IndexError, KeyError):  # how a phone says that its hand cannot do this
        raise Refused(WHY_NOT.get(name, NOT_NOW)) from None


async def hand_over(phone: Phone, query: Mapping[str, str], content: bytes, mime: str) -> None:
    """Send a file as a photo or as a document."""
    try:
        if query.get("kind") == "photo":
            await phone.send_photo(content, query.get("caption", ""))
        else:
            await phone.send_document(content, query.get("name") or "file", mime)
    except AssertionError:
        raise Refused(NOT_NOW) from None
