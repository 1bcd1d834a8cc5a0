"""Servers of the sandbox on a free port, and small clients of theirs."""

import io
import json
import struct
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from sandbox.schemas import Schemas
from sandbox.servers import Sandbox
from sandbox.telegram.limits import Limits as TelegramLimits
from sandbox.telegram.server import TelegramServer
from sandbox.vk.limits import Limits as VkLimits
from sandbox.vk.server import VkServer

TOKEN = "4242:TEST-token"
VK_TOKEN = "vk1.a.test"
GROUP = 77


class Clock:
    """A clock that tests move by hand."""

    def __init__(self, now: float = 1_645_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


Start = Callable[..., Awaitable["Stand"]]


class Stand:
    """A started sandbox with plain HTTP clients."""

    def __init__(self, sandbox: Sandbox, base: str, session: aiohttp.ClientSession, clock: Clock) -> None:
        assert sandbox.telegram is not None
        assert sandbox.vk is not None
        self.sandbox = sandbox
        self.base = base
        self.session = session
        self.clock = clock
        self.telegram = sandbox.telegram
        self.vk = sandbox.vk

    async def bot(self, method: str, **params: Any) -> Any:
        """Call the Bot API with a form; the whole answer with its HTTP status under "status"."""
        url = f"{self.base}/telegram/bot{TOKEN}/{method}"
        form = aiohttp.FormData()
        for name, value in params.items():
            if isinstance(value, tuple):
                form.add_field(name, io.BytesIO(value[1]), filename=value[0])
            else:
                form.add_field(name, value if isinstance(value, str) else json.dumps(value))
        async with self.session.post(url, data=form) as response:
            return {**await response.json(), "status": response.status}

    async def refusal(self, method: str, **params: Any) -> str:
        """The description of an error of the Bot API."""
        answer = await self.bot(method, **params)
        assert answer["ok"] is False, answer
        assert answer["status"] == answer["error_code"]
        return str(answer["description"])

    async def api(self, method: str, **params: Any) -> Any:
        """Call the VK API with a form; the whole answer."""
        data = {name: value if isinstance(value, str) else json.dumps(value) for name, value in params.items()}
        query = {"access_token": VK_TOKEN, "v": "5.199"}
        async with self.session.post(f"{self.base}/vk/method/{method}", params=query, data=data) as response:
            assert response.status == 200
            return await response.json()

    async def code(self, method: str, **params: Any) -> int:
        """The code of an error of the VK API."""
        answer = await self.api(method, **params)
        assert "error" in answer, answer
        return int(answer["error"]["error_code"])

    async def upload(self, url: str, field: str, content: bytes, name: str = "file.bin") -> Any:
        """Post a file as a form."""
        form = aiohttp.FormData()
        form.add_field(field, io.BytesIO(content), filename=name)
        async with self.session.post(url, data=form) as response:
            return json.loads(await response.text())


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    """Start a sandbox with given limits; stopped after the test."""
    running: list[Stand] = []

    async def begin(telegram: TelegramLimits | None = None, vk: VkLimits | None = None, **more: Any) -> Stand:
        schemas, clock = Schemas.load(), Clock()
        sandbox = Sandbox(
            TelegramServer(TOKEN, schemas=schemas, limits=telegram, clock=clock),
            VkServer(VK_TOKEN, GROUP, schemas=schemas, limits=vk, clock=clock, **more),
        )
        stand = Stand(sandbox, await sandbox.start(), aiohttp.ClientSession(), clock)
        running.append(stand)
        return stand

    yield begin
    for stand in running:
        await stand.session.close()
        await stand.sandbox.stop()


@pytest.fixture
async def stand(start: Start) -> Stand:
    """A sandbox with its own limits, paces off."""
    return await start(TelegramLimits().without_pace(), VkLimits().without_pace())


@pytest.fixture
def need_schemas() -> Schemas:
    """The published schemas; the test is skipped where the folder is absent."""
    schemas = Schemas.load()
    if schemas is None:
        pytest.skip("the folder of published schemas is absent (VODOTEPLO_SCHEMAS)")
    return schemas


def make_png(width: int, height: int, noise: int = 0) -> bytes:
    """A grey picture; `noise` bytes of ballast make it heavier."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress(b"".join(b"\x00" + b"\x00" * ((width + 7) // 8) for _ in range(height)))
    ballast = chunk(b"teXt", b"\x00" * noise) if noise else b""
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + ballast + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.fixture
def png() -> Callable[..., bytes]:
    """Maker of pictures: png(width, height, noise=0)."""
    return make_png
