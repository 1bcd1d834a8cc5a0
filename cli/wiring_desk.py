"""The desk's part of the composition root: for the process that serves it, and for commands on its staff."""

from sqlalchemy.ext.asyncio import AsyncEngine

from cli.base import Base
from core.entrance import Entrance
from core.live import Live
from core.staff.ports import Passwords
from infra.attachments import made_file
from infra.db.desk_cases import PostgresDesks
from infra.passwords import ArgonPasswords
from infra.second_factor import TotpFactor
from infra.workbooks import SpreadsheetFiles
from web.desk import DeskParts


def build_desk(base: Base, engine: AsyncEngine, live: Live) -> DeskParts:
    """The operators' desk of a process."""
    passwords = ArgonPasswords()
    desks = desks_of(base, engine, passwords, live)
    return DeskParts(
        desks=desks,
        entrance=Entrance(desks, passwords),
        city=base.city,
        clock=base.city_clock,
        sheets=SpreadsheetFiles(),
        live=live,
        make_file=made_file,
        secure=(base.settings.public_url or "").startswith("https:"),
        proxies=base.settings.web_proxies,
    )


def desks_of(
    base: Base, engine: AsyncEngine, passwords: Passwords | None = None, live: Live | None = None
) -> PostgresDesks:
    factor = TotpFactor(base.settings.key())
    hashed = passwords or ArgonPasswords()
    return PostgresDesks(engine, base.city, base.city_clock, hashed, factor, base.hasher(), live)
