"""The queue: whose turn it is, what is late, who has what. Filters stand in the address, so that a page can be kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from aiohttp import web

from core.desk import DeskCases
from core.ids import MemberId, TicketId
from core.support.model import Author, Operator, Ticket, TicketStatus, Topic
from core.support.ports import Order, Place, QueueFilter, QueueLine, Tally
from core.support.routing import organisations
from web.desk.shell import Shell
from web.desk.ticket_words import SERVICES, TOPICS
from web.desk.visit import Visit
from web.desk.words import word

PAGE: Final = 30
"""Tickets of a page: two screens of a laptop."""
SHOWN_WORDS: Final = 160
SHOWS: Final[Mapping[str, frozenset[TicketStatus]]] = {
    "open": frozenset({TicketStatus.OPEN}),
    "answered": frozenset({TicketStatus.ANSWERED}),
    "closed": frozenset({TicketStatus.RESOLVED}),
    "all": frozenset(TicketStatus),
}
SHOW_WORDS: Final = {
    "open": word("Ждут ответа"),
    "answered": word("Отвечены"),
    "closed": word("Закрыты"),
    "all": word("Все"),
}
WHOSE_WORDS: Final = {"": word("Чьи угодно"), "mine": word("Мои"), "free": word("Ничьи")}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Filter:
    """What an operator looks at, as it stands in the address; anything unknown there is the usual."""

    show: str = "open"
    whose: str = ""
    topic: str = ""
    organisation: str = ""
    unread: bool = False
    late: bool = False

    @property
    def query(self) -> str:
        """`?show=closed&…`, empty for the usual; every link of a page bears it on."""
        usual = Filter()
        pairs = [(name, getattr(self, name)) for name in self.__slots__ if getattr(self, name) != getattr(usual, name)]
        return f"?{urlencode([(name, '1' if value is True else value) for name, value in pairs])}" if pairs else ""

    def but(self, **changes: str | bool) -> str:
        """The address of the queue with other filters."""
        return f"/desk/tickets{replace(self, **changes).query}"  # type: ignore[arg-type]  # names are this class's own

    def wanted(self, operator: Operator, now: datetime, after: Place | None) -> QueueFilter:
        return QueueFilter(
            organisations=frozenset({self.organisation}) if self.organisation else None,
            statuses=SHOWS[self.show],
            topic=Topic(self.topic) if self.topic else None,
            unread=self.unread,
            assignee=(operator.member or MemberId(0)) if self.whose == "mine" else None,
            free=self.whose == "free",
            late=now if self.late else None,
            order=Order.DUE if self.show == "open" else Order.NEWEST,
            limit=PAGE + 1,
            after=after,
        )


@dataclass(frozen=True, slots=True)
class Row:
    """A ticket of the queue as it is drawn. `organisation`: its short name; `holder`: the name of who has it; `mine`:
    that is the operator."""

    line: QueueLine
    words: str
    about: tuple[str, ...]
    late: bool
    organisation: str
    holder: str | None
    mine: bool

    @property
    def ticket(self) -> Ticket:
        return self.line.ticket

    @property
    def answered(self) -> bool:
        """Whether the newest words are ours."""
        return self.line.last_by is Author.OPERATOR


@dataclass(frozen=True, slots=True)
class QueuePage:
    """What the queue's part of a page shows. `more` is the address of the next page."""

    filter: Filter
    rows: Sequence[Row]
    tally: Tally
    organisations: Sequence[str]
    more: str | None


def add_queue(shell: Shell) -> None:
    shell.door("/tickets", word("Вопросы"), "inbox")
    shell.get("/tickets", queue)
    shell.get("/tickets/list", queue_part)


async def queue(visit: Visit) -> web.Response:
    async with visit.cases() as cases:
        page = await read_page(visit, cases)
    return visit.page("queue.html", queue=page, here=None, choices=choices(visit))


async def queue_part(visit: Visit) -> web.Response:
    """The list alone, for a page that is open already; `here` is the ticket it shows beside."""
    here = visit.request.query.get("here", "")
    async with visit.cases() as cases:
        page = await read_page(visit, cases)
    return visit.part("queue_part.html", queue=page, here=int(here) if here.isdecimal() and len(here) < 19 else None)


def choices(visit: Visit) -> Mapping[str, Mapping[str, str]]:
    """What the filters offer: value → words."""
    own = visit.operator.organisations
    named = [name for name in organisations(visit.house.parts.city) if own is None or name in own]
    return {
        "show": SHOW_WORDS,
        "whose": WHOSE_WORDS,
        "topic": {"": word("Все темы"), **{topic.value: words for topic, words in TOPICS.items()}},
        "organisation": {"": word("Все организации"), **{name: name for name in named}} if len(named) > 1 else {},
    }


async def read_page(visit: Visit, cases: DeskCases) -> QueuePage:
    """The queue as the address asks for it."""
    operator, chosen = visit.operator, filter_of(visit.request.query)
    now = visit.house.parts.clock.now()
    lines = await cases.tickets.queue(operator, chosen.wanted(operator, now, _place(visit.request.query)))
    names = {one.id: one.name for one in await cases.tickets.colleagues()}
    own = operator.organisations
    return QueuePage(
        filter=chosen,
        rows=[_row(line, Onlooker(operator, names, _short_names(visit), now)) for line in lines[:PAGE]],
        tally=await cases.tickets.tally(operator),
        organisations=[] if own is not None and len(own) == 1 else sorted({line.ticket.organisation for line in lines}),
        more=_next(chosen, lines[PAGE - 1].ticket) if len(lines) > PAGE else None,
    )


def filter_of(query: Mapping[str, str]) -> Filter:
    show, whose, topic = query.get("show", "open"), query.get("whose", ""), query.get("topic", "")
    return Filter(
        show=show if show in SHOWS else "open",
        whose=whose if whose in WHOSE_WORDS else "",
        topic=topic if topic in set(Topic) else "",
        organisation=query.get("organisation", "")[:200].replace("\0", ""),
        unread=query.get("unread") == "1",
        late=query.get("late") == "1",
    )


@dataclass(frozen=True, slots=True)
class Onlooker:
    """Who looks at the queue and when, with names of colleagues, and of organisations as they are called for short."""

    operator: Operator
    names: Mapping[MemberId, str]
    short: Mapping[str, str]
    now: datetime


def _short_names(visit: Visit) -> Mapping[str, str]:
    return {provider.name: provider.short_name for provider in visit.house.parts.city.providers}


def _row(line: QueueLine, seen_by: Onlooker) -> Row:
    ticket = line.ticket
    said = line.last or line.asked
    holder = seen_by.names.get(ticket.assignee) if ticket.assignee is not None else None
    return Row(
        line=line,
        words=said if len(said) <= SHOWN_WORDS else f"{said[:SHOWN_WORDS].rstrip()}…",
        about=(TOPICS[ticket.topic], *([SERVICES[ticket.service]] if ticket.service else [])),
        late=ticket.due_at is not None and ticket.due_at < seen_by.now,
        organisation=seen_by.short.get(ticket.organisation, ticket.organisation),
        holder=holder,
        mine=ticket.assignee is not None and ticket.assignee == seen_by.operator.member,
    )


def _next(chosen: Filter, last: Ticket) -> str:
    """Where the page after begins: behind the last ticket, as it stands now."""
    pairs = {"after": str(last.id)}
    if last.due_at is not None:
        pairs["due"] = str((last.due_at - _EPOCH) // _MICROSECOND)
    return f"/desk/tickets{chosen.query}{'&' if chosen.query else '?'}{urlencode(pairs)}"


def _place(query: Mapping[str, str]) -> Place | None:
    after, due = query.get("after", ""), query.get("due", "")
    if not (after.isascii() and after.isdecimal() and len(after) < 19):
        return None
    known = due.isascii() and due.isdecimal() and len(due) < 17
    return Place(TicketId(int(after)), _EPOCH + int(due) * _MICROSECOND if known else None)
