"""Screens as Bot API calls. Plain text, without parse_mode: text of people can then never be markup."""

from collections.abc import Sequence
from typing import Final

from dialogs.fit import FittedButton, FittedMessage, Limits, fit
from dialogs.ports import Call, Json
from dialogs.screen import Screen, Translator

LIMITS: Final = Limits(text=4096, caption=1024, label=64, buttons=100, rows=50, per_row=8)
"""messengers.md §1.4; labels and rows have no published limit, these are what phones show."""


def render(screen: Screen, rev: int, translator: Translator) -> Sequence[Call]:
    """The calls that show a screen; the chat is added when they are sent."""
    return [_call(message) for message in fit(screen, translator, rev, LIMITS)]


def _call(message: FittedMessage) -> Call:
    keyboard = _keyboard(message)
    if message.file is None:
        return Call("sendMessage", {"text": message.text, "link_preview_options": {"is_disabled": True}, **keyboard})
    caption: Json = {"caption": message.text} if message.text else {}
    method = "sendPhoto" if message.file.picture else "sendDocument"
    return Call(method, {**caption, **keyboard}, message.file)


def _keyboard(message: FittedMessage) -> Json:
    if message.contact is not None:
        return _asking(message.contact, message)
    if not message.rows:
        return {}
    rows = [[_button(button) for button in row] for row in message.rows]
    return {"reply_markup": {"inline_keyboard": rows}}


def _button(button: FittedButton) -> Json:
    does = {"callback_data": button.data} if button.url is None else {"url": button.url}
    return {"text": button.label, **does}


def _asking(contact: str, message: FittedMessage) -> Json:
    """Only a button in the place of the keyboard hands a phone number over; the other buttons then stand there as well,
    and come back as text: what equals an offered label counts as a press (dialogs.engine)."""
    rows: list[list[Json]] = [[{"text": contact, "request_contact": True}]]
    rows += [[{"text": button.label} for button in row] for row in message.rows]
    return {"reply_markup": {"keyboard": rows, "resize_keyboard": True, "one_time_keyboard": True}}
