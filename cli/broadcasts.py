"""`vodoteplo broadcast …`: written, looked at, approved, started, held (core.broadcasts.use_cases)."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from cli.base import Base, console_key, run_with_base, shown_time, typed_time
from cli.broadcast_words import (
    broadcast_line,
    plain,
    problem_line,
    reach_lines,
    where_it_is,
    why_not,
)
from cli.previews import previews_of
from cli.refusal import refuse
from core.broadcasts.model import Draft
from core.broadcasts.ports import Chat
from core.broadcasts.rules import BadDraft
from core.broadcasts.use_cases import Broadcasts, NotDone
from core.errors import NotFound
from core.ids import MailingId
from dialogs.fit import FittedMessage
from infra.broadcast_file import BroadcastFileError, Written, broadcasts_file, read_broadcast_file
from infra.db.broadcast_desk import broadcast_desk

Act = Callable[[Broadcasts, Base], Awaitable[None]]

WIDTH: Final = 60
"""Signs of a preview: about what a phone shows."""


# --- writing


def run_templates() -> None:
    run_with_base(_templates)


async def _templates(ground: Base) -> None:
    for one in _written_ahead(ground):
        print(f"{one.name}  {plain(one.draft.title)}  ({', '.join(one.draft.texts)})")


def run_create(source: str, operator: str) -> None:
    async def create(desk: Broadcasts, ground: Base) -> None:
        draft = _chosen(source, ground)
        made = await desk.create(console_key(), draft, operator)
        print(f"Broadcast № {made.id}: a draft, nothing is sent. It would reach:")
        print("\n".join(reach_lines(await desk.reach(draft))))

    run(create)


def _chosen(source: str, ground: Base) -> Draft:
    """The one of that name, or the only one in a file."""
    ahead = _written_ahead(ground)
    named = [one.draft for one in ahead if one.name == source]
    if named:
        return named[0]
    path = Path(source)
    if not path.is_file():
        refuse(
            [f"{source}: neither a file nor written ahead; there are: {', '.join(one.name for one in ahead) or 'none'}"]
        )
    found = _read(path, ground)
    if len(found) != 1:
        refuse([f"{source}: it holds {len(found)} broadcasts, leave one"])
    return found[0].draft


def _written_ahead(ground: Base) -> tuple[Written, ...]:
    path = broadcasts_file(ground.settings.city)
    return _read(path, ground) if path.exists() else ()


def _read(path: Path, ground: Base) -> tuple[Written, ...]:
    try:
        return read_broadcast_file(path, ground.city)
    except BroadcastFileError as error:
        refuse(error.lines)


# --- looking


def run_list() -> None:
    async def listed(desk: Broadcasts, ground: Base) -> None:
        found = await desk.listed()
        print("\n".join(broadcast_line(one, ground) for one in found) or "There is no broadcast.")

    run(listed)


def run_preview(number: int) -> None:
    async def show(desk: Broadcasts, ground: Base) -> None:
        found = await desk.get(MailingId(number))
        print(broadcast_line(found, ground))
        print("It would reach now:")
        print("\n".join(reach_lines(await desk.reach(found.draft))))
        console = Console(highlight=False, markup=False, emoji=False)
        looks = previews_of(ground.city, ground.city_clock)
        for language in found.draft.texts:
            for messenger, message in looks(found.draft, found.id, language).items():
                title = f"{messenger}, {language}"
                console.print(Panel(Text(_bubble(message, found.draft)), title=title, width=WIDTH, title_align="left"))

    run(show)


def _bubble(message: FittedMessage, draft: Draft) -> str:
    """A message as text: its file above, its buttons below. Nothing in it is obeyed by a terminal."""
    file = [f"[{plain(draft.enclosure.name)}]"] if message.file is not None and draft.enclosure else []
    lines = ["".join(sign if sign.isprintable() else " " for sign in line) for line in message.text.split("\n")]
    rows = ["  ".join(f"[ {plain(one.label)} ]" for one in row) for row in message.rows]
    links = [f"{plain(one.label)}: {one.url}" for row in message.rows for one in row if one.url]
    return "\n".join([*file, *lines, "", *rows, *links])


def run_test(number: int, to: str, operator: str) -> None:
    messenger, colon, peer = to.partition(":")
    if not colon or not peer:
        refuse([f"--to {to}: write the messenger and your number there, as in telegram:12345"])

    async def try_out(desk: Broadcasts, _: Base) -> None:
        await desk.try_out(MailingId(number), Chat(messenger, peer), console_key(), operator)
        print("It is on its way to that chat alone.")

    run(try_out, missing=f"there is no such broadcast, or no chat {to} whose person has agreed to be written to")


# --- doing


def run_approve(number: int, operator: str) -> None:
    async def approve(desk: Broadcasts, _: Base) -> None:
        await desk.approve(MailingId(number), operator)
        print(f"Broadcast № {number}: approved by {operator}.")

    run(approve)


def run_start(number: int, at: str | None, operator: str) -> None:
    async def start(desk: Broadcasts, ground: Base) -> None:
        begun = await desk.start(MailingId(number), operator, typed_time(at, "--at", ground))
        if begun.starts_at is not None and begun.recipients is None:
            print(f"Broadcast № {number}: it begins on {shown_time(begun.starts_at, ground)}.")
            return
        print(
            f"Broadcast № {number}: {begun.recipients} recipients. It begins in {begun.undo_seconds} seconds: "
            f"until then `vodoteplo broadcast undo {number}` takes it back."
        )

    run(start)


def run_act(act: str, number: int, operator: str) -> None:
    """Undo, pause, resume or cancel."""

    async def do(desk: Broadcasts, ground: Base) -> None:
        acts = {"undo": desk.undo, "pause": desk.pause, "resume": desk.resume, "cancel": desk.cancel}
        done = await acts[act](MailingId(number), operator)
        print(f"Broadcast № {number}: {where_it_is(done, ground)}.")

    run(do)


def run(act: Act, missing: str = "there is no such broadcast") -> None:
    """An act in one transaction; what is refused changes nothing."""
    run_with_base(partial(_with_desk, act=act, missing=missing))


async def _with_desk(ground: Base, *, act: Act, missing: str) -> None:
    try:
        async with _desk(ground) as desk:
            await act(desk, ground)
    except NotFound:
        refuse([missing])
    except BadDraft as bad:
        refuse([problem_line(problem) for problem in bad.problems])
    except NotDone as refused:
        refuse([why_not(refused, ground)])


@asynccontextmanager
async def _desk(ground: Base) -> AsyncIterator[Broadcasts]:
    async with ground.database() as engine, broadcast_desk(engine, ground.city, ground.city_clock) as desk:
        yield desk
