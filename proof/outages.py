"""Proofs by outages: PostgreSQL and Redis are killed under the product, again and again, while people talk.

The servers are the embedded ones, and so is what starts them again: the supervisor that the product has with it
(infra.embedded), as systemd or Docker would elsewhere. PostgreSQL is killed with all its processes, so that nothing is
written any more; Redis is also emptied, and also left hanging, as a machine does that is neither there nor away.
"""

import asyncio
import os
import signal
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, urlsplit

import asyncpg
from redis.asyncio import Redis

from proof.judge import Effects, Replies, judge_effects, judge_replies, settle
from proof.people import Person, Turnstile
from proof.report import Line, Progress, command
from proof.stage import Stage, staged, town
from proof.waits import busiest_second, keys_acknowledged, keys_done
from sandbox.proxy import Line as Wire
from sandbox.proxy import Proxy
from sandbox.vk.limits import Limits as VkLimits

KILLS: Final = 10
BREAKS: Final = 12
PEOPLE: Final = 100
"""In each messenger."""
RATE: Final = 40.0
"""Updates a second of both together: whoever was refused waits 5 s, and others still have something to say."""
BACK_WITHIN: Final = 5.0
BETWEEN: Final = 5.0
"""Seconds from one kill to the next, give or take."""
ABOVE: Final = 1.1
"""How much faster than allowed VK may ever be called."""
CALLS_PER_SECOND: Final = VkLimits().calls_per_second or 0

_BACK: Final = "SELECT extract(epoch FROM min(done_at))::float8 AS at FROM inbox WHERE extract(epoch FROM done_at) > $1"


@dataclass(frozen=True)
class Aftermath:
    """What all the kills came to. `forgotten`: updates answered for by 200 that have not had their turn."""

    breaks: int
    settled: bool
    unanswered: tuple[str, ...]
    forgotten: int
    effects: Effects
    replies: Replies

    @property
    def whole(self) -> bool:
        about = (*self.unanswered, *self.effects.about)
        return (
            self.settled and not about and not self.forgotten and not self.replies.lost and not self.replies.vk_copies
        )

    def told(self) -> str:
        effects, replies = self.effects, self.replies
        words = [
            f"{effects.updates} updates, {effects.readings} readings: {effects.lost} lost, {effects.doubled} doubled",
            f"{self.forgotten} answered for and forgotten",
            f"{replies.lost} of {replies.screens} replies lost, {replies.telegram_copies} copies in Telegram, "
            f"{replies.vk_copies} in VK",
            *(() if self.settled else ("something still waits",)),
            *self.unanswered[:3],
            *effects.about,
        ]
        return "; ".join(words)


# --- PostgreSQL


async def postgres(scale: float) -> list[Line]:
    """SIGKILL to all of PostgreSQL, ten times."""
    kills = max(2, round(KILLS * scale))
    async with town(3 * PEOPLE) as place, staged(place) as stage:
        found, back = await postgres_killed(stage, kills, PEOPLE, BETWEEN)
    return postgres_lines(found, back, command("postgres", scale))


@dataclass(frozen=True)
class Back:
    """Seconds from a kill until the server took connections again, and until the next turn was committed."""

    server: float
    turn: float


async def postgres_killed(stage: Stage, kills: int, people: int, between: float) -> tuple[Aftermath, list[Back]]:
    """People talk while PostgreSQL is killed."""
    killed_at: list[float] = []
    servers: list[float] = []

    async def kill() -> None:
        kill_postgres(stage.database_url)
        killed_at.append(time.time())
        servers.append(await _server_is_back(stage.database_url))

    # The data folder was made a minute ago; that of a server which has served for a while is on the disk.
    await asyncio.to_thread(os.sync)
    async with stage.replicas("all"):
        found = await broken(stage, [kill] * kills, people, between, "postgres")
        back = [Back(server, await _turn_after(stage, at)) for at, server in zip(killed_at, servers, strict=True)]
    return found, back


def postgres_lines(found: Aftermath, back: Sequence[Back], said: str) -> list[Line]:
    each = ", ".join(f"{one.turn:.1f} ({one.server:.1f})" for one in back)
    worst = max(one.turn for one in back)
    return [
        Line(
            f"PostgreSQL SIGKILLed under load {found.breaks} times: nothing lost, nothing doubled",
            found.told(),
            "0 lost, 0 doubled",
            found.whole,
            said,
        ),
        Line(
            "PostgreSQL SIGKILLed under load: back, from the kill to the next committed turn",
            f"{worst:.1f} s at worst; each (in brackets the server alone): {each}",
            f"≤ {BACK_WITHIN:.0f} s",
            worst <= BACK_WITHIN,
            said,
        ),
    ]


def kill_postgres(database_url: str) -> None:
    """SIGKILL to the first process and to all its children, so that none of them ends in order."""
    (folder,) = parse_qs(urlsplit(database_url).query)["host"]
    first = int((Path(folder) / ".s.PGSQL.5432.lock").read_text(encoding="utf-8").split("\n", 1)[0])
    for pid in (first, *children(first)):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def children(parent: int) -> list[int]:
    """Processes that another one has started, by /proc."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue  # it has just ended
        if int(fields[1]) == parent:
            found.append(int(stat.parent.name))
    return found


async def _server_is_back(database_url: str) -> float:
    """Seconds until somebody who comes anew is let in."""
    begun = time.monotonic()
    while True:
        try:
            connection = await asyncpg.connect(database_url, timeout=1.0)
        except (OSError, TimeoutError, asyncpg.PostgresError):
            await asyncio.sleep(0.02)
            continue
        await connection.close()
        return time.monotonic() - begun


async def _turn_after(stage: Stage, at: float) -> float:
    """Seconds from a moment to the first turn done after it; infinite when there was none."""
    (row,) = await stage.fetch(_BACK, at)
    return float("inf") if row["at"] is None else row["at"] - at


# --- Redis


async def redis(scale: float) -> list[Line]:
    """Redis emptied, killed and left hanging under two processes that share VK's pace."""
    breaks = max(3, round(BREAKS * scale))
    async with town(3 * PEOPLE) as place, staged(place) as stage:
        found, busiest = await redis_broken(stage, breaks, PEOPLE, BETWEEN)
    return redis_lines(found, busiest, command("redis", scale))


async def redis_broken(stage: Stage, breaks: int, people: int, between: float) -> tuple[Aftermath, int]:
    """People talk to both processes; the most calls to VK within any second."""
    async with redis_proxied(stage.redis_url) as (proxy, url), stage.replicas("all", "all", redis_url=url):
        ways = (lambda: flush_redis(stage.redis_url), lambda: kill_redis(stage.redis_url), lambda: hang_redis(proxy))
        found = await broken(stage, list(islice(cycle(ways), breaks)), people, between, "redis", 2 * RATE)
    return found, busiest_second(stage.vk)


def redis_lines(found: Aftermath, busiest: int, said: str) -> list[Line]:
    most = ABOVE * CALLS_PER_SECOND
    about = f"{busiest} calls in the busiest second, of {CALLS_PER_SECOND} allowed, by 2 processes"
    return [
        Line(
            f"Redis emptied, killed or left hanging under load, {found.breaks} times: nothing lost, nothing doubled",
            found.told(),
            "0 lost, 0 doubled",
            found.whole,
            said,
        ),
        Line("Redis away: pace of VK", about, f"≤ {most:.0f} in any second", 0 < busiest <= most, said),
    ]


async def flush_redis(url: str) -> None:
    """FLUSHALL."""
    connection = Redis.from_url(url)
    try:
        await connection.flushall()
    finally:
        await connection.aclose()


async def kill_redis(url: str) -> None:
    """SIGKILL, by the process's own word of who it is."""
    connection = Redis.from_url(url)
    try:
        os.kill(int((await connection.info("server"))["process_id"]), signal.SIGKILL)
    finally:
        await connection.aclose()


async def hang_redis(proxy: Proxy, seconds: float = 3.0) -> None:
    """It takes what is said, and answers nothing."""
    proxy.up = proxy.down = Wire(blackhole=True)
    await asyncio.sleep(seconds)
    proxy.cut()
    proxy.heal()


@asynccontextmanager
async def redis_proxied(url: str) -> AsyncIterator[tuple[Proxy, str]]:
    """A line to Redis that can be spoilt, and the address that leads over it."""
    with tempfile.TemporaryDirectory(prefix="vt", dir="/tmp") as own:  # short: a socket's path has a limit
        proxy = Proxy(urlsplit(url).path)
        address = await proxy.start(str(Path(own) / "valkey.sock"))
        try:
            yield proxy, f"unix://{address}"
        finally:
            proxy.heal()
            await proxy.stop()


# --- what both have in common


async def broken(
    stage: Stage,
    breaks: Sequence[Callable[[], Awaitable[None]]],
    people: int,
    between: float,
    name: str,
    rate: float = RATE,
) -> Aftermath:
    """People read meters while something is broken again and again; then the books are held against each other."""
    everybody = [Person(phone) for messenger in ("telegram", "vk") for phone in stage.phones(messenger, people)]
    turnstile = Turnstile(total=1_000_000, allowed=0)
    clock = asyncio.create_task(_let_through(turnstile, rate))
    talking = asyncio.gather(*(person.reads_meters(turnstile) for person in everybody))
    progress = Progress(name, len(breaks))
    await asyncio.sleep(between / 2)
    for number, once in enumerate(breaks, 1):
        await once()
        await asyncio.sleep(between + 0.37 * (number % 3))  # not in step with anything that goes by the second
        progress.at(number)
    clock.cancel()
    turnstile.total = turnstile.said
    turnstile.allow(turnstile.said)
    await talking
    settled = await settle(stage)
    return Aftermath(
        breaks=len(breaks),
        settled=settled,
        unanswered=tuple(one.unanswered for one in everybody if one.unanswered),
        forgotten=len(keys_acknowledged(stage) - await keys_done(stage)),
        effects=await judge_effects(stage, everybody),
        replies=await judge_replies(stage, everybody),
    )


async def _let_through(turnstile: Turnstile, rate: float) -> None:
    """So many may speak a second."""
    begun = time.monotonic()
    while True:
        turnstile.allow(int(rate * (time.monotonic() - begun)))
        await asyncio.sleep(0.02)
