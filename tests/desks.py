"""The desk as tests use it: a listening site on a database of the test's own, and people who are signed in."""

import re
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import count

import aiohttp
from sqlalchemy.ext.asyncio import AsyncEngine
from yarl import URL

from core.city import City
from core.clock import CityClock
from core.entrance import Entrance
from core.live import Live
from core.staff.model import Member, MemberId, NewMember, Role
from core.staff.sign_in import digest_of
from core.support.model import Ticket
from core.support.ports import QueueFilter
from infra.codes import HmacCodeHasher
from infra.db.desk import PostgresDesk
from infra.db.desk_cases import PostgresDesks
from infra.db.engine import driver_connection
from infra.passwords import ArgonPasswords
from infra.second_factor import TotpFactor
from infra.workbooks import SpreadsheetFiles
from web.app import Site, build_app
from web.desk import DeskParts, add_desk
from web.desk.parts import NoNews
from web.desk.shell import Shell
from web.health import Health
from web.metrics import Metrics

KEY = b"a secret of thirty-two bytes or so"
CHEAP = 8
"""KiB of a password's hash: tests sign in often."""
PASSWORD = "зелёный-трамвай-42"
SEED = b"seed of a second factor"
_NUMBERS = count(1)


@dataclass(frozen=True)
class Answer:
    """What a browser was answered; redirects are not followed."""

    status: int
    text: str
    headers: Mapping[str, str]

    @property
    def to(self) -> str:
        """Where a redirect leads."""
        return self.headers.get("Location", "")


@dataclass
class Browser:
    """A browser at the desk: cookies, and the token of the page it looked at last."""

    address: str
    http: aiohttp.ClientSession
    token: str = ""

    async def get(self, path: str, **headers: str) -> Answer:
        answer = await self._ask("GET", path, headers=_named(headers))
        if found := re.search(r'name="desk-token" content="([0-9a-f]*)"', answer.text):
            self.token = found[1]
        return answer

    async def post(self, path: str, fields: object = None, *, token: str | None = None, **headers: str) -> Answer:
        """Sends a form with the token of the last page. `fields`: a mapping, pairs, or aiohttp's FormData."""
        sent = {"X-Desk-Token": self.token if token is None else token, **_named(headers)}
        return await self._ask("POST", path, data=fields or {}, headers=sent)

    async def submit(self, path: str, **fields: str) -> Answer:
        """As a browser without scripts does: the token is a field, of the page that is opened first."""
        await self.get(path)
        return await self._ask("POST", path, data={"token": self.token, **fields})

    def plant(self, name: str, value: str) -> None:
        """Puts a cookie into the browser, as if the desk had."""
        self.http.cookie_jar.update_cookies({name: value}, URL(self.address))

    def cookie(self, name: str) -> str | None:
        return next((one.value for one in self.http.cookie_jar if one.key == name and one.value), None)

    async def _ask(self, method: str, path: str, **more: object) -> Answer:
        async with self.http.request(method, f"{self.address}/desk{path}", allow_redirects=False, **more) as answer:  # type: ignore[arg-type]  # what aiohttp takes
            return Answer(answer.status, await answer.text(errors="replace"), answer.headers.copy())


@dataclass
class DeskSite:
    """The desk, listening. `address` has no path."""

    address: str
    engine: AsyncEngine
    parts: DeskParts
    factor: TotpFactor
    shell: Shell
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def browser(self) -> Browser:
        """One that nobody has signed in with."""
        http = await self._stack.enter_async_context(
            aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True, quote_cookie=False))
        )
        return Browser(self.address, http)

    async def hire(
        self,
        login: str = "",
        *,
        name: str = "",
        role: Role = Role.OPERATOR,
        organisations: frozenset[str] | None = None,
        language: str = "ru",
    ) -> Member:
        """Somebody whose password is PASSWORD, and who has a second factor; without a login, with a new one."""
        login = login or f"member-{next(_NUMBERS)}"
        async with self.parts.desks.open() as cases:
            member, _ = await cases.staff.add(None, NewMember(login, name or login, role, organisations, language))
            hashed = await self.parts.entrance.passwords.make(PASSWORD)
            await cases.sign_in.keys.set_password(member.id, hashed)
            await cases.sign_in.keys.set_seed(member.id, SEED)
            await cases.sign_in.keys.confirm_seed(member.id)
        return member

    async def seat(self, member: Member) -> Browser:
        """A browser that the member is signed in with, having looked at a page."""
        token = secrets.token_urlsafe(32)
        async with self.parts.desks.open() as cases:
            await cases.sign_in.sessions.open(member.id, digest_of(token), proved=True)
        browser = await self.browser()
        browser.plant("desk", token)
        await browser.get("/me")
        return browser

    async def code(self, member: MemberId) -> str:
        """What the member's authenticator shows now."""
        async with self.parts.desks.open() as cases:
            return self.factor.code(member, SEED, await cases.sign_in.keys.now())

    async def sql(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        async with driver_connection(self.engine) as connection:
            return [tuple(row) for row in await connection.fetch(statement, *values)]


@asynccontextmanager
async def desk_site(
    engine: AsyncEngine, city: City, clock: CityClock, live: Live | None = None, **parts: object
) -> AsyncIterator[DeskSite]:
    """`parts` replaces what DeskParts would have; without `live` nobody hears any news."""
    passwords, factor = ArgonPasswords(CHEAP), TotpFactor(KEY)
    desks = PostgresDesks(engine, city, clock, passwords, factor, HmacCodeHasher(KEY), live)
    own = {"desks": desks, "entrance": Entrance(desks, passwords), "city": city, "clock": clock}
    wired = DeskParts(**{**own, "sheets": SpreadsheetFiles(), "live": live or NoNews(), **parts})  # type: ignore[arg-type]  # named by the caller
    app = build_app({}, Health(), Metrics())
    shell = add_desk(app, wired)
    site = Site(app)
    port = await site.start("127.0.0.1", 0)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(site.stop)
        yield DeskSite(f"http://127.0.0.1:{port}", engine, wired, factor, shell, stack)


async def open_tickets(engine: AsyncEngine) -> Sequence[tuple[Ticket, str]]:
    """Unanswered questions with the first words of each, oldest first."""
    async with driver_connection(engine) as connection:
        waiting = await PostgresDesk(connection).queue(QueueFilter(limit=1000))
    return [(line.ticket, line.asked) for line in waiting]


def _named(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
