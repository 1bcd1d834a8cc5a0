"""What the proofs stand on: a filled town as a template, stand-ins of both messengers, replicas of the product.

    async with town(premises=400) as place, staged(place) as stage, stage.replicas("all", "all") as (one, other):
        phone = stage.phones("telegram", 10)[0]
        one.kill(); await one.start()

The stand-ins and whoever sits at their phones live in this process and its loop; the replicas are processes of their
own, PostgreSQL and Valkey too. Updates go by webhook and callback to one address, which shares them out (proof.front).
"""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import asyncpg

from benchmarks.stage import environment, free_port, sandboxes
from benchmarks.town import FIRST_PERSON, filled
from cli.demo import TELEGRAM_TOKEN, VK_GROUP
from infra.embedded import Servers, embedded_servers
from infra.settings import Settings, load_settings
from proof.databases import copied_database, fresh_name, named, run_statement
from proof.front import Front
from proof.processes import Given, Prepare, Role, Serving, warm_parent
from sandbox.phone import Phone
from sandbox.telegram.limits import Limits as TelegramLimits
from sandbox.telegram.server import TelegramServer
from sandbox.vk.limits import Limits as VkLimits
from sandbox.vk.server import VkServer

BOTS: Final = {"telegram": TELEGRAM_TOKEN.partition(":")[0], "vk": str(VK_GROUP)}
TELEGRAM_LIMITS: Final = TelegramLimits().without_pace()
VK_LIMITS: Final = VkLimits(retry_delays=(10.0,) * 12, retry_scale=0.05)
"""VK's own pace. What was not answered comes again every half a second, up to twelve times: here a process is killed
every second, and VK's five tries within an hour and a half are made for a life with fewer of that."""


@dataclass(frozen=True)
class Town:
    """A database with a made-up city to copy. `people`: how many each messenger has, who have linked a flat."""

    servers: Servers
    database: str
    people: int


@asynccontextmanager
async def town(premises: int) -> AsyncIterator[Town]:
    """Servers of their own, and a town in them."""
    folder = Path(tempfile.mkdtemp(prefix="vt", dir="/tmp"))  # short: a socket's path has a limit
    try:
        with embedded_servers(folder) as servers:
            async with filled_town(servers, folder / "town", premises) as place:
                yield place
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@asynccontextmanager
async def filled_town(servers: Servers, folder: Path, premises: int) -> AsyncIterator[Town]:
    """A town in servers that run."""
    name = fresh_name()
    await run_statement(servers.database_url, f"CREATE DATABASE {name}")
    async with filled(named(servers.database_url, name), folder, BOTS, premises) as people:
        pass
    # A copy is refused while somebody is connected to the original.
    await run_statement(servers.database_url, f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    try:
        yield Town(servers, name, people)
    finally:
        await run_statement(servers.database_url, f"DROP DATABASE {name}")


class Replica:
    """One process of the product: started, killed, started again at the same port."""

    def __init__(self, given: Given, port: int) -> None:
        self.given = given
        self.port = port
        self._serving: Serving | None = None

    @property
    def url(self) -> str:
        """Its own address, past the front."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def serving(self) -> Serving:
        assert self._serving is not None, "the replica was never started"
        return self._serving

    async def start(self, timeout: float = 60.0) -> None:
        """Starts, and waits until it serves."""
        self.begin()
        await self.serving.ready(timeout)

    def begin(self) -> None:
        """Starts without waiting."""
        self._serving = Serving(warm_parent(), self.given)

    def kill(self) -> None:
        """SIGKILL."""
        self.serving.kill()

    async def stop(self) -> int | None:
        """SIGTERM; the exit code."""
        return await asyncio.to_thread(self.serving.stop)

    def end(self) -> None:
        """Whatever it is doing, it is over."""
        if self._serving is not None:
            self._serving.kill()


@dataclass(frozen=True)
class Stage:
    """A database of its own, the stand-ins, and the address in front of the replicas."""

    settings: Settings
    database_url: str
    redis_url: str
    telegram: TelegramServer
    vk: VkServer
    front: Front
    people: int
    logs: Path

    def phones(self, messenger: str, count: int | None = None) -> list[Phone]:
        """Phones of people who have linked a flat; all there are if no count is given."""
        server = self.telegram if messenger == "telegram" else self.vk
        # The first number belongs to one messenger only, where the count of people is odd.
        count = self.people - 1 if count is None else count
        assert count < self.people, f"the town has only {self.people - 1} people in {messenger}"
        return [server.phone(FIRST_PERSON + 1 + number) for number in range(count)]

    @asynccontextmanager
    async def replicas(
        self,
        *roles: Role,
        prepare: Prepare | None = None,
        database_url: str | None = None,
        redis_url: str | None = None,
    ) -> AsyncIterator[list[Replica]]:
        """Replicas in these roles, serving; what comes in by HTTP is shared out between those that take it.

        With other addresses the product meets the database or Redis by another way, such as a proxy.
        """
        database_url, redis_url = database_url or self.database_url, redis_url or self.redis_url
        made = [self._replica(role, prepare, (database_url, redis_url)) for role in roles]
        await self.front.turn_to(*(one.port for one in made if one.given.role in {"all", "web"}))
        try:
            for one in made:
                one.begin()
            for one in made:
                await one.serving.ready(60.0)
            await self._introduce()
            yield made
        finally:
            for one in made:
                one.end()

    async def fetch(self, query: str, *arguments: object) -> list[asyncpg.Record]:
        """Asks the database, past any proxy."""
        connection = await asyncpg.connect(self.database_url)
        try:
            return list(await connection.fetch(query, *arguments))
        finally:
            await connection.close()

    async def value(self, query: str, *arguments: object) -> int:
        """A number from the database."""
        return int((await self.fetch(query, *arguments))[0][0] or 0)

    def _replica(self, role: Role, prepare: Prepare | None, urls: tuple[str, str]) -> Replica:
        port = free_port()
        settings = self.settings.model_copy(update={"web_port": port, "metrics_port": port})
        return Replica(Given(settings, *urls, role, prepare, self.logs / f"{role}-{port}.log"), port)

    async def _introduce(self) -> None:
        """VK's server is registered by hand, and confirmed; Telegram's webhook the product registers itself."""
        if not self.front.ports:
            return
        if self.vk.callback.url is None:
            self.vk.set_callback(f"{self.front.url}/vk/callback")
            assert await self.vk.callback.confirm(), "the product did not confirm its callback server"
        async with asyncio.timeout(30):
            # Another process does it, and until then copies of updates would be for polls.
            while self.settings.telegram_mode == "webhook" and not self.telegram.webhook.info()["url"]:  # noqa: ASYNC110
                await asyncio.sleep(0.01)


@asynccontextmanager
async def staged(
    place: Town, telegram_limits: TelegramLimits = TELEGRAM_LIMITS, vk_limits: VkLimits = VK_LIMITS
) -> AsyncIterator[Stage]:
    """A stage on a copy of the town; the logs of the replicas are gone with it."""
    async with AsyncExitStack() as stack:
        logs = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="vt-logs")))
        url = await stack.enter_async_context(copied_database(place.servers, place.database))
        telegram, vk, api = await stack.enter_async_context(sandboxes(telegram_limits, vk_limits))
        front = Front()
        await front.start()
        stack.push_async_callback(front.stop)
        servers = replace(place.servers, database_url=url)
        settings = load_settings(environment(servers, api, front.port), env_file=None)
        yield Stage(settings, url, servers.redis_url, telegram, vk, front, place.people, logs)
