"""News for open desks: what has just been changed, by number alone. Whoever hears of it reads it from the database.

News are told at most once and may be lost: an open page asks by itself now and then, and often while nothing is heard.
"""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple, Protocol

from core.ids import CallBackId, TicketId

News = Mapping[str, object]
"""Numbers and names of things, never words of people."""

TICKET: Final = "ticket"
"""{"ticket": 12, "organisation": "…"}: something has happened to it; one that moved is told of under both names."""
CALL: Final = "call"
"""{"call": 7, "organisation": "…"}: somebody wants to be called back, or somebody calls, or has called."""
TYPING: Final = "typing"
"""{"ticket": 12, "organisation": "…", "member": 3, "on": true}: an operator is writing an answer, or has stopped."""


class Change(NamedTuple):
    """Something has happened to a ticket or a call; an organisation that has it, or had it before, is to hear of it."""

    topic: str
    number: int
    organisation: str


def ticket_changed(number: TicketId, organisation: str) -> Change:
    return Change(TICKET, number, organisation)


def call_changed(number: CallBackId, organisation: str) -> Change:
    return Change(CALL, number, organisation)


Changed = set[Change]
"""What a transaction has changed for desks that are open."""
DeskNews = Callable[[Changed], None]
"""Hears of it once that is committed. It neither waits nor raises."""


class Live(Protocol):
    def publish(self, topic: str, news: News) -> None:
        """Tells all processes that listen, soon. It neither waits nor raises."""
        ...

    async def listen(self, heard: Callable[[str, News], None], standing: Callable[[bool], None]) -> None:
        """Calls back with all news until it is cancelled; `standing` says whether any would be heard now."""
        ...


def tell_of(live: Live, changed: Changed) -> None:
    for change in changed:
        live.publish(change.topic, {change.topic: change.number, "organisation": change.organisation})
