"""The stand-in of the VK API: one community, its people and chats, over HTTP as VK answers.

Calls come to `/method/<name>`, Long Poll to `/longpoll/<group>`, files to `/upload/<kind>`; `/media/<key>` serves
pictures. A call passes the token, the pace, the fault queue, the published schema and then its method.
"""

import json
import time
from collections.abc import Awaitable, Callable, Iterable
from urllib.parse import quote

from aiohttp import web

from sandbox.faults import Faults, hang_up
from sandbox.pace import Window
from sandbox.phone import Person
from sandbox.schemas import Schemas
from sandbox.vk.errors import ApiError, invalid
from sandbox.vk.events import KINDS
from sandbox.vk.execute import execute
from sandbox.vk.limits import Limits
from sandbox.vk.phone import VkPhone
from sandbox.vk.reading import Reading
from sandbox.vk.sending import Sending
from sandbox.vk.world import CHAT_PEERS, Conversation, World
from sandbox.wire import Call, Json, Params, WrongParameterError, read_parcel

Method = Callable[[Params], Awaitable[object]]
_REGISTERED = frozenset(KINDS) - {"message_reply", "message_edit"}


class VkServer:
    """One community's VK. `calls` logs every call that came in with the right token, refused ones too."""

    def __init__(  # noqa: PLR0913  # what one community is known by
        self,
        token: str,
        group_id: int,
        *,
        schemas: Schemas | None = None,
        limits: Limits | None = None,
        secret: str | None = None,
        confirmation: str | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.token = token
        self.calls: list[Call] = []
        self.faults = Faults()
        self.world = World(group_id, limits or Limits(), clock, secret, confirmation)
        self.longpoll = self.world.longpoll
        self.callback = self.world.callback
        self._schema = schemas.vk if schemas is not None else None
        self._methods = _methods(Sending(self.world), Reading(self.world))
        self._phones: dict[tuple[int, int], VkPhone] = {}
        self._pace = Window(self.world.limits.calls_per_second or 0, 1.0)
        self.app = self._application()

    def phone(
        self,
        user_id: int,
        *,
        first_name: str = "Анна",
        last_name: str = "Иванова",
        phone: str = "+79000000000",
        language_code: str = "ru",
        allowed: bool = True,
    ) -> VkPhone:
        """The phone of a person in the conversation with the community; the same one each time.

        With `allowed=False` the community cannot write (901) until the person does or allows it.
        """
        person = Person(user_id, first_name, last_name, phone, language_code)
        if user_id not in self.world.conversations:
            self.world.conversations[user_id] = Conversation(user_id, person, allowed=allowed)
        return self._phone(self.world.conversations[user_id], person)

    def group_phone(self, chat_id: int, user_id: int = 900_001, first_name: str = "Борис") -> VkPhone:
        """The phone of a person in a chat (N, or the peer 2000000000 + N) where the community is a member."""
        peer = chat_id if chat_id > CHAT_PEERS else CHAT_PEERS + chat_id
        if peer not in self.world.conversations:
            self.world.conversations[peer] = Conversation(peer)
        return self._phone(self.world.conversations[peer], Person(user_id, first_name, "Петров", "", "ru"))

    def set_callback(self, url: str | None, events: Iterable[str] = _REGISTERED) -> None:
        """Register the callback server and tick its events, as is done by hand in the community's settings."""
        self.callback.url = url
        self.callback.ticked = set(events)

    def mounted(self, prefix: str, base_url: str = "") -> None:
        """Tell the server the path it is mounted under, and its outside address (else learned from the first call)."""
        self.world.prefix = prefix
        self.world.base_url = base_url

    async def close(self, _app: web.Application | None = None) -> None:
        """End checks and deliveries."""
        self.longpoll.closed = True
        self.longpoll.wake()
        await self.callback.close()

    def _phone(self, conversation: Conversation, person: Person) -> VkPhone:
        key = (conversation.peer_id, person.id)
        if key not in self._phones:
            self._phones[key] = VkPhone(self.world, conversation, person)
        return self._phones[key]

    def _application(self) -> web.Application:
        app = web.Application()
        app.router.add_route("*", "/method/{method}", self._handle)
        app.router.add_route("*", "/longpoll/{group}", self._longpoll)
        app.router.add_post("/upload/{kind}", self._upload)
        app.router.add_get("/media/{key}", self._media)
        app.on_shutdown.append(self.close)
        return app

    async def _handle(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        if not self.world.base_url:
            self.world.base_url = str(request.url.origin()) + request.path[: request.path.rindex("/method/")]
        params = (await read_parcel(request, accept_json=False)).params
        try:
            self._admit(request, params)
        except ApiError as error:
            return _answer(error.body(params))
        params.pop("access_token", None)
        self.calls.append(Call(method, params, {}, self.world.clock()))
        fault = self.faults.take(method)
        if fault is not None and fault.kind != "accepted_then_drop":
            return hang_up(request) if fault.kind == "drop_before" else fault.response()
        body = await self._outcome(method, params)
        return hang_up(request) if fault is not None else _answer(body)

    def _admit(self, request: web.Request, params: Json) -> None:
        """Token and pace."""
        bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if params.get("access_token", bearer) != self.token:
            raise ApiError(5)
        now = time.monotonic()
        if self.world.limits.calls_per_second is not None and not self._pace.admit(now):
            raise ApiError(6)
        if "v" not in params:
            raise ApiError(8, "v (version) is required")

    async def _outcome(self, method: str, params: Json) -> Json:
        try:
            if method == "execute":
                response, errors = await execute(str(params.get("code", "")), self._execute_one)
                return {"response": response, "execute_errors": errors} if errors else {"response": response}
            return {"response": await self._run(method, params)}
        except ApiError as error:
            return error.body({**params, "method": method})

    async def _execute_one(self, method: str, params: Json) -> object:
        self.calls.append(Call(method, params, {}, self.world.clock()))
        fault = self.faults.take(method)
        if fault is not None and fault.vk_code is not None:
            raise ApiError(fault.vk_code)
        return await self._run(method, params)

    async def _run(self, method: str, params: Json) -> object:
        known = self._methods.get(method)
        if known is None:
            in_schema = self._schema is not None and self._schema.knows(method)
            raise ApiError(3, "the sandbox does not play it" if in_schema else method)
        if self._schema is not None:
            wrong = self._schema.check_call(method, params)
            if wrong is not None:
                raise invalid(wrong)
        try:
            return await known(Params(params))
        except WrongParameterError as error:
            raise invalid(str(error)) from None

    async def _longpoll(self, request: web.Request) -> web.Response:
        fault = self.faults.take("longpoll")
        if fault is not None:
            return fault.response() if fault.kind == "answer" else hang_up(request)
        params = Params((await read_parcel(request, accept_json=False)).params)
        if request.match_info["group"] != str(self.world.group_id) or params.text("act") != "a_check":
            return web.Response(status=404)
        wait = min(max(params.whole("wait", 25), 0), 90)
        return _answer(await self.longpoll.check(params.text("key"), params.text("ts"), wait))

    async def _upload(self, request: web.Request) -> web.Response:
        kind = request.match_info["kind"]
        fault = self.faults.take(f"upload_{kind}")
        if fault is not None:
            return fault.response() if fault.kind == "answer" else hang_up(request)
        files = (await read_parcel(request)).files
        upload = files.get("photo" if kind == "photo" else "file")
        limits = self.world.limits
        most = limits.photo_bytes if kind == "photo" else limits.document_bytes
        if upload is None or not upload.content or len(upload.content) > most:
            return _answer({"error": "ERR_UPLOAD_BAD_FILE", "error_descr": "no file, or its size is wrong"})
        library = self.world.library
        return _answer(library.uploaded_photo(upload) if kind == "photo" else library.uploaded_file(upload, kind))

    async def _media(self, request: web.Request) -> web.Response:
        fault = self.faults.take("media")
        if fault is not None:
            return fault.response() if fault.kind == "answer" else hang_up(request)
        media = self.world.library.media.get(request.match_info["key"])
        if media is None:
            raise web.HTTPNotFound
        disposition = f"inline; filename*=UTF-8''{quote(media.name)}"
        return web.Response(
            body=media.content, headers={"Content-Type": media.mime, "Content-Disposition": disposition}
        )


def _methods(sending: Sending, reading: Reading) -> dict[str, Method]:
    return {
        "messages.send": sending.send,
        "messages.edit": sending.edit,
        "messages.setActivity": sending.set_activity,
        "messages.sendMessageEventAnswer": sending.answer_event,
        "messages.getConversations": reading.conversations,
        "messages.getHistory": reading.history,
        "messages.markAsRead": reading.mark_as_read,
        "groups.getById": reading.group,
        "groups.getLongPollServer": reading.long_poll_server,
        "groups.getLongPollSettings": reading.long_poll_settings,
        "groups.setLongPollSettings": reading.set_long_poll_settings,
        "groups.getCallbackConfirmationCode": reading.confirmation_code,
        "groups.getTokenPermissions": reading.token_permissions,
        "photos.getMessagesUploadServer": reading.photo_upload_server,
        "photos.saveMessagesPhoto": reading.save_photo,
        "docs.getMessagesUploadServer": reading.doc_upload_server,
        "docs.save": reading.save_doc,
        "users.get": reading.users,
        "utils.getServerTime": reading.server_time,
    }


def _answer(body: Json) -> web.Response:
    return web.Response(text=json.dumps(body, ensure_ascii=False), content_type="application/json")
