"""Numbers of the desk: how much is asked, how long it takes, how it is liked; as plots, tables and files."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Final

from aiohttp import web

from core.numbers.model import Days, Figures
from core.numbers.use_cases import NoSuchDays, Numbers
from core.staff.model import Role
from web.desk.front import KEPT_BY_NOBODY
from web.desk.numbers_tables import Tables
from web.desk.plots import Columns, Series, columns, level, top_of_count, top_of_time
from web.desk.shell import Shell
from web.desk.visit import Visit
from web.desk.words import word

PATH: Final = "/numbers"
NO_SUCH_DAYS: Final = word("Таких дней нет: проверьте даты. Показаны последние 30 дней.")
LATEST: Final = ((7, word("7 дней")), (30, word("30 дней")), (90, word("3 месяца")), (365, word("Год")))
"""Stretches of days that are one press away, today included."""
USUAL: Final = 30
_TYPES: Final = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def add_numbers(shell: Shell) -> None:
    shell.door(PATH, word("Показатели"), "chart", role=Role.SENIOR)
    shell.get(PATH, show, role=Role.SENIOR)
    for form in _TYPES:
        shell.get(f"{PATH}/{form}", partial(download, form=form), role=Role.SENIOR)


@dataclass(frozen=True)
class Asked:
    """What the page's address asks for. `problem`: the days could not be had, and the usual ones are shown."""

    days: Days
    organisation: str | None
    problem: str | None = None


async def show(visit: Visit) -> web.Response:
    async with visit.cases() as cases:
        asked = _asked(visit, cases.numbers)
        figures = await cases.numbers.figures(visit.operator, asked.days, asked.organisation)
        organisations = cases.numbers.organisations(visit.operator)
        latest = [(words, cases.numbers.latest(count)) for count, words in LATEST]
    tables = Tables(visit.words, figures, visit.house.parts.clock)
    return visit.page(
        "numbers.html",
        422 if asked.problem else 200,
        asked=asked,
        figures=figures,
        organisations=organisations,
        stretches=[*latest, *_months(visit)],
        tables=tables,
        course=_course(figures, tables),
        waits=_waits(figures, tables),
        hours=_hours(figures),
        level=level,
    )


async def download(visit: Visit, *, form: str) -> web.Response:
    """The same tables as a file."""
    async with visit.cases() as cases:
        asked = _asked(visit, cases.numbers)
        if asked.problem:
            raise NoSuchDays
        figures = await cases.numbers.figures(visit.operator, asked.days, asked.organisation)
        await cases.looks.record(visit.member, "numbers.taken", f"{asked.days.first}:{asked.days.last}")
    sheets = Tables(visit.words, figures, visit.house.parts.clock).sheets()
    writer = visit.house.parts.sheets
    content = await asyncio.to_thread(writer.csv if form == "csv" else writer.xlsx, sheets)
    name = f"vodoteplo-{asked.days.first}-{asked.days.last}.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": KEPT_BY_NOBODY}
    return web.Response(body=content, content_type=_TYPES[form], headers=headers)


def _asked(visit: Visit, numbers: Numbers) -> Asked:
    query = visit.request.query
    organisation = query.get("organisation") or None
    usual = numbers.latest(USUAL)
    if not (query.get("from") or query.get("to")):
        return Asked(usual, organisation)
    try:
        days = numbers.days(*(date.fromisoformat(said) if (said := query.get(end)) else None for end in ("from", "to")))
    except (ValueError, NoSuchDays):
        return Asked(usual, organisation, visit.words.t(NO_SUCH_DAYS))
    return Asked(days, organisation)


def _months(visit: Visit) -> Sequence[tuple[str, Days]]:
    """This month and the one before."""
    present = visit.house.parts.clock.period()
    return [(word("Этот месяц"), Days.of(present)), (word("Прошлый месяц"), Days.of(present.previous))]


@dataclass(frozen=True)
class Plot:
    """A picture with the words of its scale: its end, its half, nothing."""

    columns: Columns
    scale: tuple[str, str, str]


def _course(figures: Figures, tables: Tables) -> Plot:
    """What came beside what was closed."""
    t, course = tables.words.t, figures.course
    names = [tables.slice_name(one.begins) for one in course]
    came = [t("{when}: пришло {n}", when=name, n=one.came) for name, one in zip(names, course, strict=True)]
    closed = [t("{when}: закрыто {n}", when=name, n=one.closed) for name, one in zip(names, course, strict=True)]
    series = [
        Series("came", [one.came for one in course], came),
        Series("closed", [one.closed for one in course], closed),
    ]
    top = top_of_count([number for one in course for number in (one.came, one.closed)])
    drawn = columns(series, [tables.slice_mark(one.begins) for one in course], top)
    return Plot(drawn, (str(top), str(top // 2), "0"))


def _waits(figures: Figures, tables: Tables) -> Plot:
    """How long half of the first answers took at most."""
    medians = [one.first_answer.median for one in figures.course]
    top = top_of_time([one for one in medians if one is not None])
    words = [
        "" if median is None else f"{tables.slice_name(one.begins)}: {tables.time(median)}"
        for one, median in zip(figures.course, medians, strict=True)
    ]
    values = [None if median is None else median.total_seconds() for median in medians]
    marks = [tables.slice_mark(one.begins) for one in figures.course]
    drawn = columns([Series("waits", values, words)], marks, top.total_seconds())
    return Plot(drawn, (tables.time(top), tables.time(top / 2), "0"))


@dataclass(frozen=True)
class Hours:
    """The hours that are shown, from the first in which anything came to the last, and the most that came in one."""

    shown: range
    most: int


def _hours(figures: Figures) -> Hours | None:
    if not figures.hours:
        return None
    hours = [hour for _, hour in figures.hours]
    return Hours(range(min(hours), max(hours) + 1), max(figures.hours.values()))
