"""Everything the sandbox's Telegram remembers: people, chats, messages, files, presses, updates."""

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal
from uuid import uuid4

from sandbox.phone import Bubble, Media, MediaKind, Person
from sandbox.telegram.errors import BLOCKED, CHAT_NOT_FOUND, ApiError, bad_request
from sandbox.telegram.files import FileStore, StoredFile
from sandbox.telegram.limits import Limits, Pacer
from sandbox.telegram.updates import Updates
from sandbox.wire import Json

if TYPE_CHECKING:
    from sandbox.telegram.phone import TelegramPhone

ChatType = Literal["private", "supergroup"]


@dataclass(slots=True)
class Chat:
    """A private chat (id = the person's) or a supergroup (negative id), with the phones that show it."""

    id: int
    type: ChatType
    title: str
    person: Person | None = None
    started: bool = True
    blocked: bool = False
    messages: dict[int, Json] = field(default_factory=dict)
    phones: list["TelegramPhone"] = field(default_factory=list)
    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def json(self) -> Json:
        """The Chat object."""
        if self.person is None:
            return {"id": self.id, "type": self.type, "title": self.title}
        json: Json = {"id": self.id, "type": self.type, "first_name": self.person.first_name}
        if self.person.last_name:
            json["last_name"] = self.person.last_name
        return json


@dataclass(frozen=True, slots=True)
class Query:
    """A press that waits for answerCallbackQuery; `at` is on the sandbox clock."""

    phone: "TelegramPhone"
    at: float


class World:
    """The state of one bot's Telegram. `prefix` is the path under which the server is mounted."""

    def __init__(self, token: str, limits: Limits, clock: Callable[[], float], first_update: int = 500_000_001) -> None:
        self.token = token
        self.limits = limits
        self.clock = clock
        self.prefix = ""
        self.bot: Json = {
            "id": int(token.split(":", 1)[0]) if token.split(":", 1)[0].isdigit() else 1,
            "is_bot": True,
            "first_name": "ВодоТепло",
            "username": "vodoteplo_bot",
        }
        self.chats: dict[int, Chat] = {}
        self.files = FileStore()
        self.media: dict[str, Media] = {}
        self.queries: dict[str, Query] = {}
        self.pacer = Pacer(limits)
        self.updates = Updates(limits, clock, first_update)
        self.updates.anew = self._anew
        # A bot has one message box for all private chats; a supergroup numbers its own messages.
        self._private_numbers = itertools.count(1)

    def now(self) -> int:
        """Seconds since 1970 on the sandbox clock."""
        return int(self.clock())

    def writable(self, chat_id: object) -> Chat:
        """The chat the bot may write to; ApiError as the server words it."""
        chat = self.find(chat_id)
        if chat.blocked:
            raise ApiError(403, BLOCKED)
        return chat

    def find(self, chat_id: object) -> Chat:
        """The chat with this id; 400 when the bot does not know it."""
        if chat_id is None or chat_id == "":
            raise bad_request("chat_id is empty")
        try:
            chat = self.chats.get(int(str(chat_id)))
        except ValueError:
            chat = None
        if chat is None or not chat.started:
            raise bad_request(CHAT_NOT_FOUND)
        return chat

    def paced(self, chat: Chat, messages: int = 1) -> None:
        """Count messages about to be sent; 429 when too fast."""
        self.pacer.admit(chat.id, asyncio.get_running_loop().time(), messages)

    def message(self, chat: Chat, sender: Json, content: Json) -> Json:
        """A new message, stored in the chat."""
        number = next(self._private_numbers if chat.type == "private" else chat.numbers)
        message: Json = {
            "message_id": number,
            "from": sender,
            "chat": chat.json(),
            "date": self.now(),
            **content,
        }
        chat.messages[number] = message
        return message

    def press(self, phone: "TelegramPhone") -> str:
        """A press waits for its answer; its id."""
        query_id = str(uuid4().int >> 65)
        self.queries[query_id] = Query(phone, self.clock())
        return query_id

    def _anew(self, kind: str, body: Json) -> Json:
        """A press that the client sends again is another press; a message is the same."""
        query = self.queries.get(str(body.get("id")))
        return {**body, "id": self.press(query.phone)} if kind == "callback_query" and query is not None else body

    def moment(self) -> datetime:
        """The sandbox clock as a date."""
        return datetime.fromtimestamp(self.clock(), UTC)

    def show(self, file: StoredFile) -> Media:
        """A file as a phone shows it."""
        kinds: dict[str, MediaKind] = {"photo": "photo", "voice": "voice"}
        key = uuid4().hex
        url = f"{self.prefix}/media/{key}"
        media = Media(kinds.get(file.kind, "document"), file.name, file.mime, url, file.content)
        self.media[key] = media
        return media

    def bubble_shown(self, chat: Chat, bubble: Bubble, author: "TelegramPhone | None" = None) -> None:
        """A message appears on every phone that shows the chat; `author` is the phone it was written on."""
        for phone in chat.phones:
            if phone is author:
                bubble.mine = True
                phone.show(bubble)
            else:
                phone.show(_copy(bubble))


def _copy(bubble: Bubble) -> Bubble:
    return Bubble(
        bubble.id, False, bubble.text, bubble.format, bubble.rows, bubble.media, bubble.edited, bubble.at, bubble.plain
    )


def user_json(person: Person) -> Json:
    """The User object of a person."""
    json: Json = {"id": person.id, "is_bot": False, "first_name": person.first_name}
    if person.last_name:
        json["last_name"] = person.last_name
    if person.language_code:
        json["language_code"] = person.language_code
    return json
