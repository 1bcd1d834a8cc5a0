"""How a member is read out of a row."""

from typing import Final

from asyncpg import Record

from core.staff.model import Member, MemberId, Role

MEMBER: Final = "members.id, login, name, role, organisations, active, language"


def read_member(row: Record) -> Member:
    chosen = row["organisations"]
    return Member(
        id=MemberId(row["id"]),
        login=row["login"],
        name=row["name"],
        role=Role(row["role"]),
        organisations=None if chosen is None else frozenset(chosen),
        active=row["active"],
        language=row["language"],
    )
