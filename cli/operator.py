"""`vodoteplo operator …`: questions of residents, listed and answered."""

from functools import partial

from cli.base import Base, run_with_base
from cli.refusal import refuse
from core.errors import NotFound
from infra.db.desk import answer_ticket, open_tickets

LONGEST_ANSWER = 3500


def run_tickets() -> None:
    run_with_base(_tickets)


async def _tickets(ground: Base) -> None:
    async with ground.database() as engine:
        waiting = await open_tickets(engine)
    if not waiting:
        print("No question waits for an answer.")
    for ticket, text in waiting:
        asked = ticket.opened_at.astimezone(ground.city.zone)
        print(f"№ {ticket.id}  {asked:%d.%m.%Y %H:%M}  {ticket.organisation}  ({ticket.topic.value})\n    {text}")


def run_answer(ticket: int, text: str) -> None:
    if not text.strip() or len(text) > LONGEST_ANSWER:
        refuse([f"the answer must have 1 to {LONGEST_ANSWER} characters"])
    run_with_base(partial(_answer, ticket=ticket, text=text))


async def _answer(ground: Base, *, ticket: int, text: str) -> None:
    async with ground.database() as engine:
        try:
            await answer_ticket(engine, ticket, text.strip(), ground.clock.now())
        except NotFound:
            refuse([f"there is no question № {ticket}"])
    print(f"№ {ticket}: the answer is on its way.")
