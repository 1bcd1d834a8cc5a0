"""The Bot API without aiogram: for intake, set-up and files, so that processes that only take in stay small.

The token stands in every address (messengers.md §1), so no exception of the HTTP client leaves this file or bots.http.
"""

import json
from collections.abc import Mapping
from typing import Final

from bots.http import FAILURES, Http, UnreachableError, within
from bots.raw import as_object, integer, string

PUBLIC: Final = "https://api.telegram.org"


class ApiError(Exception):
    """The Bot API said no."""

    def __init__(self, code: int, description: str, retry_after: float | None = None) -> None:
        super().__init__(f"{code} {description}")
        self.code = code
        self.description = description
        self.retry_after = retry_after


class TelegramApi:
    """One bot's calls."""

    def __init__(self, token: str, api_url: str = PUBLIC) -> None:
        self._calls = f"{api_url.rstrip('/')}/bot{token}/"
        self._files = f"{api_url.rstrip('/')}/file/bot{token}/"
        self._http = Http()

    async def call(self, method: str, params: Mapping[str, object], timeout: float = 20.0) -> object:
        """The result of a method. Raises ApiError or UnreachableError."""
        session = self._http.session()
        try:
            async with session.post(self._calls + method, json=params, timeout=within(timeout)) as response:
                status, body = response.status, await response.read()
        except FAILURES as error:
            raise UnreachableError(type(error).__name__) from None
        return _result(status, body)

    async def download(self, path: str) -> bytes:
        """A file by the path that getFile gave. Raises Rejected (gone, too big) or Unavailable."""
        return await self._http.download(self._files + path)

    async def close(self) -> None:
        await self._http.close()


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
