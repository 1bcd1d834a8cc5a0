"""The words of `vodoteplo outage …` and `vodoteplo buildings …`."""

from pathlib import Path
from typing import Annotated

import typer

from core.services import Service

outage = typer.Typer(help="Outages: residents of the buildings are told.", no_args_is_help=True)
buildings = typer.Typer(help="Which quarter and district a building is in.", no_args_is_help=True)

OutageArgument = Annotated[int, typer.Argument(help="Number of the outage.")]
OperatorOption = Annotated[str, typer.Option(help="Who does it: stands in the history.")]
WhereOption = Annotated[
    list[str],
    typer.Option(
        help="A street with houses («улица Труда: 14, 16/1»), or a whole street, quarter, district; again for each."
    ),
]
LeaveOption = Annotated[bool, typer.Option("--leave-unknown", help="Leave out places that are not in the list.")]
UntilOption = Annotated[str | None, typer.Option(help='When it is to be over, as in "2022-02-16 18:00".')]


def add_outage_commands(app: typer.Typer) -> None:
    """Adds the groups; what they do is loaded when it is called."""
    app.add_typer(outage, name="outage")
    app.add_typer(buildings, name="buildings")


@outage.command("add")
def outage_add(  # noqa: PLR0913 - the options of the command, one by one
    *,
    service: Annotated[list[Service], typer.Option(help="What is off; again for each.")],
    where: WhereOption,
    cause: Annotated[str, typer.Option(help="Why; residents read it.")],
    since: Annotated[str | None, typer.Option("--from", help="When it begins; now, if not given.")] = None,
    until: UntilOption = None,
    emergency: Annotated[bool, typer.Option("--emergency", help="Told at any hour; its end may be unknown.")] = False,
    leave_unknown: LeaveOption = False,
    operator: OperatorOption = "console",
) -> None:
    """Enter an outage; residents of the buildings are told at once."""
    from cli.outages import Add, run_add

    run_add(Add(tuple(service), tuple(where), since, until, cause, emergency, leave_unknown, operator))


@outage.command("update")
def outage_update(  # noqa: PLR0913 - as above
    number: OutageArgument,
    *,
    text: Annotated[str, typer.Option(help="What is new; it takes the place of the cause.")] = "",
    until: UntilOption = None,
    until_unknown: Annotated[bool, typer.Option("--until-unknown", help="Nobody knows any more.")] = False,
    where: WhereOption = [],  # noqa: B006 - typer makes a list of its own
    leave_unknown: LeaveOption = False,
    operator: OperatorOption = "console",
) -> None:
    """Say what is new of an outage; one that had ended is open again."""
    from cli.outages import Update, run_update

    run_update(Update(number, text, until, until_unknown, tuple(where), leave_unknown, operator))


@outage.command("end")
def outage_end(
    number: OutageArgument,
    text: Annotated[str, typer.Option(help="What residents should know.")] = "",
    operator: OperatorOption = "console",
) -> None:
    """Say that it is over."""
    from cli.outages import run_end

    run_end(number, text, operator)


@outage.command("list")
def outage_list() -> None:
    """List outages that are not over, and those of the last days, with what residents say of them."""
    from cli.outages import run_list

    run_list()


@outage.command("show")
def outage_show(number: OutageArgument) -> None:
    """Show an outage, its history, and what residents say by building."""
    from cli.outages import run_show

    run_show(number)


@buildings.command("import")
def buildings_import(
    file: Annotated[Path, typer.Argument(help="street;building;quarter;district", exists=True, dir_okay=False)],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change, change nothing.")] = False,
    accept_drop: Annotated[bool, typer.Option("--accept-drop", help="Take a file that lacks many buildings.")] = False,
) -> None:
    """Take the city's list of buildings, whole or not at all."""
    from cli.buildings import run_import

    run_import(file, dry_run=dry_run, accept_drop=accept_drop)


@buildings.command("list")
def buildings_list() -> None:
    """List quarters and districts with their numbers of buildings and flats."""
    from cli.buildings import run_list

    run_list()
