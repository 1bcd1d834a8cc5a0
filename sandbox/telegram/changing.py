"""Methods that change what was sent, and the answer to a press."""

from sandbox.phone import Bubble
from sandbox.telegram.errors import NOT_MODIFIED, QUERY_TOO_OLD, bad_request
from sandbox.telegram.html import Formatted
from sandbox.telegram.keyboards import Markup, read_markup
from sandbox.telegram.sending import Files, read_text, text_content
from sandbox.telegram.world import Chat, World
from sandbox.wire import Json, Params

_TWO_DAYS = 48 * 3600


class Changing:
    """editMessageText, editMessageReplyMarkup, deleteMessage, answerCallbackQuery."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def edit_message_text(self, params: Params, _files: Files) -> Json:
        chat, message = self._own_message(params)
        formatted = read_text(params, "text", 4096, needed=True)
        markup = read_markup(params.structure("reply_markup"), private=chat.type == "private")
        if "text" not in message:
            raise bad_request("there is no text in the message to edit")
        content = {**text_content(formatted, "text"), **_inline(markup)}
        if all(message.get(name) == content.get(name) for name in ("text", "entities", "reply_markup")):
            raise bad_request(NOT_MODIFIED)
        message.pop("entities", None)
        self._change(chat, message, content, formatted, markup)
        return message

    async def edit_message_reply_markup(self, params: Params, _files: Files) -> Json:
        chat, message = self._own_message(params)
        markup = read_markup(params.structure("reply_markup"), private=chat.type == "private")
        content = _inline(markup)
        if message.get("reply_markup") == content.get("reply_markup"):
            raise bad_request(NOT_MODIFIED)
        self._change(chat, message, content, None, markup)
        return message

    async def delete_message(self, params: Params, _files: Files) -> bool:
        chat = self._world.writable(params.values.get("chat_id"))
        number = params.whole("message_id", 0)
        message = chat.messages.get(number)
        if message is None:
            raise bad_request("message to delete not found")
        if self._world.now() - int(str(message["date"])) > _TWO_DAYS:
            raise bad_request("message can't be deleted for everyone")
        del chat.messages[number]
        for phone in chat.phones:
            phone.remove(number)
        return True

    async def answer_callback_query(self, params: Params, _files: Files) -> bool:
        text = params.text("text")
        if len(text) > 200:
            raise bad_request("MESSAGE_TOO_LONG")
        query = self._world.queries.pop(params.text("callback_query_id"), None)
        if query is None or self._world.clock() - query.at > self._world.limits.query_life:
            raise bad_request(QUERY_TOO_OLD)
        query.phone.toast = text or None
        query.phone.changed()
        return True

    def _own_message(self, params: Params) -> tuple[Chat, Json]:
        chat = self._world.writable(params.values.get("chat_id"))
        message = chat.messages.get(params.whole("message_id", 0))
        if message is None:
            raise bad_request("message to edit not found")
        if message["from"] != self._world.bot:
            raise bad_request("message can't be edited")
        return chat, message

    def _change(self, chat: Chat, message: Json, content: Json, text: Formatted | None, markup: Markup) -> None:
        if markup.kind not in ("none", "inline"):
            raise bad_request("inline keyboard expected")
        message.pop("reply_markup", None)
        message.update({**content, "edit_date": self._world.now()})
        for phone in chat.phones:
            for bubble in phone.bubbles:
                if bubble.id == message["message_id"]:
                    _redraw(bubble, text, markup)
                    phone.touch(bubble)


def _redraw(bubble: Bubble, text: Formatted | None, markup: Markup) -> None:
    bubble.rows = markup.rows
    bubble.edited = True
    if text is not None:
        bubble.text = text.text if text.html is None else text.html
        bubble.format = "plain" if text.html is None else "html"
        bubble.plain = text.text


def _inline(markup: Markup) -> Json:
    return {"reply_markup": markup.raw} if markup.kind == "inline" and markup.rows else {}
