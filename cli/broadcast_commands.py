"""How the commands on broadcasts are called; cli/broadcasts.py, loaded when needed, does them."""

from pathlib import Path
from typing import Annotated

import typer

broadcast = typer.Typer(help="Tell many residents the same at once.", no_args_is_help=True)

Number = Annotated[int, typer.Argument(help="Number of the broadcast.")]
Name = Annotated[str, typer.Option("--operator", help="Who does it: stands in the history.")]


def add_broadcast_commands(app: typer.Typer) -> None:
    """Adds the group; what it does is loaded when it is called."""
    app.add_typer(broadcast, name="broadcast")


@broadcast.command()
def templates() -> None:
    """List the broadcasts that are written ahead, beside the city file."""
    from cli.broadcasts import run_templates

    run_templates()


@broadcast.command()
def create(
    source: Annotated[str, typer.Argument(metavar="NAME|FILE", help="One that is written ahead, or a file like it.")],
    operator: Name = "console",
) -> None:
    """Make a draft. Nothing is sent; the answer says whom it would reach."""
    from cli.broadcasts import run_create

    run_create(source, operator)


@broadcast.command("list")
def list_() -> None:
    """List the latest broadcasts, and where they are."""
    from cli.broadcasts import run_list

    run_list()


@broadcast.command()
def preview(number: Number) -> None:
    """Show whom it would reach, exactly, and what it will look like in each messenger."""
    from cli.broadcasts import run_preview

    run_preview(number)


@broadcast.command("test")
def try_out(
    number: Number,
    to: Annotated[str, typer.Option(help="Your own chat, as telegram:12345 or vk:12345.")],
    operator: Name = "console",
) -> None:
    """Send it to one chat alone, to see it there. It does not count as sent."""
    from cli.broadcasts import run_test

    run_test(number, to, operator)


@broadcast.command()
def approve(
    number: Number,
    operator: Annotated[str, typer.Option("--operator", help="Who agrees; not its author.")],
) -> None:
    """Agree to what it says, as the second person. A change of the draft takes that back."""
    from cli.broadcasts import run_approve

    run_approve(number, operator)


@broadcast.command()
def start(
    number: Number,
    at: Annotated[str | None, typer.Option(help='Later, by the city\'s clock, as in "2022-01-10 10:00".')] = None,
    operator: Name = "console",
) -> None:
    """Freeze the recipients and begin. For the first seconds it can be taken back: see `undo`."""
    from cli.broadcasts import run_start

    run_start(number, at, operator)


@broadcast.command()
def undo(number: Number, operator: Name = "console") -> None:
    """Take a start back, as if it had never been: in its first seconds, or before its time has come."""
    from cli.broadcasts import run_act

    run_act("undo", number, operator)


@broadcast.command()
def pause(number: Number, operator: Name = "console") -> None:
    """Hold it. Whoever has not been told waits."""
    from cli.broadcasts import run_act

    run_act("pause", number, operator)


@broadcast.command()
def resume(number: Number, operator: Name = "console") -> None:
    """Let it go on."""
    from cli.broadcasts import run_act

    run_act("resume", number, operator)


@broadcast.command()
def cancel(number: Number, operator: Name = "console") -> None:
    """End it. Whoever has been told stays told, nobody else will be."""
    from cli.broadcasts import run_act

    run_act("cancel", number, operator)


@broadcast.command()
def status(
    number: Number,
    watch: Annotated[bool, typer.Option("--watch", help="Until it has ended.")] = False,
) -> None:
    """Say how far it is, how fast it goes, how long it will take."""
    from cli.broadcast_status import run_status

    run_status(number, watch=watch)


@broadcast.command()
def report(
    number: Number,
    csv: Annotated[Path | None, typer.Option(help="Write every recipient there.", dir_okay=False)] = None,
) -> None:
    """Say what became of everybody: by messenger, and by name whose outcome is unknown."""
    from cli.broadcast_status import run_report

    run_report(number, csv)
