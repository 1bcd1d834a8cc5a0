"""Processes of the product that are killed. They are forked from a warm parent, so that a start takes no seconds."""

import asyncio
import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.context import ForkServerContext, ForkServerProcess
from multiprocessing.synchronize import Event as EventType
from pathlib import Path
from typing import Final, Literal

import uvloop

from cli.base import Base
from core.clock import ShiftedClock
from infra.city_file import load_city
from infra.embedded.kernel import die_with_parent
from infra.logging import configure
from infra.settings import Settings

PRELOADED: Final = ["cli.serve", "bots.telegram.parse", "bots.telegram.sending", "bots.vk.parse", "bots.vk.sending"]
ENDS_WITHIN: Final = 20.0

Role = Literal["all", "bots", "web", "worker"]
Prepare = Callable[[], None]
"""Called in the process before it serves: a function of a module, which changes what a proof is about."""


def warm_parent() -> ForkServerContext:
    """The parent that has loaded everything; the first call starts it."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    return context


@dataclass(frozen=True)
class Given:
    """What a process is told. Its output goes to `log`, if there is one."""

    settings: Settings
    database_url: str
    redis_url: str
    role: Role = "all"
    prepare: Prepare | None = None
    log: Path | None = None


class Serving:
    """One process that serves, and dies when told."""

    def __init__(self, context: ForkServerContext, given: Given) -> None:
        self._log = given.log
        self._ready = context.Event()
        self._process: ForkServerProcess = context.Process(target=_serve, args=(given, self._ready), daemon=True)
        self._process.start()

    @property
    def pid(self) -> int:
        return self._process.pid or 0

    async def ready(self, timeout: float = 30.0) -> None:
        """Waits until it serves. Raises AssertionError when it does not start."""
        until = time.monotonic() + timeout
        while not self._ready.is_set():
            if not self._process.is_alive() or time.monotonic() > until:
                raise AssertionError(
                    f"the process did not start: exit code {self._process.exitcode}\n{self.last_words()}"
                )
            await asyncio.sleep(0.01)

    def last_words(self) -> str:
        """The end of its log."""
        if self._log is None or not self._log.exists():
            return ""
        return self._log.read_text(encoding="utf-8", errors="replace")[-1500:]

    def kill(self) -> None:
        """SIGKILL: nothing is finished, nothing is said."""
        self._process.kill()
        self._process.join()

    def stop(self) -> int | None:
        """SIGTERM; the exit code. Blocks."""
        if self._process.is_alive():
            os.kill(self.pid, signal.SIGTERM)
        self._process.join(ENDS_WITHIN)
        return self._process.exitcode


def _serve(given: Given, ready: EventType) -> None:
    from cli.serve import serve  # noqa: PLC0415  # already loaded by the warm parent

    die_with_parent(os.getppid(), signal.SIGKILL)
    if given.log is not None:
        _write_to(given.log)
        configure("info", "json")
    clock = ShiftedClock.starting_at(given.settings.now)
    ground = Base(given.settings, load_city(given.settings.city), given.database_url, given.redis_url, clock)
    if given.prepare is not None:
        given.prepare()
    uvloop.run(serve(ground, given.role, ready=ready.set))


def _write_to(log: Path) -> None:
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.close(descriptor)
