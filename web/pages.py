"""Pages that are shown once: by the link alone nothing is shown yet, and nothing is burnt.

Messengers and virus scanners look at links before people do. So the link opens a page with one button, the same for
every code; the button burns the code and shows what is behind it. No script is needed; the page works on an old phone.
Nothing of it may be kept: not by the browser, not by a proxy, not by a search engine.
"""

import asyncio
import base64
import re
from hashlib import sha256
from html import escape
from typing import Final
from urllib.parse import quote

import structlog
from aiohttp import web

from core.errors import where
from dialogs.ports import FileContent
from dialogs.web_page import OneTimePages, PagePart, WebPage

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

SHOWN_WITHIN: Final = 10.0
"""Seconds; a receipt is set in one or two."""

_CODE: Final = re.compile(r"[0-9A-Z]{26}")
_STYLE: Final = (
    "body{font:18px/1.4 sans-serif;max-width:38em;margin:0 auto;padding:16px;color:#15191d;background:#fff}"
    "h1{font-size:24px}p{white-space:pre-line}img{width:100%;max-width:320px;height:auto}"
    "button{font:inherit;padding:12px 20px;margin:8px 0;border:0;border-radius:8px;background:#1f6fb5;color:#fff}"
)
_STYLE_HASH: Final = base64.b64encode(sha256(_STYLE.encode()).digest()).decode()
_HEADERS: Final = {
    "Cache-Control": "no-store, private",
    "Pragma": "no-cache",
    "Content-Security-Policy": (
        f"default-src 'none'; img-src data:; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}
_KINDS: Final = {"pdf": "application/pdf", "json": "application/json"}
_OTHER: Final = "application/octet-stream"
"""Of whatever an operator has attached: it is saved, never shown by the browser."""
_GONE: Final = "Эта ссылка уже не действует: она открывается один раз и живёт 10 минут. Попросите в чате новую."
_FRONT: Final = "Здесь откроются ваши данные. Страница показывается один раз: нажмите, когда будете готовы читать."
_BUSY: Final = "Сейчас не получилось. Попробуйте ещё раз через минуту."
_ONCE: Final = "Эту страницу нельзя обновить: если закроете её, попросите в чате новую ссылку."


def add_pages(app: web.Application, pages: OneTimePages) -> None:
    """The routes of one-time pages and of their files."""
    site = _Site(pages)
    app.router.add_get("/page/{code}", site.front)
    app.router.add_post("/page/{code}", site.show)
    app.router.add_post("/page/file/{code}", site.file)


class _Site:
    def __init__(self, pages: OneTimePages) -> None:
        self._pages = pages

    async def front(self, request: web.Request) -> web.Response:
        """The same for every code: who tries codes learns nothing here."""
        if not _CODE.fullmatch(request.match_info["code"]):
            return _answer(_document("ru", f"<p>{_GONE}</p>"), 404)
        return _answer(_document("ru", f"<p>{_FRONT}</p><form method=post><button>Показать</button></form>"))

    async def show(self, request: web.Request) -> web.Response:
        code = request.match_info["code"]
        try:
            async with asyncio.timeout(SHOWN_WITHIN):
                page = await self._pages.show(code) if _CODE.fullmatch(code) else None
        except Exception as error:  # whatever it is: the visitor is told in plain words, the log nothing of the code
            return _busy(error)
        return _answer(_page(page)) if page else _answer(_document("ru", f"<p>{_GONE}</p>"), 404)

    async def file(self, request: web.Request) -> web.Response:
        code = request.match_info["code"]
        try:
            async with asyncio.timeout(SHOWN_WITHIN):
                file = await self._pages.file(code) if _CODE.fullmatch(code) else None
        except Exception as error:  # as above
            return _busy(error)
        return _download(file) if file else _answer(_document("ru", f"<p>{_GONE}</p>"), 404)


def _busy(error: Exception) -> web.Response:
    log.error("page was not shown", **where(error))
    return _answer(_document("ru", f"<p>{_BUSY}</p>"), 503)


def _page(page: WebPage) -> str:
    files = "".join(
        f'<form method=post action="/page/file/{escape(one.code)}"><button>{escape(one.label)}</button></form>'
        for one in page.files
    )
    return _document(page.language, "".join(map(_part, page.parts)) + files + f"<p>{_ONCE}</p>")


def _part(part: PagePart) -> str:
    picture = ""
    if part.picture is not None:
        picture = f'<p><img alt="QR" src="data:image/png;base64,{base64.b64encode(part.picture).decode()}"></p>'
    return f"<p>{escape(part.text)}</p>{picture}"


def _document(language: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="{escape(language)}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1"><title>ВодоТепло</title>'
        f"<style>{_STYLE}</style></head><body><h1>ВодоТепло</h1>{body}</body></html>"
    )


def _answer(html: str, status: int = 200) -> web.Response:
    return web.Response(text=html, status=status, content_type="text/html", charset="utf-8", headers=_HEADERS)


def _download(file: FileContent) -> web.Response:
    _, _, ending = file.name.rpartition(".")
    disposition = f"attachment; filename*=UTF-8''{quote(file.name)}"
    headers = {**_HEADERS, "Content-Disposition": disposition}
    return web.Response(body=file.content, content_type=_KINDS.get(ending, _OTHER), headers=headers)
