"""How the commands on the desk's staff are called; what they do is in cli/staff.py, loaded when one is called."""

from enum import StrEnum
from typing import Annotated

import typer

Login = Annotated[str, typer.Argument(help="Latin letters, digits and . _ -")]


class MemberRole(StrEnum):
    OPERATOR = "operator"
    SENIOR = "senior"
    ADMIN = "admin"


def add_staff_commands(operator: typer.Typer) -> None:
    operator.command("add")(add)
    operator.command("list")(list_staff)
    operator.command("dismiss")(dismiss)
    operator.command("reset")(reset)


def add(
    login: Login,
    name: Annotated[str, typer.Option(help="Full name; residents never see it.")],
    role: Annotated[MemberRole, typer.Option(help="senior sees reports too; admin decides who works here.")] = (
        MemberRole.OPERATOR
    ),
    organisation: Annotated[
        list[str] | None, typer.Option(help="Whose questions they see: name, code or short name; several times; all.")
    ] = None,
) -> None:
    """Let somebody in at the desk: prints a password for the first sign-in, once."""
    from cli.staff import run_add

    run_add(login, name, role.value, organisation or [])


def list_staff() -> None:
    """List who may sign in at the desk, and who might once."""
    from cli.staff import run_list

    run_list()


def dismiss(login: Login) -> None:
    """Close somebody's access: their sessions end at once."""
    from cli.staff import run_dismiss

    run_dismiss(login)


def reset(login: Login) -> None:
    """A new password for the first sign-in, and a second factor to be set up anew; opens a closed access again."""
    from cli.staff import run_reset

    run_reset(login)
