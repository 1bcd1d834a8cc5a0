"""Cards: of a flat, masked until it is opened, and of whoever asks in a ticket; a link code for who shows a passport.

A card is never kept by the browser, and every look at one is a line in the book: so is each reload of an opened one.
"""

from decimal import Decimal
from functools import partial

from aiohttp import web

from core.accounts.codes import grouped
from core.counter.acts import PassportNotSeen
from core.ids import PremisesId, TicketId
from core.personal.vouching import LIVES
from web.desk.qr import qr_picture
from web.desk.shell import Shell
from web.desk.trade import Trade
from web.desk.visit import Visit
from web.desk.words import word


def add_card(shell: Shell) -> None:
    shell.get("/flats/{flat}", partial(flat, opened=False))
    shell.get("/flats/{flat}/opened", partial(flat, opened=True))
    shell.post("/flats/{flat}/code", link_code)
    shell.get("/tickets/{ticket}/card", resident)
    shell.says(PassportNotSeen, word("Сначала посмотрите паспорт: код открывает квартиру без других доказательств."))


async def flat(visit: Visit, *, opened: bool) -> web.Response:
    async with visit.cases() as cases:
        card = await cases.counter.cards.flat(visit.member, flat_of(visit), opened=opened)
    meters = {one.meter.id: one.meter for one in card.meters}
    return visit.page("flat.html", card=card, meters=meters, step=Decimal("0.1"), trade=trade_of(visit))


async def resident(visit: Visit) -> web.Response:
    """Beside a conversation as a part, by itself as a page."""
    async with visit.cases() as cases:
        card = await cases.counter.cards.resident(visit.member, TicketId(visit.number("ticket")))
    messengers = [visit.house.parts.city.messenger(code).name for code in card.messengers]
    draw = partial(visit.part, "resident_part.html") if visit.fetched else partial(visit.page, "resident.html")
    return draw(card=card, messengers=messengers, trade=trade_of(visit))


async def link_code(visit: Visit) -> web.Response:
    """Shown once, on this answer: going back and forth shows it no more."""
    premises = flat_of(visit)
    async with visit.cases() as cases:
        made = await cases.counter.acts.link_code(visit.member, premises, passport_seen=visit.form.ticked("passport"))
    known = [(one.name, one.deep_link(made.payload)) for one in visit.house.parts.city.messengers]
    links = [(name, link, qr_picture(link)) for name, link in known if link]
    minutes = int(LIVES.total_seconds()) // 60
    return visit.page("link_code.html", premises=premises, code=grouped(made.code), links=links, minutes=minutes)


def flat_of(visit: Visit) -> PremisesId:
    return PremisesId(visit.number("flat"))


def trade_of(visit: Visit) -> Trade:
    return Trade(visit.words, visit.house.parts.city)
