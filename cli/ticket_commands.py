"""How the commands on residents' questions are called; cli/operator.py, loaded when needed, does them."""

from pathlib import Path
from typing import Annotated

import typer

Number = Annotated[int, typer.Argument(help="Number of the question.")]
Words = Annotated[str, typer.Argument(help="The text.")]
Attached = Annotated[Path | None, typer.Option("--file", help="A picture or a document.", exists=True, dir_okay=False)]
Name = Annotated[str, typer.Option("--operator", help="Who does it; residents are never told.")]


def add_ticket_commands(operator: typer.Typer) -> None:
    for name, command in (
        ("tickets", tickets),
        ("show", show),
        ("answer", answer),
        ("note", note),
        ("transfer", transfer),
        ("close", close),
        ("file", file),
    ):
        operator.command(name)(command)


def tickets(
    organisation: Annotated[str | None, typer.Option(help="Of one organisation: name, code or short name.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Answered and closed ones too.")] = False,
    unread: Annotated[bool, typer.Option("--unread", help="Only those with something new from the resident.")] = False,
) -> None:
    """List the questions that wait for an answer. A star: something new from the resident."""
    from cli.operator import run_tickets

    run_tickets(organisation, everything=everything, unread=unread)


def show(ticket: Number, operator: Name = "console") -> None:
    """Show all that was said in a question, its files and its history; it counts as read."""
    from cli.operator import run_show

    run_show(ticket, operator)


def answer(ticket: Number, text: Words, file: Attached = None, operator: Name = "console") -> None:
    """Answer a question: the resident reads it in the chat they used last."""
    from cli.operator import Said, run_answer

    run_answer(Said(ticket, text, file, operator))


def note(ticket: Number, text: Words, file: Attached = None, operator: Name = "console") -> None:
    """Note something for operators alone."""
    from cli.operator import Said, run_note

    run_note(Said(ticket, text, file, operator))


def transfer(
    ticket: Number,
    to: Annotated[str, typer.Argument(help="The organisation: name, code or short name.")],
    words: Annotated[str, typer.Argument(metavar="NOTE", help="Why, for its operators.")],
    operator: Name = "console",
) -> None:
    """Hand a question to another organisation; the resident is told."""
    from cli.operator import run_transfer

    run_transfer(ticket, to, words, operator)


def close(ticket: Number, operator: Name = "console") -> None:
    """Close a question; the resident is asked how well it was answered, and may open it again for a while."""
    from cli.operator import run_close

    run_close(ticket, operator)


def file(
    ticket: Number,
    number: Annotated[int, typer.Argument(help="Number of the file, as `show` says.")],
    out: Annotated[Path, typer.Argument(help="Where to write it.", dir_okay=False)],
) -> None:
    """Write a file of a question to disk."""
    from cli.operator import run_file

    run_file(ticket, number, out)
