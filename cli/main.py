"""The `vodoteplo` command. Commands load what they need when they are called: the messengers' libraries take seconds.

Exit status: 0 done, 1 failed, 2 refused input (contracts: product).
"""

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from cli.broadcast_commands import add_broadcast_commands
from cli.code_commands import add_code_commands
from cli.link_commands import add_link_commands
from cli.outage_commands import add_outage_commands
from cli.staff_commands import add_staff_commands
from cli.ticket_commands import add_ticket_commands

app = typer.Typer(
    name="vodoteplo",
    help="Chat interface between the residents of a city and its water and heat providers.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
operator = typer.Typer(help="Residents' questions and the desk's staff, from the command line.", no_args_is_help=True)
export = typer.Typer(help="Give files to the providers' billing.", no_args_is_help=True)
dead = typer.Typer(help="Updates that failed too often and were given up.", no_args_is_help=True)
app.add_typer(operator, name="operator")
app.add_typer(dead, name="dead")
sending = typer.Typer(help="Whether anything leaves for the messengers.", no_args_is_help=True)
app.add_typer(sending, name="sending")
app.add_typer(export, name="export")
add_broadcast_commands(app)
add_link_commands(app)
add_outage_commands(app)
window = typer.Typer(help="Until when readings are taken.", no_args_is_help=True)
app.add_typer(window, name="window")


class Role(StrEnum):
    ALL = "all"
    BOTS = "bots"
    WORKER = "worker"
    WEB = "web"


class ImportKind(StrEnum):
    ACCOUNTS = "accounts"
    METERS = "meters"
    CHARGES = "charges"
    BALANCES = "balances"
    PAYMENTS = "payments"
    ACCEPTANCE = "acceptance"


class SettleOutcome(StrEnum):
    ACCEPT = "accept"
    DECLINE = "decline"
    CLOSE = "close"


class ExportFormat(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"
    GIS = "gis"


ProviderOption = Annotated[str, typer.Option(help="Code of the provider in the city file.")]


@app.command()
def demo() -> None:
    """Run everything on a made-up city, with a page to chat through."""
    from cli.demo import run_demo

    run_demo()


@app.command()
def serve(role: Annotated[Role, typer.Option(help="Which part of the product this process is.")] = Role.ALL) -> None:
    """Run the bots, the background work and the web part, or one of them."""
    from cli.serve import run_serve

    run_serve(role.value)


@app.command()
def migrate(
    grant: Annotated[
        str | None, typer.Option(help="Role of the database that `serve` runs as, if another one.")
    ] = None,
) -> None:
    """Bring the database to the shape this version needs."""
    from cli.admin import run_migrate

    run_migrate(grant)


@app.command()
def backup(file: Annotated[Path, typer.Argument(help="The file to write.", dir_okay=False)]) -> None:
    """Write the whole database into one file, while everything goes on."""
    from cli.backup import run_backup

    run_backup(file)


@app.command()
def restore(file: Annotated[Path, typer.Argument(help="A backup.", exists=True, dir_okay=False)]) -> None:
    """Fill an empty database from a backup. The copy starts with sending off."""
    from cli.backup import run_restore

    run_restore(file)


@app.command()
def check() -> None:
    """Check settings, city file, database and the messengers' tokens."""
    from cli.check import run_check

    run_check()


@app.command("import")
def import_file(
    kind: Annotated[ImportKind, typer.Argument(help="What the file holds.")],
    file: Annotated[Path, typer.Argument(help="A file of the provider's billing.", exists=True, dir_okay=False)],
    provider: ProviderOption,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change, change nothing.")] = False,
    accept_drop: Annotated[bool, typer.Option("--accept-drop", help="Take a file that lacks many accounts.")] = False,
    accept_total: Annotated[bool, typer.Option("--accept-total", help="Take an unusual total.")] = False,
) -> None:
    """Take a file of a provider's billing, whole or not at all."""
    from cli.exchange import Import, run_import

    run_import(Import(kind.value, provider, file, dry_run, accept_drop, accept_total))


@export.command("readings")
def export_readings(
    provider: ProviderOption,
    period: Annotated[str, typer.Option(help="The month, as in 2022-02.")],
    out: Annotated[Path, typer.Option(help="The file to write.", dir_okay=False)],
    form: Annotated[ExportFormat, typer.Option("--format", help="csv or xlsx; gis is not there yet.")] = (
        ExportFormat.CSV
    ),
) -> None:
    """Write the readings a provider's charges need."""
    from cli.exchange import run_export

    run_export(provider, period, out, form.value)


add_staff_commands(operator)
add_ticket_commands(operator)
add_code_commands(operator)

TaskArgument = Annotated[int, typer.Argument(help="Number of the task.")]
OperatorOption = Annotated[str, typer.Option(help="Who does it: stands in the history.")]


@operator.command("tasks")
def operator_tasks() -> None:
    """List what waits for an operator, with every fact that is known."""
    from cli.tasks import run_tasks as run_waiting

    run_waiting()


@operator.command("settle")
def operator_settle(
    task: TaskArgument,
    outcome: Annotated[SettleOutcome, typer.Argument(help="What becomes of the reading; close: nothing.")],
    note: Annotated[str, typer.Option(help="Why; the resident reads it.")] = "",
    operator: OperatorOption = "console",
) -> None:
    """Accept or decline the reading of a task, or close it; the resident is told."""
    from cli.tasks import run_settle

    run_settle(task, outcome.value, note, operator)


@operator.command("photo")
def operator_photo(
    task: TaskArgument, out: Annotated[Path, typer.Argument(help="The file to write (JPEG).", dir_okay=False)]
) -> None:
    """Write the photos of the dial that came with the reading of a task."""
    from cli.tasks import run_photo

    run_photo(task, out)


@window.command("extend")
def window_extend(  # noqa: PLR0913 - the options of the command, one by one
    *,
    until: Annotated[str, typer.Option(help="The new last day, as in 2022-02-28.")],
    reason: Annotated[str, typer.Option(help="Why, for those who read the list.")],
    period: Annotated[str | None, typer.Option(help="The month, as in 2022-02; this one, if not given.")] = None,
    provider: Annotated[str | None, typer.Option(help="Code of one provider; of all, if not given.")] = None,
    street: Annotated[str | None, typer.Option(help="With --building: for this house only.")] = None,
    building: Annotated[str | None, typer.Option(help="Number of the house.")] = None,
    operator: OperatorOption = "console",
) -> None:
    """Take readings of a month for longer, from everybody or from one house."""
    from cli.window import Extend, run_extend

    run_extend(Extend(until, reason, period, provider, street, building, operator))


@window.command("list")
def window_list() -> None:
    """List the windows of today and the extensions of the last months."""
    from cli.window import run_list

    run_list()


@sending.command("show")
def sending_show() -> None:
    """Say whether it is on, and how many calls wait."""
    from cli.sending import run_show

    run_show()


@sending.command("on")
def sending_on(
    send: Annotated[bool, typer.Option("--send", help="Send what waits.")] = False,
    drop: Annotated[bool, typer.Option("--drop", help="Forget what waits.")] = False,
) -> None:
    """Let calls leave. In a restored copy: only when it shall serve from now on, and the original is stopped."""
    from cli.sending import run_on

    run_on(send=send, drop=drop)


@sending.command("off")
def sending_off() -> None:
    """Let nothing leave; messengers are not asked for updates either."""
    from cli.sending import run_off

    run_off()


LetterArgument = Annotated[int, typer.Argument(help="Number of the dead letter.")]


@dead.command("list")
def dead_list() -> None:
    """List them: when, messenger, kind of update, error, attempts. No personal data."""
    from cli.dead import run_list

    run_list()


@dead.command("show")
def dead_show(
    number: LetterArgument,
    raw: Annotated[bool, typer.Option("--raw", help="Print the update too: it is personal data.")] = False,
) -> None:
    """Show one of them."""
    from cli.dead import run_show

    run_show(number, raw=raw)


@dead.command("retry")
def dead_retry(
    number: Annotated[int | None, typer.Argument(help="Number of the dead letter.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every one of them.")] = False,
) -> None:
    """Try it again, behind what its chat has pending now."""
    from cli.dead import run_retry

    run_retry(number, everything=everything)


@dead.command("drop")
def dead_drop(number: LetterArgument) -> None:
    """Forget it."""
    from cli.dead import run_drop

    run_drop(number)


def main() -> None:
    """Entry point of the command."""
    status: int | str | None = 1
    try:
        app()
    except KeyboardInterrupt:
        status = 1
    except SystemExit as ended:
        status = ended.code
    end(status)


def end(status: int | str | None) -> NoReturn:
    """Ends the process without taking the interpreter down piece by piece: zxing-cpp's binding then prints pages about
    its own objects, which look like a crash to whoever stopped the product."""
    if isinstance(status, str):
        print(status, file=sys.stderr)
        status = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status or 0)


if __name__ == "__main__":
    main()
