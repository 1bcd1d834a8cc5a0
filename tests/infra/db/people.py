"""Members of the desk as tests of the counter send them: of one organisation, of another, of all."""

from asyncpg import Connection

from core.staff.model import Member, MemberId, Role

VODOKANAL_NAME = "МП трест «Водоканал»"
TEPLO_NAME = "МП трест «Теплофикация»"
ERKC_NAME = "ООО «ЕРКЦ»"


def member(number: int, *organisations: str, role: Role = Role.OPERATOR) -> Member:
    """Without an organisation: of all."""
    return Member(MemberId(number), f"login{number}", f"Имя {number}", role, frozenset(organisations) or None)


ANNA = member(1, VODOKANAL_NAME)
BORIS = member(2, TEPLO_NAME)
ERNA = member(3, ERKC_NAME)
SENIOR = member(4, VODOKANAL_NAME, role=Role.SENIOR)
ALL = member(5)
EVERYBODY = (ANNA, BORIS, ERNA, SENIOR, ALL)


async def hire(db: Connection) -> None:
    """Has them in the database, as the book of looks needs them."""
    for one in EVERYBODY:
        await db.execute(
            """
            INSERT INTO members (id, login, name, role, organisations, password, language)
            OVERRIDING SYSTEM VALUE VALUES ($1, $2, $3, $4, $5, '', 'ru')
            """,
            one.id,
            one.login,
            one.name,
            one.role.value,
            None if one.organisations is None else sorted(one.organisations),
        )


async def looked(db: Connection) -> list[tuple[str, str, str]]:
    """Who did or saw what, of what."""
    return [tuple(row) for row in await db.fetch('SELECT "by", what, subject FROM desk_looks ORDER BY id')]
