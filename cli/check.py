"""`vodoteplo check`: what an installer wants to know before the first start."""

import asyncio
import sys
from collections.abc import Awaitable, Callable

from sqlalchemy.ext.asyncio import AsyncEngine

from bots.pace import Pace
from cli.base import Base, base
from cli.refusal import FAILED, REFUSED
from cli.wiring import build_telegram, build_vk
from cli.wiring_desk import desks_of
from core.messengers import PersonalData
from core.staff.model import Role
from infra.db.engine import NotDurable, check_durable, create_engine
from infra.db.migrate import Shape, shape_of


def run_check() -> None:
    """Prints a line for each part; exit status 0: all is well, 2: settings or files must be mended, 1: the rest."""
    with base() as ground:
        sys.exit(asyncio.run(_check(ground)))


async def _check(ground: Base) -> int:
    print(f"settings: ok; city file: {ground.settings.city}: ok")
    _pages(ground)
    _desk(ground)
    return max(_serving(ground), _demo(ground), await _database(ground), await _messengers(ground))


def _pages(ground: Base) -> None:
    """What a messenger may not carry is shown by the web part, if it can be found."""
    minimal = [one.code for one in ground.city.messengers if one.personal_data is PersonalData.MINIMAL]
    if minimal and ground.settings.public_url is None:
        named = ", ".join(minimal)
        print(f"VODOTEPLO_PUBLIC_URL is not set: in {named} (minimal), sums and receipts are told by telephone only")


def _desk(ground: Base) -> None:
    """Failed sign-ins are counted by address, and behind a proxy all have the proxy's, unless it is named."""
    settings = ground.settings
    if (settings.public_url or "").startswith("https:") and not settings.web_proxies:
        print("VODOTEPLO_WEB_PROXIES is not set: name your TLS proxy, or all operators share one address")


def _serving(ground: Base) -> int:
    for line in (*ground.settings.warnings, *ground.settings.problems_for_serving()):
        print(line)
    return REFUSED if ground.settings.problems_for_serving() else 0


def _demo(ground: Base) -> int:
    values = ground.city.demo_values()
    if not values:
        return 0
    print("invented values in the city file: " + ", ".join(values))
    return 0 if ground.settings.demo else REFUSED


_SAID = {
    Shape.BEHIND: "database: it waits for `vodoteplo migrate`",
    Shape.PRESENT: "database: ok",
    Shape.AHEAD: "database: ok; a newer version has migrated it: start that one in place of this",
}


async def _database(ground: Base) -> int:
    engine = create_engine(ground.database_url)
    try:
        await check_durable(engine)
        shape = await shape_of(engine)
        if shape is not Shape.BEHIND:
            await _staff(ground, engine)
    except NotDurable as error:
        print(f"database: {error}")
        return REFUSED
    except Exception as error:  # whatever the driver raises: the database does not answer
        print(f"database: it does not answer ({type(error).__name__})")
        return FAILED
    finally:
        await engine.dispose()
    print(_SAID[shape])
    return 0 if shape is not Shape.BEHIND or ground.settings.database_url is None else FAILED


async def _staff(ground: Base, engine: AsyncEngine) -> None:
    async with desks_of(ground, engine).open() as cases:
        everybody = await cases.staff.everybody()
    if not any(one.member.active and one.member.role is Role.ADMIN for one in everybody):
        print("desk: no admin yet: vodoteplo operator add LOGIN --name NAME --role admin")


async def _messengers(ground: Base) -> int:
    """Asks each messenger whose token it has."""
    telegram, vk = build_telegram(ground), build_vk(ground, Pace())
    statuses = [0]
    if telegram is not None:
        statuses.append(await _ask("Telegram", telegram.api.call("getMe", {}), telegram.close))
    if vk is not None:
        about = vk.api.call("groups.getById", {"group_id": vk.group_id})
        statuses.append(await _ask("VK", about, vk.close))
    return max(statuses)


async def _ask(name: str, question: Awaitable[object], close: Callable[[], Awaitable[None]]) -> int:
    try:
        await question
    except Exception as error:  # the classes are the edges' own; the texts hold no token
        print(f"{name}: {type(error).__name__}: {error}")
        return FAILED
    finally:
        await close()
    print(f"{name}: ok")
    return 0
