"""What the two servers have in common: prepare, launch, wait until ready, stop."""

import signal
import subprocess
import time
from abc import ABC, abstractmethod
from pathlib import Path

from infra.embedded.errors import EmbeddedServerError
from infra.embedded.folder import DataFolder
from infra.embedded.kernel import processes_in
from infra.embedded.logs import log_size, log_tail, trim_log
from infra.embedded.processes import Launch, launch, stop
from infra.embedded.sockets import forget_socket_folder, socket_folder

READY_SECONDS = 60.0  # a crash recovery replays at most a gigabyte of log
STOP_SECONDS = 30.0
_LEFTOVER_SECONDS = 10.0
_POLL_SECONDS = 0.005


class Server(ABC):
    """One server over its data folder. After `begin` and `finish` it serves at `url`."""

    name: str
    program: str
    socket_name: str
    stop_steps: tuple[tuple[signal.Signals, float], ...]

    def __init__(self, folder: DataFolder) -> None:
        self.folder = folder.server(self.name)
        self.log = folder.log(self.name)
        self.sockets = self.folder
        self.process: subprocess.Popen[bytes] | None = None
        self._log_start = 0

    @property
    @abstractmethod
    def url(self) -> str:
        """Where it listens, as its clients write it."""

    @abstractmethod
    def prepare(self) -> Launch:
        """Make its data folder if there is none, and tell how to run it."""

    @abstractmethod
    def is_ready(self, pid: int) -> bool:
        """Does the process of this id, and no other, answer?"""

    def begin(self) -> None:
        """Launch it without waiting, so that both servers start side by side."""
        trim_log(self.log)
        self._log_start = log_size(self.log)
        what = self.prepare()
        self.clear_leftovers()
        self.process = launch(what)

    def finish(self) -> None:
        """Wait until it is ready. EmbeddedServerError with the tail of its log when it dies first or takes too long."""
        assert self.process is not None
        deadline = time.monotonic() + READY_SECONDS
        while not self.is_ready(self.process.pid):
            if self.process.poll() is not None:
                raise self.failure(f"stopped while starting, exit status {self.process.returncode}")
            if time.monotonic() > deadline:
                raise self.failure(f"was not ready after {READY_SECONDS:.0f} s")
            time.sleep(_POLL_SECONDS)

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def end(self) -> None:
        """Stop it and take its traces away; harmless when it does not run."""
        if self.process is not None and self.is_running():
            stop(self.process, self.stop_steps)
        self.process = None
        forget_socket_folder(self.sockets, self.folder)

    def place_sockets(self, owner: int) -> Path:
        self.sockets = socket_folder(self.folder, self.socket_name, owner)
        return self.sockets

    def leftovers(self) -> list[int]:
        """Processes of an earlier supervisor's server that still have this folder."""
        return processes_in(self.folder, self.program)

    def clear_leftovers(self) -> None:
        """Wait for a predecessor killed a moment ago to die: two servers over one folder would ruin it."""
        deadline = time.monotonic() + _LEFTOVER_SECONDS
        while alive := self.leftovers():
            if time.monotonic() > deadline:
                ids = ", ".join(map(str, alive))
                raise EmbeddedServerError(f"another {self.program} (process {ids}) runs over {self.folder}: stop it")
            time.sleep(_POLL_SECONDS)

    def failure(self, what: str) -> EmbeddedServerError:
        return EmbeddedServerError(f"{self.program} {what}{log_tail(self.log, self._log_start)}")
