"""The page of numbers: whose they are, which days, the same figures on the page and in the files."""

import csv
import re
from io import StringIO

import pytest
from asyncpg import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from core.staff.model import Role
from infra.db.engine import driver_connection
from tests.desks import Browser, DeskSite
from tests.workbooks import read_workbook

WATER, HEAT = "МП трест «Водоканал»", "МП трест «Теплофикация»"
HISTORY = """
WITH chat AS (INSERT INTO chats (messenger, bot, peer) VALUES ('telegram', '1', '1') RETURNING id),
made AS (
    INSERT INTO tickets (key, chat_id, topic, organisation, status, opened_at, closed_at, due_at, rating)
    SELECT 'n' || n, chat.id, CASE WHEN n > 3 THEN 'meter' ELSE 'quality' END, organisation, status, opened,
        CASE WHEN status = 'resolved' THEN opened + interval '5 hours' END, opened + interval '4 hours', rating
    FROM chat, (VALUES
        (1, $1, 'resolved', timestamptz '2022-02-14 10:00+05', 5), (2, $1, 'resolved', '2022-02-15 10:00+05', 2),
        (3, $1, 'open', '2022-02-15 12:00+05', NULL), (4, $2, 'open', '2022-02-16 09:30+05', NULL),
        (5, $1, 'resolved', '2021-12-01 10:00+05', 1)
    ) AS given (n, organisation, status, opened, rating)
    RETURNING id, organisation, status, opened_at, closed_at
)
INSERT INTO ticket_events (ticket_id, at, kind, facts)
SELECT id, opened_at + hours * interval '1 hour', kind,
    CASE WHEN kind = 'opened' THEN jsonb_build_object('to', organisation) ELSE '{}' END
FROM made, (VALUES (0, 'opened'), (2, 'answered'), (5, 'closed')) AS steps (hours, kind)
WHERE kind = 'opened' OR status = 'resolved' ORDER BY id, hours
"""


@pytest.fixture(autouse=True)
async def history(engine: AsyncEngine) -> None:
    """Two settled questions and one that is overdue at the water's, a new one at the heat's, one of long ago."""
    async with driver_connection(engine) as db:
        await stored(db)


async def stored(db: Connection) -> None:
    await db.execute(HISTORY, WATER, HEAT)


async def senior(desk: DeskSite, *organisations: str, language: str = "ru") -> Browser:
    own = frozenset(organisations) or None
    return await desk.seat(await desk.hire("olga", role=Role.SENIOR, organisations=own, language=language))


async def fetched(browser: Browser, path: str) -> tuple[int, bytes, str]:
    async with browser.http.get(f"{browser.address}/desk{path}", allow_redirects=False) as answer:
        return answer.status, await answer.read(), answer.headers.get("Content-Disposition", "")


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", html))


async def test_a_senior_sees_what_came_how_long_it_took_and_what_waits(desk: DeskSite) -> None:
    page = words((await (await senior(desk)).get("/numbers")).text)
    assert "За 18 янв. – 16 февр." in page
    assert "Пришло вопросов 4 без ответа: 2" in page
    assert "Первый ответ 2 ч 9 из 10: 2 ч" in page
    assert "Решение 5 ч" in page
    assert "Оценка 3,5 оценок: 2" in page
    assert f"{WATER} 1 1 1 15 февр., 12:00" in page
    assert f"{HEAT} 1 0 1 09:30" in page


async def test_who_answers_only_does_not_see_them(desk: DeskSite) -> None:
    browser = await desk.seat(await desk.hire("boris", role=Role.OPERATOR))
    for path in ("/numbers", "/numbers/csv", "/numbers/xlsx"):
        assert (await browser.get(path)).status == 403


async def test_numbers_of_another_organisation_do_not_exist(desk: DeskSite) -> None:
    browser = await senior(desk, HEAT)
    page = words((await browser.get("/numbers")).text)
    assert "Пришло вопросов 1" in page
    assert WATER not in page
    for path in ("/numbers", "/numbers/csv", "/numbers/xlsx"):
        assert (await browser.get(f"{path}?organisation={WATER}")).status == 404
        assert (await browser.get(f"{path}?organisation={HEAT}")).status == 200


async def test_one_organisation_of_several_is_chosen(desk: DeskSite) -> None:
    page = (await (await senior(desk)).get(f"/numbers?organisation={WATER}&from=2022-02-01&to=2022-02-28")).text
    assert "Пришло вопросов 3" in words(page)
    assert f"<option selected>{WATER}</option>" in page
    assert 'href="/desk/numbers/xlsx?from=2022-02-01&amp;to=2022-02-28&amp;organisation=%D0%9C' in page


@pytest.mark.parametrize(
    "query",
    [
        "from=2022-02-28&to=2022-02-01",
        "from=%3Cscript%3E&to=2022-02-01",
        "from=0001-01-01&to=9999-12-31",
        "to=9999-12-31",
        "from=2022-02-30",
    ],
)
async def test_days_that_are_none_are_said_and_the_usual_ones_shown(desk: DeskSite, query: str) -> None:
    browser = await senior(desk)
    page = await browser.get(f"/numbers?{query}")
    assert page.status == 422
    assert "Таких дней нет" in page.text
    assert "Пришло вопросов 4" in words(page.text)
    assert "<script>" not in page.text.replace('<script type="module"', "")
    assert (await browser.get(f"/numbers/csv?{query}")).status == 422


async def test_days_without_questions_say_so(desk: DeskSite) -> None:
    page = await (await senior(desk)).get("/numbers?from=2022-01-01&to=2022-01-31")
    assert "За эти дни вопросов не было." in page.text
    assert '<svg class="plot' not in page.text


async def test_every_figure_of_a_plot_is_in_the_table_beside(desk: DeskSite) -> None:
    page = (await (await senior(desk)).get("/numbers?from=2022-02-14&to=2022-02-16")).text
    assert page.count('class="plot-bars"') == 2
    assert page.count('role="img" aria-label="Столбики') == 2
    assert "14 февр.: пришло 1" in page
    assert "15 февр.: закрыто 1" in page
    assert "15 февр. 2 1 2 ч 2 ч" in words(page)
    assert "style=" not in page


async def test_a_workbook_and_a_text_file_hold_the_same(desk: DeskSite) -> None:
    browser = await senior(desk)
    query = "?from=2022-02-14&to=2022-02-16"
    status, content, disposition = await fetched(browser, f"/numbers/xlsx{query}")
    assert (status, disposition) == (200, 'attachment; filename="vodoteplo-2022-02-14-2022-02-16.xlsx"')
    sheets = read_workbook(content)
    assert list(sheets) == ["Всего", "Сейчас", "По темам", "По организациям", "По дням", "По часам", "Оценки"]
    assert sheets["По организациям"][1:] == [
        [WATER, 3, 0, 1, 2, 120, 120, 2, 300, 300, 2, 3.5],
        [HEAT, 1, 0, 1, 0, None, None, 0, None, None, 0],
    ]
    assert sheets["По дням"][1:] == [
        ["2022-02-14", 1, 1, 1, 120, 120],
        ["2022-02-15", 2, 1, 1, 120, 120],
        ["2022-02-16", 1, 0, 0],
    ]
    assert sheets["Сейчас"][1:] == [[WATER, 1, 1, 1, "2022-02-15 12:00"], [HEAT, 1, 0, 1, "2022-02-16 09:30"]]
    status, content, disposition = await fetched(browser, f"/numbers/csv{query}")
    assert (status, disposition) == (200, 'attachment; filename="vodoteplo-2022-02-14-2022-02-16.csv"')
    rows = list(csv.reader(StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert [WATER, "3", "0", "1", "2", "120", "120", "2", "300", "300", "2", "3,5"] in rows
    assert await desk.sql("SELECT what, subject FROM desk_looks WHERE what LIKE 'numbers%'") == [
        ("numbers.taken", "2022-02-14:2022-02-16"),
        ("numbers.taken", "2022-02-14:2022-02-16"),
    ]


async def test_it_speaks_english(desk: DeskSite) -> None:
    browser = await senior(desk, language="en")
    page = words((await browser.get("/numbers")).text)
    assert "First answer 2 h 9 of 10: 2 h" in page
    assert "Rating 3.5 ratings: 2" in page
    _, content, _ = await fetched(browser, "/numbers/xlsx")
    assert next(iter(read_workbook(content))) == "In all"
