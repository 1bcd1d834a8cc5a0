"""How the commands on codes and false bots are called; what they do is in cli/codes.py, loaded when one is called."""

from pathlib import Path
from typing import Annotated

import typer


def add_code_commands(operator: typer.Typer) -> None:
    operator.command("link-code")(link_code)
    operator.command("word")(word)
    operator.command("report-photo")(report_photo)


def link_code(
    account: Annotated[str, typer.Option(help="Number of the account; look at the passport first.")],
    provider: Annotated[str | None, typer.Option(help="Code of the provider, where the number is not enough.")] = None,
    operator: Annotated[str, typer.Option(help="Who makes it: kept with the code.")] = "console",
) -> None:
    """Make a code with which a resident at the counter links the flat, once, within ten minutes."""
    from cli.codes import run_link_code

    run_link_code(account, provider, operator)


def word(said: Annotated[list[str], typer.Argument(help="The word a resident reads out.")]) -> None:
    """Confirm to a caller that the bot is the real one: the resident is told in the chat, too."""
    from cli.codes import run_word

    run_word(" ".join(said))


def report_photo(
    report: Annotated[int, typer.Argument(help="Number of the report; it stands among the facts of its task.")],
    out: Annotated[Path, typer.Argument(help="The file to write (JPEG).", dir_okay=False)],
) -> None:
    """Write the picture that came with a report of a false bot."""
    from cli.codes import run_report_photo

    run_report_photo(report, out)
