"""How far a broadcast is and what became of everybody: drawn for the page, asked for by its script, taken as a file."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from aiohttp import web

from core.broadcasts.model import ENDS, DeliveryState, Line, Minute, Progress, Status, Tally
from core.desk import DeskCases
from core.ids import MailingId
from core.sheets import Sheet
from core.staff.model import Role
from web.desk.broadcast_words import STATES
from web.desk.front import KEPT_BY_NOBODY
from web.desk.plots import Columns, Series, columns, top_of_count
from web.desk.shell import Shell
from web.desk.visit import Visit
from web.desk.words import Words, word

MOST_NAMES: Final = 200
"""Recipients without a known outcome that are shown; all of them are in the file."""
MOST_BARS: Final = 60
HEAD: Final = (
    *(word("Номер"), word("Мессенджер"), word("Получатель"), word("Язык")),
    *(word("Дом"), word("Итог"), word("Причина"), word("Когда")),
)


def add_report(shell: Shell, path: str) -> None:
    shell.get(f"{path}/{{broadcast}}/progress", progress, role=Role.SENIOR)
    shell.get(f"{path}/{{broadcast}}/csv", download, role=Role.SENIOR)


async def progress(visit: Visit) -> web.Response:
    """The part of the page that moves."""
    async with visit.cases() as cases:
        found = await cases.broadcasts.get(MailingId(visit.number("broadcast")))
        moving = await progress_of(visit, cases, found.id)
    return visit.part("broadcast_progress.html", 200, one=found, **moving)


@dataclass(frozen=True, slots=True)
class Bar:
    """A messenger, or all of them: how much of it is done, at which pace, for how long still."""

    name: str
    tally: Tally
    states: tuple[tuple[str, int], ...]
    pace: str
    left: str | None


@dataclass(frozen=True)
class Plot:
    columns: Columns
    scale: tuple[str, str, str]
    minutes: tuple[tuple[str, int], ...]


async def progress_of(visit: Visit, cases: DeskCases, broadcast: MailingId) -> dict[str, object]:
    """What the moving part shows."""
    found = await cases.broadcasts.progress(broadcast)
    unknown: list[Line] = []
    if found.total().counts[DeliveryState.UNKNOWN]:
        async for line in cases.broadcasts.lines(broadcast, DeliveryState.UNKNOWN):
            unknown.append(line)
            if len(unknown) == MOST_NAMES:
                break
    minutes = await cases.broadcasts.minutes(broadcast)
    return {
        "bars": _bars(visit, found),
        "total": found.total(),
        "whole": found.whole,
        "moves": found.broadcast.status is Status.SENDING,
        "ended": found.broadcast.status in ENDS,
        "unknown": unknown,
        "messenger_names": {one.code: one.name for one in visit.house.parts.city.messengers},
        "plot": plot_of(visit, minutes) if minutes else None,
    }


def _bars(visit: Visit, found: Progress) -> tuple[Bar, ...]:
    several = [found.total()] if len(found.tallies) > 1 else []
    return tuple(_bar(visit, one) for one in (*several, *found.tallies))


def _bar(visit: Visit, tally: Tally) -> Bar:
    words = visit.words
    states = tuple((words.t(name), tally.counts[state]) for state, name in STATES.items() if tally.counts.get(state))
    seconds = tally.seconds_left() if tally.left else None
    name = visit.house.parts.city.messenger(tally.messenger).name if tally.messenger else words.t("Всего")
    pace = words.t("{rate} в секунду", rate=f"{tally.recent / tally.span:.1f}") if tally.recent and tally.left else ""
    return Bar(name, tally, states, pace, None if seconds is None else _duration(seconds, words))


def _duration(seconds: int, words: Words) -> str:
    if seconds < 90:
        return words.t("осталось {n} с", n=seconds)
    return words.t("осталось {n} мин", n=-(-seconds // 60))


def plot_of(visit: Visit, minutes: Sequence[Minute]) -> Plot:
    """How many were told by the minute, or by as many minutes as a bar must stand for."""
    clock, words = visit.house.parts.clock, visit.words
    first, last = minutes[0].begins, max(one.begins for one in minutes)
    span = max(1, -(-(int((last - first).total_seconds()) // 60 + 1) // MOST_BARS))
    counts = [0] * (int((last - first).total_seconds()) // 60 // span + 1)
    for one in minutes:
        counts[int((one.begins - first).total_seconds()) // 60 // span] += one.sent
    # By the database's clock: shown by the city's, which the setting NOW moves.
    begins = [first + clock.clock.offset + timedelta(minutes=span * place) for place in range(len(counts))]
    names = [f"{clock.local(at):%H:%M}" for at in begins]
    told = [words.t("{when}: доставлено {n}", when=name, n=n) for name, n in zip(names, counts, strict=True)]
    top = top_of_count(counts)
    drawn = columns([Series("came", counts, told)], names, top)
    return Plot(drawn, (str(top), str(top // 2), "0"), tuple(zip(names, counts, strict=True)))


async def download(visit: Visit) -> web.Response:
    """Every recipient as a row; a line in the book of looks."""
    number = MailingId(visit.number("broadcast"))
    async with visit.cases() as cases:
        await cases.broadcasts.get(number)
        rows = [_row(visit, line) async for line in cases.broadcasts.lines(number)]
        await cases.looks.record(visit.member, "broadcast.taken", f"broadcast:{number}")
    head = tuple(visit.words.t(name) for name in HEAD)
    sheet = Sheet(visit.words.t("Рассылка № {number}", number=number), head, tuple(rows))
    content = await asyncio.to_thread(visit.house.parts.sheets.csv, [sheet])
    headers = {
        "Content-Disposition": f'attachment; filename="broadcast-{number}.csv"',
        "Cache-Control": KEPT_BY_NOBODY,
    }
    return web.Response(body=content, content_type="text/csv", headers=headers)


def _row(visit: Visit, line: Line) -> tuple[str, ...]:
    at = line.settled_at
    clock = visit.house.parts.clock
    when = f"{clock.local(at + clock.clock.offset):%Y-%m-%d %H:%M:%S}" if at is not None else ""
    state = visit.words.t(STATES[line.state])
    return (str(line.id), line.messenger, line.peer, line.language, line.place, state, line.reason, when)
