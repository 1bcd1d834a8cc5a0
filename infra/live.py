"""News between processes over Redis' publish and subscribe (`core.live.Live`).

Publishing never holds anybody up: news wait in memory for a task of their own; while Redis is away they are dropped. A
listener that lost its connection says so at once and tries again every second.
"""

import asyncio
import contextlib
import json
import time
from collections.abc import Callable
from typing import Final

import structlog
from redis.asyncio import Redis
from redis.asyncio.client import PubSub

from core.errors import where
from core.live import News

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

CHANNEL: Final = "vodoteplo:desk"
MOST_WAITING: Final = 1000
TRY_EVERY: Final = 1.0
ASK_EVERY: Final = 1.0
SILENT_AT_MOST: Final = 3.0
"""Seconds without an answer to a ping: the other end went without a word."""


class RedisLive:
    def __init__(self, redis: "Redis") -> None:
        self._redis = redis
        self._waiting: list[str] = []
        self._sending: asyncio.Task[None] | None = None

    def publish(self, topic: str, news: News) -> None:
        if len(self._waiting) >= MOST_WAITING:
            return
        self._waiting.append(json.dumps({"topic": topic, "news": dict(news)}, ensure_ascii=False))
        if self._sending is None or self._sending.done():
            self._sending = asyncio.create_task(self._send())

    async def aclose(self) -> None:
        """Lets what waits go out, if that is quick."""
        if self._sending is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._sending, SILENT_AT_MOST)

    async def listen(self, heard: Callable[[str, News], None], standing: Callable[[bool], None]) -> None:
        while True:
            pubsub = self._redis.pubsub()
            try:
                await pubsub.subscribe(CHANNEL)
                await self._hear(pubsub, heard, standing)
            except Exception as error:  # Redis is away, in any of its ways: pages ask by themselves meanwhile
                log.warning("news are not heard", **where(error))
            finally:
                standing(False)
                with contextlib.suppress(Exception):
                    await pubsub.aclose()  # type: ignore[no-untyped-call]  # the library's
            await asyncio.sleep(TRY_EVERY)

    async def _hear(
        self, pubsub: "PubSub", heard: Callable[[str, News], None], standing: Callable[[bool], None]
    ) -> None:
        last = time.monotonic()
        while True:
            message = await pubsub.get_message(timeout=ASK_EVERY)
            if _stopped():
                raise asyncio.CancelledError
            now = time.monotonic()
            if message is None:
                if now - last > SILENT_AT_MOST:
                    raise ConnectionError("no answer to a ping")
                await pubsub.ping()
                continue
            last = now
            if message["type"] == "subscribe":
                standing(True)
            elif message["type"] == "message":
                _tell(message["data"], heard)

    async def _send(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                async with self._redis.pipeline(transaction=False) as pipe:
                    for one in batch:
                        pipe.publish(CHANNEL, one)
                    await pipe.execute()
            except Exception as error:  # as above: nothing durable is lost with it
                log.info("news were not told", count=len(batch), **where(error))


def _stopped() -> bool:
    """As infra.redis: on Python 3.11 the library can lose a cancellation that comes just as its wait ends."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _tell(data: object, heard: Callable[[str, News], None]) -> None:
    try:
        told = json.loads(data if isinstance(data, str | bytes) else "")
        topic, news = told["topic"], told["news"]
    except (ValueError, KeyError, TypeError):
        return  # another version of the code, or somebody else's channel of the same name
    if isinstance(topic, str) and isinstance(news, dict):
        heard(topic, news)
