"""News for open desks: what has just been changed, by number alone. Whoever hears of it reads it from the database.

News are told at most once and may be lost: an open page asks by itself now and then, and often while nothing is heard.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Final, Protocol

from core.ids import TicketId

News = Mapping[str, object]
"""Numbers and names of things, never words of people."""

TICKET: Final = "ticket"
"""{"ticket": 12, "organisation": "…"}: something has happened to it; one that moved is told of under both names."""
TYPING: Final = "typing"
"""{"ticket": 12, "organisation": "…", "member": 3, "on": true}: an operator is writing an answer, or has stopped."""


class Live(Protocol):
    def publish(self, topic: str, news: News) -> None:
        """Tells all processes that listen, soon. It neither waits nor raises."""
        ...

    async def listen(self, heard: Callable[[str, News], None], standing: Callable[[bool], None]) -> None:
        """Calls back with all news until it is cancelled; `standing` says whether any would be heard now."""
        ...


def tell_of(live: Live, changed: Iterable[tuple[TicketId, str]]) -> None:
    """Tells of tickets that something has happened to, each with an organisation that has, or had, it."""
    for ticket, organisation in changed:
        live.publish(TICKET, {"ticket": ticket, "organisation": organisation})
