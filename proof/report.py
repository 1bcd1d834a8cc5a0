"""What a scenario found, line by line, and how far a long one is."""

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from rich.console import Console
from rich.table import Table

SAYS_EVERY: Final = 10.0
"""Seconds between two lines of progress."""


@dataclass(frozen=True, slots=True)
class Line:
    """One promise and what was measured of it; `command` is what makes this line again."""

    promise: str
    measured: str
    goal: str
    holds: bool
    command: str


def command(name: str, scale: float) -> str:
    """What makes the lines of a scenario again."""
    return f"python -m proof {name}" + ("" if scale == 1 else f" --scale {scale:g}")


def show(lines: Sequence[Line]) -> None:
    """The table on the console; what does not hold is red."""
    table = Table("promise", "measured", "goal", "", "command", show_lines=True)
    for line in lines:
        style = None if line.holds else "bold red"
        table.add_row(line.promise, line.measured, line.goal, _verdict(line), line.command, style=style)
    Console(width=None if sys.stdout.isatty() else 160).print(table)


def markdown(lines: Sequence[Line]) -> str:
    """The table as docs/reliability.md holds it."""
    rows = ["| promise | measured | goal | | command |", "|---|---|---|---|---|"]
    for line in lines:
        cells = (line.promise, line.measured, line.goal, _verdict(line), f"`{line.command}`")
        rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(rows) + "\n"


def _verdict(line: Line) -> str:
    return "holds" if line.holds else "DOES NOT HOLD"


@dataclass
class Progress:
    """Tells on stderr now and then how much of the work is done, and how long the rest will take."""

    what: str
    total: float
    _begun: float = field(default=0.0, init=False)
    _said: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        self._begun = self._said = time.monotonic()

    def at(self, done: float, about: str = "") -> None:
        """`done` of `total`; says it when the last line is old enough."""
        now = time.monotonic()
        if now - self._said < SAYS_EVERY or done <= 0:
            return
        self._said = now
        left = (now - self._begun) * max(0.0, self.total - done) / done
        share = 100 * min(1.0, done / self.total)
        words = f" ({about})" if about else ""
        print(f"  {self.what}: {share:.0f} %{words}, about {_duration(left)} left", file=sys.stderr, flush=True)


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
