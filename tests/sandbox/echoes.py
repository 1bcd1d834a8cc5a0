"""Small bots for the page's phones: what they answer is what the page must show."""

import io
import json
from itertools import count

import segno
from aiohttp import ClientSession, FormData

TOKEN = "1:sandbox"
GROUP = 7


def qr_png(text: str) -> bytes:
    """A QR picture."""
    file = io.BytesIO()
    segno.make(text, error="m").save(file, kind="png", scale=6)
    return file.getvalue()


class TelegramEcho:
    """Answers «меню» with a button, «qr» with a picture, «pdf» with a document, anything else with an echo."""

    def __init__(self, session: ClientSession, base: str) -> None:
        self._session = session
        self._base = f"{base}/telegram/bot{TOKEN}"

    async def call(self, method: str, files: FormData | None = None, **params: object) -> object:
        fields = {name: value if isinstance(value, str) else json.dumps(value) for name, value in params.items()}
        async with self._session.post(f"{self._base}/{method}", params=fields, data=files) as answer:
            body = await answer.json()
        assert body["ok"], body
        return body["result"]

    async def run(self) -> None:
        offset = 0
        while True:
            updates = await self.call("getUpdates", offset=offset, timeout=5)
            assert isinstance(updates, list)
            for update in updates:
                offset = update["update_id"] + 1
                await self.answer(update)

    async def answer(self, update: dict[str, dict[str, object]]) -> None:
        if query := update.get("callback_query"):
            await self.pressed(query)
        elif message := update.get("message"):
            await self.said(message)

    async def pressed(self, query: dict[str, object]) -> None:
        message = query["message"]
        assert isinstance(message, dict)
        await self.call("answerCallbackQuery", callback_query_id=query["id"], text="Принято")
        text = f"Нажата «{query['data']}»"
        await self.call("editMessageText", chat_id=message["chat"]["id"], message_id=message["message_id"], text=text)

    async def said(self, message: dict[str, object]) -> None:
        chat = message["chat"]
        assert isinstance(chat, dict)
        text = message.get("text")
        if text == "меню":
            keyboard = {"inline_keyboard": [[{"text": "Верно", "callback_data": "yes"}]]}
            words = "<b>Меню</b> &amp; <i>прочее</i>"
            await self.call("sendMessage", chat_id=chat["id"], text=words, parse_mode="HTML", reply_markup=keyboard)
        elif text == "qr":
            await self.send("sendPhoto", "photo", qr_png("ST00012"), "qr.png", chat_id=chat["id"], caption="К оплате")
        elif text == "pdf":
            await self.send("sendDocument", "document", b"%PDF-1.4", "Квитанция.pdf", chat_id=chat["id"])
        else:
            what = text or next(kind for kind in ("photo", "contact", "sticker", "voice", "poll") if kind in message)
            await self.call("sendMessage", chat_id=chat["id"], text=f"Эхо: {what}")

    async def send(self, method: str, kind: str, content: bytes, name: str, **params: object) -> None:
        files = FormData(quote_fields=False)
        mime = "application/pdf" if name.endswith("pdf") else "image/png"
        files.add_field(kind, content, filename=name, content_type=mime)
        await self.call(method, files, **params)


class VkEcho:
    """Answers «меню» with a button under the message, anything else with an echo."""

    def __init__(self, session: ClientSession, base: str) -> None:
        self._session = session
        self._base = f"{base}/vk/method"
        self._numbers = count(1)

    async def call(self, method: str, **params: object) -> object:
        fields = {name: str(value) for name, value in params.items()} | {"access_token": TOKEN, "v": "5.199"}
        async with self._session.post(f"{self._base}/{method}", data=fields) as answer:
            body = await answer.json()
        assert "response" in body, body
        return body["response"]

    async def run(self) -> None:
        await self.call("groups.setLongPollSettings", group_id=GROUP, enabled=1, message_new=1, message_event=1)
        poll = await self.call("groups.getLongPollServer", group_id=GROUP)
        assert isinstance(poll, dict)
        stamp = poll["ts"]
        while True:
            query = {"act": "a_check", "key": str(poll["key"]), "ts": str(stamp), "wait": "5"}
            async with self._session.get(str(poll["server"]), params=query) as answer:
                news = await answer.json()
            stamp = news["ts"]
            for event in news["updates"]:
                await self.answer(event["type"], event["object"])

    async def answer(self, kind: str, event: dict[str, object]) -> None:
        if kind == "message_event":
            told = json.dumps({"type": "show_snackbar", "text": "Принято"})
            ids = {name: event[name] for name in ("event_id", "user_id", "peer_id")}
            await self.call("messages.sendMessageEventAnswer", event_data=told, **ids)
        elif kind == "message_new":
            message = event["message"]
            assert isinstance(message, dict)
            await self.said(message["peer_id"], message["text"])

    async def said(self, peer: int, text: str) -> None:
        action = {"type": "callback", "label": "Верно", "payload": '{"c":"yes"}'}
        keyboard = json.dumps({"inline": True, "buttons": [[{"action": action}]]}, ensure_ascii=False)
        more: dict[str, object] = {"keyboard": keyboard} if text == "меню" else {}
        await self.call("messages.send", peer_id=peer, random_id=next(self._numbers), message=f"Эхо: {text}", **more)
