"""`python -m benchmarks [turns] [start] [receipts] [import] [desk] [reminders] [--json FILE] [--scale 0.1]`."""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import desk, importing, receipts, reminders, starting, turns
from benchmarks.rows import Row, number


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Speed and size of the product.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"what to measure, of: {', '.join(MEASURES)}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows there too")
    parser.add_argument(
        "--scale", type=float, default=1.0, help="share of the city that is imported, of the questions behind the desk"
    )
    given = parser.parse_args()
    if unknown := set(given.names) - set(MEASURES):
        parser.error(f"no such measure: {', '.join(sorted(unknown))}; there are {', '.join(MEASURES)}")
    rows: list[Row] = []
    for name in given.names or MEASURES:
        print(f"{name}…", file=sys.stderr, flush=True)
        rows += MEASURES[name](given)
    show(rows)
    if given.json is not None:
        written = [{**asdict(row), "verdict": row.verdict} for row in rows]
        given.json.write_text(json.dumps(written, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def show(rows: Sequence[Row]) -> None:
    table = Table("what", "", "measured", "goal", "")
    table.columns[2].justify = table.columns[3].justify = "right"
    for row in rows:
        style = "bold red" if row.verdict == "over" else None
        table.add_row(row.what, row.unit, number(row.value), row.promised, row.verdict, style=style)
    Console(width=None if sys.stdout.isatty() else 120).print(table)


def _turns(_given: argparse.Namespace) -> list[Row]:
    return [_turn_row(name, value) for name, value in turns.measure().items()]


def _turn_row(name: str, value: float) -> Row:
    if name.endswith("rate / bare"):
        return Row(name, value, "×", goal=0.5)
    if name.startswith("both bots"):
        return Row("a process with both bots, after traffic", value, "MB", goal=350, at_most=True)
    if name.endswith("/ bare"):
        return Row(name, value, "×")
    what, _, unit = name.rpartition(", ")
    return Row(what, value, unit)


def _start(_given: argparse.Namespace) -> list[Row]:
    bare, ready = starting.measure().values()
    return [
        Row("bare import of aiogram and vkbottle", bare, "s"),
        Row("start to ready", ready, "s", goal=1.5 * bare + 2, at_most=True),
    ]


def _receipts(_given: argparse.Namespace) -> list[Row]:
    goals = {"receipt PDF with two codes, a second": 20.0, "payment code PNG, a second": 40.0}
    return [Row(name, value, goal=goals.get(name)) for name, value in receipts.measure().items()]


def _imports(given: argparse.Namespace) -> list[Row]:
    found = importing.measure(given.scale)
    goals = {"import_to_copy": 6.0, "rows_changed_again": 0.0}
    return [
        Row(f"import: {name.replace('_', ' ')}", value, "", goals.get(name), at_most=True)
        for name, value in found.items()
    ]


def _desk(given: argparse.Namespace) -> list[Row]:
    goals = {
        "queue page, 95 %, ms": 200.0,
        "a message on the desk, 95 %, ms": 1000.0,
        "an answer in the chat, 95 %, ms": 2000.0,
        "a hundred desks live, MB more": 200.0,
    }
    return [
        Row(f"desk: {name}", value, "", goals.get(name), at_most=True)
        for name, value in desk.measure(given.scale).items()
    ]


def _reminders(given: argparse.Namespace) -> list[Row]:
    return [Row(name, value, "s", goal=3.0, at_most=True) for name, value in reminders.measure(given.scale).items()]


MEASURES: dict[str, Callable[[argparse.Namespace], list[Row]]] = {
    "turns": _turns,
    "start": _start,
    "receipts": _receipts,
    "import": _imports,
    "desk": _desk,
    "reminders": _reminders,
}

if __name__ == "__main__":
    main()
