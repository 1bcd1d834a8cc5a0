"""The supervisor: starts the servers, mends them, and goes when the last user is gone.

One thread only. The kernel ties "die with your parent" to the thread that started a child, and code between fork and
exec is safe only where no other thread can hold a lock.
"""

import logging
import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import FrameType

from infra.embedded.errors import EmbeddedServerError
from infra.embedded.folder import DataFolder
from infra.embedded.locks import ALONE, open_lock, try_lock
from infra.embedded.logs import trim_log
from infra.embedded.postgres import Postgres
from infra.embedded.servers import Server
from infra.embedded.state import READY, REQUESTS, State, forget_state, write_state
from infra.embedded.valkey import Valkey

log = logging.getLogger("infra.embedded")

# What a start can fail with: a reason for people, a full disk, a program that hangs.
_FAILURES = (EmbeddedServerError, OSError, subprocess.SubprocessError)
_STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_TICK_SECONDS = 0.1
_TRIM_SECONDS = 60.0
_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 3.2
_HEALTHY_SECONDS = 30.0


class Signals:
    """Signals as a stream to wait on: taken in the order they came, never in the middle of other work."""

    def __init__(self) -> None:
        self._reader, writer = os.pipe()
        os.set_blocking(self._reader, False)
        os.set_blocking(writer, False)
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        for number in (signal.SIGCHLD, *_STOP_SIGNALS, *REQUESTS.values()):
            signal.signal(number, self._noted)

    def wait(self, seconds: float) -> set[int]:
        """The signals that came; empty when the time passed without one."""
        ready, _, _ = select.select([self._reader], [], [], seconds)
        return set(os.read(self._reader, 4096)) if ready else set()

    @staticmethod
    def _noted(number: int, frame: FrameType | None) -> None:
        """Python writes the number to the pipe before it calls this."""


@dataclass
class Pause:
    """When a server may be started again: at once after a healthy life, later and later when it keeps dying."""

    started_at: float = 0.0
    length: float = _FIRST_PAUSE

    def is_over(self, now: float) -> bool:
        return now >= self.started_at + self.length

    def starting(self, now: float) -> None:
        fell_soon = now < self.started_at + _HEALTHY_SECONDS
        self.length = min(self.length * 2, _LONGEST_PAUSE) if fell_soon else _FIRST_PAUSE
        self.started_at = now


class Supervisor:
    """Owns the servers of a data folder; holds the folder's supervisor lock by the descriptor it was handed."""

    def __init__(self, folder: DataFolder, lock: int) -> None:
        self._folder = folder
        self._lock = lock
        self._users = open_lock(folder.users_lock)
        self._signals = Signals()
        self._servers: dict[str, Server] = {server.name: server for server in (Valkey(folder), Postgres(folder))}
        self._wanted: dict[str, Pause] = {}
        self._ready: set[str] = set()
        self._trimmed_at = time.monotonic()

    def run(self, names: Iterable[str], report: Callable[[str], None]) -> None:
        """Start the named servers, report `READY` or the error, and stay until nobody needs them."""
        try:
            self._first_start(names)
            self._publish()
        except _FAILURES as error:
            log.error("%s", error)
            self._stop()
            report(str(error))
            return
        try:
            report(READY)
            self._watch()
        finally:
            self._stop()

    def _first_start(self, names: Iterable[str]) -> None:
        self._wanted = {name: Pause(time.monotonic()) for name in self._servers if name in set(names)}
        for name in self._wanted:
            self._servers[name].begin()
        for name in self._wanted:
            self._servers[name].finish()
            self._ready.add(name)

    def _watch(self) -> None:
        while True:
            signals = self._signals.wait(_TICK_SECONDS)
            if signals.intersection(_STOP_SIGNALS) or not self._has_folder() or try_lock(self._users, ALONE):
                return
            for name, number in REQUESTS.items():
                if number in signals:
                    self._wanted.setdefault(name, Pause())
            self._mend()
            self._trim_logs()

    def _has_folder(self) -> bool:
        """Is the data folder still ours? Someone may have removed it and a new supervisor made it anew."""
        try:
            return os.path.samestat(self._folder.supervisor_lock.stat(), os.fstat(self._lock))
        except OSError:
            return False

    def _mend(self) -> None:
        for name, pause in self._wanted.items():
            server = self._servers[name]
            if server.is_running():
                continue
            if name in self._ready:
                log.warning("%s died: %s", name, server.process and server.process.returncode)
                self._ready.discard(name)
                self._publish()
            if pause.is_over(time.monotonic()):
                pause.starting(time.monotonic())
                self._start_again(server)

    def _start_again(self, server: Server) -> None:
        try:
            server.begin()
            server.finish()
        except _FAILURES as error:
            log.error("%s", error)
            server.end()
            return
        log.warning("%s is up", server.name)
        self._ready.add(server.name)
        self._publish()

    def _publish(self) -> None:
        urls = {name: self._servers[name].url for name in self._ready}
        write_state(self._folder.state, State(os.getpid(), urls))

    def _trim_logs(self) -> None:
        if time.monotonic() > self._trimmed_at + _TRIM_SECONDS:
            self._trimmed_at = time.monotonic()
            for path in (self._folder.supervisor_log, *(server.log for server in self._servers.values())):
                trim_log(path)

    def _stop(self) -> None:
        if self._has_folder():
            forget_state(self._folder.state)
        for server in self._servers.values():
            server.end()
