"""Sends ready calls through vkbottle, and says what became of each. Loads vkbottle: import it late."""

import asyncio
from typing import Any, Final

import aiohttp
from aiohttp import BytesPayload
from yarl import URL

from bots.edge import Delivered, Outcome, TryAgain
from bots.http import ANSWER_WITHIN, FAILURES, NEVER_LEFT, UnreachableError
from bots.vk.api import NextCall, VkApi, read_answer
from bots.vk.batches import Batches, Params
from bots.vk.errors import BAD_PARAMETER, UNCLEAR, VkError, classify
from bots.vk.library import API, ABCResponseValidator, AiohttpClient
from bots.vk.uploads import upload
from dialogs.ports import FileContent, Json, Outgoing

LEFT_TO_OTHERS: Final = 20.0
"""Seconds for which a call that this version does not know goes back to the outbox."""


class _Answers(ABCResponseValidator):
    """VK's answers read by our own rules: vkbottle's send an unreadable one again after 5 s, and hide what it was."""

    async def validate(self, method: str, data: dict[str, object], response: object, ctx_api: object) -> Json:
        return read_answer(str(response))


class _Client(AiohttpClient):
    """Writes forms with yarl, in C. Left to aiohttp they go through urllib, which looks up each byte: of a message with
    its keyboard 67 µs, and now 10."""

    async def request_text(self, url: str, method: str = "GET", data: Params | None = None, **more: Any) -> str:
        query = URL.build(query=dict(data or {})).raw_query_string
        form = BytesPayload(query.encode("ascii"), content_type="application/x-www-form-urlencoded")
        return await super().request_text(url, method, form, **more)  # type: ignore[arg-type]  # aiohttp takes a payload


class Sender:
    """One community's sends."""

    def __init__(
        self, token: str, api_url: str, api: VkApi, next_call: NextCall, timeout: float = ANSWER_WITHIN
    ) -> None:
        self._client = _Client(timeout=aiohttp.ClientTimeout(total=timeout))
        self._timeout = timeout
        self._api = API(token, http_client=self._client)
        self._api.API_URL = f"{api_url.rstrip('/')}/method/"
        self._api.response_validators = [_Answers()]
        self._uploads = api
        self._batches = Batches(self.request, next_call)

    async def send(self, outgoing: Outgoing, file: FileContent | None, remote: str | None) -> Outcome:
        """One call; an attachment that VK has forgotten is uploaded again. Never raises what a server can cause."""
        try:
            return await self._try(outgoing, file, remote)
        except VkError as error:
            if remote is None or error.code != BAD_PARAMETER:
                return classify(error)
        except UnreachableError as error:
            return classify(error)
        try:
            return await self._try(outgoing, file, None)
        except (VkError, UnreachableError) as error:
            return classify(error)

    async def close(self) -> None:
        await self._batches.close()
        await self._client.close()
        # The connector closes its sockets on the next turn of the loop.
        await asyncio.sleep(0)

    async def _try(self, outgoing: Outgoing, file: FileContent | None, remote: str | None) -> Outcome:
        call = outgoing.call
        if call.method != "messages.send":
            # A newer version of the code may have written it, and one of its processes will send it.
            return TryAgain(LEFT_TO_OTHERS)
        peer = int(outgoing.chat.peer)
        params: dict[str, str | int] = {"peer_id": peer, "random_id": outgoing.random_id}
        params |= {name: value for name, value in call.params.items() if isinstance(value, str | int)}
        if file is not None and call.file is not None:
            params["attachment"] = remote or await self._attachment(file, peer, picture=call.file.picture)
        await self._batches.send(params)
        return Delivered(str(params["attachment"]) if "attachment" in params else None)

    async def _attachment(self, file: FileContent, peer: int, *, picture: bool) -> str:
        try:
            return await self.upload(file, peer, picture=picture)
        except (VkError, UnreachableError) as error:
            if classify(error) == UNCLEAR:
                raise UnreachableError(type(error).__name__, never_left=True) from None  # the message itself has not
            raise

    async def upload(self, file: FileContent, peer: int, *, picture: bool) -> str:
        """The attachment's name. Raises VkError or UnreachableError."""
        return await upload(self._uploads, file, peer, picture=picture, timeout=self._timeout)

    async def request(self, method: str, params: Params) -> Json:
        """One call, as it is: the whole answer. Raises VkError or UnreachableError."""
        try:
            return await self._api.request(method, dict(params))
        except (*FAILURES, UnicodeDecodeError) as error:
            # Its text may quote the address, which holds the token.
            raise UnreachableError(type(error).__name__, never_left=isinstance(error, NEVER_LEFT)) from None
