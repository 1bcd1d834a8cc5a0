"""The proofs by outages in short, and their twins: what is lost, or too fast, without the protection."""

import asyncio
import io
import json
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import aiohttp
import pytest

from bots.intake import Intake
from bots.pace import Bucket, LocalBucket, Pace
from bots.telegram.edge import TelegramEdge
from bots.telegram.webhook import SECRET_HEADER, TelegramWebhook
from bots.vk.api import NextCall
from bots.vk.batches import Batches, Params
from bots.vk.edge import CALLS_PER_SECOND
from dialogs.ports import Json
from infra.db.engine import create_engine
from infra.db.inbox import PostgresInbox
from infra.redis import RedisBucket, connect
from proof.outages import CALLS_PER_SECOND as ALLOWED
from proof.outages import postgres_killed, redis_broken
from proof.stage import Stage, Town, staged, town
from proof.webhooks import proxied, refused_without_database
from web.app import Site, build_app
from web.health import Health
from web.metrics import Metrics

SECRET = "secret-of-the-test"
TOKEN = ("vk", "77")


@pytest.fixture(scope="module")
async def fragile() -> AsyncIterator[Town]:
    """A town with servers of its own, which are killed."""
    async with town(60) as made:
        yield made


async def test_postgres_killed_under_load_loses_nothing_and_doubles_nothing(fragile: Town) -> None:
    async with staged(fragile) as stage:
        found, back = await postgres_killed(stage, kills=2, people=12, between=1.0)
    assert found.whole, found.told()
    assert found.effects.updates >= 40
    assert found.effects.readings >= 1, "a busy machine answers late, and who has no answer asks for the menu"
    assert len(back) == 2
    assert max(one.turn for one in back) < 30


async def test_redis_emptied_and_killed_loses_nothing_and_keeps_the_pace(fragile: Town) -> None:
    async with staged(fragile) as stage:
        found, busiest = await redis_broken(stage, breaks=2, people=20, between=1.0)
    assert found.whole, found.told()
    assert found.effects.updates >= 60
    assert 0 < busiest <= 1.1 * ALLOWED


async def test_without_a_database_webhooks_ask_to_come_again_and_nothing_is_lost(stage: Stage) -> None:
    for line in await refused_without_database(stage, 0.5, "", silence=False):
        assert line.holds, line


# --- twins


class AcknowledgesFirst(Intake):
    """Intake without its protection: the update is answered for, and then stored."""

    async def take(self, raws: Sequence[str], *, acknowledge: bool = True) -> None:
        self.storing = asyncio.ensure_future(super().take(raws, acknowledge=acknowledge))


@pytest.mark.parametrize(("kind", "forgotten"), [(Intake, 0), (AcknowledgesFirst, 5)], ids=["protected", "twin"])
async def test_what_is_acknowledged_before_the_commit_is_lost_with_the_database(
    kind: type[Intake], forgotten: int, stage: Stage
) -> None:
    async with proxied(stage) as (proxy, url), _site(url, kind) as (address, intake, http):
        await _post(http, address, 1)
        acknowledged = 0
        for number in range(2, 7):
            proxy.cut()  # a new connection says the statement in words, one that stands only its number
            proxy.cut_before(b"INSERT INTO inbox")
            acknowledged += await _post(http, address, number) == 200
            await _ended(intake)
        proxy.heal()
        assert await _post(http, address, 7) == 200
        await _ended(intake)
    assert acknowledged == forgotten
    assert await stage.value("SELECT count(*) FROM inbox") == 2, "the first and the last"


@pytest.mark.parametrize("shared", [True, False], ids=["protected", "twin"])
async def test_two_processes_keep_the_pace_only_by_what_they_share(shared: bool, redis_url: str) -> None:
    connections = [connect(redis_url) for _ in range(2)]
    begun: list[float] = []

    async def call(_method: str, _params: Params) -> Json:
        begun.append(time.monotonic())
        return {"response": 1}

    # One message an execute: each is longer than what fits into one beside another.
    text = {"message": "x" * 20_000}
    buckets: list[Bucket] = [RedisBucket(one) if shared else LocalBucket() for one in connections]
    batches = [Batches(call, _paced(Pace({TOKEN: CALLS_PER_SECOND}, bucket))) for bucket in buckets]
    sends = [asyncio.ensure_future(each.send(text)) for _ in range(30) for each in batches]
    await asyncio.sleep(1.1)
    for one in sends:
        one.cancel()
    await asyncio.gather(*sends, return_exceptions=True)
    for each in batches:
        await each.close()
    for connection in connections:
        await connection.aclose()
    assert (len([at for at in begun if at < begun[0] + 1.0]) <= 1.1 * ALLOWED) == shared


def _paced(pace: Pace) -> NextCall:
    async def next_call() -> None:
        await pace.next_call(TOKEN)

    return next_call


@asynccontextmanager
async def _site(url: str, kind: type[Intake]) -> AsyncIterator[tuple[str, Intake, aiohttp.ClientSession]]:
    """A webhook on its own, over a database: its address, its intake, and who posts to it."""
    engine = create_engine(url)
    edge = TelegramEdge("1:token-of-nobody", "http://127.0.0.1:1")
    intake = kind(PostgresInbox(engine), edge)
    site = Site(build_app({"/telegram/webhook": TelegramWebhook(SECRET, intake)}, Health(), Metrics()))
    port = await site.start("127.0.0.1", 0)
    try:
        async with aiohttp.ClientSession() as http:
            yield f"http://127.0.0.1:{port}", intake, http
    finally:
        await site.stop()
        await edge.close()
        await engine.dispose()


async def _ended(intake: Intake) -> None:
    """What the twin does after its answer has ended, one way or the other."""
    if isinstance(intake, AcknowledgesFirst):
        await asyncio.gather(intake.storing, return_exceptions=True)


async def _post(http: aiohttp.ClientSession, address: str, number: int) -> int:
    chat = {"id": 5, "type": "private", "first_name": "А"}
    update = {"update_id": number, "message": {"message_id": 1, "date": 1, "chat": chat, "text": "меню"}}
    data, headers = io.BytesIO(json.dumps(update).encode()), {SECRET_HEADER: SECRET}
    async with http.post(f"{address}/telegram/webhook", data=data, headers=headers) as response:
        return response.status
