"""The shell around every page of the desk: who may come in, what is checked before, how errors look.

Nothing is decided by what a browser remembers but one thing: the token in its cookie, whose session and member are read
from the database at every request. So who is dismissed, or moved to another organisation, is so at the next request.

    a GET    session in force, role
    a POST   session in force, role, form within limits, its token
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeVar

import structlog
from aiohttp import web

from core.errors import NotFound, Rejected, Unavailable, where
from core.staff.model import LANGUAGES, DeskSession, Role, Stage
from web.desk.cookies import (
    FORM,
    LANGUAGE,
    SESSION,
    TOKEN_FIELD,
    TOKEN_HEADER,
    WANTED,
    csrf_fits,
    csrf_of,
    new_form_token,
)
from web.desk.forms import BadForm, Form, TooLarge, read_form
from web.desk.front import HEADERS, KEPT_BY_NOBODY
from web.desk.visit import FETCH, Door, Guest, House, Visit, page_of_the_desk
from web.desk.words import word

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

View = Callable[[Visit], Awaitable[web.StreamResponse]]
GuestView = Callable[[Guest], Awaitable[web.StreamResponse]]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
G = TypeVar("G", bound=Guest)

SIGN_IN: Final = "/sign-in"
STAGES: Final = {
    Stage.CODE: "/sign-in/code",
    Stage.PASSWORD: "/sign-in/password",
    Stage.ENROL: "/sign-in/factor",
    Stage.IN: "",
}
"""Where a session goes on."""
FAULTS: Final = {
    400: word("Запрос не удалось прочитать. Вернитесь назад и попробуйте ещё раз."),
    403: word("Это действие вам недоступно."),
    404: word("Такой страницы нет, или она больше не ваша."),
    405: word("Так эту страницу не открыть."),
    413: word("Это больше, чем можно отправить: файл до 20 МБ."),
    422: word("Так сделать нельзя. Вернитесь назад и проверьте, что введено."),
    500: word("Что-то сломалось у нас. Мы это уже записали; попробуйте ещё раз."),
    503: word("Сейчас не получается. Попробуйте через минуту."),
}
STATUS_OF: Final[Mapping[type[Exception], int]] = {
    TooLarge: 413,
    BadForm: 400,
    NotFound: 404,
    Unavailable: 503,
    TimeoutError: 503,
}
STALE: Final = word("Страница устарела: вернитесь назад, обновите её и повторите. Ничего не отправлено.")


@dataclass(frozen=True, slots=True)
class Route:
    """A registered route: tests walk all of them. `role` None: for guests and half-signed-in sessions."""

    method: str
    path: str
    role: Role | None


class BadToken(Exception):
    """The form came without the session's token, or from another site."""


class Shell:
    """The desk's routes. An area registers its own by `get` and `post`, and its menu entry by `door`."""

    def __init__(self, app: web.Application, house: House) -> None:
        self.app = app
        self.house = house
        self.routes: list[Route] = []
        self._doors: list[Door] = []
        self._rejections: dict[type[Rejected], str] = {}

    def get(self, path: str, view: View, *, role: Role = Role.OPERATOR) -> None:
        """A page of a member of at least that role: GET /desk{path}."""
        self._add("GET", path, role, self._member_view(view, role))

    def post(self, path: str, view: View, *, role: Role = Role.OPERATOR) -> None:
        """An act of a member of at least that role. The token is checked, the form is read within limits."""
        self._add("POST", path, role, self._member_view(view, role))

    def step(self, path: str, view: View, stage: Stage) -> None:
        """A step of signing in, GET and POST: for a session that is there; any other is sent to its own."""
        for method in ("GET", "POST"):
            self._add(method, path, None, self._member_view(view, None, stage))

    def guest(self, path: str, view: GuestView) -> None:
        """A page for everybody, GET and POST; its form bears a token all the same."""
        for method in ("GET", "POST"):
            self._add(method, path, None, self._guest_view(view))

    def door(self, path: str, words: str, icon: str, *, role: Role = Role.OPERATOR) -> None:
        """An entry of the menu. `words` is a text of the catalogue, `icon` a name in icons.svg."""
        self._doors.append(Door(path, words, icon, role))
        self.house = replace(self.house, doors=tuple(self._doors))

    def says(self, rejection: type[Rejected], words: str) -> None:
        """What a page says when a use case raises this and the view has not caught it: a text of the catalogue."""
        self._rejections[rejection] = words

    def _add(self, method: str, path: str, role: Role | None, handler: Handler) -> None:
        self.routes.append(Route(method, path, role))
        self.app.router.add_route(method, path, handler)

    def _member_view(self, view: View, role: Role | None, stage: Stage = Stage.IN) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            token = self.house.cookies.read(request, SESSION)
            session = await self._session(request, token)
            if token is None or session is None:
                return self._to_sign_in(request)
            visit = Visit(request, self.house, session.member.language, csrf_of(token), session=session)
            if session.stage is not stage:
                return self._refuse(visit, 401) if visit.fetched else visit.go(STAGES[session.stage])
            if role is not None and not session.member.role.covers(role):
                return self._refuse(visit, 403)
            return await self._answer(visit, token, view)

        return handle

    def _guest_view(self, view: GuestView) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            token = self.house.cookies.read(request, FORM) or new_form_token()
            guest = Guest(request, self.house, self.language(request), csrf_of(token))
            response = await self._answer(guest, token, view)
            if not response.prepared and self.house.cookies.read(request, FORM) != token:
                self.house.cookies.write(response, FORM, token)
            return response

        return handle

    async def _session(self, request: web.Request, token: str | None) -> DeskSession | None:
        if token is None:
            return None
        # Nobody presses anything for a stream of news: it comes back by itself.
        by_itself = "text/event-stream" in request.headers.get("Accept", "")
        touch = not by_itself and request.headers.get(FETCH) != "background"
        async with self.house.parts.desks.open() as cases:
            return await cases.sign_in.find(token, touch=touch)

    async def _answer(
        self, caller: G, token: str, view: Callable[[G], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """The one place where what went wrong becomes a page."""
        try:
            if caller.request.method != "GET":
                files = isinstance(caller, Visit) and caller.session.stage is Stage.IN
                caller = replace(caller, form=await self._form(caller.request, token, files=files))
            return await view(caller)
        except BadToken:
            return self._refuse(caller, 403, STALE)
        except Rejected as rejection:
            return self._refuse(caller, 422, self._words_of(rejection))
        except tuple(STATUS_OF) as error:
            return self._refuse(caller, next(STATUS_OF[kind] for kind in STATUS_OF if isinstance(error, kind)))
        except web.HTTPException as answer:
            if answer.status < 400:
                raise
            return self._refuse(caller, answer.status)

    async def _form(self, request: web.Request, token: str, *, files: bool) -> Form:
        """Raises BadToken before anything of it is looked at. A browser that tells where a form stood is believed."""
        if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
            raise BadToken
        header = request.headers.get(TOKEN_HEADER)
        if header is not None and not csrf_fits(token, header):
            raise BadToken
        form = await read_form(request, files=files)
        if header is None and not csrf_fits(token, form.text(TOKEN_FIELD)):
            raise BadToken
        return form

    def _words_of(self, rejection: Rejected) -> str | None:
        """Those of its class, or of the nearest one above."""
        return next((self._rejections[kind] for kind in type(rejection).__mro__ if kind in self._rejections), None)

    def _to_sign_in(self, request: web.Request) -> web.Response:
        guest = Guest(request, self.house, self.language(request), "")
        if guest.fetched:
            return self._refuse(guest, 401)
        response = guest.go(SIGN_IN)
        self.house.cookies.forget(response, SESSION)
        if request.method == "GET" and page_of_the_desk(request.path):
            self.house.cookies.write(response, WANTED, request.path, max_age=600)
        return response

    def _refuse(self, caller: Guest, status: int, words: str | None = None) -> web.Response:
        said = words or FAULTS.get(status, FAULTS[500])
        if status == 401:
            said = word("Вы вышли из рабочего места. Войдите снова.")
        if caller.fetched:
            return caller.part("fault_part.html", status, words=said)
        return caller.page("fault.html", status, words=said, fault=status)

    def language(self, request: web.Request) -> str:
        """Of somebody who is not signed in: as chosen in this browser, else as it asks for."""
        chosen = self.house.cookies.read(request, LANGUAGE)
        if chosen in LANGUAGES:
            return chosen
        asked = request.headers.get("Accept-Language", "").lower().split(",")
        return next((one[:2] for one in (part.strip() for part in asked) if one[:2] in LANGUAGES), LANGUAGES[0])

    @web.middleware
    async def guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Around every request: what nobody caught is a page, and tells nothing of what went wrong."""
        try:
            return await handler(request)
        except web.HTTPException as answer:
            if answer.status < 400:
                raise
            status = answer.status
        except Exception as error:  # whatever it is: the operator is told in plain words, the log the line alone
            log.error("desk request failed", method=request.method, **where(error))
            status = 503 if isinstance(error, OSError | Unavailable) else 500
        return self._refuse(Guest(request, self.house, self.language(request), ""), status)

    async def dress(self, request: web.Request, response: web.StreamResponse) -> None:
        """The headers of every answer, when it begins."""
        response.headers.update(HEADERS)
        response.headers.setdefault("Cache-Control", KEPT_BY_NOBODY)
        if self.house.parts.secure:
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
