"""`vodoteplo operator tasks|settle|photo`: what residents and the product could not settle by themselves."""

from functools import partial
from pathlib import Path

from cli.base import Base, run_with_base, within_use_cases
from cli.refusal import fail, refuse
from core.errors import NotFound
from core.meters.tasks import NoteNeeded, NothingToAccept, Outcome
from core.tasks import Task, TaskId
from infra.db.dial_photos import PostgresDialArchive

FACTS = ("service", "place", "meter", "value", "previous", "usual", "submitted", "doubt", "claim", "note")
"""Shown first and in this order; the others follow."""


def run_tasks() -> None:
    run_with_base(_tasks)


async def _tasks(ground: Base) -> None:
    async with within_use_cases(ground) as use_cases:
        waiting = await use_cases.tasks.waiting()
    if not waiting:
        print("No task waits.")
    for task in waiting:
        opened = task.opened_at.astimezone(ground.city.zone)
        period = f"  {task.period}" if task.period else ""
        print(f"№ {task.id}  {opened:%d.%m.%Y %H:%M}  {task.kind}{period}\n    {_facts(task)}")


def _facts(task: Task) -> str:
    """Notes are in a resident's own words: line breaks of theirs are none of ours."""
    order = [name for name in FACTS if name in task.facts] + [name for name in task.facts if name not in FACTS]
    shown = [(name, task.facts[name]) for name in order if task.facts[name] not in {None, ""}]
    return "; ".join(f"{name}: {' '.join(str(value).split())}" for name, value in shown)


def run_settle(task: int, outcome: str, note: str, operator: str) -> None:
    run_with_base(partial(_settle, task=task, outcome=Outcome(outcome), note=note, operator=operator))


async def _settle(ground: Base, *, task: int, outcome: Outcome, note: str, operator: str) -> None:
    async with within_use_cases(ground) as use_cases:
        try:
            settled = await use_cases.tasks.settle(TaskId(task), outcome, note, operator)
        except NotFound:
            refuse([f"there is no open task № {task}"])
        except NoteNeeded:
            refuse([f"{outcome.value}: say why with --note; the resident reads it"])
        except NothingToAccept:
            refuse([f"№ {task} has no reading: close it, with a --note on what was done"])
    print(f"№ {task}: {settled.status.value}.")


def run_photo(task: int, out: Path) -> None:
    run_with_base(partial(_photo, task=task, out=out))


async def _photo(ground: Base, *, task: int, out: Path) -> None:
    async with within_use_cases(ground) as use_cases:
        try:
            reading = (await use_cases.tasks.get(TaskId(task))).reading
        except NotFound:
            refuse([f"there is no task № {task}"])
    async with ground.database() as engine:
        photos = await PostgresDialArchive(engine).of_reading(reading) if reading else ()
    if not photos:
        refuse([f"№ {task}: no photo was sent with this reading"])
    try:
        for number, photo in enumerate(photos, 1):
            file = out if number == 1 else out.with_stem(f"{out.stem}-{number}")
            file.write_bytes(photo)
            print(f"{file}: {len(photo)} bytes.")
    except OSError as error:
        fail(f"{out}: the file could not be written: {error.strerror or error}")
