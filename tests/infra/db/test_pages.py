"""One-time pages on the real database: shown once, to whom it may concern, with everything a chat would show."""

import asyncio
import json

import pytest
from asyncpg import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from core.accounts.model import NewLink
from core.city import City
from core.clock import CityClock
from core.ids import ChatId, PremisesId, ResidentId
from core.personal.pages import PageOf, Shows
from core.services import Service
from core.support.desk import OperatorDesk
from core.support.model import FileKind, Operator, Topic
from core.support.ports import NewTicket
from core.use_cases import UseCases
from dialogs.ports import ChatAddress
from infra.attachments import made_file
from infra.codes import HmacCodeHasher
from infra.db.desk import PostgresDesk
from infra.db.links import PostgresLinks
from infra.db.residents import PostgresResidents
from infra.db.support import PostgresTickets
from infra.files import PostgresFiles
from infra.i18n import Catalogues
from infra.pages import PostgresPages
from infra.paths import LOCALES
from tests.conftest import FakeClock
from tests.infra.db.story import JANUARY, NOON, TEPLOFIKACIYA, Story
from tests.infra.test_attachments import jpeg

WATER = "МП трест «Водоканал»"


@pytest.fixture
def pages(engine: AsyncEngine, city: City, clock: FakeClock, hasher: HmacCodeHasher) -> PostgresPages:
    translator = Catalogues(LOCALES)
    files = PostgresFiles(engine, city, clock, hasher, translator=translator)
    return PostgresPages(engine, city, clock, hasher, files, translator)


@pytest.fixture
async def flat(story: Story) -> PremisesId:
    flat = await story.premises()
    water, heat = await story.account(flat), await story.account(flat, "700012345", TEPLOFIKACIYA)
    await story.charge(water, JANUARY, Service.COLD_WATER, "4", 80000)
    await story.charge(heat, JANUARY, Service.HOT_WATER, "3", 5000)
    await story.statement(water, JANUARY, 80000)
    await story.statement(heat, JANUARY, 0)
    return flat


@pytest.fixture
async def chat(story: Story) -> ChatId:
    return await story.chat()


@pytest.fixture
async def anna(db: Connection, chat: ChatId, flat: PremisesId) -> ResidentId:
    resident = (await PostgresResidents(db).create(chat, "ru")).id
    await PostgresLinks(db).add(NewLink(resident, flat, None, "Дом", NOON))
    return resident


@pytest.fixture
async def money(use_cases: UseCases, chat: ChatId, flat: PremisesId, anna: ResidentId) -> str:
    return await use_cases.pages.page(PageOf(Shows.MONEY, chat, flat, JANUARY), anna)


async def test_a_page_shows_balance_receipt_and_payment_codes(pages: PostgresPages, money: str) -> None:
    page = await pages.show(money)
    assert page is not None
    whole = "\n".join(part.text for part in page.parts).replace("\u00a0", " ")
    assert "Водоканал: к оплате 800,00 ₽" in whole
    assert "Единая квитанция за январь 2022" in whole
    assert "Теплофикация: долга нет" in whole
    (picture,) = [part.picture for part in page.parts if part.picture]
    assert picture.startswith(b"\x89PNG")
    (file,) = page.files
    assert "PDF" in file.label
    receipt = await pages.file(file.code)
    assert receipt is not None
    assert receipt.content.startswith(b"%PDF")
    assert await pages.file(file.code) is None, "once"


async def test_a_page_is_shown_once_though_it_is_asked_for_twice_at_once(pages: PostgresPages, money: str) -> None:
    shown = await asyncio.gather(*(pages.show(money) for _ in range(5)))
    assert sum(page is not None for page in shown) == 1
    assert await pages.show(money) is None


async def test_a_page_ends_by_the_clock_of_the_database(pages: PostgresPages, money: str, db: Connection) -> None:
    await db.execute("UPDATE one_time_codes SET expires_at = clock_timestamp()")
    assert await pages.show(money) is None


async def test_a_page_of_a_flat_that_was_unlinked_shows_nothing(
    pages: PostgresPages, money: str, db: Connection
) -> None:
    await db.execute("DELETE FROM links")
    assert await pages.show(money) is None


async def test_a_page_of_somebody_forgotten_or_gone_shows_nothing(
    pages: PostgresPages, money: str, db: Connection, use_cases: UseCases, anna: ResidentId
) -> None:
    await use_cases.residents.forget(anna)
    assert await pages.show(money) is None


async def test_a_page_of_a_chat_that_has_left_shows_nothing(
    pages: PostgresPages, money: str, use_cases: UseCases, anna: ResidentId, chat: ChatId
) -> None:
    await use_cases.second_chats.leave(anna, chat)
    assert await pages.show(money) is None


@pytest.mark.parametrize("code", ["A" * 26, "", "\ud800", "?" * 200])
async def test_what_is_no_code_shows_nothing(pages: PostgresPages, money: str, code: str) -> None:
    assert await pages.show(code) is None
    assert await pages.file(code) is None
    assert await pages.file(money) is None, "a page's code opens no file"
    assert await pages.show(money), "and was not burnt by trying"


async def test_a_flat_without_receipts_shows_what_is_owed(
    pages: PostgresPages, use_cases: UseCases, chat: ChatId, flat: PremisesId, anna: ResidentId
) -> None:
    page = await pages.show(await use_cases.pages.page(PageOf(Shows.MONEY, chat, flat), anna))
    assert page is not None
    assert len(page.parts) == 1
    assert page.files == ()


async def test_ones_own_data_come_in_both_forms(
    pages: PostgresPages, use_cases: UseCases, chat: ChatId, anna: ResidentId
) -> None:
    page = await pages.show(await use_cases.pages.page(PageOf(Shows.DATA, chat), anna))
    assert page is not None
    pdf, machine = [await pages.file(file.code) for file in page.files]
    assert pdf is not None
    assert machine is not None
    assert (pdf.name, pdf.content[:4]) == ("Мои данные.pdf", b"%PDF")
    assert json.loads(machine.content)["адреса"][0]["улица"] == "ул. Труда"


@pytest.fixture
async def answer(db: Connection, city: City, city_clock: CityClock, chat: ChatId, anna: ResidentId) -> str:
    """An operator has answered Anna, with a picture: the subject of the notice."""
    tickets = PostgresTickets(db)
    ticket = (await tickets.open(NewTicket("1:1", chat, anna, Topic.OTHER, WATER, "Сколько?", NOON))).id
    desk = OperatorDesk(PostgresDesk(db), city, city_clock)
    picture = made_file(FileKind.FILE, "схема.jpg", jpeg())
    await desk.answer(Operator("Анна"), ticket, "Анна Петровна, 812,40 ₽", "k1", file=picture)
    return f"{ticket}:{(await tickets.messages(ticket))[-1].id}"


async def test_an_answer_is_shown_whole_with_its_file(
    pages: PostgresPages, use_cases: UseCases, chat: ChatId, anna: ResidentId, answer: str
) -> None:
    page = await pages.show(await use_cases.pages.page(PageOf(Shows.NOTICE, chat, detail=f"answer:{answer}"), anna))
    assert page is not None
    assert "Анна Петровна, 812,40 ₽" in page.parts[0].text
    (file,) = page.files
    picture = await pages.file(file.code)
    assert picture is not None
    assert (picture.name, picture.content[:2]) == ("схема.jpg", b"\xff\xd8")
    assert await pages.file(file.code) is None, "once"


@pytest.mark.parametrize("detail", ["answer:{}", "answer:7:7", "answer:", "new_link:1", "no such kind:1", "", ":"])
async def test_a_page_of_what_was_told_to_another_shows_nothing(
    pages: PostgresPages, use_cases: UseCases, db: Connection, story: Story, answer: str, detail: str
) -> None:
    chat = await story.chat(ChatAddress("vk", "9", "2"))
    stranger = (await PostgresResidents(db).create(chat, "ru")).id
    page = await use_cases.pages.page(PageOf(Shows.NOTICE, chat, detail=detail.format(answer)), stranger)
    assert await pages.show(page) is None


async def test_a_page_speaks_the_language_of_its_chat(pages: PostgresPages, money: str, db: Connection) -> None:
    await db.execute("UPDATE chats SET language = 'en'")
    page = await pages.show(money)
    assert page is not None
    assert page.language == "en"
    assert "January 2022" in page.parts[1].text
