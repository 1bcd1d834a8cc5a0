"""The stand-in of the VK API: one community, its people and chats, over HTTP as VK answers.

Calls come to `/method/<name>`, Long Poll to `/longpoll/<group>`, files to `/upload/<kind>`; `/media/<key>` serves
pictures. A call passes the token, the pace, the plan of faults, the published schema and then its method.
"""

import json
import time
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from urllib.parse import quote

from aiohttp import web

from sandbox.faults import Fault, FaultPlan, Handover, Mishap, undergo
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
from sandbox.wire import Call, Json, Params, WrongParameterError, as_object, read_parcel

Method = Callable[[Params], Awaitable[object]]
_REGISTERED = frozenset(KINDS) - {"message_reply", "message_edit"}


class VkServer:
    """One community's VK. `calls` logs every call that came in with the right token, refused ones too.

    `faults` says what goes wrong with calls, `mishaps` with events (sandbox.faults).
    """

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
        self.faults: FaultPlan[Fault] = FaultPlan()
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

    @property
    def mishaps(self) -> FaultPlan[Mishap]:
        """What goes wrong with events, by their kind ("message_new", "message_event", …)."""
        return self.world.events.mishaps

    @property
    def handovers(self) -> list[Handover]:
        """Every event handed to the bot, as often as it was."""
        return self.longpoll.handovers

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
        self.world.events.close()
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

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        if not self.world.base_url:
            self.world.base_url = str(request.url.origin()) + request.path[: request.path.rindex("/method/")]
        params = (await read_parcel(request, accept_json=False)).params
        bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if params.pop("access_token", bearer) != self.token:
            return _answer(ApiError(5).body(params))
        call = Call(method, params, {}, self.world.clock())
        self.calls.append(call)
        try:
            self._admit(params)
        except ApiError as error:
            return _answer(error.body(params))
        fault = self.faults.take(method)
        if fault is None and method != "execute":
            return _answer(await self._outcome(call))
        return await self._under(fault, call, request)

    async def _under(self, fault: Fault | None, call: Call, request: web.Request) -> web.StreamResponse:
        """A call that meets a fault, or an `execute` whose calls may."""
        inner: list[Fault] = []

        async def run() -> web.Response:
            return _answer(await self._outcome(call, inner))

        if fault is not None:
            call.fault = fault.name
            return await undergo(fault, request, run)
        true = await run()
        if not inner:
            return true
        call.fault = inner[0].name

        async def ready() -> web.Response:
            return true

        return await undergo(inner[0], request, ready)

    def _admit(self, params: Json) -> None:
        """Pace and version."""
        if self.world.limits.calls_per_second is not None and not self._pace.admit(time.monotonic()):
            raise ApiError(6)
        if "v" not in params:
            raise ApiError(8, "v (version) is required")

    async def _outcome(self, call: Call, inner: list[Fault] | None = None) -> Json:
        """The answer; `inner` collects the faults of calls inside `execute` that its answer will meet."""
        try:
            body: Json = {"response": None}
            if call.method == "execute":
                one = partial(self._execute_one, inner if inner is not None else [])
                body["response"], errors = await execute(str(call.params.get("code", "")), one)
                body |= {"execute_errors": errors} if errors else {}
            else:
                body["response"] = await self._run(call.method, call.params)
        except ApiError as error:
            return error.body({**call.params, "method": call.method})
        call.accepted = True
        return body

    async def _execute_one(self, inner: list[Fault], method: str, params: Json) -> object:
        call = Call(method, params, {}, self.world.clock())
        self.calls.append(call)
        fault = self.faults.take(method)
        if fault is not None:
            call.fault = fault.name
            if fault.vk_code is not None:
                raise ApiError(fault.vk_code)
            inner.append(fault)
            if not fault.accepted:
                return False
        response = await self._run(method, params)
        call.accepted = True
        return response

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

    async def _longpoll(self, request: web.Request) -> web.StreamResponse:
        fault = self.faults.take("longpoll")
        if fault is None:
            return await self._check(request)
        failed = as_object(fault.body).get("failed")
        if failed in (1, 2, 3):
            return _answer(self.longpoll.fail(int(str(failed))))
        return await undergo(fault, request, partial(self._check, request))

    async def _check(self, request: web.Request) -> web.Response:
        params = Params(dict(request.query))  # the address alone: Long Poll is no method, a body is not read
        if request.match_info["group"] != str(self.world.group_id) or params.text("act") != "a_check":
            return web.Response(status=404)
        wait = min(max(params.whole("wait", 25), 0), 90)
        return _answer(await self.longpoll.check(params.text("key"), params.text("ts"), wait))

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        fault = self.faults.take(f"upload_{request.match_info['kind']}")
        run = partial(self._uploaded, request)
        return await (run() if fault is None else undergo(fault, request, run))

    async def _uploaded(self, request: web.Request) -> web.Response:
        kind = request.match_info["kind"]
        files = (await read_parcel(request)).files
        upload = files.get("photo" if kind == "photo" else "file")
        limits = self.world.limits
        most = limits.photo_bytes if kind == "photo" else limits.document_bytes
        if upload is None or not upload.content or len(upload.content) > most:
            return _answer({"error": "ERR_UPLOAD_BAD_FILE", "error_descr": "no file, or its size is wrong"})
        library = self.world.library
        return _answer(library.uploaded_photo(upload) if kind == "photo" else library.uploaded_file(upload, kind))

    async def _media(self, request: web.Request) -> web.StreamResponse:
        fault = self.faults.take("media")
        run = partial(self._shown, request)
        return await (run() if fault is None else undergo(fault, request, run))

    async def _shown(self, request: web.Request) -> web.Response:
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
