"""Telegram's updates as events, by aiogram's own types. Loads aiogram: import it late."""

import re
from typing import Final

import structlog
from aiogram.enums import ChatMemberStatus, ChatType, ContentType
from aiogram.types import CallbackQuery, Message, Update, User
from pydantic import ValidationError

from bots.buttons import pressed
from bots.edge import Parsed, dated
from bots.raw import as_object, read_object
from bots.telegram.updates import of_one_person
from dialogs.event import Command, Edited, Event, Kind, Reachable, Said, Sent, Unreadable
from dialogs.ports import Json

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

FOREIGN: Final = "foreign"
"""`Sent.file` of a contact card that is not the sender's own."""

_COMMAND = re.compile(r"/([A-Za-z0-9_]{1,32})(?:@\w+)?(?:\s+(.*))?", re.DOTALL)

# What people send and we do not read. What is neither here nor read is service talk (a pinned message, a new title).
_OTHER: Final = frozenset(
    {
        ContentType.ANIMATION,
        ContentType.AUDIO,
        ContentType.CHECKLIST,
        ContentType.DICE,
        ContentType.GAME,
        ContentType.LIVE_PHOTO,
        ContentType.PAID_MEDIA,
        ContentType.POLL,
        ContentType.STICKER,
        ContentType.STORY,
        ContentType.UNKNOWN,
        ContentType.VIDEO,
        ContentType.VIDEO_NOTE,
    }
)


def parse(raw: str) -> Parsed:
    """The event of an update; Unreadable for what aiogram, or we, cannot make sense of."""
    try:
        update = Update.model_validate(_without_what_was_pressed(read_object(raw)))
    except (ValidationError, RecursionError) as error:
        # Also what every update would be if the API had outgrown aiogram: that must not pass unseen.
        log.warning("update was not understood", error=type(error).__name__)
        return Parsed(Unreadable(), of_one_person(raw))
    if update.callback_query is not None:
        return _press(update.callback_query)
    if update.message is not None:
        message = update.message
        event = dated(_sent(message), message.date, message.message_id)
        return Parsed(event, _private(message), _language(message.from_user))
    if update.edited_message is not None:
        edited = update.edited_message
        return Parsed(Edited(str(edited.message_id), edited.text or edited.caption or ""), _private(edited))
    if update.my_chat_member is not None:
        # In a private chat it means nothing but this (messengers.md §1.3).
        allowed = update.my_chat_member.new_chat_member.status != ChatMemberStatus.KICKED
        return Parsed(Reachable(allowed), of_one_person(raw))
    return Parsed(Unreadable(), of_one_person(raw))


def _without_what_was_pressed(update: Json) -> dict[str, object]:
    """A press brings the whole message that it is under, buttons and all; no more is asked of that than its chat."""
    press = as_object(update.get("callback_query"))
    message = as_object(press.get("message"))
    if not message:
        return dict(update)
    place = {name: message[name] for name in ("message_id", "date", "chat") if name in message}
    return {**update, "callback_query": {**press, "message": place}}


def _press(query: CallbackQuery) -> Parsed:
    event: Event = pressed(query.data or "") or Unreadable()
    private = query.message is not None and query.message.chat.type == ChatType.PRIVATE
    return Parsed(event, private, _language(query.from_user))


def _private(message: Message) -> bool:
    return message.chat.type == ChatType.PRIVATE


def _language(user: User | None) -> str | None:
    code = (user.language_code if user is not None else None) or ""
    return code.split("-")[0].lower() or None


def _sent(message: Message) -> Event:
    caption = message.caption or ""
    if message.text is not None:
        return _said(message.text)
    if message.photo:
        largest = max(message.photo, key=lambda size: size.width * size.height)
        return Sent(Kind.PHOTO, largest.file_id, caption)
    if message.document is not None and message.animation is None:
        # A picture sent "as a file" is a picture: its codes are read all the better.
        picture = (message.document.mime_type or "").startswith("image/")
        kind, name = Kind.PHOTO if picture else Kind.FILE, message.document.file_name or ""
        return Sent(kind, message.document.file_id, caption, name=name)
    if message.voice is not None:
        return Sent(Kind.VOICE, message.voice.file_id, caption)
    if message.contact is not None:
        return _contact(message)
    if message.location is not None or message.venue is not None:
        return Sent(Kind.LOCATION)
    return Sent(Kind.OTHER, None, caption) if message.content_type in _OTHER else Unreadable(silent=True)


def _said(text: str) -> Event:
    match = _COMMAND.fullmatch(text)
    return Command(match[1].lower(), (match[2] or "").strip()) if match is not None else Said(text)


def _contact(message: Message) -> Event:
    """The sender's own number stands in `text`; of another's card nothing is taken (messengers.md §1.4)."""
    card, sender = message.contact, message.from_user
    if card is None or sender is None or card.user_id != sender.id:
        return Sent(Kind.CONTACT, FOREIGN)
    return Sent(Kind.CONTACT, None, card.phone_number)
