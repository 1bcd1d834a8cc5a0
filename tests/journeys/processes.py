"""Processes of the product that tests kill. They are forked from a warm parent, so that a start takes no seconds."""

import asyncio
import multiprocessing
import os
import signal
import time
from multiprocessing.context import ForkServerContext, ForkServerProcess
from multiprocessing.synchronize import Event as EventType

import uvloop

from cli.base import Base
from core.clock import ShiftedClock
from infra.city_file import load_city
from infra.settings import Settings

PRELOADED = ["cli.serve", "bots.telegram.parse", "bots.telegram.sending", "bots.vk.parse", "bots.vk.sending"]


def warm_parent() -> ForkServerContext:
    """The parent that has loaded everything; the first call starts it."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    return context


class Serving:
    """One process that serves, and dies when told."""

    def __init__(self, context: ForkServerContext, settings: Settings, database_url: str, redis_url: str) -> None:
        self._ready = context.Event()
        self._process: ForkServerProcess = context.Process(
            target=_serve, args=(settings, database_url, redis_url, self._ready), daemon=True
        )
        self._process.start()

    async def ready(self, timeout: float = 30.0) -> None:
        """Waits until it serves."""
        until = time.monotonic() + timeout
        while not self._ready.is_set():
            if not self._process.is_alive() or time.monotonic() > until:
                raise AssertionError(f"the process did not start: exit code {self._process.exitcode}")
            await asyncio.sleep(0.01)

    def kill(self) -> None:
        """SIGKILL: nothing is finished, nothing is said."""
        self._process.kill()
        self._process.join()

    def stop(self) -> int | None:
        """SIGTERM; the exit code."""
        os.kill(self._process.pid or 0, signal.SIGTERM)
        self._process.join(20)
        return self._process.exitcode


def _serve(settings: Settings, database_url: str, redis_url: str, ready: EventType) -> None:
    from cli.serve import serve  # noqa: PLC0415  # already loaded by the warm parent

    clock = ShiftedClock.starting_at(settings.now)
    ground = Base(settings, load_city(settings.city), database_url, redis_url, clock)
    uvloop.run(serve(ground, "all", ready=ready.set))
