"""A person's Telegram: what they do becomes updates for the bot."""

import re
from uuid import uuid4

from sandbox.phone import Bubble, Messenger, Person, Phone
from sandbox.telegram.files import FileKind
from sandbox.telegram.html import utf16_length
from sandbox.telegram.world import Chat, World, user_json
from sandbox.wire import Json

_COMMAND = re.compile(r"/[A-Za-z0-9_]{1,32}(?:@\w+)?")


class TelegramPhone(Phone):
    """One person's view of one chat: the private one with the bot, or a supergroup."""

    messenger: Messenger = "telegram"

    def __init__(self, world: World, chat: Chat, person: Person) -> None:
        super().__init__(person)
        self.chat = chat
        self.one_time = False
        self._world = world
        chat.phones.append(self)

    async def say(self, text: str) -> None:
        content: Json = {"text": text}
        command = _COMMAND.match(text)
        if command is not None:
            content["entities"] = [{"type": "bot_command", "offset": 0, "length": utf16_length(command[0])}]
        self._send(content, text)

    async def start(self, payload: str | None = None) -> None:
        if self.chat.blocked:
            await self.unblock()
        await self.say("/start" if payload is None else f"/start {payload}")

    async def press(self, bubble_id: int, row: int, column: int) -> None:
        button = self.bubble(bubble_id).rows[row][column]
        self.act()
        if button.kind == "url":
            self.opened.append(button.url or "")
            self.changed()
            return
        await self.press_data(bubble_id, button.data or "")

    async def press_data(self, bubble_id: int, data: str) -> None:
        """Press with any data, also one no button bears: clients can be forged."""
        world = self._world
        self.act()
        body: Json = {
            "id": world.press(self),
            "from": user_json(self.user),
            "chat_instance": str(hash(self.chat.id) & 0xFFFFFFFF),
            "data": data,
        }
        message = self.chat.messages.get(bubble_id)
        gone: Json = {"chat": self.chat.json(), "message_id": bubble_id, "date": 0}
        body["message"] = dict(message) if message is not None else gone
        world.updates.push("callback_query", body, ("callback", self.user.id), world.limits.query_life)
        self.changed()

    async def press_keyboard(self, row: int, column: int) -> None:
        button = self.keyboard[row][column]
        if self.one_time:
            self.keyboard = []
        await (self.share_contact() if button.kind == "contact" else self.say(button.label))

    async def share_contact(self, phone: str | None = None, user_id: int | None = None) -> None:
        owner = self.user.id if user_id is None else user_id
        number = phone if phone is not None else self.user.phone
        contact: Json = {"phone_number": number, "first_name": self.user.first_name}
        if owner:
            contact["user_id"] = owner
        self._send({"contact": contact}, f"☎ {number}")

    async def send_photo(self, content: bytes, caption: str = "") -> None:
        sizes = self._world.files.add_photo(content)
        body: Json = {"photo": [size.photo_size() for size in sizes]}
        if caption:
            body["caption"] = caption
        self._send(body, caption, sizes[-1].file_id)

    async def send_document(self, content: bytes, name: str, mime: str) -> None:
        self._send_file("document", content, name, mime)

    async def send_voice(self, content: bytes) -> None:
        self._send_file("voice", content, "voice.ogg", "audio/ogg")

    async def send_sticker(self) -> None:
        file = self._world.files.add("sticker", b"RIFF\x00\x00\x00\x00WEBP", "sticker.webp", "image/webp")
        sticker: Json = {
            "file_id": file.file_id,
            "file_unique_id": file.unique_id,
            "type": "regular",
            "width": 512,
            "height": 512,
            "is_animated": False,
            "is_video": False,
            "emoji": "👍",
        }
        self._send({"sticker": sticker}, "👍")

    async def send_location(self, lat: float, lon: float) -> None:
        self._send({"location": {"latitude": lat, "longitude": lon}}, f"📍 {lat}, {lon}")

    async def send_poll(self) -> None:
        options = [{"persistent_id": str(n), "text": text, "voter_count": 0} for n, text in enumerate(("Да", "Нет"))]
        poll: Json = {
            "id": str(uuid4().int >> 65),
            "question": "Опрос",
            "options": options,
            "total_voter_count": 0,
            "is_closed": False,
            "is_anonymous": True,
            "type": "regular",
            "allows_multiple_answers": False,
            "allows_revoting": False,
            "members_only": False,
        }
        self._send({"poll": poll}, "📊 Опрос")

    async def edit_last(self, text: str) -> None:
        own = next((bubble for bubble in reversed(self.bubbles) if bubble.mine), None)
        assert own is not None, "nothing was written yet"
        self.act()
        message = self.chat.messages[own.id]
        message.update({"text": text, "edit_date": self._world.now()})
        own.text = own.plain = text
        own.edited = True
        self.touch(own)
        self._world.updates.push("edited_message", dict(message), ("chat", self.chat.id))

    async def block(self) -> None:
        self._member("member", "kicked")

    async def unblock(self) -> None:
        self._member("kicked", "member")

    def _member(self, old: str, new: str) -> None:
        self.act()
        self.chat.blocked = new == "kicked"
        body: Json = {
            "chat": self.chat.json(),
            "from": user_json(self.user),
            "date": self._world.now(),
            "old_chat_member": self._membership(old),
            "new_chat_member": self._membership(new),
        }
        self._world.updates.push("my_chat_member", body, ("member", self.user.id))
        self.changed()

    def _membership(self, status: str) -> Json:
        member: Json = {"status": status, "user": dict(self._world.bot)}
        return {**member, "until_date": 0} if status == "kicked" else member

    def _send_file(self, kind: FileKind, content: bytes, name: str, mime: str) -> None:
        file = self._world.files.add(kind, content, name, mime)
        self._send({kind: file.described()}, "", file.file_id)

    def _send(self, content: Json, text: str, file_id: str = "") -> None:
        assert not self.chat.blocked, "this person has blocked the bot and cannot write to it"
        world = self._world
        self.act()
        self.chat.started = True
        message = world.message(self.chat, user_json(self.user), content)
        stored = world.files.find(file_id)
        bubble = Bubble(int(str(message["message_id"])), True, text, at=world.moment(), plain=text)
        bubble.media = world.show(stored) if stored is not None else None
        world.bubble_shown(self.chat, bubble, self)
        world.updates.push("message", dict(message), ("chat", self.chat.id))
