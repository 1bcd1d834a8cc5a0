"""The `vodoteplo` command. Commands load what they need when they are called: the messengers' libraries take seconds.

Exit status: 0 done, 1 failed, 2 refused input (contracts: product).
"""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    name="vodoteplo",
    help="Chat interface between the residents of a city and its water and heat providers.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
operator = typer.Typer(help="Residents' questions, from the command line.", no_args_is_help=True)
export = typer.Typer(help="Give files to the providers' billing.", no_args_is_help=True)
app.add_typer(operator, name="operator")
app.add_typer(export, name="export")


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
def migrate() -> None:
    """Bring the database to the shape this version needs."""
    from cli.admin import run_migrate

    run_migrate()


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
    form: Annotated[ExportFormat, typer.Option("--format", help="csv; xlsx and gis are not there yet.")] = (
        ExportFormat.CSV
    ),
) -> None:
    """Write the readings a provider's charges need."""
    from cli.exchange import run_export

    run_export(provider, period, out, form.value)


@operator.command("tickets")
def operator_tickets() -> None:
    """List the questions that wait for an answer."""
    from cli.operator import run_tickets

    run_tickets()


@operator.command("answer")
def operator_answer(
    ticket: Annotated[int, typer.Argument(help="Number of the question.")],
    text: Annotated[str, typer.Argument(help="The answer; it is sent to the resident's chat.")],
) -> None:
    """Answer a question: the resident reads it in the chat it was asked in."""
    from cli.operator import run_answer

    run_answer(ticket, text)


def main() -> None:
    """Entry point of the command."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(1)


if __name__ == "__main__":
    main()
