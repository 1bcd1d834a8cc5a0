"""The HTTP side of the page. Everything but `/` itself lives under `/demo/`."""

import json
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from sandbox.page.actions import MAX_UPLOAD, Fields, Refused, act, hand_over
from sandbox.page.guide import Guide
from sandbox.page.live import Live, find_phone
from sandbox.phone import Phone
from sandbox.servers import Sandbox

HERE: Final = Path(__file__).parent
HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
FRESH: Final = {"Cache-Control": "no-cache"}
FOR_EVER: Final = {"Cache-Control": "private, max-age=31536000, immutable"}
SAFE_TO_SHOW: Final = {"image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf", "audio/ogg"}
"""Types a browser may open by itself; anything else that a bot or a visitor sends is only ever saved to disk."""


def mount_page(app: web.Application, sandbox: Sandbox, guide: Guide) -> None:
    """Put the page into an application; its open pages are let go of when the server stops."""
    page = Page(sandbox, guide)
    app.add_routes(page.routes())
    app.on_shutdown.append(page.close)


class Page:
    """The handlers, with the sandbox and the guide at hand."""

    def __init__(self, sandbox: Sandbox, guide: Guide) -> None:
        self._sandbox = sandbox
        self._guide = guide
        self._live = Live(sandbox, guide)
        loader = FileSystemLoader(HERE / "templates")
        self._templates = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)

    def routes(self) -> list[web.RouteDef]:
        """Every address of the page."""
        return [
            web.get("/", self.show),
            web.get("/demo/static/{name}", self.static),
            web.get("/demo/live", self.live),
            web.get("/demo/code/{login}", self.code),
            web.post("/demo/act", self.act),
            web.post("/demo/upload", self.upload),
            web.get("/demo/media/{messenger}/{user}/{bubble}/{version}/{name}", self.media),
        ]

    async def close(self, _app: web.Application) -> None:
        """Let go of the open pages."""
        await self._live.close()

    async def show(self, _request: web.Request) -> web.Response:
        """The page itself; its phones fill in over the live connection."""
        servers = (("telegram", "Telegram", self._sandbox.telegram), ("vk", "VK", self._sandbox.vk))
        phones = [(code, name) for code, name, server in servers if server is not None]
        text = self._templates.get_template("page.html").render(guide=self._guide, phones=phones)
        return web.Response(text=text, content_type="text/html", headers=HEADERS | FRESH)

    async def static(self, request: web.Request) -> web.StreamResponse:
        """A style sheet, a script or a picture of the page."""
        path = HERE / "static" / request.match_info["name"]
        if path.parent != HERE / "static" or not path.is_file():
            raise web.HTTPNotFound
        return web.FileResponse(path, headers=HEADERS | FRESH)

    async def live(self, request: web.Request) -> web.StreamResponse:
        """The WebSocket over which a page watches its phones."""
        refuse_other_sites(request)
        return await self._live.page(request)

    async def code(self, request: web.Request) -> web.Response:
        """JSON {code}: what the authenticator of somebody at the desk would show now."""
        code = self._guide.desk_code(request.match_info["login"])
        if code is None:
            raise web.HTTPNotFound
        return web.json_response({"code": code}, headers={"Cache-Control": "no-store"})

    async def act(self, request: web.Request) -> web.Response:
        """Type, press, share: JSON {messenger, user, do, …}. 400 with {error} when it cannot be done."""
        refuse_other_sites(request)
        try:
            fields = Fields(json.loads(await request.text()))
            await act(self._phone(fields.text("messenger"), fields.number("user")), fields)
        except ValueError as problem:
            return refusal(str(problem))
        return web.json_response({})

    async def upload(self, request: web.Request) -> web.Response:
        """Send a file: its bytes are the body, the rest is in the query (messenger, user, kind, name, caption)."""
        refuse_other_sites(request)
        query = request.query
        try:
            phone = self._phone(query.get("messenger", ""), int(query.get("user", "")))
            content = await read_body(request)
            await hand_over(phone, query, content, request.content_type)
        except ValueError as problem:
            return refusal(str(problem))
        return web.json_response({})

    async def media(self, request: web.Request) -> web.Response:
        """The file of a bubble. It opens in the browser if that is harmless, else it is saved."""
        match = request.match_info
        if not (match["user"].isdecimal() and match["bubble"].isdecimal()):
            raise web.HTTPNotFound
        phone = find_phone(self._sandbox, match["messenger"], int(match["user"]))
        number = int(match["bubble"])
        bubble = next((each for each in phone.bubbles if each.id == number), None) if phone else None
        if bubble is None or bubble.media is None:
            raise web.HTTPNotFound
        media = bubble.media
        shown = media.mime in SAFE_TO_SHOW
        headers = FOR_EVER | {
            "X-Content-Type-Options": "nosniff",
            "Content-Disposition": "inline" if shown else "attachment",
        }
        kind = media.mime if shown else "application/octet-stream"
        return web.Response(body=media.content, content_type=kind, headers=headers)

    def _phone(self, messenger: str, user: int) -> Phone:
        phone = find_phone(self._sandbox, messenger, user)
        if phone is None:
            raise Refused("Такого телефона нет. Обновите страницу.")
        return phone


def refuse_other_sites(request: web.Request) -> None:
    """A page of another site, open in the same browser, must not press buttons here (403)."""
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.host:
        raise web.HTTPForbidden


def refusal(reason: str) -> web.Response:
    """What the page shows instead of having done it."""
    return web.json_response({"error": reason}, status=400)


async def read_body(request: web.Request) -> bytes:
    """The body, in full; Refused when it is larger than a messenger takes."""
    content = bytearray()
    async for piece in request.content.iter_any():
        content += piece
        if len(content) > MAX_UPLOAD:
            raise Refused("Файл больше 20 МБ: столько мессенджер не примет.")
    if not content:
        raise Refused("Файл пуст.")
    return bytes(content)
