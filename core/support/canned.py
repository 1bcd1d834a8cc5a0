"""Answers kept ready: what an organisation's operators write again and again, and the short answers of the city file.

A text may name facts of the city file ({phone}, {closes_day}, …: core.support.routing.FACTS): they are filled in when
it is chosen, so that they cannot grow old in two places.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from string import Formatter
from typing import Final, NewType, Protocol

from core.city import City
from core.clock import CityClock
from core.errors import NotFound, Rejected
from core.support.desk import LONGEST_ANSWER
from core.support.model import Operator, Ticket
from core.support.routing import FACTS, answer_facts, find_organisation, known_answers, organisation_named

CannedId = NewType("CannedId", int)

LONGEST_TITLE: Final = 60
MOST: Final = 200
"""Answers of one organisation: more are not found again by anybody."""


class BadCanned(Rejected):
    """No title or text, one that is too long, a {name} that is no fact, or one answer too many."""


class NotTheirsToWrite(Rejected):
    """Only who leads changes what all the others send."""


@dataclass(frozen=True, slots=True)
class Canned:
    """An answer kept ready, as it was written."""

    id: CannedId
    organisation: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Ready:
    """An answer to send, its facts filled in."""

    title: str
    text: str


class CannedStore(Protocol):
    async def of(self, organisations: frozenset[str] | None) -> Sequence[Canned]:
        """Those of the organisations, or of all, by title."""
        ...

    async def write(self, organisation: str, title: str, text: str, by: str) -> None:
        """Keeps a text under a title; it takes the place of the one that is there."""
        ...

    async def drop(self, canned: CannedId) -> None: ...


@dataclass(frozen=True)
class CannedAnswers:
    store: CannedStore
    city: City
    clock: CityClock

    async def ready(self, ticket: Ticket, language: str) -> Sequence[Ready]:
        """What may be sent for a ticket: the organisation's own, then what the city file says of the topic. A text
        that names a fact nobody knows is left out."""
        today = self.clock.today()
        organisation = organisation_named(self.city, ticket.organisation, today)
        facts = answer_facts(self.city, organisation, today)
        own = [(one.title, _filled(one.text, facts)) for one in await self.store.of(frozenset({ticket.organisation}))]
        known = known_answers(self.city, (ticket.topic, ticket.service), organisation, today, language)
        texts = [*own, *((_first_words(text), text) for text in known)]
        return [Ready(title, text) for title, text in texts if text is not None]

    async def of(self, operator: Operator) -> Sequence[Canned]:
        """All of the operator's organisations."""
        return await self.store.of(operator.organisations)

    async def write(self, operator: Operator, organisation: str, title: str, text: str) -> None:
        """Raises NotTheirsToWrite, NotFound for an organisation that is not theirs, BadCanned."""
        name = self._own(operator, organisation)
        title, text = title.strip(), text.strip()
        if not title or len(title) > LONGEST_TITLE or not text or len(text) > LONGEST_ANSWER or not _fits(text):
            raise BadCanned
        there = [one.title for one in await self.store.of(frozenset({name}))]
        if len(there) >= MOST and title not in there:
            raise BadCanned
        await self.store.write(name, title, text, operator.name)

    async def drop(self, operator: Operator, canned: CannedId) -> None:
        """Raises NotTheirsToWrite. One that is not there, or not theirs, is gone already."""
        if not operator.leads:
            raise NotTheirsToWrite
        if canned in [one.id for one in await self.of(operator)]:
            await self.store.drop(canned)

    def _own(self, operator: Operator, organisation: str) -> str:
        name = find_organisation(self.city, organisation)
        if not operator.leads:
            raise NotTheirsToWrite
        if name is None or not operator.may_see(name):
            raise NotFound
        return name


def _fits(text: str) -> bool:
    """Whether every {name} is a fact, named plainly: no format may reach into it."""
    try:
        named = [part[1:] for part in Formatter().parse(text) if part[1] is not None]
    except ValueError:
        return False
    return all(name in FACTS and not form and conversion is None for name, form, conversion in named)


def _filled(text: str, facts: dict[str, str]) -> str | None:
    try:
        return text.format_map(facts)
    except (KeyError, ValueError):
        return None


def _first_words(text: str) -> str:
    line = text.split("\n", 1)[0]
    return line if len(line) <= LONGEST_TITLE else f"{line[: LONGEST_TITLE - 1].rstrip()}…"
