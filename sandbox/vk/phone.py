"""A person's VK: what they do becomes events for the community's bot."""

import json

from sandbox.phone import Bubble, Button, Media, Messenger, Person, Phone
from sandbox.vk.files import Attachment
from sandbox.vk.world import Conversation, World, number_of
from sandbox.wire import Json

CLIENT: Json = {
    "button_actions": ["text", "vkpay", "open_app", "location", "open_link", "callback"],
    "keyboard": True,
    "inline_keyboard": True,
    "carousel": True,
    "lang_id": 0,
}


class VkPhone(Phone):
    """One person's view of one conversation: the private one with the community, or a chat."""

    messenger: Messenger = "vk"

    def __init__(self, world: World, conversation: Conversation, person: Person) -> None:
        super().__init__(person)
        self.conversation = conversation
        self.one_time = False
        self._world = world
        conversation.phones.append(self)

    async def say(self, text: str) -> None:
        self._send(text, {})

    async def start(self, payload: str | None = None) -> None:
        more: Json = {"payload": '{"command":"start"}'}
        if payload is not None:
            more.update({"ref": payload, "ref_source": "vk.me"})
        self._send("Начать", more)

    async def press(self, bubble_id: int, row: int, column: int) -> None:
        await self._press(self.bubble(bubble_id).rows[row][column], bubble_id)

    async def press_keyboard(self, row: int, column: int) -> None:
        button = self.keyboard[row][column]
        if self.one_time:
            self.keyboard = []
        await self._press(button, self._keyboard_bubble())

    async def press_data(self, bubble_id: int, data: str) -> None:
        """Press a callback button with any payload (JSON text), also one no button bears: clients can be forged."""
        await self._press(Button("", "press", data=data), bubble_id)

    async def share_contact(self, phone: str | None = None, user_id: int | None = None) -> None:
        raise AssertionError("VK has no button to share a contact")

    async def send_photo(self, content: bytes, caption: str = "") -> None:
        self._attach(self._world.library.photo(self.user.id, content, "photo.jpg"), caption)

    async def send_document(self, content: bytes, name: str, mime: str) -> None:
        self._attach(self._world.library.document(self.user.id, content, name, mime))

    async def send_voice(self, content: bytes) -> None:
        self._attach(self._world.library.voice(self.user.id, content))

    async def send_sticker(self) -> None:
        sticker: Json = {"sticker_id": 163, "product_id": 4, "inner_type": "base_sticker_new", "is_allowed": True}
        self._send("", {"attachments": [{"type": "sticker", "sticker": sticker}]}, shown="👍")

    async def send_location(self, lat: float, lon: float) -> None:
        geo: Json = {"type": "point", "coordinates": {"latitude": lat, "longitude": lon}}
        self._send("", {"geo": geo}, shown=f"📍 {lat}, {lon}")

    async def send_poll(self) -> None:
        answers: list[Json] = [{"id": n, "text": text, "votes": 0, "rate": 0} for n, text in enumerate(("Да", "Нет"))]
        flags: Json = dict.fromkeys(
            ("multiple", "closed", "is_board", "can_edit", "can_vote", "can_report", "can_share", "disable_unvote"),
            False,
        )
        poll: Json = {
            "id": 1,
            "owner_id": self.user.id,
            "created": self._world.now(),
            "end_date": 0,
            "question": "Опрос",
            "votes": 0,
            "answers": answers,
            **flags,
        }
        self._send("", {"attachments": [{"type": "poll", "poll": poll}]}, shown="📊 Опрос")

    async def edit_last(self, text: str) -> None:
        own = next((bubble for bubble in reversed(self.bubbles) if bubble.mine), None)
        assert own is not None, "nothing was written yet"
        self.act()
        message = self._world.messages[own.id]
        message.update({"text": text, "update_time": self._world.now()})
        own.text = own.plain = text
        own.edited = True
        self.touch(own)
        self._world.events.push("message_edit", lambda: dict(message))

    async def block(self) -> None:
        self.act()
        self.conversation.allowed = False
        self._world.events.push("message_deny", lambda: {"user_id": self.user.id})
        self.changed()

    async def unblock(self) -> None:
        self.act()
        self.conversation.allowed = True
        self._world.events.push("message_allow", lambda: {"user_id": self.user.id, "key": ""})
        self.changed()

    async def _press(self, button: Button, bubble_id: int) -> None:
        if button.kind == "press":
            self._press_callback(button, bubble_id)
        elif button.kind == "url":
            self.act()
            self.opened.append(button.url or "")
            self.changed()
        else:
            self._send(button.label, {"payload": button.data} if button.data is not None else {})

    def _press_callback(self, button: Button, bubble_id: int) -> None:
        world, peer = self._world, self.conversation.peer_id
        self.act()
        body: Json = {"user_id": self.user.id, "peer_id": peer, "event_id": world.press(self, peer)}
        # The schema calls the payload a string; on the wire it is the object the button was made with.
        body["payload"] = json.loads(button.data) if button.data else {}
        message = world.messages.get(bubble_id)
        if message is not None:
            body["conversation_message_id"] = message["conversation_message_id"]
        world.events.push("message_event", lambda: body)
        self.changed()

    def _keyboard_bubble(self) -> int:
        last = self.last()
        return last.id if last is not None else 0

    def _attach(self, attachment: Attachment, caption: str = "") -> None:
        self._send(caption, {"attachments": [attachment.shown()]}, media=attachment.media)

    def _send(self, text: str, more: Json, *, shown: str = "", media: Media | None = None) -> None:
        world = self._world
        self.act()
        # Writing is consent: the community may answer from now on.
        self.conversation.allowed = True
        message = world.message(self.conversation, self.user.id, text, more)
        bubble = Bubble(number_of(message), True, text or shown, media=media, at=world.moment())
        world.show(self.conversation, bubble, self)
        world.events.push("message_new", lambda: {"message": dict(message), "client_info": CLIENT})
