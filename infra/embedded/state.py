"""What the supervisor tells the users: its process id, and the address of every server that is ready now.

And what users tell it: a signal for each server they need that does not run yet, and SIGTERM when the last one leaves.
"""

import json
import os
import signal
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

READY: Final = "ready"  # the supervisor's first message, if all went well
REQUESTS: Final = {"postgres": signal.SIGUSR1, "valkey": signal.SIGUSR2}


@dataclass(frozen=True)
class State:
    supervisor: int
    urls: Mapping[str, str]


def write_state(path: Path, state: State) -> None:
    """Put the whole of it in place at once: readers see the old or the new, never a half."""
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps({"supervisor": state.supervisor, "urls": dict(state.urls)}), encoding="utf-8")
    fresh.replace(path)


def read_state(path: Path) -> State | None:
    """The state a living supervisor wrote; None when there is none, or when its writer is dead."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        state = State(int(content["supervisor"]), {str(name): str(url) for name, url in content["urls"].items()})
        os.kill(state.supervisor, 0)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return state


def forget_state(path: Path) -> None:
    with suppress(OSError):
        path.unlink()
