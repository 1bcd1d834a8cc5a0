"""The desk's part of the composition root: for the process that serves it, and for commands on its staff."""

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from cli.base import Base
from cli.previews import previews_of
from core.broadcasts.model import Draft
from core.entrance import Entrance
from core.live import Live
from core.staff.ports import Passwords
from infra.attachments import made_file
from infra.broadcast_file import BroadcastFileError, broadcasts_file, read_broadcast_file
from infra.db.desk_cases import PostgresDesks
from infra.passwords import ArgonPasswords
from infra.second_factor import TotpFactor
from infra.workbooks import SpreadsheetFiles
from web.desk import DeskParts

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


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
        previews=previews_of(base.city, base.city_clock),
        written_ahead=written_ahead(base),
    )


def written_ahead(base: Base) -> list[tuple[str, Draft]]:
    """Broadcasts beside the city file. A file that cannot be read holds up no desk: the command says what is wrong."""
    try:
        path = broadcasts_file(base.settings.city)
        return [(one.name, one.draft) for one in read_broadcast_file(path, base.city)] if path.exists() else []
    except BroadcastFileError as error:
        log.warning("broadcasts written ahead cannot be read", problems=len(error.lines), first=error.lines[0])
        return []


def desks_of(
    base: Base, engine: AsyncEngine, passwords: Passwords | None = None, live: Live | None = None
) -> PostgresDesks:
    factor = TotpFactor(base.settings.key())
    hashed = passwords or ArgonPasswords()
    return PostgresDesks(engine, base.city, base.city_clock, hashed, factor, base.hasher(), live)
