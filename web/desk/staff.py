"""Who works here: admins let people in, change what they may do, dismiss them, and reset a lost sign-in."""

from collections.abc import Mapping
from typing import Final

from aiohttp import web

from core.staff.model import LANGUAGES, Member, MemberId, NewMember, Role
from core.staff.use_cases import BadMember, LastAdmin, Taken
from core.support.routing import organisations
from web.desk.forms import Form
from web.desk.shell import Shell
from web.desk.visit import Visit
from web.desk.words import word

ROLES: Final[Mapping[Role, str]] = {
    Role.OPERATOR: word("оператор"),
    Role.SENIOR: word("старший"),
    Role.ADMIN: word("администратор"),
}
WRONG: Final = {
    "login": word("Логин: от 3 до 32 знаков, латинские буквы, цифры, точка, дефис, подчёркивание."),
    "name": word("Имя: от 1 до 80 знаков."),
    "organisations": word("Отметьте хотя бы одну организацию или «все»."),
    "language": word("Такого языка нет."),
}
TAKEN: Final = word(
    "Такой логин или такое имя уже есть или были. Добавьте отчество: в истории вопросов имена не путают."
)
LAST_ADMIN: Final = word("Это последний администратор. Сначала назначьте другого.")


def add_staff(shell: Shell) -> None:
    shell.door("/staff", word("Сотрудники"), "people", role=Role.ADMIN)
    shell.get("/staff", everybody, role=Role.ADMIN)
    shell.post("/staff", add, role=Role.ADMIN)
    shell.get("/staff/{member}", one, role=Role.ADMIN)
    shell.post("/staff/{member}", change, role=Role.ADMIN)
    shell.post("/staff/{member}/dismiss", dismiss, role=Role.ADMIN)
    shell.post("/staff/{member}/reset", reset, role=Role.ADMIN)
    shell.says(LastAdmin, LAST_ADMIN)


async def everybody(visit: Visit) -> web.Response:
    return await _list(visit)


async def add(visit: Visit) -> web.Response:
    """Somebody new; the password that was made is shown on the answer, this once."""
    form = visit.form
    new = NewMember(form.text("login"), form.text("name"), _role(form), _organisations(form), LANGUAGES[0])
    try:
        async with visit.cases() as cases:
            member, password = await cases.staff.add(visit.member, new)
    except BadMember as bad:
        return await _list(visit, 422, visit.words.t(WRONG[bad.field]))
    except Taken:
        return await _list(visit, 422, visit.words.t(TAKEN))
    return visit.page("staff_password.html", person=member, password=password)


async def one(visit: Visit) -> web.Response:
    async with visit.cases() as cases:
        person = await cases.staff.member(_number(visit))
    return _form(visit, person)


async def change(visit: Visit) -> web.Response:
    number, form = _number(visit), visit.form
    try:
        async with visit.cases() as cases:
            await cases.staff.change(visit.member, number, form.text("name"), _role(form), _organisations(form))
    except (BadMember, Taken, LastAdmin) as wrong:
        async with visit.cases() as cases:
            person = await cases.staff.member(number)
        return _form(visit, person, 422, _problem(visit, wrong))
    return visit.go("/staff", word("Сохранено."))


async def dismiss(visit: Visit) -> web.Response:
    """Out at once: every session ends with this."""
    async with visit.cases() as cases:
        gone = await cases.staff.dismiss(visit.member, _number(visit))
    return visit.go("/staff", word("{name}: доступ закрыт."), name=gone.name)


async def reset(visit: Visit) -> web.Response:
    """A new password, shown once, and a second factor to be set up anew; who was dismissed may come in again."""
    number = _number(visit)
    async with visit.cases() as cases:
        password = await cases.staff.reset(visit.member, number)
        person = await cases.staff.member(number)
    return visit.page("staff_password.html", person=person, password=password)


async def _list(visit: Visit, status: int = 200, problem: str | None = None) -> web.Response:
    async with visit.cases() as cases:
        people = await cases.staff.everybody()
    values = {**_choices(visit), "people": people, "problem": problem, "form": visit.form}
    return visit.page("staff.html", status, **values)


def _form(visit: Visit, person: Member, status: int = 200, problem: str | None = None) -> web.Response:
    return visit.page("staff_member.html", status, **_choices(visit), person=person, problem=problem)


def _choices(visit: Visit) -> dict[str, object]:
    return {"roles": ROLES, "organisations": organisations(visit.house.parts.city)}


def _problem(visit: Visit, wrong: BadMember | Taken | LastAdmin) -> str:
    if isinstance(wrong, BadMember):
        return visit.words.t(WRONG[wrong.field])
    return visit.words.t(TAKEN if isinstance(wrong, Taken) else LAST_ADMIN)


def _number(visit: Visit) -> MemberId:
    return MemberId(visit.number("member"))


def _role(form: Form) -> Role:
    said = form.text("role")
    return Role(said) if said in set(Role) else Role.OPERATOR


def _organisations(form: Form) -> frozenset[str] | None:
    return None if form.ticked("all") else frozenset(form.texts("organisation"))
