"""What keeps a broadcast from being told twice, and what happens without it: each test has a twin that fails.

A crash is arranged in place: the courier's process "dies" between the call and its mark, and another sender takes over.
"""

import asyncio
from collections.abc import Collection, Sequence

import pytest
from asyncpg import UniqueViolationError

from bots.telegram.courier import TelegramCourier
from core.broadcasts.model import Audience, Broadcast, Status
from core.broadcasts.ports import Wanted
from core.broadcasts.use_cases import NotDone
from core.ids import DeliveryId, MailingId
from core.periods import Period
from dialogs.mailings import Batch, Fate, Letter
from dialogs.ports import FileContent
from infra.db import audience, broadcasts
from infra.db.deliveries import PostgresDeliveries
from infra.db.leases import MINE, Lease
from sandbox.faults import accepted_then_drop
from tests.worker.office import Office

EVERYBODY = Wanted(Audience(), Period(2022, 2), "announcement", ("telegram", "vk"))


async def messages(office: Office) -> list[int]:
    """How many messages each phone has."""
    chats = office.stand.telegram_server.world.chats.values()
    return [len(chat.messages) for chat in chats]


# --- one delivery a resident


@pytest.mark.parametrize("keyed", [True, False])
async def test_the_key_of_a_delivery_lets_nobody_be_frozen_twice(office: Office, keyed: bool) -> None:
    await office.people("telegram", 2)
    broadcast = await office.broadcast()
    if not keyed:
        await office.db.execute("ALTER TABLE deliveries DROP CONSTRAINT uq_deliveries_resident_id_mailing_id_subject")
    await audience.freeze(office.db, broadcast, EVERYBODY)
    if keyed:
        with pytest.raises(UniqueViolationError):
            await audience.freeze(office.db, broadcast, EVERYBODY)
    else:
        await audience.freeze(office.db, broadcast, EVERYBODY)
    await office.db.execute("UPDATE mailings SET status = 'sending', begins_at = now(), alive_at = now()")
    async with office.sends("telegram"):
        await office.until(broadcast, Status.FINISHED)
    assert await messages(office) == ([1, 1] if keyed else [2, 2])


@pytest.mark.parametrize("held", [True, False])
async def test_started_by_two_operators_at_once_it_starts_once(
    office: Office, held: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.people("telegram", 3)
    broadcast = await office.broadcast()
    if not held:
        # Without its lock, and without the key behind it: both look, and then both go on.
        both = asyncio.Barrier(2)

        async def looks(self: broadcasts.PostgresBroadcasts, wanted: MailingId) -> Broadcast:
            found = await self.get(wanted)
            await both.wait()
            return found

        monkeypatch.setattr(broadcasts.PostgresBroadcasts, "take", looks)
        await office.db.execute("ALTER TABLE deliveries DROP CONSTRAINT uq_deliveries_resident_id_mailing_id_subject")

    async def start(who: str) -> str:
        async with office.desk() as desk:
            try:
                return (await desk.start(broadcast, who)).status.value
            except NotDone as refused:
                return refused.kind.value

    outcomes = await asyncio.gather(start("anna"), start("boris"))
    states = await office.states(broadcast)
    if held:
        assert sorted(outcomes) == ["sending", "wrong_status"]
        assert states == {"waiting": 3}
    else:
        assert outcomes == ["sending", "sending"]
        assert states == {"waiting": 6}


# --- the mark before the call


class Dies(TelegramCourier):
    """The process dies when the messenger has taken the letter, before anybody has heard of it."""

    async def carry(self, parcel: Sequence[Letter], file: FileContent | None) -> Sequence[Fate]:
        await super().carry(parcel, file)
        await asyncio.Event().wait()
        raise AssertionError("never reached")


class MarksAfterwards(PostgresDeliveries):
    """The twin: what is begun is not written down, so a crash leaves it waiting."""

    async def begin(self, batch: Batch) -> Collection[DeliveryId]:
        return set(batch.ids)


@pytest.mark.parametrize("marked", [True, False])
async def test_a_letter_is_marked_before_it_leaves(
    office: Office, marked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.mailer.ENDS_WITHIN", 0.01)
    await office.people("telegram", 1)
    broadcast = await office.started()

    def deliveries() -> PostgresDeliveries:
        made = office.deliveries()
        return made if marked else MarksAfterwards(made._engine, made._lease)

    async with office.sends("telegram", courier=Dies(office.stand.telegram), deliveries=deliveries()) as (mailer,):
        while await messages(office) == [0]:
            await asyncio.sleep(0.01)
        mailer.stop = _at_once  # type: ignore[method-assign]  # as if it was killed
    assert await messages(office) == [1]
    async with office.sends("telegram"):
        await office.until(broadcast, Status.FINISHED)
    assert await office.states(broadcast) == ({"unknown": 1} if marked else {"sent": 1})
    assert await messages(office) == ([1] if marked else [2])


async def _at_once(timeout: float) -> None:
    """How a process stops that is killed."""


# --- what is unclear


class Repeats(TelegramCourier):
    """The twin: believes that the messenger drops repeats."""

    repeats_within = 3000.0


@pytest.mark.parametrize("courier", [TelegramCourier, Repeats])
async def test_what_is_unclear_is_not_sent_again(
    office: Office, courier: type[TelegramCourier], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.mailer.UNCLEAR_AGAIN_AFTER", 0.01)
    await office.people("telegram", 1)
    office.stand.telegram_server.faults.next("sendMessage", accepted_then_drop())
    broadcast = await office.started()
    async with office.sends("telegram", courier=courier(office.stand.telegram)):
        await office.until(broadcast, Status.FINISHED)
    assert await messages(office) == ([1] if courier is TelegramCourier else [2])


# --- one sender a bot


class ForgetsItsNumber(PostgresDeliveries):
    """The twin: begins whatever it has read, whoever holds the lease."""

    BEGIN = PostgresDeliveries.BEGIN.replace(MINE, "SELECT $1::text, $2::bigint")


@pytest.mark.parametrize("kind", [PostgresDeliveries, ForgetsItsNumber])
async def test_a_sender_that_was_frozen_past_its_term_begins_nothing(
    office: Office, kind: type[PostgresDeliveries]
) -> None:
    await office.people("telegram", 1)
    broadcast = await office.started()
    token = ("telegram", "4242")
    frozen = kind(office.engine, lambda _: ("mailings:telegram:4242", 1))
    heir = Lease(office.engine, "mailings:telegram:4242")
    holding = asyncio.create_task(heir.hold(asyncio.Event().wait))  # type: ignore[arg-type]  # it waits for ever
    try:
        while heir.number is None:
            await asyncio.sleep(0.01)
        await office.db.execute("UPDATE leases SET number = 2 WHERE name = 'mailings:telegram:4242'")
        (due,) = await frozen.waiting(token, MailingId(broadcast), 0, 10)
        begun = await frozen.begin(Batch(token, MailingId(broadcast), [due.id], None))
        assert set(begun) == (set() if kind is PostgresDeliveries else {due.id})
        await office.db.execute("UPDATE deliveries SET state = 'sending'")  # the heir has begun it
        await frozen.put_back(token, [due.id], 0.0)
        assert await office.states(broadcast) == {"sending": 1}
    finally:
        holding.cancel()
        await asyncio.gather(holding, return_exceptions=True)
