"""VK's events read shallowly: which event, which chat. Whatever comes in, nothing here raises."""

import hashlib
from collections.abc import Callable
from typing import Final

from bots.raw import as_object, integer, read_object, string
from bots.vk.api import VERSION
from dialogs.ports import ChatAddress, Incoming, Json

MESSENGER: Final = "vk"

EVENTS: Final = ("message_new", "message_edit", "message_event", "message_allow", "message_deny")
"""What we ask for; anything else says nothing about a chat with us."""

FIRST_CHAT_PEER: Final = 2_000_000_000
"""Peers from here on are chats of several people."""

_LONGEST_KEY: Final = 128

Place = tuple[int, int]
"""Of a message in its chat: when it was said by VK's clock, and its number there. It is the same in an event and in the
history, and names the message (docs/adr/0011)."""


def identify(raw: str, bot: str) -> Incoming | None:
    """The event's key (its event_id) and peer; None for an event that is not from a chat."""
    event = read_object(raw)
    peer = _peer(string(event.get("type")), as_object(event.get("object")))
    if peer is None:
        return None
    return Incoming(ChatAddress(MESSENGER, bot, str(peer)), _key(event, raw), raw)


def is_private(peer: int) -> bool:
    """Whether a peer is a person alone with the community."""
    return 0 < peer < FIRST_CHAT_PEER


def place_of(message: Json) -> Place | None:
    """Where a message stands in its chat; None for one that cannot be told."""
    said_at, number = integer(message.get("date")), integer(message.get("conversation_message_id"))
    return None if said_at is None or number is None or number <= 0 else (said_at, number)


def as_event(message: Json, group_id: int, veiled: Callable[[str], str]) -> Json:
    """A message of the history as the event that never came. Its name is the same each time it is made.

    The name becomes the key of the turn, which logs tell. A peer is a person, so what names the message is `veiled`.
    """
    place = f"{message.get('peer_id')}:{message.get('conversation_message_id')}:{message.get('date')}"
    name = f"message:{veiled(place)}"
    return {"group_id": group_id, "type": "message_new", "event_id": name, "v": VERSION, "object": {"message": message}}


def press_of(raw: str) -> dict[str, str | int] | None:
    """What names a press of a callback button for sendMessageEventAnswer; None when the event is none."""
    if '"message_event"' not in raw:
        return None
    body = as_object(read_object(raw).get("object"))
    press, user, peer = string(body.get("event_id")), integer(body.get("user_id")), integer(body.get("peer_id"))
    if not press or user is None or peer is None:
        return None
    return {"event_id": press, "user_id": user, "peer_id": peer}


def _peer(kind: str, body: Json) -> int | None:
    match kind:
        case "message_new":
            return integer(as_object(body.get("message")).get("peer_id"))
        case "message_event" | "message_edit":
            return integer(body.get("peer_id"))
        case "message_allow" | "message_deny":
            return integer(body.get("user_id"))
    return None


def _key(event: Json, raw: str) -> str:
    key = string(event.get("event_id"))
    return key if 0 < len(key) <= _LONGEST_KEY else hashlib.sha256(raw.encode(errors="replace")).hexdigest()
