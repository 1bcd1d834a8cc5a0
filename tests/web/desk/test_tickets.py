"""Residents' questions at the desk, as a browser without scripts asks: the queue, answers, and what is refused."""

import re
import struct
import zlib
from collections.abc import AsyncIterator
from html import unescape
from io import BytesIO

import aiohttp
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from core.city import City
from core.clock import CityClock
from core.ids import ChatId, TicketId
from core.services import Service
from core.staff.model import Role
from core.support.model import FileKind, Owner, Topic
from core.support.ports import NewTicket, SentFile
from core.support.use_cases import Questions, Words
from infra.attachments import made_file
from infra.db.desk import PostgresTicketFiles
from infra.db.engine import driver_connection
from infra.db.support import PostgresTickets
from tests.conftest import FakeClock
from tests.desks import Answer, Browser, DeskSite, desk_site
from tests.infra.db.story import NOON
from tests.infra.test_attachments import jpeg

WATER, HEAT = "МП трест «Водоканал»", "МП трест «Теплофикация»"
EVIL = "<script>alert('и')</script><img src=x onerror=alert(1)>\"'>"


@pytest.fixture
async def desk(engine: AsyncEngine, city: City, city_clock: CityClock) -> AsyncIterator[DeskSite]:
    async with desk_site(engine, city, city_clock, make_file=made_file) as site:
        yield site


@pytest.fixture
async def anna(desk: DeskSite) -> Browser:
    return await desk.seat(await desk.hire("anna", name="Анна", organisations=frozenset({WATER})))


@pytest.fixture
async def boris(desk: DeskSite) -> Browser:
    return await desk.seat(await desk.hire("boris", name="Борис", organisations=frozenset({WATER})))


@pytest.fixture
async def of_heat(desk: DeskSite) -> Browser:
    return await desk.seat(await desk.hire("gleb", name="Глеб", organisations=frozenset({HEAT})))


@pytest.fixture
async def chat(desk: DeskSite) -> ChatId:
    insert = "INSERT INTO chats (messenger, bot, peer) VALUES ('telegram', '1', '500') RETURNING id"
    return ChatId(int(str((await desk.sql(insert))[0][0])))


@pytest.fixture
async def ticket(desk: DeskSite, chat: ChatId) -> TicketId:
    return await asked(desk, chat, "Вода ржавая")


async def asked(desk: DeskSite, chat: ChatId, text: str, **more: object) -> TicketId:
    new = NewTicket(f"asked:{text}", chat, None, Topic.QUALITY, WATER, text, NOON, Service.COLD_WATER, **more)  # type: ignore[arg-type]  # named by the caller
    async with driver_connection(desk.engine) as connection:
        return (await PostgresTickets(connection).open(new)).id


async def says(desk: DeskSite, chat: ChatId, ticket: TicketId, text: str) -> None:
    """The resident adds to the ticket."""
    async with driver_connection(desk.engine) as connection:
        questions = Questions(PostgresTickets(connection), desk.parts.city, desk.parts.clock)
        await questions.add(ticket, Owner(chat, None), Words(f"said:{text}", text))


def fields(page: Answer, form: str) -> dict[str, str]:
    """The hidden fields of a form of the page, as a browser would send them."""
    found = re.search(rf'<form[^>]*action="/desk{form}[^"]*".*?</form>', page.text, re.DOTALL)
    assert found is not None, form
    hidden = re.findall(r'<input type="hidden" name="([a-z]+)" value="([^"]*)"( disabled)?', found[0])
    return {name: value for name, value, disabled in hidden if not disabled}


async def answer(browser: Browser, ticket: TicketId, text: str, **more: str) -> Answer:
    page = await browser.get(f"/tickets/{ticket}")
    return await browser.post(
        f"/tickets/{ticket}/answer", fields(page, f"/tickets/{ticket}/answer") | {"text": text} | more
    )


async def said(desk: DeskSite) -> list[tuple[object, ...]]:
    return await desk.sql("SELECT kind, by, text FROM ticket_messages WHERE NOT from_resident ORDER BY id")


async def told(desk: DeskSite) -> int:
    return len(await desk.sql("SELECT FROM inbox WHERE internal"))


# --- the main job ------------------------------------------------------------------------------------------------


async def test_an_operator_finds_a_question_and_answers_it(desk: DeskSite, anna: Browser, ticket: TicketId) -> None:
    queue = await anna.get("/tickets")
    assert f"/desk/tickets/{ticket}" in queue.text
    assert "Вода ржавая" in queue.text
    page = await anna.get(f"/tickets/{ticket}")
    assert page.status == 200
    done = await answer(anna, ticket, "Проверим.")
    assert (done.status, done.to) == (303, f"/desk/tickets/{ticket}")
    after = await anna.get(f"/tickets/{ticket}")
    assert "Проверим." in after.text
    assert "ждёт отправки" in after.text
    assert "Отпустить" in after.text  # whoever answers has it
    assert await said(desk) == [("said", "Анна", "Проверим.")]
    assert await told(desk) == 1
    assert f"/desk/tickets/{ticket}" not in (await anna.get("/tickets/list")).text
    assert f"/desk/tickets/{ticket}" in (await anna.get("/tickets/list?show=answered")).text


async def test_opening_a_question_reads_it_and_is_remembered(desk: DeskSite, anna: Browser, ticket: TicketId) -> None:
    assert "queue-row unread" in (await anna.get("/tickets")).text
    await anna.get(f"/tickets/{ticket}")
    assert "queue-row unread" not in (await anna.get("/tickets")).text
    await answer(anna, ticket, "Проверим.")
    looks = await desk.sql("SELECT by, what, subject FROM desk_looks WHERE what LIKE 'ticket%' ORDER BY id")
    assert set(looks) == {
        ("anna", "ticket.opened", f"ticket:{ticket}"),
        ("anna", "ticket.answered", f"ticket:{ticket}"),
    }


async def test_the_same_form_sent_twice_is_one_answer(desk: DeskSite, anna: Browser, ticket: TicketId) -> None:
    page = await anna.get(f"/tickets/{ticket}")
    form = fields(page, f"/tickets/{ticket}/answer") | {"text": "Проверим."}
    for _ in range(2):
        assert (await anna.post(f"/tickets/{ticket}/answer", form)).status == 303
    assert len(await said(desk)) == await told(desk) == 1


async def test_answer_and_close_note_and_transfer(
    desk: DeskSite, anna: Browser, of_heat: Browser, ticket: TicketId
) -> None:
    assert (await answer(anna, ticket, "Готово.", then="close")).status == 303
    assert await desk.sql("SELECT status FROM tickets") == [("resolved",)]
    page = await anna.get(f"/tickets/{ticket}")
    note = fields(page, f"/tickets/{ticket}/note") | {"text": "Опять он"}
    assert (await anna.post(f"/tickets/{ticket}/note", note)).status == 303
    moved = fields(page, f"/tickets/{ticket}/transfer") | {"text": "Горячая", "organisation": HEAT, "form": "0" * 32}
    gone = await anna.post(f"/tickets/{ticket}/transfer", moved)
    assert gone.to == "/desk/tickets"
    assert f"№ {ticket} передан" in (await anna.get("/tickets")).text
    assert (await anna.get(f"/tickets/{ticket}")).status == 404
    there = await of_heat.get(f"/tickets/{ticket}")
    for words in ("Готово.", "Опять он", "Горячая", "передано из"):
        assert words in there.text


async def test_a_question_is_taken_up_over_and_let_go(
    desk: DeskSite, anna: Browser, boris: Browser, ticket: TicketId
) -> None:
    anna_sees, boris_sees = await anna.get(f"/tickets/{ticket}"), await boris.get(f"/tickets/{ticket}")
    take = f"/tickets/{ticket}/take-up"
    assert (await anna.post(take, fields(anna_sees, take))).status == 303
    late = await boris.post(take, fields(boris_sees, take))
    assert late.status == 409
    assert "у другого оператора: Анна" in late.text
    assert (await boris.post(take, fields(late, take))).status == 303  # over, knowingly
    back = await anna.get(f"/tickets/{ticket}")
    assert "В работе: Борис" in back.text
    mine = await boris.get(f"/tickets/{ticket}")
    assert (await boris.post(f"/tickets/{ticket}/let-go", fields(mine, f"/tickets/{ticket}/let-go"))).status == 303
    assert await desk.sql("SELECT assignee_id FROM tickets") == [(None,)]


async def test_who_leads_gives_a_question_and_others_do_not(desk: DeskSite, anna: Browser, ticket: TicketId) -> None:
    number = (await desk.sql("SELECT id FROM members"))[0][0]
    await anna.get(f"/tickets/{ticket}")
    assert (await anna.post(f"/tickets/{ticket}/give", {"member": str(number)})).status == 403
    vera = await desk.seat(await desk.hire("vera", name="Вера", role=Role.SENIOR))
    page = await vera.get(f"/tickets/{ticket}")
    give = fields(page, f"/tickets/{ticket}/give") | {"member": str(number)}
    assert (await vera.post(f"/tickets/{ticket}/give", give)).status == 303
    assert await desk.sql("SELECT assignee_id FROM tickets") == [(number,)]
    assert (await vera.post(f"/tickets/{ticket}/give", give | {"member": "999999"})).status == 404


async def test_the_second_answer_asks(
    desk: DeskSite, anna: Browser, boris: Browser, chat: ChatId, ticket: TicketId
) -> None:
    path = f"/tickets/{ticket}/answer"
    form = fields(await boris.get(f"/tickets/{ticket}"), path) | {"text": "Уже едем"}
    await answer(anna, ticket, "Проверим.")
    held = await boris.post(path, form)
    assert held.status == 409
    assert "у другого оператора: Анна" in held.text
    assert "Уже едем</textarea>" in held.text
    assert len(await said(desk)) == 1
    await says(desk, chat, ticket, "Жду")
    newer = await boris.post(path, fields(held, path) | {"text": "Уже едем"})
    assert newer.status == 409
    assert "появилось новое" in newer.text
    assert "said-by resident fresh" in newer.text
    assert (await boris.post(path, fields(newer, path) | {"text": "Уже едем"})).status == 303
    assert [one[2] for one in await said(desk)] == ["Проверим.", "Уже едем"]


async def test_an_answer_that_cannot_be_sent_comes_back(desk: DeskSite, anna: Browser, ticket: TicketId) -> None:
    for text in ("", "   ", "я" * 3501):
        back = await answer(anna, ticket, text)
        assert back.status == 409
        assert "Напишите от 1 до 3500" in back.text
    assert await told(desk) == 0


async def test_a_form_without_its_own_name_is_not_taken(desk: DeskSite, anna: Browser, ticket: TicketId) -> None:
    for form in ("", "x" * 32, "0" * 33):
        assert (await answer(anna, ticket, "Проверим.", form=form)).status == 400
    assert await told(desk) == 0


async def test_the_queue_is_chosen_from_and_has_pages(desk: DeskSite, anna: Browser, chat: ChatId) -> None:
    numbers = [await asked(desk, chat, f"Вопрос {one:03}") for one in range(35)]
    first = await anna.get("/tickets")
    shown = [int(one) for one in re.findall(r'data-ticket="(\d+)"', first.text)]
    assert shown == numbers[:30]
    more = re.search(r'href="/desk(/tickets\?[^"]*after=[^"]*)"', first.text)
    assert more is not None
    rest = await anna.get(unescape(more[1]))
    assert [int(one) for one in re.findall(r'data-ticket="(\d+)"', rest.text)] == numbers[30:]
    for query, count in (
        *(("topic=quality", 30), ("topic=meter", 0), ("unread=1", 30), ("whose=mine", 0), ("whose=free", 30)),
        *(("late=1", 0), ("show=closed", 0), ("show=all", 30), (f"organisation={HEAT}", 0), ("show=nonsense", 30)),
        *(
            ("after=x", 30),
            ("after=99999999999999999999", 30),
            (f"after={numbers[33]}&due=x", 1),
            ("organisation=%00", 30),
        ),
    ):
        page = await anna.get(f"/tickets/list?{query}")
        assert page.status == 200
        assert page.text.count("data-ticket=") == count, query


async def test_what_is_late_is_seen(desk: DeskSite, anna: Browser, chat: ChatId, clock: FakeClock) -> None:
    late = await asked(desk, chat, "Где вы?", due_at=clock.now())
    clock.move(minutes=1)
    page = await anna.get("/tickets?late=1")
    assert f"/desk/tickets/{late}" in page.text
    assert "ждали до" in page.text


async def test_the_desk_speaks_english(desk: DeskSite, ticket: TicketId) -> None:
    member = await desk.hire("john", organisations=frozenset({WATER}), language="en")
    browser = await desk.seat(member)
    for path in ("/tickets", f"/tickets/{ticket}", "/tickets?show=all&whose=mine"):
        page = await browser.get(path)
        assert page.status == 200
        words = re.sub(r"Вода ржавая|МП трест «\w+»|ООО «ЕРКЦ»|ВодоТепло|Русский", "", page.text)
        ready = re.sub(r'<div class="menu-box">.*?</div>', "", words, flags=re.DOTALL)
        assert re.findall("[а-яё]+", ready.replace('lang="ru"', ""), re.IGNORECASE) == []


async def test_a_clock_that_was_set_back_turns_no_order_round(
    desk: DeskSite, anna: Browser, chat: ChatId, clock: FakeClock
) -> None:
    ticket = await asked(desk, chat, "Первое")
    await says(desk, chat, ticket, "Второе")
    await answer(anna, ticket, "Третье", then="close")
    clock.move(hours=-2)
    await says(desk, chat, ticket, "Четвёртое")
    await answer(anna, ticket, "Пятое")
    words = re.findall(r'said-text" dir="auto">([^<]*)<', (await anna.get(f"/tickets/{ticket}")).text)
    assert words == ["Первое", "Второе", "Третье", "Четвёртое", "Пятое"]


async def test_a_flooded_question_is_shown_from_its_end(desk: DeskSite, anna: Browser, ticket: TicketId) -> None:
    await desk.sql(
        "INSERT INTO ticket_messages (ticket_id, at, from_resident, text)"
        " SELECT $1, $2::timestamptz + n * interval '1 second', true, 'слово ' || n FROM generate_series(1, 500) AS n"
        " RETURNING id",
        ticket,
        NOON,
    )
    page = await anna.get(f"/tickets/{ticket}")
    assert page.text.count("said-by resident") == 200
    assert "слово 500" in page.text
    assert "Показать ещё 301 запись" in page.text
    assert (await anna.get(f"/tickets/{ticket}?whole=1")).text.count("said-by resident") == 501


# --- what is refused ---------------------------------------------------------------------------------------------


async def test_another_organisations_question_is_not_there(
    desk: DeskSite, anna: Browser, of_heat: Browser, chat: ChatId
) -> None:
    ticket = await asked(desk, chat, "Чужой вопрос", files=(SentFile(FileKind.PHOTO, "a"),))
    async with driver_connection(desk.engine) as connection:
        (waiting,) = await PostgresTickets(connection).waiting(ticket, chat)
    await PostgresTicketFiles(desk.engine).keep(waiting.id, made_file(FileKind.PHOTO, "", jpeg()))
    assert (await anna.get(f"/tickets/{ticket}/pictures/{waiting.id}")).status == 200
    own = {"form": "0" * 32, "text": "Мой!", "organisation": HEAT, "on": "1"}
    for path in ("", "/talk", f"/files/{waiting.id}", f"/pictures/{waiting.id}"):
        assert (await of_heat.get(f"/tickets/{ticket}{path}")).status == 404, path
    for act in ("answer", "note", "transfer", "close", "take-up", "let-go", "typing"):
        assert (await of_heat.post(f"/tickets/{ticket}/{act}", own)).status == 404, act
    for query in ("", f"?organisation={WATER}", "?show=all"):
        assert "Чужой вопрос" not in (await of_heat.get(f"/tickets/list{query}")).text
    assert await told(desk) == 0
    assert await desk.sql("SELECT status, unread, assignee_id FROM tickets") == [("open", True, None)]


async def test_forged_numbers_are_nobodys(anna: Browser, ticket: TicketId) -> None:
    for number in ("0", "-1", "999999", "1e3", "%00", "99999999999999999999", "1%2F..", "١"):
        for path in ("", "/talk"):
            assert (await anna.get(f"/tickets/{number}{path}")).status == 404, number
        for kind in ("files", "pictures"):
            assert (await anna.get(f"/tickets/{ticket}/{kind}/{number}")).status == 404, number
        await anna.get(f"/tickets/{ticket}")
        assert (await anna.post(f"/tickets/{number}/close", {"form": "0" * 32})).status == 404, number


async def test_words_and_names_of_people_are_never_markup(desk: DeskSite, chat: ChatId, city: City) -> None:
    sent = (SentFile(FileKind.FILE, "a", f"{EVIL}.pdf"), SentFile(FileKind.PHOTO, "b", EVIL))
    ticket = await asked(desk, chat, EVIL, files=sent, message="7")
    async with driver_connection(desk.engine) as connection:
        await PostgresTickets(connection).edit(chat, "7", f"{EVIL} 2", NOON)
    evil = await desk.seat(await desk.hire("evil", name="<b>Ия</b>", role=Role.SENIOR))
    await answer(evil, ticket, EVIL)
    page = await evil.get(f"/tickets/{ticket}")
    note = fields(page, f"/tickets/{ticket}/note") | {"text": f"{{{{ 7*7 }}}} {EVIL}"}
    await evil.post(f"/tickets/{ticket}/note", note)
    canned = {"organisation": WATER, "title": "<i>Т</i>", "text": EVIL}
    await evil.get("/canned")
    assert (await evil.post("/canned", canned)).status == 303
    for path in (
        "/tickets?show=all",
        f"/tickets/{ticket}",
        f"/tickets/{ticket}/talk",
        "/canned",
        "/tickets/list?show=all&here=<b>",
    ):
        page = await evil.get(path)
        assert page.status == 200
        for markup in ("<script>alert", "<img src=x", "<b>Ия", "<i>Т"):
            assert markup not in page.text, path
        assert " 49 " not in page.text
        assert "unsafe-inline" not in page.headers["Content-Security-Policy"]


async def test_a_file_is_saved_and_a_picture_shown_and_nothing_else_is(
    desk: DeskSite, anna: Browser, chat: ChatId
) -> None:
    names = ("../../etc/passwd.pdf", "page.html", "фото.png")
    sent = tuple(SentFile(FileKind.FILE, str(one), name) for one, name in enumerate(names))
    ticket = await asked(desk, chat, "Файлы", files=sent)
    async with driver_connection(desk.engine) as connection:
        waiting = await PostgresTickets(connection).waiting(ticket, chat)
    contents = (b"%PDF-1.7 x", b"<html><script>alert(1)</script>", jpeg())
    for one, name, content in zip(waiting, names, contents, strict=True):
        await PostgresTicketFiles(desk.engine).keep(one.id, made_file(FileKind.FILE, name, content))
    pdf, page, photo = waiting
    saved = await anna.get(f"/tickets/{ticket}/files/{pdf.id}")
    assert saved.headers["Content-Disposition"] == "attachment; filename*=UTF-8''etc_passwd.pdf"
    html = await anna.get(f"/tickets/{ticket}/files/{page.id}")
    assert (html.headers["Content-Type"], html.headers["X-Content-Type-Options"]) == (
        "application/octet-stream",
        "nosniff",
    )
    assert html.headers["Content-Disposition"].startswith("attachment")
    shown = await anna.get(f"/tickets/{ticket}/pictures/{photo.id}")
    assert (shown.headers["Content-Type"], shown.headers["Content-Disposition"]) == ("image/jpeg", "inline")
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in shown.headers["Cache-Control"]
    for other in (pdf, page):
        assert (await anna.get(f"/tickets/{ticket}/pictures/{other.id}")).status == 404
    other = await asked(desk, chat, "Другой вопрос")
    assert (await anna.get(f"/tickets/{other}/pictures/{photo.id}")).status == 404


def png_bomb() -> bytes:
    """A few kilobytes that would be 3.6 gigapixels, with a good checksum."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(100_000)))
        + chunk(b"IEND", b"")
    )


def attached(page: Answer, ticket: TicketId, name: str, content: bytes) -> aiohttp.FormData:
    form = aiohttp.FormData(fields(page, f"/tickets/{ticket}/answer") | {"text": "Вот"}, quote_fields=False)
    form.add_field("file", BytesIO(content), filename=name, content_type="image/jpeg")
    return form


async def test_a_hostile_file_is_refused_and_the_words_are_kept(
    desk: DeskSite, anna: Browser, ticket: TicketId
) -> None:
    for name, content in (("bomb.png", png_bomb()), ("photo.jpg", jpeg()[:400]), ("empty.pdf", b"")):
        page = await anna.get(f"/tickets/{ticket}")
        back = await anna.post(f"/tickets/{ticket}/answer", attached(page, ticket, name, content))
        assert back.status == 409, name
        for words in ("файл не принят", "Вот</textarea>", "Файл выберите ещё раз"):
            assert words in back.text
    assert await told(desk) == 0


async def test_an_oversized_file_is_refused(desk: DeskSite, anna: Browser, ticket: TicketId) -> None:
    page = await anna.get(f"/tickets/{ticket}")
    back = await anna.post(f"/tickets/{ticket}/answer", attached(page, ticket, "big.pdf", bytes(21 * 1024 * 1024)))
    assert back.status == 413
    assert await told(desk) == 0


async def test_a_picture_is_made_anew_and_its_name_is_no_path(desk: DeskSite, anna: Browser, ticket: TicketId) -> None:
    page = await anna.get(f"/tickets/{ticket}")
    form = attached(page, ticket, "../../../схема.jpg", jpeg(comment=b"SECRET-COMMENT"))
    assert (await anna.post(f"/tickets/{ticket}/answer", form)).status == 303
    ((name, kind, media_type, content),) = await desk.sql("SELECT name, kind, media_type, content FROM ticket_files")
    assert (name, kind, media_type) == ("схема.jpg", "photo", "image/jpeg")
    assert isinstance(content, bytes)
    assert b"SECRET-COMMENT" not in content


async def test_a_page_of_another_site_cannot_answer(desk: DeskSite, anna: Browser, ticket: TicketId) -> None:
    page = await anna.get(f"/tickets/{ticket}")
    form = fields(page, f"/tickets/{ticket}/answer") | {"text": "Чужие слова"}
    form.pop("token")
    for act in ("answer", "note", "transfer", "close", "take-up", "let-go", "typing"):
        assert (await anna.post(f"/tickets/{ticket}/{act}", form, token="0" * 64)).status == 403
    assert await told(desk) == 0
    nobody = await desk.browser()
    assert (await nobody.get(f"/tickets/{ticket}")).to == "/desk/sign-in"
    assert (await nobody.get(f"/tickets/{ticket}/talk", Desk_Fetch="background")).status == 401


# --- answers kept ready ------------------------------------------------------------------------------------------


async def test_ready_answers_are_written_by_who_leads_and_offered_with_the_facts(
    desk: DeskSite, anna: Browser, of_heat: Browser, ticket: TicketId
) -> None:
    vera = await desk.seat(await desk.hire("vera", role=Role.SENIOR, organisations=frozenset({WATER})))
    for path in ("/canned",):
        assert (await anna.get(path)).status == 403
    await vera.get("/canned")
    good = {"organisation": WATER, "title": "Телефон", "text": "Звоните: {phone}."}
    assert (await vera.post("/canned", good)).status == 303
    assert (await vera.post("/canned", good | {"text": "Звоните нам: {phone}."})).status == 303
    for bad in (
        *({"text": ""}, {"title": " "}, {"title": "т" * 61}, {"text": "т" * 3501}, {"text": "{"}, {"text": "{secret}"}),
        *({"text": "{phone.__class__}"}, {"text": "{phone!r}"}, {"text": "{phone:>99999999}"}, {"text": "{0}"}),
    ):
        assert (await vera.post("/canned", good | bad)).status == 422, bad
    assert (await vera.post("/canned", good | {"organisation": HEAT})).status == 404
    assert (await anna.post("/canned", good)).status == 403
    page = await anna.get(f"/tickets/{ticket}")
    assert "Звоните нам: 51-51-31." in page.text
    ((number,),) = await desk.sql("SELECT id FROM canned_answers")
    heat = await desk.seat(await desk.hire("igor", role=Role.SENIOR, organisations=frozenset({HEAT})))
    assert "Телефон" not in (await heat.get("/canned")).text
    await heat.post(f"/canned/{number}/drop")
    assert len(await desk.sql("SELECT FROM canned_answers")) == 1
    assert (await vera.post(f"/canned/{number}/drop")).status == 303
    assert await desk.sql("SELECT FROM canned_answers") == []
