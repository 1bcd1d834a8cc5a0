"""The stand-in of the Telegram Bot API: one bot, its people and groups, over HTTP as the real server answers.

Calls come to `/bot<token>/<method>`, files to `/file/bot<token>/<path>`; `/media/<key>` shows a phone's pictures to a
browser. A call passes the token, the fault queue, the published schema and then its method. What the sandbox has no
method for is a 404 that says so.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from urllib.parse import quote

from aiohttp import web

from sandbox.faults import Fault, Faults, hang_up
from sandbox.phone import Person
from sandbox.schemas import Schemas
from sandbox.telegram.changing import Changing
from sandbox.telegram.errors import ApiError, bad_request
from sandbox.telegram.limits import Limits
from sandbox.telegram.phone import TelegramPhone
from sandbox.telegram.sending import Files, Sending
from sandbox.telegram.service import Service
from sandbox.telegram.webhook import Webhook
from sandbox.telegram.world import Chat, World
from sandbox.wire import Call, Json, Params, Parcel, WrongParameterError, read_parcel

Method = Callable[[Params, Files], Awaitable[object]]


class TelegramServer:
    """One bot's Telegram. `calls` logs every call that came in with the right token, refused ones too."""

    def __init__(
        self,
        token: str,
        *,
        schemas: Schemas | None = None,
        limits: Limits | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.token = token
        self.calls: list[Call] = []
        self.faults = Faults()
        self.world = World(token, limits or Limits(), clock)
        self.webhook = Webhook(self.world.updates, self.world.limits, clock, self._answered)
        self.service = Service(self.world, self.webhook)
        self._schema = schemas.telegram if schemas is not None else None
        self._methods = _methods(Sending(self.world), Changing(self.world), self.service)
        self._phones: dict[tuple[int, int], TelegramPhone] = {}
        self.app = self._application()

    def phone(
        self,
        user_id: int,
        *,
        first_name: str = "Анна",
        last_name: str = "",
        phone: str = "+79000000000",
        language_code: str = "ru",
        started: bool = True,
    ) -> TelegramPhone:
        """The phone of a person in the private chat with the bot; the same one each time.

        With `started=False` the bot cannot write (chat not found) until the person does.
        """
        person = Person(user_id, first_name, last_name, phone, language_code)
        if user_id not in self.world.chats:
            self.world.chats[user_id] = Chat(user_id, "private", "", person, started=started)
        return self._phone(self.world.chats[user_id], person)

    def group_phone(self, chat_id: int, user_id: int = 900_001, first_name: str = "Борис") -> TelegramPhone:
        """The phone of a person in a supergroup (chat_id < 0) where the bot is a member."""
        assert chat_id < 0, "supergroups have negative ids"
        if chat_id not in self.world.chats:
            self.world.chats[chat_id] = Chat(chat_id, "supergroup", "Соседи")
        return self._phone(self.world.chats[chat_id], Person(user_id, first_name, "", "+79000000001", "ru"))

    def mounted(self, prefix: str) -> None:
        """Tell the server the path it is mounted under; pictures are shown from there."""
        self.world.prefix = prefix

    async def close(self, _app: web.Application | None = None) -> None:
        """End polls and deliveries."""
        self.world.updates.close()
        await self.webhook.close()

    def _phone(self, chat: Chat, person: Person) -> TelegramPhone:
        key = (chat.id, person.id)
        if key not in self._phones:
            self._phones[key] = TelegramPhone(self.world, chat, person)
        return self._phones[key]

    def _application(self) -> web.Application:
        app = web.Application()
        app.router.add_route("*", "/bot{token}/{method}", self._handle)
        app.router.add_get("/file/bot{token}/{path:.+}", self._download)
        app.router.add_get("/media/{key}", self._media)
        app.on_shutdown.append(self.close)
        return app

    async def _handle(self, request: web.Request) -> web.Response:
        if request.match_info["token"] != self.token:
            return _answer(ApiError(401, "Unauthorized").body(), 401)
        method = request.match_info["method"]
        try:
            parcel = await read_parcel(request)
        except WrongParameterError as error:
            return _answer(bad_request(str(error)).body(), 400)
        self.calls.append(Call(method, parcel.params, parcel.files, self.world.clock()))
        fault = self.faults.take(method)
        if fault is not None and fault.kind != "accepted_then_drop":
            return hang_up(request) if fault.kind == "drop_before" else fault.response()
        body, status = await self._outcome(method, parcel)
        return hang_up(request) if isinstance(fault, Fault) else _answer(body, status)

    async def _outcome(self, method: str, parcel: Parcel) -> tuple[Json, int]:
        try:
            return {"ok": True, "result": await self._run(method, parcel)}, 200
        except ApiError as error:
            if error.delay:
                await asyncio.sleep(error.delay)
            return error.body(), error.code
        except WrongParameterError as error:
            return bad_request(str(error)).body(), 400

    async def _run(self, method: str, parcel: Parcel) -> object:
        known = self._methods.get(method.lower())
        if known is None:
            in_schema = self._schema is not None and self._schema.knows(method)
            note = f" (the sandbox does not play {method})" if in_schema else ""
            raise ApiError(404, f"Not Found: method not found{note}")
        if self._schema is not None:
            wrong = self._schema.check_call(method, parcel.params, frozenset(parcel.files))
            if wrong is not None:
                raise _worded(wrong)
        return await known(Params(parcel.params), parcel.files)

    async def _answered(self, method: str, params: Json) -> object:
        self.calls.append(Call(method, params, {}, self.world.clock()))
        return await self._outcome(method, Parcel(params))

    async def _download(self, request: web.Request) -> web.Response:
        fault = self.faults.take("file")
        if fault is not None:
            return fault.response() if fault.kind == "answer" else hang_up(request)
        if request.match_info["token"] != self.token:
            return _answer(ApiError(401, "Unauthorized").body(), 401)
        file = self.world.files.at(request.match_info["path"])
        if file is None:
            return _answer(ApiError(404, "Not Found").body(), 404)
        return web.Response(body=file.content, content_type="application/octet-stream")

    async def _media(self, request: web.Request) -> web.Response:
        media = self.world.media.get(request.match_info["key"])
        if media is None:
            raise web.HTTPNotFound
        disposition = f"inline; filename*=UTF-8''{quote(media.name)}"
        return web.Response(
            body=media.content, headers={"Content-Type": media.mime, "Content-Disposition": disposition}
        )


def _methods(sending: Sending, changing: Changing, service: Service) -> dict[str, Method]:
    methods: dict[str, Method] = {
        "getMe": service.get_me,
        "getUpdates": service.get_updates,
        "setWebhook": service.set_webhook,
        "deleteWebhook": service.delete_webhook,
        "getWebhookInfo": service.get_webhook_info,
        "setMyCommands": service.set_my_commands,
        "setMyDescription": service.set_my_description,
        "setMyShortDescription": service.set_my_short_description,
        "setChatMenuButton": service.set_chat_menu_button,
        "getFile": service.get_file,
        "sendMessage": sending.send_message,
        "sendPhoto": sending.send_photo,
        "sendDocument": sending.send_document,
        "sendVoice": sending.send_voice,
        "sendMediaGroup": sending.send_media_group,
        "sendChatAction": sending.send_chat_action,
        "editMessageText": changing.edit_message_text,
        "editMessageReplyMarkup": changing.edit_message_reply_markup,
        "deleteMessage": changing.delete_message,
        "answerCallbackQuery": changing.answer_callback_query,
    }
    return {name.lower(): method for name, method in methods.items()}


def _worded(wrong: str) -> ApiError:
    """The server has its own words where the commonest parameters are missing."""
    own = {
        'parameter "text" is required': "message text is empty",
        'parameter "chat_id" is required': "chat_id is empty",
    }
    return bad_request(own.get(wrong, wrong))


def _answer(body: Json, status: int) -> web.Response:
    text = json.dumps(body, ensure_ascii=False)
    return web.Response(text=text, status=status, content_type="application/json")
