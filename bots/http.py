"""What the small HTTP clients of the messengers share.

No exception of aiohttp leaves them: its text may quote an address, and with it a token.
"""

import asyncio
from typing import Final

import aiohttp

from core.errors import Rejected, Unavailable

CONNECT_WITHIN: Final = 10.0
ANSWER_WITHIN: Final = 30.0
"""How long a send waits for its answer; then its outcome is unknown."""
LARGEST_FILE: Final = 20 * 1024 * 1024
"""Bytes of a file that we take: as many as the Bot API gives out, and more than a photo of a receipt needs."""
FAILURES: Final = (aiohttp.ClientError, TimeoutError, OSError)
"""Everything aiohttp raises when there is no answer."""


NEVER_LEFT: Final = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
"""What aiohttp raises before there is a connection: the request has surely not been heard."""


class UnreachableError(Exception):
    """No answer, or none that can be read; the text is the class of what happened.

    `never_left`: nothing was sent, so that nothing can have happened there.
    """

    def __init__(self, what: str, *, never_left: bool = False) -> None:
        super().__init__(what)
        self.never_left = never_left


class Http:
    """One HTTP session, opened when first needed."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    def session(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession()
        return self._session

    async def download(self, url: str, timeout: float = 60.0) -> bytes:
        """A file that a person sent. Raises Rejected (gone, too big) or Unavailable."""
        content = bytearray()
        try:
            async with self.session().get(url, timeout=within(timeout), allow_redirects=False) as response:
                if response.status in (403, 404, 410):
                    raise Rejected("gone")
                if response.status != 200:
                    raise Unavailable(f"HTTP {response.status}")
                async for chunk in response.content.iter_chunked(65536):
                    content += chunk
                    if len(content) > LARGEST_FILE:
                        raise Rejected("too big")
        except FAILURES as error:
            raise Unavailable(type(error).__name__) from None
        return bytes(content)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            # The connector closes its sockets on the next turn of the loop.
            await asyncio.sleep(0)


def within(seconds: float) -> aiohttp.ClientTimeout:
    """So long for the whole call; a connection must stand much sooner."""
    return aiohttp.ClientTimeout(total=seconds, sock_connect=CONNECT_WITHIN)
