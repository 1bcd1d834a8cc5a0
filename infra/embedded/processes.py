"""Starting a program as the supervisor's direct child, and stopping it.

A direct child, not pg_ctl's: it is waited for, so a killed server is never a zombie whose pid file looks alive.
"""

import os
import signal
import subprocess
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from infra.embedded.binaries import server_environment
from infra.embedded.errors import EmbeddedServerError
from infra.embedded.kernel import die_with_parent
from infra.embedded.logs import open_log


@dataclass(frozen=True)
class Launch:
    """A program to run: in which folder, with output to which log, changed how, and told what if we are killed."""

    command: Sequence[str | Path]
    folder: Path
    log: Path
    last_signal: signal.Signals
    enter: Callable[[], None]


def launch(what: Launch) -> subprocess.Popen[bytes]:
    """Start it in a session of its own: Ctrl-C in the terminal is for the application, which drains first."""
    parent = os.getpid()

    def before_exec() -> None:
        what.enter()
        die_with_parent(parent, what.last_signal)

    log = open_log(what.log)
    try:
        return subprocess.Popen(  # noqa: S603 - programs out of our wheels, arguments are ours
            what.command,
            cwd=what.folder,
            env=server_environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            preexec_fn=before_exec,  # noqa: PLW1509 - the supervisor has one thread
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise EmbeddedServerError(f"cannot run {what.command[0]}: {error}") from error
    finally:
        os.close(log)


def stop(process: subprocess.Popen[bytes], steps: Sequence[tuple[signal.Signals, float]]) -> None:
    """Send each signal and wait its seconds until the process is gone; the last resort is SIGKILL."""
    for number, seconds in (*steps, (signal.SIGKILL, 10.0)):
        process.send_signal(number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
            return
