"""The counter: a flat is found by number, address or name; a caller's word proves the bot.

What is searched for is sent as a form: it may be a name, and addresses of pages stand in logs and histories.
"""

from typing import Final

from aiohttp import web

from core.counter.wanted import LONGEST, SearchTooShort
from core.errors import NotFound
from web.desk.shell import Shell
from web.desk.trade import Trade
from web.desk.visit import Visit
from web.desk.words import word

PATH: Final = "/counter"
TOO_SHORT: Final = word("Слишком коротко: нужны хотя бы три буквы улицы или фамилии либо четыре цифры номера.")
NO_WORD: Final = word(
    "Такого слова сейчас нет: оно услышано с ошибкой, старше четверти часа, уже подтверждено или бот не наш."
)


def add_counter(shell: Shell) -> None:
    shell.door(PATH, word("Стойка"), "search")
    shell.get(PATH, page)
    shell.post(PATH, search)
    shell.post(f"{PATH}/word", confirm_word)


async def page(visit: Visit) -> web.Response:
    return _page(visit)


async def search(visit: Visit) -> web.Response:
    """Hits are masked; nobody may open them by a wrong address: the card asks anew."""
    text = visit.form.text("q")
    try:
        async with visit.cases() as cases:
            hits = await cases.counter.search.find(visit.member, text)
    except SearchTooShort:
        return _page(visit, 422, q=text[:LONGEST], problem=visit.words.t(TOO_SHORT))
    return _page(visit, q=text[:LONGEST], hits=hits)


async def confirm_word(visit: Visit) -> web.Response:
    """Whoever rings reads a word out; it is confirmed to them here and in their chat."""
    try:
        async with visit.cases() as cases:
            confirmed = await cases.counter.acts.confirm_word(visit.member, visit.form.text("word"))
    except NotFound:
        return _page(visit, 422, word_problem=visit.words.t(NO_WORD))
    return _page(visit, confirmed=confirmed, messenger=visit.house.parts.city.messenger(confirmed.messenger))


def _page(visit: Visit, status: int = 200, **shown: object) -> web.Response:
    """`shown`: the parts of the page that are there."""
    nothing = dict.fromkeys(("problem", "hits", "word_problem", "confirmed", "messenger"))
    example = visit.house.parts.city.providers[0].account_example
    values = {"q": "", "longest": LONGEST, "example": example, **nothing, **shown}
    return visit.page("counter.html", status, trade=Trade(visit.words, visit.house.parts.city), **values)
