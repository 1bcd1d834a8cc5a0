"""messages.send and what changes sent messages."""

import re
from dataclasses import dataclass

from sandbox.phone import Bubble
from sandbox.vk.errors import ApiError, invalid
from sandbox.vk.files import Attachment
from sandbox.vk.keyboards import Keyboard, read_keyboard
from sandbox.vk.world import CHAT_PEERS, Conversation, World, number_of
from sandbox.wire import Json, Params

_ATTACHMENT = re.compile(r"(photo|doc|audio_message)(-?\d+)_(\d+)(?:_(\w+))?")


@dataclass(frozen=True, slots=True)
class _Draft:
    text: str
    attachments: list[Attachment]
    keyboard: Keyboard | None


class Sending:
    """messages.send, messages.edit, messages.setActivity, messages.sendMessageEventAnswer."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def send(self, params: Params) -> object:
        draft = self._draft(params)
        random_id = _random_id(params)
        if "peer_ids" in params or "user_ids" in params:
            peers = [
                part for part in params.text("peer_ids" if "peer_ids" in params else "user_ids").split(",") if part
            ]
            if len(peers) > 100:
                raise invalid("peer_ids should contain at most 100 items")
            return [self._send_item(int(peer), draft, random_id) for peer in peers]
        return self._send_one(_peer(params), draft, random_id)["id"]

    async def edit(self, params: Params) -> int:
        conversation = self._world.writable(params.whole("peer_id", 0))
        message = _sent_message(conversation, params)
        if message is None or message["from_id"] != -self._world.group_id:
            raise ApiError(920)
        if self._world.now() - int(str(message["date"])) > self._world.limits.edit_life:
            raise ApiError(909)
        draft = self._draft(params)
        inline = draft.keyboard is not None and draft.keyboard.inline
        message.update({"text": draft.text, "update_time": self._world.now()})
        message["attachments"] = [attachment.shown() for attachment in draft.attachments]
        message.pop("keyboard", None)
        if draft.keyboard is not None and inline:
            message["keyboard"] = draft.keyboard.raw
        number = number_of(message)
        for phone in conversation.phones:
            for bubble in phone.bubbles:
                if bubble.id == number:
                    _redraw(bubble, draft)
                    phone.touch(bubble)
        return 1

    async def set_activity(self, params: Params) -> int:
        conversation = self._world.writable(params.whole("peer_id", 0) or params.whole("user_id", 0))
        for phone in conversation.phones:
            phone.typing = True
            phone.changed()
        return 1

    async def answer_event(self, params: Params) -> int:
        data = params.text("event_data")
        if len(data) > 1000:
            raise invalid("event_data is too long")
        press = self._world.presses.get(params.text("event_id"))
        expired = press is None or self._world.clock() - press.at > self._world.limits.event_life
        if press is None or expired or press.peer_id != params.whole("peer_id", 0):
            raise invalid("event_id is invalid or expired")
        if press.phone.user.id != params.whole("user_id", 0):
            raise invalid("user_id is invalid")
        toast = _snackbar(params)
        del self._world.presses[params.text("event_id")]
        press.phone.toast = toast
        press.phone.changed()
        return 1

    def _draft(self, params: Params) -> _Draft:
        text = params.text("message")
        if len(text) > self._world.limits.text:
            raise ApiError(914)
        attachments = [self._attachment(part) for part in params.text("attachment").split(",") if part]
        if len(attachments) > 10:
            raise invalid("attachments: at most 10")
        if not text.strip() and not attachments:
            raise invalid("message is empty or invalid")
        return _Draft(text, attachments, read_keyboard(params.text("keyboard")))

    def _attachment(self, reference: str) -> Attachment:
        match = _ATTACHMENT.fullmatch(reference.strip())
        if match is None:
            raise invalid(f"attachment {reference!r} is invalid")
        return self._world.library.find(match[1], match[2], match[3], match[4])

    def _send_item(self, peer_id: int, draft: _Draft, random_id: int) -> Json:
        """One recipient of peer_ids: an error stands inside the item."""
        try:
            message = self._send_one(peer_id, draft, random_id)
        except ApiError as error:
            return {
                "peer_id": peer_id,
                "message_id": 0,
                "conversation_message_id": 0,
                "error": {"code": error.code, "description": error.text},
            }
        number = message["conversation_message_id"]
        return {"peer_id": peer_id, "message_id": message["id"], "conversation_message_id": number}

    def _send_one(self, peer_id: int, draft: _Draft, random_id: int) -> Json:
        conversation = self._world.writable(peer_id)
        twin = self._twin(conversation, random_id)
        if twin is not None:
            return twin
        more: Json = {"random_id": random_id, "attachments": [one.shown() for one in draft.attachments]}
        if draft.keyboard is not None:
            more["keyboard"] = {**draft.keyboard.raw, "author_id": -self._world.group_id}
        message = self._world.message(conversation, -self._world.group_id, draft.text, more)
        conversation.sent.append((random_id, self._world.clock(), message))
        while len(conversation.sent) > self._world.limits.dedupe_messages:
            conversation.sent.popleft()
        self._show(conversation, draft, number_of(message))
        self._world.events.push("message_reply", lambda: dict(message))
        return message

    def _twin(self, conversation: Conversation, random_id: int) -> Json | None:
        """The message sent earlier with the same random_id, within the window VK remembers; 0 is never compared."""
        if random_id == 0:
            return None
        since = self._world.clock() - self._world.limits.dedupe_span
        return next((message for other, at, message in conversation.sent if other == random_id and at > since), None)

    def _show(self, conversation: Conversation, draft: _Draft, number: int) -> None:
        keyboard = draft.keyboard
        if keyboard is not None and not keyboard.inline:
            conversation.keyboard = keyboard.raw
            for phone in conversation.phones:
                phone.keyboard, phone.one_time = keyboard.rows, keyboard.one_time
        rows = keyboard.rows if keyboard is not None and keyboard.inline else []
        media = [attachment.media for attachment in draft.attachments]
        now = self._world.moment()
        first = media[0] if media else None
        self._world.show(conversation, Bubble(number, False, draft.text, rows=rows, media=first, at=now))
        for index, one in enumerate(media[1:], 1):
            # The other attachments of a message show as bubbles of their own, which nothing edits or presses.
            self._world.show(conversation, Bubble(-10 * number - index, False, "", media=one, at=now))


def _redraw(bubble: Bubble, draft: _Draft) -> None:
    bubble.text = bubble.plain = draft.text
    bubble.rows = draft.keyboard.rows if draft.keyboard is not None and draft.keyboard.inline else []
    bubble.media = draft.attachments[0].media if draft.attachments else None
    bubble.edited = True


def _peer(params: Params) -> int:
    """The one recipient, by peer_id, user_id or chat_id."""
    peer = params.integer("peer_id") or params.integer("user_id")
    chat = params.integer("chat_id")
    if peer is None and chat is not None:
        return CHAT_PEERS + chat
    if peer is None:
        raise invalid("user_id is undefined")
    return peer


def _random_id(params: Params) -> int:
    """Needed since 5.90, 32 bits signed."""
    number = params.integer("random_id")
    if number is None:
        raise invalid("random_id is a required parameter")
    if not -(2**31) <= number < 2**31:
        raise invalid("random_id is not a 32-bit integer")
    return number


def _sent_message(conversation: Conversation, params: Params) -> Json | None:
    cmid, number = params.integer("cmid"), params.integer("message_id")
    if cmid is None and number is None:
        raise invalid("message_id or cmid is undefined")
    name, wanted = ("conversation_message_id", cmid) if cmid is not None else ("id", number)
    return next((message for message in reversed(conversation.messages) if message[name] == wanted), None)


def _snackbar(params: Params) -> str | None:
    """The text of a show_snackbar answer; other answers open something and show nothing."""
    data = params.structure("event_data")
    if data is None:
        return None
    if not isinstance(data, dict) or data.get("type") not in ("show_snackbar", "open_link", "open_app"):
        raise invalid("event_data is invalid")
    if data["type"] != "show_snackbar":
        return None
    text = data.get("text")
    if not isinstance(text, str) or not text or len(text) > 90:
        raise invalid("event_data: text must have 1 to 90 characters")
    return text
