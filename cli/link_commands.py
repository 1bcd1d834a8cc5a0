"""The words of `vodoteplo links …`."""

from enum import StrEnum
from typing import Annotated

import typer


class Decision(StrEnum):
    KEEP = "keep"
    REMOVE = "remove"


links = typer.Typer(help="Links of residents that wait for an operator.", no_args_is_help=True)


def add_link_commands(app: typer.Typer) -> None:
    """Adds the group; what it does is loaded when it is called."""
    app.add_typer(links, name="links")


@links.command("list")
def links_list() -> None:
    """List links that are contested, or one too many for their flat, with the facts an operator needs."""
    from cli.links import run_list

    run_list()


@links.command("settle")
def links_settle(
    claim: Annotated[int, typer.Argument(help="Number of the link in the list.")],
    decision: Annotated[Decision, typer.Argument(help="keep: put it in force; remove: end it.")],
    note: Annotated[str, typer.Option(help="Why, for the next operator.")] = "",
    operator: Annotated[str, typer.Option(help="Who does it.")] = "console",
) -> None:
    """Put a link in force or end it; those it concerns are told in their chats."""
    from cli.links import run_settle

    run_settle(claim, keep=decision is Decision.KEEP, note=note, operator=operator)
