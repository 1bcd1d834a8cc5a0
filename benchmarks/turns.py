"""A full reading turn (webhook in, transaction, reply out), beside bare bots on the same sandbox in the same run.

The product is one process with both bots; the sandbox and the people on its phones are another, PostgreSQL and Valkey
are the embedded ones. All are up at once, and take turns at being measured, so that what else the machine does falls
on all alike. The process that is measured has a core of its own (benchmarks.cores). A cell is the best of several
parts. Processor time is that of the measured process alone.

The bare bots answer an echo and keep a counter in Redis. The product's updates are numbers typed and presses of «Верно»
in equal parts: for each, durable intake, a transaction with the dialog and the reading in it, a durable reply and its
mark; and a press in Telegram costs one API call more, its acknowledgement.
"""

import asyncio
import gc
import tempfile
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.children import Child, started
from benchmarks.cores import apart
from benchmarks.people import Talk, echoes, everybody, open_readings, submit_readings
from benchmarks.stage import SECRET, environment, free_port, sandboxes
from benchmarks.town import FIRST_PERSON, filled
from cli.demo import TELEGRAM_TOKEN, VK_GROUP, VK_TOKEN
from infra.embedded import Servers, embedded_servers
from sandbox.phone import Phone
from sandbox.telegram.server import TelegramServer
from sandbox.vk.server import VkServer

PREMISES = 2000
PARTS = 3
ECHOES = 4
CONNECTIONS = 40
"""Of the webhook; the product asks for as many."""


@dataclass(frozen=True)
class Stand:
    """What all contestants share, and the core that each has while it is measured."""

    servers: Servers
    folder: Path
    premises: int
    core: Collection[int]


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
    with (
        apart() as core,
        tempfile.TemporaryDirectory(prefix="vt", dir="/tmp") as folder,
        embedded_servers(Path(folder)) as servers,
    ):
        stand = Stand(servers, Path(folder), premises, core)
        return asyncio.run(_measure(stand, parts, options))


async def _measure(stand: Stand, parts: int, options: Sequence[str]) -> dict[str, float]:
    servers = stand.servers
    bots = {"telegram": TELEGRAM_TOKEN.partition(":")[0], "vk": str(VK_GROUP)}
    town = filled(servers.database_url, stand.folder / "town", bots, stand.premises)
    async with town as people, AsyncExitStack() as stack:
        contestants = [
            *[await stack.enter_async_context(_bare(which, stand, people)) for which in _BARE],
            *await stack.enter_async_context(_product(stand, people, options)),
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
async def _bare(name: str, stand: Stand, people: int) -> AsyncIterator[Contestant]:
    messenger, options = _BARE[name]
    async with sandboxes() as (telegram, vk, base):
        token = TELEGRAM_TOKEN if messenger == "telegram" else VK_TOKEN
        port = free_port()
        redis = stand.servers.redis_url
        given = ["--token", token, "--api", f"{base}/{messenger}", "--redis", redis, "--secret", SECRET]
        arguments = ["-m", f"benchmarks.bare_{messenger}", *given, "--port", str(port), *options]
        async with started(arguments, {}, cores=stand.core) as child:
            address = f"http://127.0.0.1:{port}/webhook"
            if messenger == "telegram":
                await telegram.webhook.set(address, SECRET, CONNECTIONS)
            else:
                vk.set_callback(address)
            yield Contestant(name, child, _phones(telegram if messenger == "telegram" else vk, people), echoes(ECHOES))


@asynccontextmanager
async def _product(stand: Stand, people: int, options: Sequence[str]) -> AsyncIterator[list[Contestant]]:
    async with sandboxes() as (telegram, vk, base):
        port = free_port()
        arguments = ["-m", "benchmarks.product", *options]
        given = environment(stand.servers, base, port)
        async with started(arguments, given, '"ready"', cores=stand.core) as child:
            vk.set_callback(f"http://127.0.0.1:{port}/vk/callback")
            assert await vk.callback.confirm(), "the product did not confirm its callback server"
            yield [
                Contestant(f"{shown}: reading turn", child, _phones(server, people), submit_readings, open_readings)
                for shown, server in (("Telegram", telegram), ("VK", vk))
            ]


def _phones(server: TelegramServer | VkServer, people: int) -> list[Phone]:
    return [server.phone(FIRST_PERSON + 1 + number) for number in range(people - 1)]


def tame_collector() -> None:
    """The sandbox's own garbage collections must not be what is measured."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 100, 1000)


if __name__ == "__main__":
    for name, value in measure().items():
        print(f"{name:60} {value:10.2f}")
