"""The stand-in of the Telegram Bot API: one bot, its people and groups, over HTTP as the real server answers.

Calls come to `/bot<token>/<method>`, files to `/file/bot<token>/<path>`; `/media/<key>` shows a phone's pictures to a
browser. A call passes the token, the plan of faults, the published schema and then its method. What the sandbox has no
method for is a 404 that says so.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from functools import partial
from urllib.parse import quote

from aiohttp import web

from sandbox.faults import Fault, FaultPlan, Handover, Mishap, undergo
from sandbox.phone import Person
from sandbox.schemas import Schemas
from sandbox.telegram.about import About
from sandbox.telegram.changing import Changing
from sandbox.telegram.errors import ApiError, bad_request
from sandbox.telegram.limits import Limits
from sandbox.telegram.phone import TelegramPhone
from sandbox.telegram.sending import Files, Sending
from sandbox.telegram.webhook import Webhook
from sandbox.telegram.world import Chat, World
from sandbox.wire import Call, Json, Params, WrongParameterError, read_parcel

Method = Callable[[Params, Files], Awaitable[object]]


class TelegramServer:
    """One bot's Telegram. `calls` logs every call that came in with the right token, refused ones too.

    `faults` says what goes wrong with calls, `mishaps` with updates (sandbox.faults).
    """

    def __init__(
        self,
        token: str,
        *,
        schemas: Schemas | None = None,
        limits: Limits | None = None,
        clock: Callable[[], float] = time.time,
        first_update: int = 500_000_001,
    ) -> None:
        self.token = token
        self.calls: list[Call] = []
        self.faults: FaultPlan[Fault] = FaultPlan()
        self.world = World(token, limits or Limits(), clock, first_update)
        self.webhook = Webhook(self.world.updates, self.world.limits, clock, self._answered)
        self.about = About(self.world, self.webhook)
        self._schema = schemas.telegram if schemas is not None else None
        self._methods = _methods(Sending(self.world), Changing(self.world), self.about)
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

    @property
    def mishaps(self) -> FaultPlan[Mishap]:
        """What goes wrong with updates, by their kind ("message", "callback_query", …)."""
        return self.world.updates.mishaps

    @property
    def handovers(self) -> list[Handover]:
        """Every update handed to the bot, as often as it was."""
        return self.world.updates.handovers

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

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        if request.match_info["token"] != self.token:
            return _answer(ApiError(401, "Unauthorized").body(), 401)
        method = request.match_info["method"]
        try:
            parcel = await read_parcel(request)
        except WrongParameterError as error:
            return _answer(bad_request(str(error)).body(), 400)
        call = Call(method, parcel.params, parcel.files, self.world.clock())
        self.calls.append(call)
        fault = self.faults.take(method)
        if fault is None:
            return await self._carried_out(call)
        call.fault = fault.name
        return await undergo(fault, request, partial(self._carried_out, call))

    async def _carried_out(self, call: Call) -> web.Response:
        return _answer(*await self._outcome(call))

    async def _outcome(self, call: Call) -> tuple[Json, int]:
        try:
            result = await self._run(call)
            call.accepted = True
            return {"ok": True, "result": result}, 200
        except ApiError as error:
            if error.delay:
                await asyncio.sleep(error.delay)
            return error.body(), error.code
        except WrongParameterError as error:
            return bad_request(str(error)).body(), 400

    async def _run(self, call: Call) -> object:
        method = call.method
        known = self._methods.get(method.lower())
        if known is None:
            in_schema = self._schema is not None and self._schema.knows(method)
            note = f" (the sandbox does not play {method})" if in_schema else ""
            raise ApiError(404, f"Not Found: method not found{note}")
        if self._schema is not None:
            wrong = self._schema.check_call(method, call.params, frozenset(call.files))
            if wrong is not None:
                raise _worded(wrong)
        return await known(Params(call.params), call.files)

    async def _answered(self, method: str, params: Json) -> object:
        call = Call(method, params, {}, self.world.clock())
        self.calls.append(call)
        return await self._outcome(call)

    async def _download(self, request: web.Request) -> web.StreamResponse:
        fault = self.faults.take("file")
        return await (self._file(request) if fault is None else undergo(fault, request, partial(self._file, request)))

    async def _file(self, request: web.Request) -> web.Response:
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


def _methods(sending: Sending, changing: Changing, about: About) -> dict[str, Method]:
    methods: dict[str, Method] = {
        "getMe": about.get_me,
        "getUpdates": about.get_updates,
        "setWebhook": about.set_webhook,
        "deleteWebhook": about.delete_webhook,
        "getWebhookInfo": about.get_webhook_info,
        "setMyCommands": about.set_my_commands,
        "setMyDescription": about.set_my_description,
        "setMyShortDescription": about.set_my_short_description,
        "setChatMenuButton": about.set_chat_menu_button,
        "getFile": about.get_file,
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
