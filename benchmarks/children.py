"""Processes that are measured: started, waited for, looked at from outside through /proc (Linux), and ended."""

import asyncio
import os
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Collection, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")
START_WITHIN = 60.0
END_WITHIN = 20.0


class Child:
    """A running process that prints a line holding `ready` when it serves."""

    def __init__(
        self, arguments: list[str], environment: Mapping[str, str], ready: str, cores: Collection[int] | None = None
    ) -> None:
        begun = time.perf_counter()
        self._process = subprocess.Popen(
            [sys.executable, *arguments],
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if cores is not None:  # it has one thread yet, whose place the others will have
            os.sched_setaffinity(self._process.pid, cores)
        self._said: list[str] = []
        self._ready = threading.Event()
        self.ready_after = 0.0
        self._reader = threading.Thread(target=self._read, args=(ready, begun), daemon=True)
        self._reader.start()
        if not self._ready.wait(START_WITHIN) or not self.ready_after:
            self.stop()
            raise RuntimeError("".join(["a measured process did not start:\n", *self._said[-20:]]))

    def cpu_seconds(self) -> float:
        """Processor time of the process so far, all threads, in user and system mode."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def resident_megabytes(self) -> float:
        """What the process has held at most (VmHWM)."""
        lines = Path(f"/proc/{self._process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024

    def present_megabytes(self) -> float:
        """What the process holds now (VmRSS)."""
        lines = Path(f"/proc/{self._process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(END_WITHIN)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join()

    def _read(self, ready: str, begun: float) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                self._said.append(line)
                if ready in line and not self._ready.is_set():
                    self.ready_after = time.perf_counter() - begun
                    self._ready.set()
        self._ready.set()


@contextmanager
def running(
    arguments: list[str], environment: Mapping[str, str] | None = None, ready: str = "ready"
) -> Iterator[Child]:
    """A child for as long as the block lasts. Raises RuntimeError with its last words when it does not start."""
    child = Child(arguments, environment or {}, ready)
    try:
        yield child
    finally:
        child.stop()


@asynccontextmanager
async def started(
    arguments: list[str],
    environment: Mapping[str, str],
    ready: str = "ready",
    cores: Collection[int] | None = None,
) -> AsyncIterator[Child]:
    """A child whose start and end do not stop the loop that waits for them. `cores`: where it runs, if not anywhere."""
    child = await asyncio.to_thread(Child, arguments, environment, ready, cores)
    try:
        yield child
    finally:
        await asyncio.to_thread(child.stop)
