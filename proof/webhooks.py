"""Proof of the webhooks: 200 means stored, and comes soon; without a database the messenger is asked to come again.

The updates are those of the stand-ins' phones, but posted from here, so that each answer's time, its words and the row
behind it are seen: after every 200 the row is looked for at once, by another connection.
"""

import asyncio
import io
import json
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, urlsplit, urlunsplit

import aiohttp
import asyncpg

from benchmarks.stage import SECRET
from bots.telegram.webhook import SECRET_HEADER
from proof.crowd import Crowd
from proof.load import PEOPLE_FEW, TELEGRAM, VK, alternating, webhook_named
from proof.report import Line, command
from proof.stage import Stage, staged, town
from proof.waits import drained, keys_done, measured, p99
from sandbox.proxy import Line as Wire
from sandbox.proxy import Proxy
from sandbox.telegram.updates import Update
from sandbox.wire import Json

RATE: Final = 100.0
SECONDS: Final = 60.0
OUTAGE_RATE: Final = 20.0
_ROW: Final = "SELECT count(*) FROM inbox WHERE messenger = $1 AND key = $2"


@dataclass(frozen=True)
class Answer:
    """What one post came to; `stored`: whether the row was there right after a 200."""

    key: tuple[str, str]
    status: int
    seconds: float
    retry_after: str | None
    stored: bool


@dataclass(eq=False)
class Poster:
    """Takes the updates of a stage's stand-ins and posts them itself, each in a task of its own."""

    stage: Stage
    url: str
    http: aiohttp.ClientSession
    database: asyncpg.Connection
    answers: list[Answer] = field(default_factory=list)
    refused: list[Callable[[], None]] = field(default_factory=list)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock)

    def listen(self) -> None:
        """From now on the stand-ins post nothing."""
        self.stage.telegram.world.updates.on_push = self._telegram
        self.stage.vk.set_callback(None)

    def collect(self) -> None:
        """Posts what VK's phones have done since the last time."""
        events = self.stage.vk.longpoll.events
        while events:
            event = events.popleft()
            body = {**event, "secret": SECRET}
            self._begin(("vk", str(event["event_id"])), "/vk/callback", body, {})

    async def settled(self) -> None:
        """Waits for all answers."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    def again(self) -> None:
        """Posts what was refused once more, as the messengers do."""
        refused, self.refused = self.refused, []
        for post in refused:
            post()

    def _telegram(self, update: Update) -> None:
        self.stage.telegram.world.updates.pending.pop(update.id, None)
        headers = {SECRET_HEADER: SECRET, "Content-Type": "application/json"}
        self._begin(("telegram", str(update.id)), "/telegram/webhook", update.json(), headers)

    def _begin(self, key: tuple[str, str], path: str, body: Json, headers: dict[str, str]) -> None:
        task = asyncio.create_task(self._post(key, path, body, headers))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _post(self, key: tuple[str, str], path: str, body: Json, headers: dict[str, str]) -> None:
        begun = time.perf_counter()
        data = io.BytesIO(json.dumps(body, ensure_ascii=False).encode())
        async with self.http.post(self.url + path, data=data, headers=headers) as response:
            await response.read()
        seconds, status = time.perf_counter() - begun, response.status
        if status != 200:
            self.refused.append(lambda: self._begin(key, path, body, headers))
        stored = status == 200 and await self._stored(key)
        self.answers.append(Answer(key, status, seconds, response.headers.get("Retry-After"), stored))

    async def _stored(self, key: tuple[str, str]) -> bool:
        async with self._asking:
            return bool(await self.database.fetchval(_ROW, *key) == 1)


async def webhook(scale: float) -> list[Line]:
    """100 updates a second for a minute; then the database goes away, in two ways, and comes back."""
    said = command("webhook", scale)
    async with town(PEOPLE_FEW) as place, staged(place, TELEGRAM, VK) as stage:
        lines = await answered_in_time(stage, RATE, max(2.0, SECONDS * scale), said)
        return [*lines, *await refused_without_database(stage, max(1.0, 10 * scale), said)]


async def answered_in_time(stage: Stage, rate: float, seconds: float, said: str) -> list[Line]:
    """With the database there."""
    async with stage.replicas("all") as (replica,), posting(stage, replica.url) as poster:
        crowd = Crowd.of(alternating(stage))
        await _write(crowd, poster, rate / 3, min(2.0, seconds / 2))
        await poster.settled()
        poster.answers.clear()
        await _write(crowd, poster, rate, seconds)
        await poster.settled()
        await drained(stage, 30)  # the process ends by SIGKILL: a reply on its way then would come twice
    slowest = p99([one.seconds for one in poster.answers])
    bare = sum(one.status == 200 and not one.stored for one in poster.answers)
    others = sum(one.status != 200 for one in poster.answers)
    count = len(poster.answers)
    about = f"{count} updates at {rate:.0f}/s, turns and replies going on; {others} answered otherwise than 200"
    in_time = slowest <= 0.2 and not others and count >= 0.97 * rate * seconds
    return [
        Line("webhook answers, p99", f"{1000 * slowest:.0f} ms ({about})", "≤ 200 ms", in_time, said),
        Line("webhook: 200 without a row in the inbox", f"{bare} of {count}", "0", bare == 0 < count, said),
    ]


async def refused_without_database(stage: Stage, seconds: float, said: str, *, silence: bool = True) -> list[Line]:
    """The line to the database is cut and nobody listens there; then it swallows everything; then all is well."""
    lines: list[Line] = []
    async with proxied(stage) as (proxy, url), stage.replicas("all", database_url=url) as (replica,):
        async with posting(stage, replica.url) as poster:
            crowd = Crowd.of(alternating(stage))
            await _write(crowd, poster, OUTAGE_RATE, 1.0)
            await poster.settled()
            await proxy.refuse()
            proxy.cut()
            lines.append(_refusals("webhook: database gone", await _refused(crowd, poster, seconds), said))
            await proxy.listen()
            await _until_taken(poster)
            if silence:
                proxy.up = proxy.down = Wire(blackhole=True)
                lines.append(_refusals("webhook: database silent", await _refused(crowd, poster, seconds), said))
                proxy.heal()
                await _until_taken(poster)
            await drained(stage, 60)
            lost = {one.key for one in poster.answers} - await keys_done(stage)
        left = await measured(stage)
    whole = f"{len(lost)} updates lost, {left.copies} replies twice, once they were sent again"
    return [*lines, Line("webhook: after the outages", whole, "0 lost", not lost and not left.lost, said)]


async def _refused(crowd: Crowd, poster: Poster, seconds: float) -> list[Answer]:
    """What is answered while people write."""
    before = len(poster.answers)
    await _write(crowd, poster, OUTAGE_RATE, seconds)
    await poster.settled()
    return poster.answers[before:]


@asynccontextmanager
async def posting(stage: Stage, url: str) -> AsyncIterator[Poster]:
    """A poster to one replica."""
    await webhook_named(stage)
    database = await asyncpg.connect(stage.database_url)
    connector = aiohttp.TCPConnector(limit=0)
    try:
        async with aiohttp.ClientSession(connector=connector) as http:
            poster = Poster(stage, url, http, database)
            poster.listen()
            yield poster
            await poster.settled()
    finally:
        await database.close()


@asynccontextmanager
async def proxied(stage: Stage) -> AsyncIterator[tuple[Proxy, str]]:
    """A line to the stage's database that can be spoilt, and the address that leads over it."""
    parts = urlsplit(stage.database_url)
    (folder,) = parse_qs(parts.query)["host"]
    with tempfile.TemporaryDirectory(prefix="vt", dir="/tmp") as own:  # short: a socket's path has a limit
        name = ".s.PGSQL.5432"
        proxy = Proxy(str(Path(folder) / name))
        await proxy.start(str(Path(own) / name))
        try:
            yield proxy, urlunsplit(parts._replace(query=f"host={own}"))
        finally:
            proxy.heal()
            await proxy.stop()


async def _write(crowd: Crowd, poster: Poster, rate: float, seconds: float) -> None:
    """VK's events lie at the stand-in until they are taken: they are, a hundred times a second."""
    writing = asyncio.ensure_future(crowd.write(rate, seconds))
    while not writing.done():
        poster.collect()
        await asyncio.sleep(0.01)
    await writing
    poster.collect()


async def _until_taken(poster: Poster) -> None:
    async with asyncio.timeout(30):
        while poster.refused:
            poster.again()
            await poster.settled()
            await asyncio.sleep(0.1)


def _refusals(promise: str, answers: Sequence[Answer], said: str) -> Line:
    proper = sum(one.status == 503 and (one.retry_after or "").isdigit() for one in answers)
    slowest = max((one.seconds for one in answers), default=0.0)
    found = f"{proper} of {len(answers)} answered so, the slowest after {slowest:.1f} s"
    holds = 0 < proper == len(answers) and slowest <= 10
    return Line(promise, found, "503 with Retry-After, within 10 s", holds, said)
