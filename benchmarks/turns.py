"""A full reading turn (webhook in, transaction, reply out), beside bare bots on the same sandbox in the same run.

The product is one process with both bots; the sandbox and the people on its phones are another, PostgreSQL and Valkey
are the embedded ones. All are up at once, and take turns at being measured, so that what else the machine does falls
on all alike. A cell is the best of several parts. Processor time is that of the measured process alone.

The bare bots answer an echo and keep a counter in Redis. The product's updates are numbers typed and presses of «Верно»
in equal parts: for each, durable intake, a transaction with the dialog and the reading in it, a durable reply and its
mark; and a press in Telegram costs one API call more, its acknowledgement.
"""

import asyncio
import gc
import socket
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from benchmarks.children import Child, running
from benchmarks.people import Talk, echoes, everybody, open_readings, submit_readings
from benchmarks.town import FIRST_PERSON, KEY, filled
from cli.demo import STARTS_AT, TELEGRAM_TOKEN, VK_GROUP, VK_TOKEN
from core.clock import ShiftedClock
from infra.embedded import Servers, embedded_servers
from sandbox.phone import Phone
from sandbox.servers import Sandbox
from sandbox.telegram.limits import Limits as TelegramLimits
from sandbox.telegram.server import TelegramServer
from sandbox.vk.limits import Limits as VkLimits
from sandbox.vk.server import VkServer

SECRET = "secret-of-the-benchmark"
CONFIRMATION = "0a1b2c3d"
PREMISES = 2000
PARTS = 3
ECHOES = 4


@dataclass(frozen=True)
class Cell:
    """One part: how many updates a second, processor milliseconds an update, milliseconds until the answer."""

    rate: float
    cpu: float
    median: float
    slowest: float


@dataclass
class Contestant:
    """A bot with phones to write to it. `prepare` brings its people to where the measured talk begins."""

    name: str
    child: Child
    phones: Sequence[Phone]
    talk: Talk
    prepare: Talk | None = None
    cells: list[Cell] = field(default_factory=list)

    async def part(self, number: int, parts: int) -> None:
        """Measures one part of the people."""
        phones = self.phones[number::parts]
        if self.prepare is not None:
            await everybody(phones, self.prepare)
        before = self.child.cpu_seconds()
        watch, seconds = await everybody(phones, self.talk)
        # What is written after the answer (marks) is part of the price.
        await asyncio.sleep(0.2)
        count = len(watch.waits)
        cpu = 1000 * (self.child.cpu_seconds() - before) / count
        self.cells.append(Cell(count / seconds, cpu, watch.quantile(50), watch.quantile(99)))

    @property
    def rate(self) -> float:
        return max(cell.rate for cell in self.cells)

    @property
    def cpu(self) -> float:
        return min(cell.cpu for cell in self.cells)


def measure(parts: int = PARTS, premises: int = PREMISES, options: Sequence[str] = ()) -> dict[str, float]:
    """Rates, processor times and ratios; `options` go to benchmarks.product."""
    tame_collector()
    with tempfile.TemporaryDirectory(prefix="vt", dir="/tmp") as folder, embedded_servers(Path(folder)) as servers:
        return asyncio.run(_measure(servers, Path(folder), parts, premises, options))


async def _measure(
    servers: Servers, folder: Path, parts: int, premises: int, options: Sequence[str]
) -> dict[str, float]:
    bots = {"telegram": TELEGRAM_TOKEN.partition(":")[0], "vk": str(VK_GROUP)}
    async with filled(servers.database_url, folder / "town", bots, premises) as people, AsyncExitStack() as stack:
        contestants = [
            *[await stack.enter_async_context(_bare(which, servers, people)) for which in _BARE],
            *await stack.enter_async_context(_product(servers, people, options)),
        ]
        for number in range(parts):
            for contestant in contestants:
                await contestant.part(number, parts)
        return _results(contestants)


def _results(contestants: Sequence[Contestant]) -> dict[str, float]:
    found: dict[str, float] = {}
    for one in contestants:
        best = max(one.cells, key=lambda cell: cell.rate)
        found |= {
            f"{one.name}, updates/s": one.rate,
            f"{one.name}, CPU ms/update": one.cpu,
            f"{one.name}, median ms": best.median,
            f"{one.name}, 99 % ms": best.slowest,
        }
    by_name = {one.name: one for one in contestants}
    for messenger, library in (("Telegram", "aiogram"), ("VK", "vkbottle")):
        product, bare = by_name[f"{messenger}: reading turn"], by_name[f"{messenger}: bare {library}"]
        found[f"{messenger}: rate / bare"] = product.rate / bare.rate
        found[f"{messenger}: CPU / bare"] = product.cpu / bare.cpu
    found["both bots serving, MB"] = by_name["VK: reading turn"].child.resident_megabytes()
    return found


# --- who runs


_BARE = {
    "Telegram: bare aiogram": ("telegram", []),
    "Telegram: bare aiogram, collector tamed": ("telegram", ["--settled"]),
    "VK: bare vkbottle": ("vk", []),
    "VK: bare vkbottle, collector tamed": ("vk", ["--settled"]),
}


@asynccontextmanager
async def _bare(name: str, servers: Servers, people: int) -> AsyncIterator[Contestant]:
    messenger, options = _BARE[name]
    async with sandboxes() as (sandbox, base):
        token = TELEGRAM_TOKEN if messenger == "telegram" else VK_TOKEN
        port = free_port()
        given = ["--token", token, "--api", f"{base}/{messenger}", "--redis", servers.redis_url, "--secret", SECRET]
        arguments = ["-m", f"benchmarks.bare_{messenger}", *given, "--port", str(port), *options]
        async with _started(arguments, {}) as child:
            if messenger == "telegram":
                await _server(sandbox.telegram).webhook.set(f"http://127.0.0.1:{port}/webhook", SECRET, 40)
            else:
                _server(sandbox.vk).set_callback(f"http://127.0.0.1:{port}/webhook")
            yield Contestant(name, child, _phones(sandbox, messenger, people), echoes(ECHOES))


@asynccontextmanager
async def _product(servers: Servers, people: int, options: Sequence[str]) -> AsyncIterator[list[Contestant]]:
    async with sandboxes() as (sandbox, base):
        port = free_port()
        arguments = ["-m", "benchmarks.product", *options]
        async with _started(arguments, environment(servers, base, port), '"ready"') as child:
            vk = _server(sandbox.vk)
            vk.set_callback(f"http://127.0.0.1:{port}/vk/callback")
            assert await vk.callback.confirm(), "the product did not confirm its callback server"
            yield [
                Contestant(
                    f"{shown}: reading turn", child, _phones(sandbox, messenger, people), submit_readings, open_readings
                )
                for shown, messenger in (("Telegram", "telegram"), ("VK", "vk"))
            ]


@asynccontextmanager
async def _started(arguments: list[str], environment: dict[str, str], ready: str = "ready") -> AsyncIterator[Child]:
    """A child whose start and end do not stop the sandbox."""
    child = await asyncio.to_thread(Child, arguments, environment, ready)
    try:
        yield child
    finally:
        await asyncio.to_thread(child.stop)


@asynccontextmanager
async def sandboxes() -> AsyncIterator[tuple[Sandbox, str]]:
    """Both stand-ins without pace; what a call may hold is checked by the limits, not against the schemas."""
    clock = ShiftedClock.starting_at(STARTS_AT)

    def seconds() -> float:
        return clock.now().timestamp()

    sandbox = Sandbox(
        TelegramServer(TELEGRAM_TOKEN, limits=TelegramLimits().without_pace(), clock=seconds),
        VkServer(
            VK_TOKEN,
            VK_GROUP,
            limits=VkLimits().without_pace(),
            secret=SECRET,
            confirmation=CONFIRMATION,
            clock=seconds,
        ),
    )
    base = await sandbox.start()
    try:
        yield sandbox, base
    finally:
        await sandbox.stop()


def _server(server: "TelegramServer | VkServer | None"):
    assert server is not None
    return server


def _phones(sandbox: Sandbox, messenger: str, people: int) -> list[Phone]:
    server = _server(sandbox.telegram if messenger == "telegram" else sandbox.vk)
    return [server.phone(FIRST_PERSON + 1 + number) for number in range(people - 1)]


def environment(servers: Servers, api: str, port: int) -> dict[str, str]:
    """The settings of a process with both bots on the sandbox at `api`."""
    settings = {
        "DATABASE_URL": servers.database_url,
        "REDIS_URL": servers.redis_url,
        "NOW": STARTS_AT.isoformat(),
        "DEMO": "1",
        "SECRET_KEY": KEY,
        "WEB_PORT": str(port),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "TELEGRAM_TOKEN": TELEGRAM_TOKEN,
        "TELEGRAM_API_URL": f"{api}/telegram",
        "TELEGRAM_MODE": "webhook",
        "TELEGRAM_WEBHOOK_SECRET": SECRET,
        "VK_TOKEN": VK_TOKEN,
        "VK_GROUP_ID": str(VK_GROUP),
        "VK_API_URL": f"{api}/vk",
        "VK_MODE": "callback",
        "VK_SECRET": SECRET,
        "VK_CONFIRMATION": CONFIRMATION,
        "LOG_FORMAT": "json",
    }
    return {f"VODOTEPLO_{name}": value for name, value in settings.items()}


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def tame_collector() -> None:
    """The sandbox's own garbage collections must not be what is measured."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 100, 1000)


if __name__ == "__main__":
    for name, value in measure().items():
        print(f"{name:60} {value:10.2f}")
