"""VK's events as ours, by vkbottle's own types. Loads vkbottle: import it late.

Payloads can be forged: they are data like any text, and only what a screen offered reaches a step.
"""

from typing import Final

import structlog

from bots.buttons import pressed
from bots.edge import Parsed, dated
from bots.raw import as_object, integer, read_object, string
from bots.vk.library import MessageEventMin, MessageMin, MessagesMessageAttachment, message_min
from bots.vk.updates import is_private
from core.errors import where
from dialogs.event import Attachment, Command, Edited, Event, Kind, Reachable, Said, Sent, Unreadable
from dialogs.ports import Json

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

START: Final = "начать"
IMAGE_DOCUMENT: Final = 4
"""`doc.type` of pictures."""

LANGUAGES: Final = {0: "ru", 3: "en"}
"""`client_info.lang_id`, where known for sure; others choose their language in the settings."""


def parse(raw: str) -> Parsed:
    """The event; Unreadable for what vkbottle, or we, cannot make sense of."""
    event = read_object(raw)
    try:
        match event.get("type"):
            case "message_new":
                return _message(message_min(dict(event), None, replace_mention=False))  # type: ignore[arg-type]  # no API: nothing is called
            case "message_event":
                return _press(MessageEventMin.model_validate(dict(event)))
            case "message_edit":
                return _edit(as_object(event.get("object")))
            case "message_allow" | "message_deny" as kind:
                return Parsed(Reachable(kind == "message_allow"))
    except Exception as error:
        # The types of vkbottle run code of their own on what comes in; whatever it raises, the update is unreadable.
        log.warning("event was not understood", **where(error))
        return Parsed(Unreadable())
    return Parsed(Unreadable(silent=True))


def _press(event: MessageEventMin) -> Parsed:
    press = pressed(string(as_object(event.payload).get("choice")))
    return Parsed(press or Unreadable(), is_private(event.peer_id))


def _edit(message: Json) -> Parsed:
    """A link in a text brings an edit too, when its preview is made: the words are the same then."""
    number, person = integer(message.get("conversation_message_id")), integer(message.get("from_id"))
    private = is_private(integer(message.get("peer_id")) or 0)
    if number is None or person is None or person <= 0:
        return Parsed(Unreadable(silent=True), private)
    return Parsed(Edited(str(number), string(message.get("text"))), private)


def _message(message: MessageMin) -> Parsed:
    info = message.client_info
    language = LANGUAGES.get(info.lang_id) if info is not None and info.lang_id is not None else None
    event = dated(_sent(message), message.date, message.conversation_message_id)
    return Parsed(event, is_private(message.peer_id), language)


def _sent(message: MessageMin) -> Event:
    if message.action is not None or message.from_id <= 0:
        return Unreadable(silent=True)
    payload = _payload(message)
    press = pressed(string(payload.get("choice")))
    if press is not None:
        return press
    text = message.text.strip()
    if payload.get("command") == "start" or text.casefold() == START:
        return Command("start", string(message.ref))
    attached = _attached(message)
    if attached is not None:
        return attached
    if message.geo is not None:
        return Sent(Kind.LOCATION)
    # A link in a text comes with an attachment of its own: the text is what was said.
    # VK hands the payload of a deep link on with the first message, whatever it says (messengers.md §2.5).
    return Said(message.text, ref=string(message.ref)) if text else Sent(Kind.OTHER)


def _payload(message: MessageMin) -> Json:
    return read_object(message.payload) if isinstance(message.payload, str) else {}


def _attached(message: MessageMin) -> Event | None:
    """The attachments that can be read, with the message's text: the first, and what came with it."""
    found = [one for one in map(_attachment, message.attachments or []) if one is not None]
    if not found:
        return None
    first, *more = found
    return Sent(first.kind, first.file, message.text, name=first.name, more=tuple(more))


def _attachment(attachment: MessagesMessageAttachment) -> Attachment | None:
    photo, document, voice = attachment.photo, attachment.doc, attachment.audio_message
    if photo is not None and photo.sizes:
        largest = max(photo.sizes, key=lambda size: (size.width or 0) * (size.height or 0))
        return Attachment(Kind.PHOTO, str(largest.url))
    if document is not None:
        kind = Kind.PHOTO if document.type == IMAGE_DOCUMENT else Kind.FILE
        return Attachment(kind, string(document.url) or None, string(document.title))
    if voice is not None:
        return Attachment(Kind.VOICE, string(voice.link_ogg) or None)
    return None
