"""`vodoteplo buildings import|list`: the city's own list of quarters and districts."""

from functools import partial
from pathlib import Path

from cli.base import Base, run_with_base
from cli.exchange import report_refused, warn
from infra.db.buildings import areas
from infra.db.engine import driver_connection
from infra.exchange.buildings import import_buildings
from infra.exchange.model import FileRefused


def run_import(file: Path, *, dry_run: bool, accept_drop: bool) -> None:
    run_with_base(partial(_import, file=file, dry_run=dry_run, accept_drop=accept_drop))


async def _import(ground: Base, *, file: Path, dry_run: bool, accept_drop: bool) -> None:
    try:
        async with ground.database() as engine:
            result = await import_buildings(engine, file, dry_run=dry_run, accept_drop=accept_drop)
    except FileRefused as refused:
        report_refused(file, refused)
    for warning in result.warnings:
        warn(warning)
    would = "would be " if dry_run else ""
    print(
        f"{file.name}: {result.rows} buildings: {result.inserted} {would}new, {result.changed} {would}changed, "
        f"{result.unchanged} as they were."
    )


def run_list() -> None:
    run_with_base(_list)


async def _list(ground: Base) -> None:
    async with ground.database() as engine, driver_connection(engine) as connection:
        found = await areas(connection)
    for kind, name, buildings, flats in found:
        print(f"{kind} {name}: {buildings} buildings, {flats} flats")
    if not found:
        print("The list is empty: `vodoteplo buildings import FILE`.")
