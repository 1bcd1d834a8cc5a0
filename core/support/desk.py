"""Questions, the operators' side. Every act is checked here, whoever asks for it: the command line or the desk."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from core.city import City
from core.clock import CityClock
from core.errors import NotFound, Rejected
from core.ids import TicketId
from core.support.marks import mark_of
from core.support.model import (
    Author,
    Colleague,
    EventKind,
    FileId,
    Mark,
    Message,
    Operator,
    Ticket,
    TicketEvent,
    TicketFile,
    TicketStatus,
)
from core.support.ports import DeskStore, MadeFile, NewEvent, NewMessage, News, QueueFilter, QueueLine, Tally
from core.support.routing import find_organisation, organisation_named

LONGEST_ANSWER: Final = 3500
"""Signs: with its heading an answer is one message in either messenger."""


class BadAnswer(Rejected):
    """Nothing is said, or more than one message holds."""


class UnknownOrganisation(Rejected):
    """The city file knows no such organisation."""


class SaidMeanwhile(Rejected):
    """Something was said that this operator has not seen; `last` is its number."""

    def __init__(self, last: int) -> None:
        super().__init__(last)
        self.last = last


@dataclass(frozen=True)
class Dossier:
    """All of a ticket: what was said, notes included, its history, and how far each answer has come."""

    ticket: Ticket
    messages: Sequence[Message]
    events: Sequence[TicketEvent]
    marks: Mapping[int, Mark]

    @property
    def last(self) -> int:
        """Number of the newest message that either side has said; 0 when nothing was."""
        return max((one.id for one in self.messages if one.author is not Author.NOTE), default=0)


@dataclass(frozen=True)
class OperatorDesk:
    """What operators may do. A ticket of an organisation that is not theirs does not exist for them (NotFound)."""

    tickets: DeskStore
    city: City
    clock: CityClock

    async def queue(self, operator: Operator, wanted: QueueFilter) -> Sequence[QueueLine]:
        """A page of tickets of the operator's organisations alone."""
        own = operator.organisations
        if own is not None:
            asked = wanted.organisations
            wanted = replace(wanted, organisations=own if asked is None else own & asked)
        return await self.tickets.queue(wanted)

    async def tally(self, operator: Operator) -> Tally:
        """How much waits for this operator."""
        return await self.tickets.tally(operator.organisations, operator.member, self.clock.now())

    async def get(self, operator: Operator, ticket: TicketId) -> Ticket:
        """The ticket alone, held until the transaction ends."""
        return await self._take(operator, ticket)

    async def show(self, operator: Operator, ticket: TicketId) -> Dossier:
        present = await self._take(operator, ticket)
        told = await self.tickets.told(ticket)
        return Dossier(
            present,
            await self.tickets.messages(ticket),
            await self.tickets.events(ticket),
            {message: mark_of(one) for message, one in told.items()},
        )

    async def read(self, operator: Operator, ticket: TicketId) -> Ticket:
        """The operator has seen what the resident said last."""
        present = await self._take(operator, ticket)
        return await self._save(operator, replace(present, unread=False), EventKind.READ) if present.unread else present

    async def colleagues(self) -> Sequence[Colleague]:
        """Everybody who works or has worked at the desk, by name."""
        return await self.tickets.colleagues()

    async def content(self, operator: Operator, ticket: TicketId, file: FileId) -> tuple[TicketFile, bytes]:
        """A kept file. Whoever shows it sends it as a download, under its `media_type`, never as a page."""
        await self._take(operator, ticket)
        return await self.tickets.content(ticket, file)

    async def answer(  # what an answer is made of
        self,
        operator: Operator,
        ticket: TicketId,
        text: str,
        key: str,
        *,
        file: MadeFile | None = None,
        seen: int | None = None,
    ) -> Ticket:
        """Answers with a text, a file or both; the resident is told in the chat they used last.

        Whoever answers a ticket that nobody has taken up takes it up. `key` makes repeating it harmless. `seen`: the
        last message the operator knows of. Raises BadAnswer, or SaidMeanwhile when there is a newer one.
        """
        said = text.strip()
        if not (said or file) or len(said) > LONGEST_ANSWER:
            raise BadAnswer
        present = await self._take(operator, ticket)
        if await self.tickets.knows(key):
            return present
        await self._check_seen(ticket, seen)
        new = NewMessage(key, Author.OPERATOR, said, self.clock.now(), by=operator.name, made=file)
        number = await self.tickets.add(ticket, new)
        if number is None:
            return present
        held = operator.member if present.assignee is None else present.assignee
        answered = replace(
            present, status=TicketStatus.ANSWERED, due_at=None, closed_at=None, unread=False, assignee=held
        )
        await self._save(operator, answered, EventKind.ANSWERED, message=number)
        await self.tickets.tell(ticket, News.ANSWER, f"{ticket}:{number}")
        return answered

    async def note(
        self, operator: Operator, ticket: TicketId, text: str, key: str, *, file: MadeFile | None = None
    ) -> None:
        """Words for operators alone; the same key again changes nothing. Raises BadAnswer."""
        present = await self._take(operator, ticket)
        if await self._note(operator, ticket, text, key, file):
            await self._save(operator, present, EventKind.NOTED)

    async def transfer(self, operator: Operator, ticket: TicketId, organisation: str, note: str, key: str) -> Ticket:
        """Hands a ticket to another organisation with a note; its history goes with it, the resident is told. Whoever
        had taken it up has it no more.

        Raises UnknownOrganisation, also for the one that has it, or BadAnswer for an empty note.
        """
        present = await self._take(operator, ticket)
        to = find_organisation(self.city, organisation)
        if to is None or to == present.organisation:
            raise UnknownOrganisation
        await self._note(operator, ticket, note, key, None)
        desk = organisation_named(self.city, to, self.clock.today()).desk
        due = desk.answers_by(self.clock.local()) if desk else None
        moved = replace(
            present,
            organisation=to,
            status=TicketStatus.OPEN,
            due_at=due,
            closed_at=None,
            rating=None,
            unread=True,
            assignee=None,
        )
        facts = {"from": present.organisation, "to": to}
        await self._save(operator, moved, EventKind.TRANSFERRED, **facts)
        await self.tickets.tell(ticket, News.TRANSFERRED, f"{ticket}:{key}")
        return moved

    async def close(self, operator: Operator, ticket: TicketId, key: str) -> Ticket:
        """The question is answered; the resident is asked how well."""
        present = await self._take(operator, ticket)
        if present.status is TicketStatus.RESOLVED:
            return present
        at = self.clock.now()
        closed = replace(present, status=TicketStatus.RESOLVED, closed_at=at, due_at=None, unread=False)
        await self._save(operator, closed, EventKind.CLOSED)
        await self.tickets.tell(ticket, News.CLOSED, f"{ticket}:{key}")
        return closed

    async def _take(self, operator: Operator, ticket: TicketId) -> Ticket:
        present = await self.tickets.take(ticket)
        if not operator.may_see(present.organisation):
            raise NotFound
        return present

    async def _save(self, operator: Operator, ticket: Ticket, kind: EventKind, **facts: object) -> Ticket:
        await self.tickets.save(ticket, NewEvent(kind, self.clock.now(), operator.name, facts))
        return ticket

    async def _note(self, operator: Operator, ticket: TicketId, text: str, key: str, file: MadeFile | None) -> bool:
        """Whether it is new."""
        said = text.strip()
        if not said or len(said) > LONGEST_ANSWER:
            raise BadAnswer
        new = NewMessage(key, Author.NOTE, said, self.clock.now(), by=operator.name, made=file)
        return await self.tickets.add(ticket, new) is not None

    async def _check_seen(self, ticket: TicketId, seen: int | None) -> None:
        said = [one.id for one in await self.tickets.messages(ticket) if one.author is not Author.NOTE]
        if seen is not None and said and said[-1] > seen:
            raise SaidMeanwhile(said[-1])
