"""Questions: who answers, and a ticket that is not lost."""

from dataclasses import dataclass

from core.city import City
from core.clock import CityClock
from core.errors import Rejected
from core.ids import ChatId, ResidentId, TicketId
from core.periods import Period
from core.services import Service
from core.support.model import Ticket, Topic
from core.support.ports import NewTicket, TicketStore

LONGEST_QUESTION = 3000


class QuestionTooLong(Rejected):
    """The question has more signs than an operator's page shows."""


@dataclass(frozen=True)
class Organisation:
    """Who answers; the phone is None where the city file knows none."""

    name: str
    phone: str | None


@dataclass(frozen=True)
class Question:
    """A question as asked. `key` is the idempotency key of the turn."""

    key: str
    chat: ChatId
    resident: ResidentId | None
    topic: Topic
    service: Service | None
    period: Period | None
    text: str


@dataclass(frozen=True)
class Questions:
    """Takes questions in. Answering them is the operators' desk (infra.db.desk)."""

    tickets: TicketStore
    city: City
    clock: CityClock

    def organisation(self, service: Service | None, period: Period | None) -> Organisation:
        """Who answers for a service in a period: the billing agent of that time, else the provider itself.

        Questions on water charges before January 2022 go to the agent that billed them (city file, billing_agents).
        """
        call_centre = self.city.phones.call_centre
        if service is None:
            return Organisation(self.city.providers[0].name, call_centre)
        day = (period or self.clock.period()).first_day
        agent = self.city.agent_on(service, day)
        if agent is not None and not self.city.billed_by_provider(service, day):
            return Organisation(agent.name, agent.phone)
        return Organisation(self.city.provider_of(service).name, call_centre)

    async def ask(self, question: Question) -> Ticket:
        """Stores the question. Raises QuestionTooLong."""
        if len(question.text) > LONGEST_QUESTION:
            raise QuestionTooLong
        organisation = self.organisation(question.service, question.period)
        return await self.tickets.open(
            NewTicket(
                key=question.key,
                chat=question.chat,
                resident=question.resident,
                topic=question.topic,
                organisation=organisation.name,
                text=question.text,
                at=self.clock.now(),
            )
        )

    async def answer_text(self, ticket: TicketId, message: int) -> str:
        """What an operator answered. Raises NotFound."""
        return await self.tickets.message_text(ticket, message)
