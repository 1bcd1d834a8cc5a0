"""`vodoteplo dead …`: updates that were given up, listed, shown, tried again, dropped."""

from datetime import datetime
from functools import partial

from cli.base import Base, run_with_base
from cli.refusal import refuse
from infra.db.dead import DeadLetter, dead_letters, drop, retry


def run_list() -> None:
    run_with_base(_list)


async def _list(ground: Base) -> None:
    async with ground.database() as engine:
        letters = await dead_letters(engine)
    if not letters:
        print("There are no dead letters.")
    for letter in letters:
        print(_line(letter, ground))


def run_show(number: int, *, raw: bool) -> None:
    run_with_base(partial(_show, number=number, raw=raw))


async def _show(ground: Base, *, number: int, raw: bool) -> None:
    async with ground.database() as engine:
        letters = await dead_letters(engine, number)
    if not letters:
        refuse([f"there is no dead letter {number}"])
    (letter,) = letters
    print(_line(letter, ground))
    print(f"    came {_local(letter.received_at, ground)}; turn {letter.key} of bot {letter.bot} (find it in the logs)")
    if raw:
        print(letter.raw)
    else:
        print("    The update itself is personal data: --raw prints it.")


def run_retry(number: int | None, *, everything: bool) -> None:
    if (number is None) == (not everything):
        refuse(["name one dead letter, or say --all"])
    run_with_base(partial(_retry, number=number))


async def _retry(ground: Base, *, number: int | None) -> None:
    async with ground.database() as engine:
        count = await retry(engine, number)
    if not count and number is not None:
        refuse([f"there is no dead letter {number}"])
    print(f"{count} due again, each behind what its chat has pending.")


def run_drop(number: int) -> None:
    run_with_base(partial(_drop, number=number))


async def _drop(ground: Base, *, number: int) -> None:
    async with ground.database() as engine:
        dropped = await drop(engine, number)
    if not dropped:
        refuse([f"there is no dead letter {number}"])
    print(f"Dead letter {number} is dropped.")


def _line(letter: DeadLetter, ground: Base) -> str:
    when = _local(letter.given_up_at, ground)
    return f"{letter.id}  {when}  {letter.messenger}  {letter.kind}  {letter.error}  {letter.attempts} attempts"


def _local(instant: datetime, ground: Base) -> str:
    return f"{instant.astimezone(ground.city.zone):%d.%m.%Y %H:%M:%S}"
