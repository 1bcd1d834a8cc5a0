"""Questions, the resident's side: who answers, what is known at once, and a ticket that is not lost."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core.city import City
from core.clock import CityClock
from core.errors import Rejected
from core.ids import ChatId, ResidentId, TicketId
from core.periods import Period
from core.services import Service
from core.support.model import Author, EventKind, FileId, Message, Owner, Ticket, TicketFile, TicketStatus, Topic
from core.support.ports import Line, NewEvent, NewMessage, NewTicket, SentFile, TicketStore, Waiting
from core.support.routing import Organisation, known_answer, organisation_for, organisation_named

LONGEST_QUESTION = 3000
MOST_FILES = 20
"""Files of one ticket: more is a flood, not a question."""
SHOWN = 30
"""Tickets in a resident's list."""
STARS = range(1, 6)


class QuestionTooLong(Rejected):
    """The question has more signs than an operator's page shows."""


class TooManyFiles(Rejected):
    """The ticket has as many files as one may have."""


class ClosedForGood(Rejected):
    """The ticket was closed so long ago that it is not opened again."""


@dataclass(frozen=True)
class Words:
    """What a resident said or sent: a text, files, or both. `key` is the idempotency key of the turn, `message` the
    messenger's name of it within the chat."""

    key: str
    text: str
    message: str | None = None
    files: tuple[SentFile, ...] = ()


@dataclass(frozen=True)
class Question:
    """A question as asked."""

    key: str
    chat: ChatId
    resident: ResidentId | None
    topic: Topic
    service: Service | None
    period: Period | None
    text: str
    message: str | None = None
    files: tuple[SentFile, ...] = ()


@dataclass(frozen=True)
class Questions:
    """What a resident may do with questions. Answering them is `core.support.desk`."""

    tickets: TicketStore
    city: City
    clock: CityClock

    def organisation(self, topic: Topic, service: Service | None, period: Period | None) -> Organisation:
        """Who answers: by the routes of the city file, with the billing agent of the period where that decides."""
        return organisation_for(self.city, topic, service, period or self.clock.period(), self.clock.today())

    def named(self, organisation: str) -> Organisation:
        """What is known today of the organisation of a ticket."""
        return organisation_named(self.city, organisation, self.clock.today())

    def known_answer(self, topic: Topic, service: Service | None, period: Period | None, language: str) -> str | None:
        """A short answer that needs nobody, if there is one."""
        organisation = self.organisation(topic, service, period)
        return known_answer(self.city, (topic, service), organisation, self.clock.today(), language)

    async def ask(self, question: Question) -> Ticket:
        """Stores the question. Raises QuestionTooLong or TooManyFiles."""
        _check(question.text, len(question.files))
        organisation = self.organisation(question.topic, question.service, question.period)
        return await self.tickets.open(
            NewTicket(
                key=question.key,
                chat=question.chat,
                resident=question.resident,
                topic=question.topic,
                organisation=organisation.name,
                text=question.text,
                at=self.clock.now(),
                service=question.service,
                period=question.period,
                due_at=self._due(organisation),
                message=question.message,
                files=question.files,
            )
        )

    async def to_fetch(self, ticket: TicketId, chat: ChatId) -> Sequence[Waiting]:
        """Files that this chat sent and that are not kept yet: a job for each."""
        return await self.tickets.waiting(ticket, chat)

    async def mine(self, owner: Owner) -> Sequence[Line]:
        """Their tickets, the newest first."""
        return await self.tickets.of(owner, SHOWN)

    async def get(self, ticket: TicketId, owner: Owner) -> Ticket:
        """Raises NotFound for a ticket that is not theirs."""
        return await self.tickets.get(ticket, owner)

    async def said(self, ticket: TicketId, owner: Owner) -> Sequence[Message]:
        """What both sides said, in order, without the operators' notes. Raises NotFound."""
        await self.tickets.get(ticket, owner)
        return [one for one in await self.tickets.messages(ticket) if one.author is not Author.NOTE]

    def may_reopen(self, ticket: Ticket) -> bool:
        if ticket.status is not TicketStatus.RESOLVED:
            return False
        closed = ticket.closed_at or ticket.opened_at
        return self.clock.now() - closed <= timedelta(days=self.city.support.reopen_days)

    async def add(self, ticket: TicketId, owner: Owner, words: Words) -> Ticket:
        """Adds to a ticket; a closed one opens. Raises NotFound, QuestionTooLong, TooManyFiles, ClosedForGood."""
        present = await self._take(ticket, owner)
        if present.status is TicketStatus.RESOLVED and not self.may_reopen(present):
            raise ClosedForGood
        _check(words.text, len(words.files) and len(words.files) + await self.tickets.count_files(ticket))
        at = self.clock.now()
        new = NewMessage(words.key, Author.RESIDENT, words.text, at, owner.chat, words.message, sent=words.files)
        if await self.tickets.add(ticket, new) is None:
            return present
        closed = present.status is TicketStatus.RESOLVED
        return await self._save(self._waiting_again(present), EventKind.REOPENED if closed else EventKind.ADDED, at)

    async def solve(self, ticket: TicketId, owner: Owner) -> Ticket:
        """The resident needs no more. Raises NotFound."""
        present = await self._take(ticket, owner)
        if present.status is TicketStatus.RESOLVED:
            return present
        at = self.clock.now()
        return await self._save(replace(present, status=TicketStatus.RESOLVED, closed_at=at), EventKind.CLOSED, at)

    async def reopen(self, ticket: TicketId, owner: Owner) -> Ticket:
        """Opens a closed ticket again. Raises NotFound or ClosedForGood."""
        present = await self._take(ticket, owner)
        if present.status is not TicketStatus.RESOLVED:
            return present
        if not self.may_reopen(present):
            raise ClosedForGood
        return await self._save(self._waiting_again(present), EventKind.REOPENED, self.clock.now())

    async def rate(self, ticket: TicketId, owner: Owner, stars: int) -> Ticket:
        """1 to 5 for a closed ticket; the last word counts. Raises NotFound, also for any other number."""
        present = await self._take(ticket, owner)
        if stars not in STARS or present.status is not TicketStatus.RESOLVED or present.rating == stars:
            return present
        rated = replace(present, rating=stars)
        await self.tickets.save(rated, NewEvent(EventKind.RATED, self.clock.now(), facts={"stars": stars}))
        return rated

    async def edit(self, chat: ChatId, message: str, text: str) -> None:
        """A message was changed in the messenger: its former words are kept. Not in a ticket: nothing."""
        if text.strip():
            await self.tickets.edit(chat, message, text[:LONGEST_QUESTION], self.clock.now())

    async def answer(self, ticket: TicketId, message: int, owner: Owner) -> Message:
        """What an operator answered. Raises NotFound."""
        await self.tickets.get(ticket, owner)
        return await self.tickets.answer(ticket, message)

    async def file(self, file: FileId, owner: Owner) -> tuple[Ticket, TicketFile]:
        """A file of a ticket that is theirs. Raises NotFound."""
        ticket, found = await self.tickets.file(file)
        return await self.tickets.get(ticket, owner), found

    async def _take(self, ticket: TicketId, owner: Owner) -> Ticket:
        await self.tickets.get(ticket, owner)
        return await self.tickets.take(ticket)

    async def _save(self, ticket: Ticket, event: EventKind, at: datetime) -> Ticket:
        await self.tickets.save(ticket, NewEvent(event, at))
        return ticket

    def _waiting_again(self, ticket: Ticket) -> Ticket:
        """An operator's turn; one that waits already keeps its place."""
        waited = ticket.status is TicketStatus.OPEN
        due = ticket.due_at if waited else self._due(self.named(ticket.organisation))
        return replace(ticket, status=TicketStatus.OPEN, due_at=due, closed_at=None, rating=None, unread=True)

    def _due(self, organisation: Organisation) -> datetime | None:
        return organisation.desk.answers_by(self.clock.local()) if organisation.desk else None


def _check(text: str, files: int) -> None:
    if len(text) > LONGEST_QUESTION:
        raise QuestionTooLong
    if files > MOST_FILES:
        raise TooManyFiles
