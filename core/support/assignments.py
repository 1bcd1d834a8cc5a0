"""Who answers which ticket: an operator takes it up, lets go of it, or gives it to a colleague.

A ticket has one holder. Whoever takes it up says whose they believe it to be, and gets it only if that still holds: of
two who take a free ticket at once one wins, and the other is told who has it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.clock import CityClock
from core.errors import NotFound, Rejected
from core.ids import MemberId, TicketId
from core.support.model import Colleague, EventKind, Operator, Ticket
from core.support.ports import DeskStore, NewEvent


class HeldByAnother(Rejected):
    """It is not as the operator believed: `holder` has the ticket, or, with None, nobody any more."""

    def __init__(self, holder: MemberId | None) -> None:
        super().__init__(holder)
        self.holder = holder


class NotTheirsToGive(Rejected):
    """Only who leads gives tickets to others, and only somebody at the desk holds one."""


@dataclass(frozen=True)
class Assignments:
    """Every act raises NotFound for a ticket of an organisation that is not the operator's."""

    tickets: DeskStore
    clock: CityClock

    async def take_up(self, operator: Operator, ticket: TicketId, over: MemberId | None = None) -> Ticket:
        """The ticket is the operator's, if it was free, or `over` had it. Raises HeldByAnother."""
        present = await self._take(operator, ticket)
        if operator.member is None:
            raise NotTheirsToGive
        if present.assignee == operator.member:
            return present
        if present.assignee not in (None, over):
            raise HeldByAnother(present.assignee)
        return await self._save(operator, present, operator.member, EventKind.TAKEN_UP)

    async def let_go(self, operator: Operator, ticket: TicketId) -> Ticket:
        """The ticket is nobody's. Raises HeldByAnother for another's, unless the operator leads."""
        present = await self._take(operator, ticket)
        if present.assignee is None:
            return present
        if present.assignee != operator.member and not operator.leads:
            raise HeldByAnother(present.assignee)
        return await self._save(operator, present, None, EventKind.LET_GO)

    async def give(self, operator: Operator, ticket: TicketId, to: MemberId) -> Ticket:
        """The ticket is that colleague's. Raises NotTheirsToGive, or NotFound for who may not see the ticket."""
        present = await self._take(operator, ticket)
        if not operator.leads:
            raise NotTheirsToGive
        if to not in [one.id for one in await self.may_hold(present)]:
            raise NotFound
        if present.assignee == to:
            return present
        return await self._save(operator, present, to, EventKind.GIVEN)

    async def expect(self, operator: Operator, ticket: TicketId, holder: MemberId | None) -> None:
        """Holds the ticket until the transaction ends. Raises HeldByAnother, unless it is free, the operator's own,
        or that one's whom they know to have it: an answer to another's ticket is given knowingly."""
        present = await self._take(operator, ticket)
        if present.assignee not in (None, operator.member, holder):
            raise HeldByAnother(present.assignee)

    async def may_hold(self, ticket: Ticket) -> Sequence[Colleague]:
        """Who may answer it."""
        return [one for one in await self.tickets.colleagues() if one.may_see(ticket.organisation)]

    async def _take(self, operator: Operator, ticket: TicketId) -> Ticket:
        present = await self.tickets.take(ticket)
        if not operator.may_see(present.organisation):
            raise NotFound
        return present

    async def _save(self, operator: Operator, ticket: Ticket, to: MemberId | None, kind: EventKind) -> Ticket:
        held = replace(ticket, assignee=to)
        facts: dict[str, object] = {"to": to} if kind is EventKind.GIVEN else {}
        if ticket.assignee is not None:
            facts["from"] = ticket.assignee
        await self.tickets.save(held, NewEvent(kind, self.clock.now(), operator.name, facts))
        return held
