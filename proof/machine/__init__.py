"""Residents, helpers, operators, billing and the clock do whatever comes to mind, on a real PostgreSQL.

    python -m proof machine

A Hypothesis state machine: each rule is something somebody may do (people, sharing, readings, billing), beside it runs
a model in plain Python (model), and after each step every invariant is held against the database (invariants). What
fails is shrunk to the shortest story that still fails, and printed as calls of rules.
"""

import asyncio
import shutil
import sys
import tempfile
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from structlog.testing import capture_logs

from infra.db.engine import create_engine
from infra.db.migrate import migrate
from infra.embedded import embedded_servers
from proof.machine.billing import Billing
from proof.machine.invariants import EVERY
from proof.machine.readings import Submitting
from proof.machine.sharing import Sharing
from proof.machine.world import World, opened
from proof.report import Line, command

RUNS: Final = 750
STEPS: Final = 50
"""At most: Hypothesis ends one run in four before. So many runs come to the 25,000 steps of 500 whole ones."""
VERDICTS: Final = ("accepted", "declined")


class Machine(Sharing, Submitting, Billing):
    """Everybody at once."""


@dataclass(frozen=True)
class Found:
    """What a number of runs came to. `failure`: the story that failed, if one did."""

    steps: int
    seconds: float
    reached: dict[str, int]
    failure: str

    @property
    def pace(self) -> float:
        """Steps a second."""
        return self.steps / self.seconds if self.seconds else 0.0


def explored(world: World, runs: int, steps: int, *, shrinks: bool = True, derandomize: bool = False) -> Found:
    """Runs the machine in a world; no loop may run in this thread."""
    phases = [Phase.generate, *((Phase.shrink,) if shrinks else ())]
    chosen = settings(
        max_examples=runs,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        derandomize=derandomize,
        phases=phases,
        suppress_health_check=list(HealthCheck),
        print_blob=False,
        report_multiple_bugs=False,
    )
    world.steps, world.reached, failure = 0, {}, ""
    begun = time.monotonic()
    try:
        with capture_logs():
            run_state_machine_as_test(_in(world), settings=chosen)
    except Exception as error:  # whatever a step raises is what was looked for
        failure = "".join(traceback.format_exception(error))
    return Found(world.steps, time.monotonic() - begun, world.reached, failure)


def _in(world: World) -> type[Machine]:
    class Here(Machine):
        """Hypothesis makes one for each run, and hands it nothing."""

    Here.world = world
    return Here


async def machine(scale: float) -> list[Line]:
    """The lines of the table."""
    folder = Path(tempfile.mkdtemp(prefix="vt", dir="/tmp"))  # short: a socket's path has a limit
    try:
        with embedded_servers(folder) as servers:
            engine = create_engine(servers.database_url)
            await migrate(engine)
            await engine.dispose()
            found = await asyncio.to_thread(_in_a_world, servers.database_url, max(1, round(RUNS * scale)))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if found.failure:
        print(found.failure, file=sys.stderr)
    return lines_of(found, scale)


def _in_a_world(url: str, runs: int) -> Found:
    with opened(url) as world:
        return explored(world, runs, STEPS)


def lines_of(found: Found, scale: float) -> list[Line]:
    """That every story holds; and, in a run of full size, that nothing rare was left out."""
    runs = max(1, round(RUNS * scale))
    told = found.failure.strip().splitlines()[-1][:200] if found.failure else "no story fails"
    promise = (
        f"whatever people, operators and billing do in {runs} runs of up to {STEPS} steps, {len(EVERY)} invariants hold"
    )
    measured = f"{found.steps:,} steps, {found.pace:.0f} a second: {told}"
    missed = [what for what in SOMETIMES if what not in found.reached]
    met = f"{len(SOMETIMES) - len(missed)} of {len(SOMETIMES)}" + (f"; not: {', '.join(missed)}" if missed else "")
    return [
        Line(promise, measured, "none fails", not found.failure, command("machine", scale)),
        Line(
            "the machine meets every outcome, the rare ones too",
            met,
            "all, at full size",
            not missed or scale < 1,
            command("machine", scale),
        ),
    ]


SOMETIMES: Final = (
    *(f"a proof by {kind} {how}" for kind in ("code", "phone", "facts") for how in ("held", "failed", "locked")),
    *(f"a typed code: {how}" for how in ("works", "ProofFailed", "OwnCode")),
    *(f"a {kind} reading by {who}" for kind in ("plain", "doubtful") for who in ("an owner", "a helper")),
    *("a plain reading by an owner for a later month", "a doubtful reading by an owner for a later month"),
    *(f"a link waits: {why}" for why in ("over_limit", "disputed")),
    *(f"a link {how} by an operator: contested" for how in ("kept", "removed")),
    *(f"an operator's word on a reading: {word}" for word in ("accept", "decline", "close")),
    *(f"billing: {verdict}, after {before}" for verdict in VERDICTS for before in (*VERDICTS, "flagged")),
    *(f"an account: {change}" for change in ("closed", "open again", "new number")),
    *(f"a meter {change}" for change in ("closed", "replaced", "looked at")),
    *(f"the same {kind} again" for kind in ("accounts", "meters", "acceptance")),
    *(f"somebody looks at a flat as {access}" for access in ("owner", "helper", None)),
    *("a flat linked", "a link contested", "another holder", "a helper came", "a right taken back"),
    *("an operator's code used", "a deep link opened", "a resident erased", "a window extended"),
    *("two channels at once", "a closed meter refused"),
)
"""Outcomes that a run of full size must have met: a branch that is never reached proves nothing."""
