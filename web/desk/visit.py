"""One request to the desk: who asks, in which language, with which form; and how it is answered."""

import re
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Final

from aiohttp import web

from core.desk import DeskCases
from core.staff.model import DeskSession, Member, Role
from core.support.model import Operator
from web.desk.addresses import address_of
from web.desk.cookies import LANGUAGE, SAID, WANTED, Cookies, pack, unpack
from web.desk.forms import Form
from web.desk.front import KEPT_BY_NOBODY, ROOT, Front
from web.desk.parts import DeskParts
from web.desk.words import ENGLISH, Words

FETCH: Final = "Desk-Fetch"
"""Header of the desk's own scripts. `part`: somebody pressed something; `background`: nobody did, so it does not keep
a session from ending. Errors are answered as parts then, and a session that has ended by 401."""
_PAGE: Final = re.compile(rf"{ROOT}((?:/[A-Za-z0-9_-]+)*)")


@dataclass(frozen=True, slots=True)
class Door:
    """An entry of the desk's menu."""

    path: str
    words: str
    icon: str
    role: Role = Role.OPERATOR


@dataclass(frozen=True)
class House:
    """What all requests share."""

    parts: DeskParts
    front: Front
    cookies: Cookies
    doors: Sequence[Door] = ()


@dataclass(frozen=True)
class Guest:
    """A request of somebody who need not be signed in. `csrf` is the token its forms must send back."""

    request: web.Request
    house: House
    language: str
    csrf: str
    form: Form = field(default_factory=Form)

    @property
    def address(self) -> str:
        """Where it comes from."""
        return address_of(self.request, self.house.parts.proxies)

    @property
    def background(self) -> bool:
        return self.request.headers.get(FETCH) == "background"

    @property
    def fetched(self) -> bool:
        """Asked for by a script of the desk, which puts a part into its page."""
        return FETCH in self.request.headers

    @property
    def words(self) -> Words:
        return Words(self.language)

    def cases(self) -> AbstractAsyncContextManager[DeskCases]:
        """All use cases in one transaction, committed when the block ends without an error."""
        return self.house.parts.desks.open()

    def page(self, template: str, status: int = 200, **values: object) -> web.Response:
        """A whole page; what was said before a redirect is shown once."""
        response = self._html(template, status, {**values, "said": self._said()})
        if self.house.cookies.read(self.request, SAID):
            self.house.cookies.forget(response, SAID)
        return response

    def part(self, template: str, status: int = 200, **values: object) -> web.Response:
        """A fragment of a page, for a script that swaps it in."""
        return self._html(template, status, values)

    def go_on(self) -> web.Response:
        """To the page that was asked for before signing in, or the first one."""
        response = self.go(page_of_the_desk(self.house.cookies.read(self.request, WANTED) or ""))
        self.house.cookies.forget(response, WANTED)
        return response

    def go(self, path: str, said: str | None = None, **facts: object) -> web.Response:
        """To another page of the desk (`/tickets/17`), which then says a text of the catalogue once."""
        response = web.Response(status=303, headers={"Location": f"{ROOT}{path}", "Cache-Control": KEPT_BY_NOBODY})
        if said is not None:
            self.house.cookies.write(response, SAID, pack(said, facts), max_age=60)
        return response

    def json(self, value: Mapping[str, object], status: int = 200) -> web.Response:
        return web.json_response(dict(value), status=status, headers={"Cache-Control": KEPT_BY_NOBODY})

    def _html(self, template: str, status: int, values: Mapping[str, object]) -> web.Response:
        text = self.house.front.draw(template, self.words, {**self._shared(), **values})
        response = web.Response(text=text, status=status, content_type="text/html", charset="utf-8")
        response.headers["Cache-Control"] = KEPT_BY_NOBODY
        return response

    def _shared(self) -> dict[str, object]:
        """What every template knows."""
        return {"csrf": self.csrf, "path": self.request.path, "member": None, "doors": (), "said": None}

    def _said(self) -> str | None:
        packed = self.house.cookies.read(self.request, SAID)
        found = unpack(packed) if packed else None
        if found is None or found[0] not in ENGLISH:
            return None
        try:
            return self.words.t(found[0], **found[1])
        except (KeyError, ValueError, IndexError, AttributeError):  # facts that are not ours
            return None


def page_of_the_desk(said: str) -> str:
    """An address within the desk, after /desk: as it is where it is one, else that of the first page."""
    page = _PAGE.fullmatch(said)
    return page[1] if page else ""


@dataclass(frozen=True)
class Visit(Guest):
    """A request of a member. The session and the member were read from the database for this very request."""

    session: DeskSession = field(kw_only=True)

    @property
    def member(self) -> Member:
        return self.session.member

    @property
    def operator(self) -> Operator:
        """As the use cases of questions know the member."""
        return self.member.operator

    def number(self, name: str) -> int:
        """A number out of the path. 404 for anything else, and for more than the database's numbers hold."""
        said = self.request.match_info[name]
        if not (said.isascii() and said.isdecimal() and len(said) < 19):
            raise web.HTTPNotFound
        return int(said)

    def speak(self, response: web.Response, language: str) -> web.Response:
        """Remembers the language in the browser, for the sign-in page."""
        self.house.cookies.write(response, LANGUAGE, language, max_age=31536000)
        return response

    def _shared(self) -> dict[str, object]:
        doors = [door for door in self.house.doors if self.member.role.covers(door.role)]
        return {**super()._shared(), "member": self.member, "session": self.session, "doors": doors}
