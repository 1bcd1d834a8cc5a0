"""Everything the sandbox's VK remembers: people, conversations, messages, presses, files, events."""

import base64
import itertools
import os
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sandbox.phone import Bubble, Person
from sandbox.vk.callback import Callback
from sandbox.vk.errors import ApiError, invalid
from sandbox.vk.events import Events, LongPoll
from sandbox.vk.files import Library
from sandbox.vk.limits import Limits
from sandbox.wire import Json

if TYPE_CHECKING:
    from sandbox.vk.phone import VkPhone

CHAT_PEERS = 2_000_000_000
_FIRST_VERSION = 10_000_000


@dataclass(slots=True)
class Conversation:
    """A private conversation (peer = the person) or a chat (peer = 2e9 + N), with the phones that show it.

    `allowed` is the person's consent to be written to, `closed` their privacy setting.
    """

    peer_id: int
    person: Person | None = None
    allowed: bool = True
    closed: bool = False
    unread: int = 0
    messages: list[Json] = field(default_factory=list)
    phones: list["VkPhone"] = field(default_factory=list)
    keyboard: Json | None = None
    # (random_id, when, message_id) of the last messages the community sent.
    sent: deque[tuple[int, float, Json]] = field(default_factory=deque)


@dataclass(frozen=True, slots=True)
class Press:
    """A press that waits for sendMessageEventAnswer; `at` is on the sandbox clock."""

    phone: "VkPhone"
    peer_id: int
    at: float


class World:
    """The state of one community. `prefix` is where the server is mounted, `base_url` its outside address."""

    def __init__(
        self,
        group_id: int,
        limits: Limits,
        clock: Callable[[], float] = time.time,
        secret: str | None = None,
        confirmation: str | None = None,
    ) -> None:
        self.group_id = group_id
        self.limits = limits
        self.clock = clock
        self.prefix = ""
        self.base_url = ""
        self.conversations: dict[int, Conversation] = {}
        self.blacklist: set[int] = set()
        self.presses: dict[str, Press] = {}
        self.messages: dict[int, Json] = {}
        self.longpoll = LongPoll(limits.longpoll_history, clock=clock)
        self.callback = Callback(group_id, limits, secret, confirmation or f"c{group_id:08x}", clock)
        self.callback.handovers = self.longpoll.handovers
        self.events = Events(group_id, self.longpoll, self.callback)
        self.events.anew = self._anew
        self.library = Library(group_id, self.now, lambda path: self.base_url + path, lambda: self.prefix)
        self._numbers = itertools.count(1)

    def press(self, phone: "VkPhone", peer_id: int) -> str:
        """A press of a callback button waits for its answer; its id."""
        event_id = base64.b16encode(os.urandom(6)).decode().lower()
        self.presses[event_id] = Press(phone, peer_id, self.clock())
        return event_id

    def _anew(self, kind: str, body: Json) -> Json:
        """A press that the client sends again is another press; a message is the same."""
        press = self.presses.get(str(body.get("event_id")))
        return {**body, "event_id": self.press(press.phone, press.peer_id)} if press is not None else body

    def now(self) -> int:
        """Seconds since 1970 on the sandbox clock."""
        return int(self.clock())

    def moment(self) -> datetime:
        """The sandbox clock as a date."""
        return datetime.fromtimestamp(self.clock(), UTC)

    def conversation(self, peer_id: int) -> Conversation:
        """The conversation, whether or not the community may write there; error 927 or 901 when there is none."""
        found = self.conversations.get(peer_id)
        if found is not None:
            return found
        if peer_id == 0:
            raise invalid("peer_id is invalid")
        raise ApiError(927 if peer_id > CHAT_PEERS else 901)

    def writable(self, peer_id: int) -> Conversation:
        """The conversation the community may write to; errors 900, 901, 902, 927."""
        conversation = self.conversation(peer_id)
        if peer_id in self.blacklist:
            raise ApiError(900)
        if conversation.closed:
            raise ApiError(902)
        if not conversation.allowed:
            raise ApiError(901)
        return conversation

    def message(self, conversation: Conversation, from_id: int, text: str, more: Json) -> Json:
        """A new message, stored in the conversation; in chats the message id is 0, as bots see it."""
        out = from_id == -self.group_id
        private = conversation.peer_id < CHAT_PEERS
        number = next(self._numbers)
        message: Json = {
            "date": self.now(),
            "from_id": from_id,
            "id": number if private else 0,
            "version": _FIRST_VERSION + number,
            "out": int(out),
            "important": False,
            "is_hidden": False,
            "attachments": [],
            "conversation_message_id": len(conversation.messages) + 1,
            "fwd_messages": [],
            "text": text,
            "peer_id": conversation.peer_id,
            **more,
        }
        conversation.messages.append(message)
        conversation.unread = 0 if out else conversation.unread + 1
        self.messages[number] = message
        return message

    def show(self, conversation: Conversation, bubble: Bubble, author: "VkPhone | None" = None) -> None:
        """A message appears on every phone that shows the conversation."""
        for phone in conversation.phones:
            mine = phone is author
            copy = Bubble(bubble.id, mine, bubble.text, "plain", bubble.rows, bubble.media, at=bubble.at)
            copy.plain = bubble.text
            phone.show(copy)


def number_of(message: Json) -> int:
    """The message's number in the whole community, also in chats, where its `id` is 0."""
    return int(str(message["version"])) - _FIRST_VERSION
