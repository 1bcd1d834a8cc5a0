"""The whole product on loopback: the sandbox's messengers, real PostgreSQL and Valkey, and the process that serves.

Nothing is faked: updates come by polling or by webhook, files in the exchange format went through the real import.
"""

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace

import pytest
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from bots.vk.updates import EVENTS
from cli.base import Base
from cli.demo import STARTS_AT, TELEGRAM_TOKEN, VK_GROUP, VK_TOKEN, messengers_at
from cli.serve import Process
from cli.wiring import build
from core.city import City
from core.clock import ShiftedClock
from infra.db.engine import create_engine
from infra.db.grants import grant
from infra.demo_city import DemoCity, Sample, write_demo_city
from infra.embedded import Servers
from infra.exchange import import_file
from infra.settings import Settings, load_settings
from sandbox.phone import Phone
from sandbox.schemas import Schemas
from sandbox.servers import Sandbox
from sandbox.telegram.limits import Limits as TelegramLimits
from sandbox.telegram.server import TelegramServer
from sandbox.vk.server import VkServer
from tests.databases import DatabasePool, copied_database, fresh_name, run_statement
from web.metrics import Metrics

WEBHOOK_SECRET = "webhook-secret-of-the-tests"
VK_SECRET = "vksecret"
CONFIRMATION = "0a1b2c3d"
PREMISES = 60


@dataclass(frozen=True)
class Town:
    """A database with a made-up city in it, as a template for tests. `role` owns nothing there: it is the product's."""

    database: str
    city: DemoCity
    role: str
    copies: DatabasePool


@pytest.fixture(scope="session")
def city(city: City) -> City:
    """With as many messages into a chat as there are: tests type faster than people."""
    return replace(city, messengers=tuple(replace(one, chat_rate=None) for one in city.messengers))


@pytest.fixture(scope="session")
async def town(
    servers: Servers, template_database: str, city: City, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Town]:
    made = write_demo_city(tmp_path_factory.mktemp("town"), PREMISES)
    async with copied_database(servers, template_database, "town") as url:
        engine = create_engine(url)
        ground = grounds(url, servers.redis_url, city)
        for kind, provider, file in made.files:
            await import_file(engine, city, ground.hasher(), kind, provider, file)
        role = fresh_name()
        await run_statement(url, f"CREATE ROLE {role} LOGIN")
        await grant(engine, role)
        await engine.dispose()
        yield Town("town", made, role, DatabasePool(servers, "town"))


def grounds(database_url: str, redis_url: str, city: City, **settings: object) -> Base:
    """A command's base on the test's servers, with the clock of the demo."""
    loaded = load_settings({"VODOTEPLO_SECRET_KEY": "k" * 32, "VODOTEPLO_DEMO": "1"}, env_file=None)
    return Base(loaded.model_copy(update=settings), city, database_url, redis_url, ShiftedClock.starting_at(STARTS_AT))


@dataclass
class House:
    """A running product with its messengers."""

    sandbox: Sandbox
    ground: Base
    engine: AsyncEngine
    samples: tuple[Sample, ...]
    people: int = 1000

    def phone(self, messenger: str) -> Phone:
        """The phone of somebody new."""
        self.people += 1
        server = self.sandbox.telegram if messenger == "telegram" else self.sandbox.vk
        assert server is not None
        return server.phone(self.people)


@pytest.fixture(params=["polling", "webhook"])
async def house(request: pytest.FixtureRequest, town: Town, city: City, redis_url: str) -> AsyncIterator[House]:
    """The product in both forms of intake."""
    async with opened_house(request.param, town, city, redis_url) as opened:
        yield opened


@pytest.fixture
async def polling_house(town: Town, city: City, redis_url: str) -> AsyncIterator[House]:
    """The product with polling, where the form of intake does not matter."""
    async with opened_house("polling", town, city, redis_url) as opened:
        yield opened


@pytest.fixture(params=["telegram", "vk"])
def messenger(request: pytest.FixtureRequest) -> str:
    return str(request.param)


Line = Callable[[str], AbstractAsyncContextManager[str]]
"""How a database is reached: takes its address, gives another."""


@asynccontextmanager
async def directly(url: str) -> AsyncIterator[str]:
    yield url


@asynccontextmanager
async def opened_house(
    mode: str, town: Town, city: City, redis_url: str, line: Line = directly
) -> AsyncIterator[House]:
    async with (
        town.copies.database() as owned,
        line(re.sub(r"(?<=://)[^@/]*@", f"{town.role}@", owned)) as url,
    ):
        sandbox = stand_ins()
        address = await sandbox.start()
        ground = grounds(url, redis_url, city)
        settings = messengers_at(ground.settings, address).model_copy(update=intake_settings(mode))
        ground = Base(settings, city, url, redis_url, ground.clock)
        engine = create_engine(url)
        try:
            async with serving(ground, engine):
                await introduce(sandbox, settings)
                yield House(sandbox, ground, engine, town.city.samples)
        finally:
            await engine.dispose()
            await sandbox.stop()


def stand_ins() -> Sandbox:
    """Strict stand-ins; bursts of a test are let through, since tests type faster than people."""
    schemas = Schemas.load()
    clock = ShiftedClock.starting_at(STARTS_AT)

    def seconds() -> float:
        return clock.now().timestamp()

    return Sandbox(
        TelegramServer(TELEGRAM_TOKEN, schemas=schemas, limits=TelegramLimits(per_chat=None), clock=seconds),
        VkServer(VK_TOKEN, VK_GROUP, schemas=schemas, secret=VK_SECRET, confirmation=CONFIRMATION, clock=seconds),
    )


def intake_settings(mode: str) -> dict[str, object]:
    port = free_port()
    if mode == "polling":
        return {"web_port": port}
    return {
        "web_port": port,
        "public_url": f"http://127.0.0.1:{port}",
        "telegram_mode": "webhook",
        "telegram_webhook_secret": SecretStr(WEBHOOK_SECRET),
        "vk_mode": "callback",
        "vk_secret": SecretStr(VK_SECRET),
        "vk_confirmation": SecretStr(CONFIRMATION),
    }


async def introduce(sandbox: Sandbox, settings: Settings) -> None:
    """Waits until VK knows where its events go: what is said before the first start is not heard."""
    assert sandbox.vk is not None
    if settings.vk_mode == "callback":
        # A person registers the server by hand; VK then asks for the confirmation code.
        sandbox.vk.set_callback(f"{settings.public_url}/vk/callback", EVENTS)
        await sandbox.vk.callback.confirm()
        return
    async with asyncio.timeout(10):
        while not any(call.method == "groups.getLongPollServer" for call in sandbox.vk.calls):
            await asyncio.sleep(0.01)


@asynccontextmanager
async def serving(ground: Base, engine: AsyncEngine, role: str = "all") -> AsyncIterator[Process]:
    """One process of the product, in this very loop; it ends as it would on SIGTERM."""
    stopping, ready = asyncio.Event(), asyncio.Event()
    metrics = Metrics()
    house = build(ground, engine, serves=role in {"all", "bots"}, watch=metrics)
    process = Process(house, role, metrics)
    running = asyncio.create_task(process.run(stopping, ready.set))
    waiting = asyncio.create_task(ready.wait())
    try:
        await asyncio.wait([running, waiting], return_when=asyncio.FIRST_COMPLETED)
        yield process
    finally:
        waiting.cancel()
        stopping.set()
        await running
        await house.aclose()


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
