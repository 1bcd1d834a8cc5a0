"""Telegram's updates read shallowly: which event, which chat. Whatever comes in, nothing here raises."""

from typing import Final

from bots.raw import as_object, integer, read_object, string
from dialogs.ports import ChatAddress, Incoming, Json

MESSENGER: Final = "telegram"

ALLOWED_UPDATES: Final = ("message", "edited_message", "callback_query", "my_chat_member")


def identify(raw: str, bot: str) -> Incoming | None:
    """The event's key (its update_id) and chat; None without one of them."""
    update = read_object(raw)
    number = integer(update.get("update_id"))
    peer = next((chat for body in update.values() if (chat := _chat(as_object(body))) is not None), None)
    if number is None or peer is None:
        return None
    return Incoming(ChatAddress(MESSENGER, bot, str(peer)), str(number), raw)


def of_one_person(raw: str) -> bool:
    """Whether the chat of an update of any kind is a private one: ids of groups and channels are negative."""
    return all((_chat(as_object(body)) or 0) >= 0 for body in read_object(raw).values())


def press_id(raw: str) -> str | None:
    """The id of the press in an update, for answerCallbackQuery; None when it is no press."""
    if '"callback_query"' not in raw:
        return None
    return string(as_object(read_object(raw).get("callback_query")).get("id")) or None


def _chat(body: Json) -> int | None:
    """The chat of a message, or of the message under a press."""
    chat = as_object(body.get("chat")) or as_object(as_object(body.get("message")).get("chat"))
    return integer(chat.get("id"))
