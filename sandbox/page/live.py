"""The live side of the page: a WebSocket over which the page watches its phones.

The page says which phone it watches; the phone is then sent whole, at once and after every change. Whole, because a
page that lost its connection needs nothing but the next message to be right again. Several changes within a few
milliseconds go out as one.
"""

import asyncio
import contextlib
import json
import secrets
from collections.abc import Iterable
from typing import Final

from aiohttp import WSMsgType, web

from sandbox.page.guide import Guide
from sandbox.page.snapshot import phone_json
from sandbox.phone import Phone
from sandbox.servers import Sandbox

GATHER: Final = 0.02
"""Seconds in which changes are gathered into one message."""
CLOCK: Final = 20.0
"""Seconds after which a quiet phone is sent again, for the city's clock."""
FIRST_GROUP_CHAT: Final = 2_000_000_000
"""Ids from here on are group chats on VK, not people."""


def find_phone(sandbox: Sandbox, messenger: object, user: object) -> Phone | None:
    """The phone of this person; None when the page asks for nonsense."""
    if not isinstance(user, int) or not 0 < user < FIRST_GROUP_CHAT:
        return None
    if messenger == "telegram" and sandbox.telegram is not None:
        return sandbox.telegram.phone(user)
    if messenger == "vk" and sandbox.vk is not None:
        return sandbox.vk.phone(user)
    return None


def new_phone(sandbox: Sandbox, messenger: object) -> Phone | None:
    """The phone of somebody the bot has never met and may not write to yet; None without such a messenger."""
    user = secrets.randbelow(FIRST_GROUP_CHAT - 100_000_000) + 100_000_000
    if messenger == "telegram" and sandbox.telegram is not None:
        return sandbox.telegram.phone(user, started=False)
    if messenger == "vk" and sandbox.vk is not None:
        return sandbox.vk.phone(user, allowed=False)
    return None


class Live:
    """All open pages. `close` lets the server stop at once instead of waiting for them."""

    def __init__(self, sandbox: Sandbox, guide: Guide) -> None:
        self._sandbox = sandbox
        self._guide = guide
        self._pages: set[web.WebSocketResponse] = set()

    async def page(self, request: web.Request) -> web.WebSocketResponse:
        """GET /demo/live: serve one page until it goes away."""
        socket = web.WebSocketResponse(heartbeat=15)
        await socket.prepare(request)
        self._pages.add(socket)
        watches: dict[str, asyncio.Task[None]] = {}
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._watch(socket, watches, message.data)
        finally:
            self._pages.discard(socket)
            await stop(watches.values())
        return socket

    async def close(self) -> None:
        """Say goodbye to every page; they come back by themselves."""
        for socket in list(self._pages):
            await socket.close(code=1001)

    def _watch(self, socket: web.WebSocketResponse, watches: dict[str, asyncio.Task[None]], text: str) -> None:
        phone = self._wished(text)
        if phone is None:
            return
        if earlier := watches.pop(phone.messenger, None):
            earlier.cancel()
        watches[phone.messenger] = asyncio.create_task(self._follow(socket, phone))

    def _wished(self, text: str) -> Phone | None:
        try:
            wish = json.loads(text)
        except ValueError:
            return None
        if not isinstance(wish, dict):
            return None
        user = wish.get("user")
        if user is None:
            return new_phone(self._sandbox, wish.get("watch"))
        return find_phone(self._sandbox, wish.get("watch"), user)

    async def _follow(self, socket: web.WebSocketResponse, phone: Phone) -> None:
        changed = asyncio.Event()

        def wake(_phone: Phone) -> None:
            changed.set()

        phone.on_change.add(wake)
        try:
            while not socket.closed:
                changed.clear()
                await socket.send_json(phone_json(phone, self._guide))
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(changed.wait(), CLOCK)
                await asyncio.sleep(GATHER)
        except ConnectionError:
            return
        finally:
            phone.on_change.discard(wake)


async def stop(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Cancel tasks and wait until they are gone."""
    for task in list(tasks):
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
