"""`vodoteplo operator add|list|dismiss|reset`: the desk's staff. The first admin is made here."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial

from cli.base import Base, run_with_base
from cli.refusal import refuse
from cli.wiring_desk import desks_of
from core.desk import DeskCases
from core.errors import NotFound
from core.staff.model import MemberState, NewMember, Role
from core.staff.use_cases import BadMember, LastAdmin, Taken
from core.support.routing import find_organisation, organisations

WRONG = {
    "login": "LOGIN: write 3 to 32 Latin letters, digits and . _ -",
    "name": "--name: write 1 to 80 signs",
    "organisations": "--organisation: name one, or several, or all",
}


def run_add(login: str, name: str, role: str, chosen: Sequence[str]) -> None:
    run_with_base(partial(_add, login=login, name=name, role=Role(role), chosen=chosen))


async def _add(ground: Base, *, login: str, name: str, role: Role, chosen: Sequence[str]) -> None:
    new = NewMember(login, name, role, _organisations(ground, role, chosen))
    try:
        async with _cases(ground) as cases:
            member, password = await cases.staff.add(None, new)
    except BadMember as bad:
        refuse([WRONG[bad.field]])
    except Taken:
        refuse(["LOGIN, --name: one of them is or was somebody else's: the history must stay clear"])
    print(f"{member.login}: {member.name}, {member.role.value}.")
    _print_password(password)


def run_list() -> None:
    run_with_base(_list)


async def _list(ground: Base) -> None:
    async with _cases(ground) as cases:
        everybody = await cases.staff.everybody()
    if not everybody:
        print("Nobody yet: vodoteplo operator add LOGIN --name NAME --role admin")
    for one in everybody:
        print(_line(one))


def run_dismiss(login: str) -> None:
    run_with_base(partial(_dismiss, login=login))


async def _dismiss(ground: Base, *, login: str) -> None:
    try:
        async with _cases(ground) as cases:
            gone = await cases.staff.dismiss(None, (await cases.staff.by_login(login)).id)
    except NotFound:
        refuse([f"LOGIN: there is no {login!r}"])
    except LastAdmin:
        refuse(["this is the last admin: make another one first"])
    print(f"{gone.login}: access is closed, every session has ended.")


def run_reset(login: str) -> None:
    run_with_base(partial(_reset, login=login))


async def _reset(ground: Base, *, login: str) -> None:
    try:
        async with _cases(ground) as cases:
            member = await cases.staff.by_login(login)
            password = await cases.staff.reset(None, member.id)
    except NotFound:
        refuse([f"LOGIN: there is no {login!r}"])
    print(f"{member.login}: the second factor is set up anew at the next sign-in.")
    _print_password(password)


@asynccontextmanager
async def _cases(ground: Base) -> AsyncIterator[DeskCases]:
    async with ground.database() as engine, desks_of(ground, engine).open() as cases:
        yield cases


def _organisations(ground: Base, role: Role, chosen: Sequence[str]) -> frozenset[str] | None:
    if role is Role.ADMIN or "all" in chosen:
        return None
    found = {said: find_organisation(ground.city, said) for said in chosen}
    if unknown := [said for said, name in found.items() if name is None]:
        known = ", ".join(organisations(ground.city))
        refuse([f"--organisation: no organisation {said!r}: write one of {known}, or all" for said in unknown])
    return frozenset(name for name in found.values() if name is not None)


def _line(one: MemberState) -> str:
    member = one.member
    whose = "all" if member.organisations is None else ", ".join(sorted(member.organisations))
    if not member.active:
        how = "access closed"
    elif one.password_made:
        how = "has not signed in yet"
    else:
        how = "signed in" if one.signed_in else "not signed in"
    return f"{member.login}  {member.name}  {member.role.value}  ({whose})  {how}"


def _print_password(password: str) -> None:
    print(f"Password for the first sign-in, within 7 days: {password}")
    print("Hand it over in person; it is not shown again. At /desk they choose their own and set up a second factor.")
