"""The page of the demonstration: over plain HTTP, and in a real Chromium with a small echo bot behind each phone."""

import asyncio
import contextlib
import io
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import ClientSession, web
from playwright.async_api import Browser, Locator, Page, expect

from sandbox.page.guide import DeskLogin, Guide, Sample
from sandbox.page.routes import mount_page
from sandbox.page.voice import one_second_of_silence
from sandbox.phone import Phone
from sandbox.servers import Sandbox
from sandbox.telegram.server import TelegramServer
from sandbox.vk.server import VkServer
from tests.browsers import in_browser, started_browser
from tests.sandbox.echoes import GROUP, TOKEN, TelegramEcho, VkEcho, qr_png

GUIDE = Guide(
    title="ВодоТепло",
    time_label="В Магнитогорске 16 февраля 2022, 10:00",
    steps=("Нажмите «Начать».",),
    samples=(Sample("81000123", "Водоканал", "4F7K-29", "ул. Труда, 14", "Без долгов.", "/receipt-qr.png"),),
)


@dataclass
class Site:
    """A running sandbox with its page; it can be stopped and started again on the same port."""

    sandbox: Sandbox = field(default_factory=lambda: Sandbox(TelegramServer(TOKEN), VkServer(TOKEN, GROUP)))
    runner: web.AppRunner | None = None
    port: int = 0

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        app = web.Application()
        mount_page(app, self.sandbox, GUIDE)
        app.router.add_get("/receipt-qr.png", receipt_qr)
        self.sandbox.mount(app)
        self.runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", self.port).start()
        self.port = self.runner.addresses[0][1]

    def sandbox_phone(self, messenger: str, user: int) -> Phone:
        server = self.sandbox.telegram if messenger == "telegram" else self.sandbox.vk
        assert server is not None
        return server.phone(user)

    async def stop(self) -> None:
        assert self.runner is not None
        await self.runner.cleanup()


async def receipt_qr(_request: web.Request) -> web.Response:
    return web.Response(body=qr_png("PersAcc=81000123"), content_type="image/png")


@contextlib.asynccontextmanager
async def running(*jobs: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    tasks = [asyncio.ensure_future(job()) for job in jobs]
    try:
        yield
        for task in tasks:
            assert not task.done(), f"a bot fell over: {task}"
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    site = Site()
    await site.start()
    yield site
    await site.stop()


@pytest.fixture
async def http(site: Site) -> AsyncIterator[ClientSession]:
    async with ClientSession(site.base) as session:
        yield session


@pytest.fixture
async def bots(site: Site) -> AsyncIterator[None]:
    async with (
        ClientSession() as session,
        running(TelegramEcho(session, site.base).run, VkEcho(session, site.base).run),
    ):
        yield


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with started_browser() as browser:
        yield browser


@dataclass
class Visit:
    """An open page with everything the browser complained about."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    def phone(self, messenger: str) -> Locator:
        return self.page.locator(f"#{messenger}")

    async def say(self, messenger: str, text: str) -> None:
        await self.phone(messenger).get_by_role("textbox").fill(text)
        await self.phone(messenger).get_by_role("textbox").press("Enter")

    async def sideways(self) -> int:
        """Pixels by which the page is wider than the window."""
        width = await self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert isinstance(width, int)
        return width


@contextlib.asynccontextmanager
async def visit(browser: Browser, site: Site, width: int = 1366, height: int = 800) -> AsyncIterator[Visit]:
    context = await browser.new_context(viewport={"width": width, "height": height}, locale="ru-RU")
    page = await context.new_page()
    page.set_default_timeout(10_000)
    made = Visit(page)
    page.on("console", lambda line: made.complaints.append(line.text) if line.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: made.complaints.append(str(error)))
    await page.goto(site.base)
    try:
        yield made
    finally:
        await context.close()


@pytest.fixture
async def visitor(browser: Browser, site: Site, bots: None) -> AsyncIterator[Visit]:
    async with visit(browser, site) as made:
        yield made
    assert made.complaints == [], "the browser complained (a broken script or a breach of the content policy)"


class TestOverHttp:
    async def test_the_page_allows_nothing_from_outside(self, http: ClientSession) -> None:
        async with http.get("/") as answer:
            text = await answer.text()
            policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'self';")
        assert "unsafe" not in policy
        assert "style=" not in text
        assert "<script>" not in text
        assert "http://" not in text
        assert "https://" not in text

    async def test_words_of_the_guide_are_escaped(self) -> None:
        guide = Guide("<b>", "now", samples=(Sample('"><script>', "A & B", "", "<i>"),))
        app = web.Application()
        mount_page(app, Sandbox(TelegramServer(TOKEN)), guide)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        async with ClientSession(f"http://127.0.0.1:{runner.addresses[0][1]}") as session:
            text = await (await session.get("/")).text()
        await runner.cleanup()
        assert "<i>" not in text
        assert '"><script>' not in text
        assert 'id="vk"' not in text

    async def test_codes_of_the_desk_are_those_of_now(self) -> None:
        codes = iter(["111111", "222222", "333333"])
        anna = DeskLogin("Анна <i>", "оператор", "anna", "pass", lambda: next(codes))
        app = web.Application()
        mount_page(app, Sandbox(TelegramServer(TOKEN)), Guide("demo", "now", desk=(anna,)))
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        async with ClientSession(f"http://127.0.0.1:{runner.addresses[0][1]}") as session:
            text = await (await session.get("/")).text()
            code = await (await session.get("/demo/code/anna")).json()
            nobodys = await session.get("/demo/code/nobody")
        await runner.cleanup()
        assert "111111" in text
        assert "Анна &lt;i&gt;" in text
        assert code == {"code": "222222"}
        assert nobodys.status == 404

    async def test_only_files_of_the_static_folder_are_served(self, http: ClientSession) -> None:
        assert (await http.get("/demo/static/main.js")).status == 200
        for name in ("nothing.js", "..%2Froutes.py", "..", "%2Fetc%2Fpasswd"):
            assert (await http.get(f"/demo/static/{name}")).status == 404, name

    async def test_another_site_cannot_press_buttons_or_listen(self, http: ClientSession) -> None:
        stranger = {"Origin": "http://elsewhere.example"}
        body = {"messenger": "telegram", "user": 5, "do": "say", "text": "x"}
        assert (await http.post("/demo/act", json=body, headers=stranger)).status == 403
        assert (await http.post("/demo/upload", data=b"x", headers=stranger)).status == 403
        assert (await http.get("/demo/live", headers=stranger)).status == 403

    @pytest.mark.parametrize(
        "body",
        [
            [],
            {},
            {"messenger": "telegram", "user": "5", "do": "say", "text": "x"},
            {"messenger": "icq", "user": 5, "do": "say", "text": "x"},
            {"messenger": "vk", "user": 2_000_000_001, "do": "say", "text": "x"},
            {"messenger": "vk", "user": 5, "do": "fly"},
            {"messenger": "vk", "user": 5, "do": "say", "text": "  "},
            {"messenger": "vk", "user": 5, "do": "press", "bubble": 99, "row": 0, "column": 0},
            {"messenger": "vk", "user": 5, "do": "press_keyboard", "row": 0, "column": 0},
            {"messenger": "telegram", "user": 5, "do": "edit", "text": "x"},
        ],
    )
    async def test_a_deed_that_cannot_be_done_is_refused_in_russian(self, http: ClientSession, body: object) -> None:
        async with http.post("/demo/act", json=body) as answer:
            assert answer.status == 400
            words = (await answer.json())["error"]
        assert any("а" <= letter <= "я" for letter in words)

    async def test_who_blocked_the_bot_is_told_how_to_write_again(self, site: Site, http: ClientSession) -> None:
        await site.sandbox_phone("telegram", 5).block()
        async with http.post("/demo/act", json={"messenger": "telegram", "user": 5, "do": "sticker"}) as answer:
            assert answer.status == 400
            assert "Разрешить писать" in (await answer.json())["error"]

    async def test_a_web_page_sent_as_a_document_is_saved_never_shown(self, site: Site, http: ClientSession) -> None:
        phone = site.sandbox_phone("telegram", 5)
        await phone.send_document(b"<script>alert(1)</script>", "evil.html", "text/html")
        await phone.send_document(b"%PDF-1.4", "bill.pdf", "application/pdf")
        kinds = {}
        for bubble in phone.bubbles:
            async with http.get(f"/demo/media/telegram/5/{bubble.id}/v/name") as answer:
                kinds[answer.content_type] = answer.headers["Content-Disposition"]
                assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert kinds == {"application/octet-stream": "attachment", "application/pdf": "inline"}

    @pytest.mark.parametrize("path", ["telegram/5/99/v/x", "icq/5/1/v/x", "telegram/0/1/v/x", "telegram/5/x/v/x"])
    async def test_there_is_no_file_where_there_is_no_bubble(self, http: ClientSession, path: str) -> None:
        assert (await http.get(f"/demo/media/{path}")).status == 404

    async def test_an_upload_of_more_than_20_megabytes_is_refused(self, http: ClientSession) -> None:
        where = "/demo/upload?messenger=telegram&user=5&kind=document&name=big"
        async with http.post(where, data=io.BytesIO(b"x" * (20 * 1024 * 1024 + 1))) as answer:
            assert answer.status == 400
            assert "20 МБ" in (await answer.json())["error"]

    async def test_a_page_that_watches_gets_the_phone_whole_after_every_change(
        self, site: Site, http: ClientSession
    ) -> None:
        async with http.ws_connect("/demo/live") as socket:
            await socket.send_str("nonsense")
            await socket.send_json({"watch": "vk", "user": None})
            first = await socket.receive_json(timeout=5)
            await site.sandbox_phone("vk", first["user"]).say("привет")
            second = await socket.receive_json(timeout=5)
        assert first["bubbles"] == []
        assert [bubble["text"] for bubble in second["bubbles"]] == ["привет"]

    async def test_open_pages_do_not_hold_up_the_end(self, site: Site, http: ClientSession) -> None:
        async with http.ws_connect("/demo/live") as socket:
            await socket.send_json({"watch": "vk", "user": 5})
            await socket.receive_json(timeout=5)
            phone = site.sandbox_phone("vk", 5)
            assert site.runner is not None
            await asyncio.wait_for(site.runner.cleanup(), 3)
            assert phone.on_change == set()


def test_the_voice_message_is_one_ogg_stream_of_three_pages() -> None:
    content = one_second_of_silence()
    assert content.count(b"OggS") == 3
    assert content.index(b"OpusHead") < content.index(b"OpusTags")


MARKUP = """async (text) => {
    const { messageNodes } = await import('/demo/static/markup.js');
    const box = document.createElement('div');
    box.append(...messageNodes(text, 'html', () => {}));
    document.body.append(box);
    return box.innerHTML;
}"""
HARMLESS = {
    "<b>x</b> <strong>y</strong> <pre>z</pre>": "<b>x</b> <b>y</b> <pre>z</pre>",
    "a &lt;b&gt; &amp;lt; &#1078; &#x416;": "a &lt;b&gt; &amp;lt; ж Ж",
    "<script>window.harm = 1</script>": "window.harm = 1",
    "<img src=x onerror='window.harm = 1'>": "",
    "<b onclick='window.harm = 1' style='color:red'>x": "<b>x</b>",
    "<a href='javascript:window.harm = 1'>x</a>": "<span>x</span>",
    "<i><b>x</i>y</b>": "<i><b>x</b></i>y",
    "&lt;img src=x onerror=alert(1)&gt;": "&lt;img src=x onerror=alert(1)&gt;",
    '<a href="https://example.org/?a=1&amp;b=2">x</a>': (
        '<a href="https://example.org/?a=1&amp;b=2" target="_blank" rel="noopener noreferrer">x</a>'
    ),
    "да/нет /menu": 'да/нет <button type="button" class="command">/menu</button>',
}
DROP = """(bytes) => {
    const pulled = new DataTransfer();
    pulled.items.add(new File([new Uint8Array(bytes)], 'photo.png', { type: 'image/png' }));
    document.querySelector('#telegram').dispatchEvent(new DragEvent('drop', { dataTransfer: pulled }));
}"""
PLAY = """async (bytes) => {
    const sound = await new OfflineAudioContext(1, 48000, 48000).decodeAudioData(new Uint8Array(bytes).buffer);
    return sound.duration;
}"""
FROM_END = "log => log.scrollHeight - log.scrollTop - log.clientHeight"


class TestInBrowser:
    pytestmark = in_browser

    async def test_a_stranger_starts_types_and_is_answered_on_both_phones(self, visitor: Visit) -> None:
        for messenger, greeting in (("telegram", "Эхо: /start"), ("vk", "Эхо: Начать")):
            phone = visitor.phone(messenger)
            await phone.get_by_role("button", name="Начать").click()
            await expect(phone.locator(".theirs .words")).to_have_text(greeting)
            await visitor.say(messenger, "ХВС 123,\nГВС 45,5")
            await expect(phone.locator(".theirs .words").last).to_have_text("Эхо: ХВС 123,\nГВС 45,5")

    async def test_a_button_of_an_older_message_is_pressed_and_answered(self, visitor: Visit) -> None:
        phone = visitor.phone("telegram")
        await visitor.say("telegram", "меню")
        await expect(phone.locator(".theirs b")).to_have_text("Меню")
        await expect(phone.locator(".theirs .words")).to_have_text("Меню & прочее")
        await visitor.say("telegram", "ещё")
        await expect(phone.locator(".theirs .words").last).to_have_text("Эхо: ещё")
        await phone.get_by_role("button", name="Верно").click()
        await expect(phone.locator(".toast")).to_have_text("Принято")
        await expect(phone.locator(".theirs").first).to_contain_text("Нажата «yes»")
        await expect(phone.locator(".theirs .edited")).to_be_visible()

    async def test_a_press_on_the_vk_phone_reaches_the_bot(self, visitor: Visit) -> None:
        await visitor.say("vk", "меню")
        await visitor.phone("vk").get_by_role("button", name="Верно").click()
        await expect(visitor.phone("vk").locator(".toast")).to_have_text("Принято")

    async def test_a_picture_opens_large_and_goes_back_to_the_other_bot(self, visitor: Visit, site: Site) -> None:
        await visitor.say("telegram", "qr")
        picture = visitor.phone("telegram").locator(".photo img")
        await expect(picture).to_be_visible()
        assert await picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 100
        await picture.click()
        await expect(visitor.page.locator("#light")).to_be_visible()
        await visitor.page.get_by_role("button", name="Отправить боту в VK").click()
        await expect(visitor.page.locator("#light")).to_be_hidden()
        await expect(visitor.phone("vk").locator(".mine .photo img")).to_be_visible()
        user = int(await visitor.page.evaluate("localStorage.getItem('person.vk')"))
        sent = site.sandbox_phone("vk", user).bubbles[0].media
        assert sent is not None
        assert sent.content == qr_png("ST00012")

    async def test_a_received_picture_is_sent_back_with_one_click(self, visitor: Visit) -> None:
        await visitor.say("telegram", "qr")
        await visitor.phone("telegram").get_by_role("button", name="Отправить эту картинку боту").click()
        await expect(visitor.phone("telegram").locator(".theirs .words").last).to_have_text("Эхо: photo")

    async def test_a_document_shows_its_name_and_size_and_opens_in_a_new_tab(self, visitor: Visit) -> None:
        await visitor.say("telegram", "pdf")
        document = visitor.phone("telegram").locator(".document")
        await expect(document).to_contain_text("Квитанция.pdf")
        await expect(document).to_contain_text("8 Б")
        assert await document.get_attribute("target") == "_blank"

    async def test_a_file_is_picked_dropped_or_taken_from_the_guide(self, visitor: Visit, tmp_path: Path) -> None:
        phone = visitor.phone("telegram")
        file = tmp_path / "receipt.png"
        file.write_bytes(qr_png("picked"))
        await phone.get_by_role("button", name="Отправить другое").click()
        async with visitor.page.expect_file_chooser() as chooser:
            await phone.get_by_role("button", name="Фото…").click()
        await (await chooser.value).set_files(file)
        await expect(phone.locator(".mine.has-photo")).to_have_count(1)
        await visitor.page.evaluate(DROP, list(qr_png("dropped")))
        await expect(phone.locator(".mine.has-photo")).to_have_count(2)
        await visitor.page.get_by_role("button", name="Отправить фото QR-кода").click()
        await expect(phone.locator(".mine.has-photo")).to_have_count(3)
        await expect(phone.locator(".theirs .words")).to_have_text(["Эхо: photo"] * 3)

    @pytest.mark.parametrize(
        ("item", "what"),
        [("Мой контакт", "contact"), ("Стикер", "sticker"), ("Опрос", "poll"), ("Голосовое", "voice")],
    )
    async def test_odd_things_are_sent_from_the_menu(self, visitor: Visit, item: str, what: str) -> None:
        phone = visitor.phone("telegram")
        await phone.get_by_role("button", name="Отправить другое").click()
        await phone.get_by_role("button", name=item).click()
        await expect(phone.locator(".theirs .words")).to_have_text(f"Эхо: {what}")
        await expect(phone.locator(".menu")).to_be_hidden()

    async def test_the_browser_can_play_the_voice_message(self, visitor: Visit) -> None:
        seconds = await visitor.page.evaluate(PLAY, list(one_second_of_silence()))
        assert seconds == pytest.approx(1.0, abs=0.05)

    async def test_account_numbers_go_into_the_phone_touched_last(self, visitor: Visit) -> None:
        await visitor.phone("vk").get_by_role("textbox").focus()
        await visitor.page.get_by_role("button", name="81000123", exact=True).click()
        await expect(visitor.phone("vk").get_by_role("textbox")).to_have_value("81000123")
        await expect(visitor.phone("vk").get_by_role("textbox")).to_be_focused()
        await expect(visitor.phone("telegram").get_by_role("textbox")).to_have_value("")

    async def test_a_new_person_begins_with_an_empty_phone_and_a_reload_keeps_them(self, visitor: Visit) -> None:
        phone = visitor.phone("telegram")
        await visitor.say("telegram", "первый")
        await expect(phone.locator(".theirs")).to_have_count(1)
        await phone.get_by_role("button", name="Новый человек").click()
        await expect(phone.locator(".message")).to_have_count(0)
        await visitor.say("telegram", "второй")
        await expect(phone.locator(".theirs .words")).to_have_text("Эхо: второй")
        await visitor.page.reload()
        await expect(phone.locator(".theirs .words")).to_have_text("Эхо: второй")

    async def test_hostile_markup_comes_out_as_harmless_nodes(self, visitor: Visit) -> None:
        for text, wanted in HARMLESS.items():
            assert await visitor.page.evaluate(MARKUP, text) == wanted, text
        assert await visitor.page.evaluate("window.harm") is None

    async def test_who_reads_above_is_not_torn_down_by_news(self, visitor: Visit, site: Site) -> None:
        log = visitor.phone("telegram").locator(".log")
        await visitor.say("telegram", "строка\n" * 80)
        await expect(visitor.phone("telegram").locator(".theirs")).to_have_count(1)
        await expect(visitor.phone("telegram").locator(".down")).to_be_hidden()
        assert await log.evaluate(FROM_END) < 5
        await log.hover()
        await visitor.page.mouse.wheel(0, -900)
        await expect(visitor.phone("telegram").locator(".down")).to_be_visible()
        user = int(await visitor.page.evaluate("localStorage.getItem('person.telegram')"))
        telegram = site.sandbox_phone("telegram", user)
        await telegram.say("из другого окна")
        await expect(visitor.phone("telegram").locator(".message")).to_have_count(4)
        assert await log.evaluate(FROM_END) > 300

    async def test_without_the_server_the_page_says_so_and_comes_back_by_itself(
        self, browser: Browser, site: Site
    ) -> None:
        async with visit(browser, site) as visitor:
            await expect(visitor.phone("vk").locator(".empty")).to_be_visible()
            await site.stop()
            await expect(visitor.page.locator("#offline")).to_contain_text("Нет связи")
            await visitor.say("vk", "есть кто?")
            await expect(visitor.phone("vk").locator(".toast")).to_contain_text("Нет связи")
            await expect(visitor.phone("vk").get_by_role("textbox")).to_have_value("есть кто?")
            site.sandbox = Sandbox(TelegramServer(TOKEN), VkServer(TOKEN, GROUP))
            await site.start()
            await expect(visitor.page.locator("#offline")).to_be_hidden()
            await visitor.phone("vk").get_by_role("textbox").press("Enter")
            await expect(visitor.phone("vk").locator(".mine .words")).to_have_text("есть кто?")

    @pytest.mark.parametrize("width", [320, 360, 400, 720, 1039, 1040, 1920])
    async def test_nothing_sticks_out_sideways(self, browser: Browser, site: Site, bots: None, width: int) -> None:
        async with visit(browser, site, width) as visitor:
            await visitor.say("telegram", "Ж" * 300)
            await visitor.say("telegram", "qr")
            await expect(visitor.phone("telegram").locator(".theirs")).to_have_count(2)
            assert await visitor.sideways() == 0
        assert visitor.complaints == []

    async def test_a_narrow_screen_shows_one_thing_at_a_time(self, browser: Browser, site: Site, bots: None) -> None:
        async with visit(browser, site, 360, 720) as visitor:
            await expect(visitor.phone("vk")).to_be_hidden()
            await visitor.page.get_by_role("tab", name="Telegram").press("ArrowRight")
            await expect(visitor.phone("telegram")).to_be_hidden()
            await visitor.phone("vk").get_by_role("button", name="Начать").click()
            await visitor.page.get_by_role("tab", name="Подсказки").click()
            assert await visitor.sideways() == 0
            await visitor.page.get_by_role("button", name="4F7K-29", exact=True).click()
            await expect(visitor.phone("vk").get_by_role("textbox")).to_have_value("4F7K-29")
        assert visitor.complaints == []

    async def test_everything_works_from_the_keyboard(self, visitor: Visit) -> None:
        await visitor.phone("telegram").get_by_role("button", name="Начать").press("Enter")
        await expect(visitor.phone("telegram").get_by_role("textbox")).to_be_focused()
        await visitor.page.keyboard.type("меню")
        await visitor.page.keyboard.press("Enter")
        key = visitor.phone("telegram").get_by_role("button", name="Верно")
        await key.press("Enter")
        await expect(visitor.phone("telegram").locator(".toast")).to_have_text("Принято")
        await visitor.phone("telegram").get_by_role("button", name="Отправить другое").press("Enter")
        await expect(visitor.phone("telegram").get_by_role("button", name="Фото…")).to_be_focused()
        await visitor.page.keyboard.press("Escape")
        await expect(visitor.phone("telegram").locator(".menu")).to_be_hidden()
        await expect(visitor.phone("telegram").get_by_role("button", name="Отправить другое")).to_be_focused()
