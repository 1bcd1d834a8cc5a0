"""The Bot API without aiogram: for intake, set-up and files, so that processes that only take in stay small.

The token stands in every address (messengers.md §1), so no exception of the HTTP client leaves this file: their texts
may quote it.
"""

import asyncio
import json
from collections.abc import Mapping
from typing import Final

import aiohttp

from bots.raw import as_object, integer, string

PUBLIC: Final = "https://api.telegram.org"
CONNECT_WITHIN: Final = 10.0


class ApiError(Exception):
    """The Bot API said no."""

    def __init__(self, code: int, description: str, retry_after: float | None = None) -> None:
        super().__init__(f"{code} {description}")
        self.code = code
        self.description = description
        self.retry_after = retry_after


class UnreachableError(Exception):
    """No answer, or none that can be read; the text is the class of what happened."""


class TooBigError(Exception):
    """A file is larger than what we take."""


class TelegramApi:
    """One bot's calls over one HTTP session, which is opened when first needed."""

    def __init__(self, token: str, api_url: str = PUBLIC) -> None:
        self._calls = f"{api_url.rstrip('/')}/bot{token}/"
        self._files = f"{api_url.rstrip('/')}/file/bot{token}/"
        self._session: aiohttp.ClientSession | None = None

    async def call(self, method: str, params: Mapping[str, object], timeout: float = 20.0) -> object:
        """The result of a method. Raises ApiError or UnreachableError."""
        total = aiohttp.ClientTimeout(total=timeout, sock_connect=CONNECT_WITHIN)
        try:
            async with self._client().post(self._calls + method, json=params, timeout=total) as response:
                status, body = response.status, await response.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise UnreachableError(type(error).__name__) from None
        return _result(status, body)

    async def download(self, path: str, limit: int, timeout: float = 60.0) -> bytes:
        """A file by the path that getFile gave, at most `limit` bytes. Raises TooBigError or UnreachableError."""
        total = aiohttp.ClientTimeout(total=timeout, sock_connect=CONNECT_WITHIN)
        content = bytearray()
        try:
            async with self._client().get(self._files + path, timeout=total, allow_redirects=False) as response:
                if response.status != 200:
                    raise UnreachableError(f"HTTP {response.status}")
                async for chunk in response.content.iter_chunked(65536):
                    content += chunk
                    if len(content) > limit:
                        raise TooBigError
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise UnreachableError(type(error).__name__) from None
        return bytes(content)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            # The connector closes its sockets on the next turn of the loop.
            await asyncio.sleep(0)

    def _client(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession()
        return self._session


def _result(status: int, body: bytes) -> object:
    try:
        answer = as_object(json.loads(body))
    except (ValueError, RecursionError):
        answer = {}
    if answer.get("ok") is True:
        return answer.get("result")
    if answer.get("ok") is not False:
        raise UnreachableError(f"HTTP {status} without an answer")
    retry_after = integer(as_object(answer.get("parameters")).get("retry_after"))
    raise ApiError(integer(answer.get("error_code")) or status, string(answer.get("description")), retry_after)
