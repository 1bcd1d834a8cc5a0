"""Who works at the desk of the demo: invented people whose passwords and codes stand on the demo's page."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cli.base import Base
from cli.wiring_desk import desks_of
from core.city import City
from core.desk import DeskCases
from core.errors import NotFound
from core.staff.model import Member, MemberId, NewMember, Role
from core.support.routing import find_organisation
from infra.passwords import ArgonPasswords
from infra.second_factor import TotpFactor
from sandbox.page.guide import DeskLogin

PASSWORD = "kran-i-schetchik"  # noqa: S105 - of invented people; it stands on the demo's page
_SEED = b"second factors of the demo"


READY = (
    (
        "vodokanal",
        "Заявка принята",
        "Здравствуйте! Заявку передали бригаде, приедут сегодня. Если станет хуже: {emergency}.",
    ),
    ("vodokanal", "Нужны показания", "Здравствуйте! Пришлите, пожалуйста, показания счётчиков до {closes_day} числа."),
    (
        "teplofikaciya",
        "Проверим стояк",
        "Здравствуйте! Слесарь проверит стояк завтра. Телефон диспетчера: {emergency}.",
    ),
)
"""Answers kept ready; facts in braces are the city file's."""


@dataclass(frozen=True)
class Person:
    new: NewMember
    about: str


def people(city: City) -> tuple[Person, ...]:
    """An operator of the first provider, one of the last, and somebody who sees everything."""
    first, last = city.providers[0], city.providers[-1]
    return (
        Person(
            NewMember("anna", "Анна Ключева", Role.OPERATOR, frozenset({first.name})), f"оператор, {first.short_name}"
        ),
        Person(
            NewMember("igor", "Игорь Печкин", Role.OPERATOR, frozenset({last.name})), f"оператор, {last.short_name}"
        ),
        Person(NewMember("boss", "Мария Главная", Role.ADMIN), "администратор: сотрудники, журнал, все вопросы"),
    )


async def hire_demo_staff(ground: Base) -> Sequence[DeskLogin]:
    """Makes them, unless an earlier start has; what the demo's page says of them."""
    passwords = ArgonPasswords()
    hashed, told = await passwords.make(PASSWORD), people(ground.city)
    async with ground.database() as engine, desks_of(ground, engine, passwords).open() as cases:
        members = [await _hired(cases, person.new, hashed) for person in told]
        for organisation, title, text in READY:
            if find_organisation(ground.city, organisation) is not None:
                await cases.canned.write(members[-1].operator, organisation, title, text)
    return [
        DeskLogin(member.name, person.about, member.login, PASSWORD, _code(ground, member.id))
        for person, member in zip(told, members, strict=True)
    ]


async def _hired(cases: DeskCases, new: NewMember, hashed: str) -> Member:
    try:
        return await cases.staff.by_login(new.login)
    except NotFound:
        member, _ = await cases.staff.add(None, new)
    await cases.sign_in.keys.set_password(member.id, hashed)
    await cases.sign_in.keys.set_seed(member.id, _SEED)
    await cases.sign_in.keys.confirm_seed(member.id)
    return member


def _code(ground: Base, member: MemberId) -> Callable[[], str]:
    factor = TotpFactor(ground.settings.key())
    return lambda: factor.code(member, _SEED, datetime.now(UTC))
