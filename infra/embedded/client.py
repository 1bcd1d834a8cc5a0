"""A user of the servers: attaches to those that run, starts them if none do, and lets go."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from infra.embedded.binaries import server_environment
from infra.embedded.errors import EmbeddedServerError
from infra.embedded.folder import DataFolder
from infra.embedded.locks import ALONE, SHARED, open_lock, try_lock, wait_lock
from infra.embedded.logs import log_size, log_tail, open_log
from infra.embedded.state import READY, REQUESTS, State, forget_state, read_state

_START_SECONDS = 150.0  # initdb on a slow disk, then a recovery
_STOP_SECONDS = 45.0
_POLL_SECONDS = 0.01


@dataclass(frozen=True)
class Servers:
    """Where the servers listen, by unix socket; empty for one that was not asked for.

    `database_url`: postgresql://postgres@/vodoteplo?host=<folder of the socket>; `redis_url`: unix://<socket>.
    """

    database_url: str
    redis_url: str


@contextmanager
def embedded_servers(data_dir: Path, *, postgres: bool = True, redis: bool = True) -> Iterator[Servers]:
    """The servers of a data folder, running for as long as the block does; shared with other processes.

    Blocks, up to half a second the first time; call it outside of an event loop. The last one out stops the servers
    and waits for that. Raises EmbeddedServerError when they cannot be had.
    """
    needed = [name for name, wanted in (("postgres", postgres), ("valkey", redis)) if wanted]
    if not needed:
        yield Servers("", "")
        return
    folder, process = DataFolder.make(data_dir), os.getpid()
    users = open_lock(folder.users_lock)
    try:
        urls = _enter(folder, users, needed)
        yield Servers(urls.get("postgres", "") if postgres else "", urls.get("valkey", "") if redis else "")
    finally:
        # A forked child that leaves the block shares our lock and must not give it up.
        if os.getpid() == process:
            _leave(folder, users)
        os.close(users)


def _enter(folder: DataFolder, users: int, needed: list[str]) -> dict[str, str]:
    """Addresses of at least the needed servers, as soon as they are ready."""
    if not wait_lock(users, SHARED, _STOP_SECONDS):
        raise EmbeddedServerError(f"the servers of {folder.root} are stopping and do not end: see its *.log files")
    deadline = time.monotonic() + _START_SECONDS
    asked = False
    while time.monotonic() < deadline:
        _start_if_nobody_did(folder, needed)
        state = read_state(folder.state)
        missing = [name for name in needed if state is None or name not in state.urls]
        if state is not None and not missing:
            return dict(state.urls)
        if state is not None and not asked:
            asked = True
            _ask_for(state, missing)
        time.sleep(_POLL_SECONDS)
    tails = "".join(log_tail(folder.log(name)) for name in needed)
    raise EmbeddedServerError(f"the servers of {folder.root} are not ready after {_START_SECONDS:.0f} s{tails}")


def _start_if_nobody_did(folder: DataFolder, needed: list[str]) -> None:
    lock = open_lock(folder.supervisor_lock)
    try:
        if try_lock(lock, ALONE):
            forget_state(folder.state)
            _start(folder, lock, needed)
    finally:
        os.close(lock)  # the supervisor has inherited the lock, and keeps it


def _start(folder: DataFolder, lock: int, needed: list[str]) -> None:
    """Start the supervisor and wait for its one message; EmbeddedServerError with what it says went wrong."""
    log_start, log = log_size(folder.supervisor_log), open_log(folder.supervisor_log)
    try:
        started = subprocess.run(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-P", "-m", "infra.embedded", str(folder.root), str(lock), ",".join(needed)],
            cwd="/",  # it must not keep the folder of whoever came first
            env=server_environment() | {"PYTHONPATH": _import_path()},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
            pass_fds=(lock,),
            timeout=_START_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise EmbeddedServerError(f"the servers of {folder.root} did not start in {_START_SECONDS:.0f} s") from error
    finally:
        os.close(log)
    message = started.stdout.decode("utf-8", "replace")
    if message != READY:
        fallback = f"the supervisor of the servers failed{log_tail(folder.supervisor_log, log_start)}"
        raise EmbeddedServerError(message or fallback)


def _import_path() -> str:
    """This package's own place first, then what the user has: the supervisor must find the same code."""
    here = str(Path(__file__).resolve().parents[2])
    return os.pathsep.join([here, *(part for part in [os.environ.get("PYTHONPATH", "")] if part)])


def _ask_for(state: State, missing: list[str]) -> None:
    for name in missing:
        with suppress(ProcessLookupError):
            os.kill(state.supervisor, REQUESTS[name])


def _leave(folder: DataFolder, users: int) -> None:
    """Let go. The last one out has the servers stopped and waits for it, holding newcomers at the door."""
    if not try_lock(users, ALONE):
        return
    if (state := read_state(folder.state)) is None:
        return  # still starting, or gone: it will see by itself that nobody is there
    lock = open_lock(folder.supervisor_lock)
    try:
        if not try_lock(lock, ALONE):
            with suppress(ProcessLookupError):
                os.kill(state.supervisor, signal.SIGTERM)
            wait_lock(lock, ALONE, _STOP_SECONDS)
    finally:
        os.close(lock)
