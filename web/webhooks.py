"""Webhooks: an update is answered for only after its receiver has stored it.

Who may speak and what is answered is the receiver's; size, encoding and what to say when the house is unwell are ours.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, Protocol

import structlog
from aiohttp import web

from core.errors import where

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

LARGEST_BODY: Final = 1024 * 1024
STORED_WITHIN: Final = 5.0
"""Seconds; a database that does not answer is a database that is away."""
RETRY_AFTER: Final = "5"
"""Seconds; both messengers honour it with 503 (messengers.md §1.3, §2.1)."""

Handler = Callable[[web.Request], Awaitable[web.Response]]


class Receiver(Protocol):
    """What stands behind a path: one bot's intake."""

    content_type: str
    """Of what it answers."""

    def admits(self, headers: Mapping[str, str]) -> bool:
        """Whether the caller may speak at all, by its headers."""
        ...

    async def receive(self, body: str) -> tuple[int, str]:
        """The status and text to answer, once the update is durable. Raises when it could not be made so."""
        ...


def handler(receiver: Receiver) -> Handler:
    """The POST handler of one receiver."""

    async def handle(request: web.Request) -> web.Response:
        if not receiver.admits(request.headers):
            return web.Response(status=403, text="forbidden")
        try:
            # Over LARGEST_BODY this raises 413 by itself: the application's `client_max_size`.
            body = (await request.read()).decode()
        except UnicodeDecodeError:
            return web.Response(status=400, text="not UTF-8")
        try:
            async with asyncio.timeout(STORED_WITHIN):
                status, text = await receiver.receive(body)
        except Exception as error:  # whatever it is: it is not stored, so the messenger must send it again
            log.error("update was not stored", path=request.path, **where(error))
            return web.Response(status=503, text="try again", headers={"Retry-After": RETRY_AFTER})
        return web.Response(status=status, text=text, content_type=receiver.content_type)

    return handle
