"""One-time pages over HTTP: nothing by the link alone, nothing kept, no script, and nothing of a visitor in the log."""

import base64
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from hashlib import sha256
from html.parser import HTMLParser

import aiohttp
import pytest
import structlog

from dialogs.ports import FileContent
from dialogs.web_page import PageFile, PagePart, WebPage
from web.app import Site, build_app
from web.health import Health
from web.metrics import Metrics

CODE, FILE, UNKNOWN = "A" * 26, "B" * 26, "C" * 26
PAGE = WebPage(
    "ru",
    (
        PagePart("Водоканал: к оплате 800,00 ₽\nОплатить до 10 февраля"),
        PagePart('Имя <b>жирно</b> & "в кавычках"<script>alert(1)</script>', b"\x89PNG"),
    ),
    (PageFile("Скачать <квитанцию>", FILE),),
)


@dataclass
class FakePages:
    """Each code once."""

    pages: dict[str, WebPage] = field(default_factory=lambda: {CODE: PAGE})
    files: dict[str, FileContent] = field(
        default_factory=lambda: {FILE: FileContent("k", "Квитанция 2022-01.pdf", b"%PDF-1")}
    )
    broken: bool = False

    async def show(self, code: str) -> WebPage | None:
        if self.broken:
            raise ConnectionError(f"the code was {code}")
        return self.pages.pop(code, None)

    async def file(self, code: str) -> FileContent | None:
        if self.broken:
            raise ConnectionError(f"the code was {code}")
        return self.files.pop(code, None)


@dataclass
class Visitor:
    base: str
    pages: FakePages
    http: aiohttp.ClientSession

    async def get(self, path: str) -> tuple[int, str]:
        async with self.http.get(self.base + path) as answer:
            self.headers = answer.headers
            return answer.status, await answer.text()

    async def post(self, path: str) -> tuple[int, str]:
        async with self.http.post(self.base + path) as answer:
            self.headers = answer.headers
            return answer.status, (await answer.read()).decode()


@pytest.fixture
async def visitor() -> AsyncIterator[Visitor]:
    pages = FakePages()
    site = Site(build_app({}, Health(), Metrics(), pages))
    port = await site.start("127.0.0.1", 0)
    async with aiohttp.ClientSession() as http:
        yield Visitor(f"http://127.0.0.1:{port}", pages, http)
    await site.stop()


async def test_looking_at_the_link_shows_and_burns_nothing(visitor: Visitor) -> None:
    """Messengers fetch links to make previews of them, and some do so twice."""
    for _ in range(3):
        status, html = await visitor.get(f"/page/{CODE}")
        assert status == 200
        assert "Показать" in html
        assert "800,00" not in html
    assert (await visitor.post(f"/page/{CODE}"))[0] == 200


async def test_before_the_button_all_codes_look_alike(visitor: Visitor) -> None:
    assert await visitor.get(f"/page/{CODE}") == await visitor.get(f"/page/{UNKNOWN}")


async def test_the_button_shows_the_page_once(visitor: Visitor) -> None:
    status, html = await visitor.post(f"/page/{CODE}")
    assert status == 200
    assert "Водоканал: к оплате 800,00 ₽\nОплатить до" in html
    again, gone = await visitor.post(f"/page/{CODE}")
    assert again == 404
    assert "уже не действует" in gone
    assert "Попросите в чате новую" in gone


async def test_text_of_people_is_never_markup(visitor: Visitor) -> None:
    _, html = await visitor.post(f"/page/{CODE}")
    assert "<script" not in html
    assert "&lt;b&gt;жирно&lt;/b&gt; &amp; &quot;в кавычках&quot;" in html
    assert "Скачать &lt;квитанцию&gt;" in html


async def test_a_file_of_the_page_is_had_once(visitor: Visitor) -> None:
    _, html = await visitor.post(f"/page/{CODE}")
    action = re.search(r'action="(/page/file/[A-Z]+)"', html)
    assert action
    assert await visitor.post(action[1]) == (200, "%PDF-1")
    assert visitor.headers["Content-Type"] == "application/pdf"
    assert visitor.headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''%D0%9A")
    assert (await visitor.post(action[1]))[0] == 404


async def test_data_for_programs_is_json(visitor: Visitor) -> None:
    visitor.pages.files[FILE] = FileContent("k", "Мои данные.json", b"{}")
    await visitor.post(f"/page/file/{FILE}")
    assert visitor.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("name", ["схема.jpg", "x.html", "x.svg", "x", "x.pdf.exe"])
async def test_what_an_operator_has_attached_is_saved_and_never_shown_by_the_browser(
    visitor: Visitor, name: str
) -> None:
    visitor.pages.files[FILE] = FileContent("k", name, b"<script>alert(1)</script>")
    await visitor.post(f"/page/file/{FILE}")
    assert visitor.headers["Content-Type"] == "application/octet-stream"
    assert visitor.headers["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize("path", [f"/page/{CODE}", f"/page/file/{FILE}", f"/page/{UNKNOWN}", "/page/short"])
async def test_nothing_of_it_may_be_kept_framed_or_found(visitor: Visitor, path: str) -> None:
    await visitor.post(path)
    headers = visitor.headers
    assert "no-store" in headers["Cache-Control"]
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "noindex" in headers["X-Robots-Tag"]
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none';")
    assert "frame-ancestors 'none'" in policy
    for lax in ("unsafe", "http:", "https:", "*", "script-src"):
        assert lax not in policy


class Seen(HTMLParser):
    """What a browser would fetch or run, and the styles it would check against the policy."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.sources: list[str] = []
        self.styles: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.sources += [value or "" for name, value in attrs if name in {"src", "href", "style"} or name[:2] == "on"]

    def handle_data(self, data: str) -> None:
        if self.tags[-1:] == ["style"]:
            self.styles.append(data)


async def test_the_page_needs_no_script_and_fetches_nothing(visitor: Visitor) -> None:
    _, html = await visitor.post(f"/page/{CODE}")
    seen = Seen()
    seen.feed(html)
    assert not {"script", "link", "iframe", "object"} & set(seen.tags)
    assert seen.sources == [f"data:image/png;base64,{base64.b64encode(bytes([0x89]) + b'PNG').decode()}"]
    (style,) = seen.styles
    allowed = re.search(r"style-src 'sha256-([^']+)'", visitor.headers["Content-Security-Policy"])
    assert allowed
    assert allowed[1] == base64.b64encode(sha256(style.encode()).digest()).decode()


@pytest.mark.parametrize(
    "path", ["/page/x", f"/page/{'A' * 27}", f"/page/{'а' * 26}", "/page/%00", f"/page/{'a' * 26}"]
)
async def test_what_is_no_code_is_not_looked_up(visitor: Visitor, path: str) -> None:
    visitor.pages.broken = True
    assert (await visitor.get(path))[0] == 404
    assert (await visitor.post(path))[0] == 404


@pytest.mark.parametrize("path", [f"/page/{CODE}", f"/page/file/{FILE}"])
async def test_a_failure_is_told_in_plain_words_and_logged_without_the_code(visitor: Visitor, path: str) -> None:
    visitor.pages.broken = True
    with structlog.testing.capture_logs() as logged:
        status, html = await visitor.post(path)
    assert status == 503
    assert "через минуту" in html
    assert "no-store" in visitor.headers["Cache-Control"]
    (line,) = logged
    assert line["error"] == "ConnectionError"
    assert CODE not in str(logged)
    assert FILE not in str(logged)


async def test_a_file_is_not_fetched_by_a_link(visitor: Visitor) -> None:
    assert (await visitor.get(f"/page/file/{FILE}"))[0] == 405
    assert FILE in visitor.pages.files
