"""The VK API without vkbottle: for intake, set-up and files, so that processes that only take in stay small.

The token goes in a header, never in an address: addresses end up in logs. No exception of the HTTP client leaves this
file or bots.http.
"""

import hashlib
import hmac
import io
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import aiohttp

from bots.http import FAILURES, Http, UnreachableError, within
from bots.raw import as_object, integer, string
from bots.vk.errors import VkError
from dialogs.ports import Json

PUBLIC: Final = "https://api.vk.ru"
VERSION: Final = "5.199"

NextCall = Callable[[], Awaitable[None]]
"""Waits until the token's next call may begin (bots.pace)."""


async def at_once() -> None:
    """The pace of those who have none."""


class VkApi:
    """One community's calls. `http` is the session they go over."""

    def __init__(self, token: str, api_url: str = PUBLIC, next_call: NextCall = at_once) -> None:
        self._base = f"{api_url.rstrip('/')}/method/"
        self._headers = {"Authorization": f"Bearer {token}"}
        self._next_call = next_call
        self._secret = token.encode()
        self.http = Http()

    def veiled(self, words: str) -> str:
        """The same words always give the same name, and who has the name alone cannot find the words by trying all
        that there may be: the token is in it."""
        return hmac.new(self._secret, words.encode(), hashlib.sha256).hexdigest()

    async def call(self, method: str, params: Mapping[str, str | int], timeout: float = 20.0) -> object:
        """The response of a method. Raises VkError or UnreachableError."""
        await self._next_call()
        text = await self._post(self._base + method, {**params, "v": VERSION}, self._headers, timeout)
        return read_answer(text)["response"]

    async def ask(self, url: str, params: Mapping[str, str | int], timeout: float) -> Json:
        """A JSON object from an address that VK gave us, asked for as documented: by GET, the parameters in the address
        (messengers.md §2.1), without the token. Raises UnreachableError."""
        try:
            async with self.http.session().get(url, params=params, timeout=within(timeout)) as response:
                return read_json(await response.text(encoding="utf-8", errors="replace"))
        except (*FAILURES, ValueError) as error:  # ValueError: an address that VK gave us is none
            raise UnreachableError(type(error).__name__) from None

    async def upload(self, url: str, field: str, content: bytes, name: str, timeout: float = 60.0) -> Json:
        """Sends a file to an upload address; its JSON answer. Raises UnreachableError."""
        form = aiohttp.FormData(quote_fields=False)
        form.add_field(field, io.BytesIO(content), filename=name)
        return read_json(await self._post(url, form, {}, timeout))

    async def close(self) -> None:
        await self.http.close()

    async def _post(
        self, url: str, data: Mapping[str, str | int] | aiohttp.FormData, headers: Mapping[str, str], timeout: float
    ) -> str:
        session = self.http.session()
        try:
            async with session.post(url, data=data, headers=headers, timeout=within(timeout)) as response:
                return await response.text(encoding="utf-8", errors="replace")
        except (*FAILURES, ValueError) as error:  # ValueError: an address that VK gave us is none
            raise UnreachableError(type(error).__name__) from None


def read_json(text: str) -> Json:
    """The JSON object in an answer. Raises UnreachableError for anything else (a gateway's HTML)."""
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        raise UnreachableError("an answer that is not JSON")
    return answer


def read_answer(text: str) -> Json:
    """An answer that holds a response. Raises VkError or UnreachableError."""
    answer = read_json(text)
    if "error" in answer:
        error = as_object(answer["error"])
        raise VkError(integer(error.get("error_code")) or 1, string(error.get("error_msg")))
    if "response" not in answer:
        raise UnreachableError("an answer without a response")
    return answer
