"""`vodoteplo broadcast status|report`: how far a broadcast is, and what became of everybody."""

import asyncio
import csv
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from cli.base import Base, run_with_base, shown_time
from cli.broadcast_words import STATES, broadcast_line, plain, where_it_is
from cli.refusal import fail, refuse
from core.broadcasts.model import ENDS, Broadcast, DeliveryState, Line, Tally
from core.broadcasts.model import Progress as Found
from core.broadcasts.use_cases import Broadcasts
from core.errors import NotFound
from core.ids import MailingId
from infra.db.broadcast_desk import broadcast_desk
from infra.workbooks import safe_cell

LOOKS_EVERY: Final = 1.0
COLUMNS: Final = ("delivery", "messenger", "peer", "language", "place", "outcome", "reason", "at")
MOST_NAMES: Final = 1000
"""Recipients that are listed on the console; all of them are in the file."""


def run_status(number: int, *, watch: bool) -> None:
    run_with_base(partial(_status, number=number, watch=watch))


async def _status(ground: Base, *, number: int, watch: bool) -> None:
    async with ground.database() as engine:

        async def look() -> Found:
            async with broadcast_desk(engine, ground.city, ground.city_clock) as desk:
                return await _found(desk, number)

        found = await look()
        if not watch:
            print(broadcast_line(found.broadcast, ground))
            print("\n".join(tally_line(one) for one in found.tallies))
            return
        with _bars() as bars:
            tasks: dict[str, TaskID] = {}
            while _draw(bars, tasks, found, ground) not in ENDS:
                await asyncio.sleep(LOOKS_EVERY)
                found = await look()
        print(f"Broadcast № {number}: {where_it_is(found.broadcast, ground)}.")


async def _found(desk: Broadcasts, number: int) -> Found:
    try:
        return await desk.progress(MailingId(number))
    except NotFound:
        refuse(["there is no such broadcast"])


def _bars() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[pace]}"),
        console=Console(highlight=False),
    )


def _draw(bars: Progress, tasks: dict[str, TaskID], found: Found, ground: Base) -> str:
    """One bar a messenger; where the broadcast is."""
    for one in found.tallies:
        if one.messenger not in tasks:
            tasks[one.messenger] = bars.add_task(one.messenger, total=one.recipients, pace="")
        pace = f"{pace_of(one)}  {where_it_is(found.broadcast, ground)}"
        bars.update(tasks[one.messenger], completed=one.recipients - one.left, pace=pace)
    return found.broadcast.status


def pace_of(tally: Tally) -> str:
    """«25.3/s, 12 min left»."""
    left = tally.seconds_left()
    pace = f"{tally.recent / tally.span:.1f}/s"
    return pace if left is None or not tally.left else f"{pace}, {duration(left)} left"


def duration(seconds: int) -> str:
    if seconds < 90:
        return f"{seconds} s"
    return f"{-(-seconds // 60)} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def tally_line(tally: Tally) -> str:
    counts = ", ".join(f"{name} {tally.counts[state]}" for state, name in STATES.items() if tally.counts.get(state))
    return f"  {tally.messenger}: {tally.recipients} recipients: {counts}" + (
        f"; {pace_of(tally)}" if tally.left else ""
    )


def run_report(number: int, file: Path | None) -> None:
    run_with_base(partial(_report, number=number, file=file))


async def _report(ground: Base, *, number: int, file: Path | None) -> None:
    async with ground.database() as engine, broadcast_desk(engine, ground.city, ground.city_clock) as desk:
        found = await _found(desk, number)
        print(broadcast_line(found.broadcast, ground))
        print("\n".join(tally_line(one) for one in found.tallies))
        print(_verdict(found))
        for act in await desk.acts(MailingId(number)):
            print(f"    {shown_time(act.at, ground)}  {act.what}  {plain(act.by)}")
        await _print_unknown(desk, found.broadcast)
        if file is not None:
            await _write(desk, number, file, ground)


def _verdict(found: Found) -> str:
    if found.broadcast.recipients is None:
        return "  It was not started."
    if found.whole:
        return "  Everybody has an outcome: sent + failed + blocked + opted out + unknown = recipients."
    return f"  {found.total().left} recipients have no outcome yet."


async def _print_unknown(desk: Broadcasts, broadcast: Broadcast) -> None:
    """By name whose outcome nobody can tell."""
    count = 0
    async for line in desk.lines(broadcast.id, DeliveryState.UNKNOWN):
        count += 1
        if count <= MOST_NAMES:
            place = f", {plain(line.place)}" if line.place else ""
            print(f"  unknown: {line.messenger}:{line.peer}{place}  ({plain(line.reason)})")
    if count > MOST_NAMES:
        print(f"  … and {count - MOST_NAMES} more: --csv has them all.")


async def _write(desk: Broadcasts, number: int, file: Path, ground: Base) -> None:
    count = 0
    try:
        with file.open("w", encoding="utf-8-sig", newline="") as opened:
            rows = csv.DictWriter(opened, COLUMNS, delimiter=";")
            rows.writeheader()
            async for line in desk.lines(MailingId(number)):
                rows.writerow(row_of(line, ground))
                count += 1
    except OSError as error:
        fail(f"{file}: the file could not be written: {error.strerror or error}")
    print(f"{file}: {count} recipients. It holds personal data.")


def row_of(line: Line, ground: Base) -> Mapping[str, str]:
    """A recipient as a row; nothing in it is run by a spreadsheet."""
    return {
        "delivery": str(line.id),
        "messenger": line.messenger,
        "peer": safe_cell(line.peer),
        "language": line.language,
        "place": safe_cell(line.place),
        "outcome": line.state.value,
        "reason": safe_cell(line.reason),
        "at": shown_time(line.settled_at, ground) if line.settled_at else "",
    }
