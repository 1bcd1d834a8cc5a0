"""`vodoteplo import …` and `vodoteplo export …`."""

import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NoReturn

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from sqlalchemy.ext.asyncio import AsyncEngine

from cli.base import Base, run_with_base
from cli.refusal import fail, refuse
from core.periods import Period
from infra.exchange import FileRefused, FormatNotThere, ImportResult, export_readings, import_file, write_error_report

ERRORS_SHOWN = 100


@dataclass(frozen=True)
class Import:
    """What `vodoteplo import` was asked for."""

    kind: str
    provider: str
    file: Path
    dry_run: bool
    accept_drop: bool
    accept_total: bool


def run_import(asked: Import) -> None:
    run_with_base(partial(_import, asked))


async def _import(asked: Import, ground: Base) -> None:
    _check_provider(ground, asked.provider)
    bar = Progress(
        TextColumn(asked.file.name),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    try:
        async with ground.database() as engine:
            with bar:
                result = await _take(asked, ground, engine, bar)
    except FileRefused as refused:
        report_refused(asked.file, refused)
    _say(result, asked)


async def _take(asked: Import, ground: Base, engine: AsyncEngine, bar: Progress) -> ImportResult:
    task = bar.add_task(asked.kind, total=None)
    return await import_file(
        engine,
        ground.city,
        ground.hasher(),
        asked.kind,
        asked.provider,
        asked.file,
        dry_run=asked.dry_run,
        accept_drop=asked.accept_drop,
        accept_total=asked.accept_total,
        progress=lambda done, total: bar.update(task, completed=done, total=total),
        clock=ground.city_clock,
    )


def report_refused(file: Path, refused: FileRefused) -> NoReturn:
    """Says what is wrong with a file, on the screen and beside it, and exits."""
    lines = [f"{file}: refused, nothing has changed: {refused.summary}"]
    lines += [
        f"  line {error.line}, {error.column}: {error.value!r}: {error.reason}"
        for error in refused.errors[:ERRORS_SHOWN]
    ]
    if refused.errors:
        report = write_error_report(file, refused.errors)
        lines.append(f"{len(refused.errors)} in all; every one is in {report}")
    refuse(lines)


def _say(result: ImportResult, asked: Import) -> None:
    for warning in result.warnings:
        warn(warning)
    would = "would be " if asked.dry_run else ""
    print(
        f"{asked.file.name}: {result.rows} rows: {result.inserted} {would}new, {result.changed} {would}changed, "
        f"{result.unchanged} as they were."
    )
    if not result.inserted and not result.changed:
        print("0 rows changed.")


def run_export(provider: str, period: str, out: Path, form: str) -> None:
    try:
        month = Period.parse(period)
    except ValueError:
        refuse([f"--period {period}: write the month as YYYY-MM, as in 2022-02"])
    run_with_base(partial(_export, provider=provider, period=month, out=out, form=form))


async def _export(ground: Base, *, provider: str, period: Period, out: Path, form: str) -> None:
    _check_provider(ground, provider)
    async with ground.database() as engine:
        try:
            written = await export_readings(engine, ground.city, provider, period, out, file_format=form, warn=warn)
        except FormatNotThere as error:
            refuse([f"--format {form}: {error}"])
        except OSError as error:
            fail(f"--out {out}: the file could not be written: {error.strerror or error}")
    print(f"{out}: {written} readings of {period}.")


def warn(line: str) -> None:
    print(f"warning: {line}", file=sys.stderr)


def _check_provider(ground: Base, code: str) -> None:
    try:
        ground.city.provider(code)
    except LookupError as error:
        refuse([f"--provider {code}: {error}"])
