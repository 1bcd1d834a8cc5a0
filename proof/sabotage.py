"""Protections taken away, and moments stretched so that what they protect from happens every time.

Each function changes one process of the product, before it serves (proof.processes.Prepare); none is for life. Some
only make a moment longer: they are for the protected side too, so that both sides differ in the protection alone.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bots.delivery import Delivery
from bots.edge import Outcome
from bots.turns import TurnRunner
from bots.vk.sending import Sender
from dialogs.ports import ChatAddress, FileContent, Incoming, OpenTurn, Outgoing
from infra.db.calls import random_id
from infra.db.inbox import PostgresInbox
from infra.db.turns import PostgresTurns

STRETCH: Final = 60.0
"""Seconds between two steps that are otherwise a moment apart: the process is killed meanwhile."""


def without_lock_and_guard() -> None:
    """Nobody waits for the turn before, and an update that is done may be done again."""
    changed = {
        "OPEN": PostgresTurns.OPEN.replace("FOR UPDATE OF chats", ""),
        "FINISH": PostgresTurns.FINISH.replace("AND done_at IS NULL", "", 1),
    }
    for name, statement in changed.items():
        assert statement != getattr(PostgresTurns, name), f"{name} has another form by now"
        setattr(PostgresTurns, name, statement)


def slow_intake() -> None:
    """An update is not written before the end of the process; whoever sent it waits."""
    honest = PostgresInbox.add

    async def add(self: PostgresInbox, updates: Sequence[Incoming]) -> Sequence[ChatAddress]:
        await asyncio.sleep(STRETCH)
        return await honest(self, updates)

    put_into(PostgresInbox, add=add)


def acknowledged_before_commit() -> None:
    """The same, but whoever sent the update has its answer already."""
    slow_intake()
    slow = PostgresInbox.add
    begun: set[asyncio.Task[Sequence[ChatAddress]]] = set()

    async def add(self: PostgresInbox, updates: Sequence[Incoming]) -> Sequence[ChatAddress]:
        begun.add(asyncio.ensure_future(slow(self, updates)))
        return [update.chat for update in updates]

    put_into(PostgresInbox, add=add)


def newest_number_only() -> None:
    """An update counts as known when its number is not greater than all before it."""
    guarded = "ON CONFLICT DO NOTHING"
    newer = "WHERE key::numeric > coalesce((SELECT max(key::numeric) FROM inbox), 0) ORDER BY place"
    assert guarded in PostgresInbox.INSERT
    PostgresInbox.INSERT = PostgresInbox.INSERT.replace("ORDER BY place", newer)


def new_random_id_each_time() -> None:
    """A send that is tried again is a new one for VK."""
    honest = Sender.send

    async def send(self: Sender, outgoing: Outgoing, file: FileContent | None, remote: str | None) -> Outcome:
        return await honest(self, replace(outgoing, random_id=random_id()), file, remote)

    put_into(Sender, send=send)


def slow_commit() -> None:
    """A turn that has ended is not committed before the end of the process."""
    honest = TurnRunner._serve

    async def serve(self: TurnRunner, turn: OpenTurn) -> Sequence[Outgoing]:
        outgoing = await honest(self, turn)
        await asyncio.sleep(STRETCH)
        return outgoing

    put_into(TurnRunner, _serve=serve)


def sent_before_commit() -> None:
    """The same, but the replies leave already."""
    honest = TurnRunner._serve

    async def serve(self: TurnRunner, turn: OpenTurn) -> Sequence[Outgoing]:
        outgoing = await honest(self, turn)
        self.deliver(outgoing)
        await asyncio.sleep(STRETCH)
        return ()

    put_into(TurnRunner, _serve=serve)


def without_regard_to_others() -> None:
    """A reply goes out though an earlier one of its chat is in the hands of another process."""
    put_into(Delivery, _others_come_first=_never)


def _never(self: Delivery, row: Outgoing) -> bool:
    return False


def put_into(kind: type, **methods: object) -> None:
    """Puts other methods into a class."""
    for name, method in methods.items():
        assert hasattr(kind, name), f"{kind.__name__} has no {name} any more"
        setattr(kind, name, method)
