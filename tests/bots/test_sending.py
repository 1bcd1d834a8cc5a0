"""The switch of sending, as a process sees it, and what obeys it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bots.delivery import Bounds, Delivery
from bots.intake import Intake
from bots.pace import Pace
from bots.sending import Sending
from dialogs.ports import ChatAddress
from tests.bots.fakes import BOT, FakeDatabase, FakeEdge, FakeFiles, FakeOutbox, outgoing, until


class Switch:
    """What the database says, when it says anything."""

    def __init__(self, on: bool = True) -> None:
        self.on = on
        self.away = False
        self.sending = Sending(self.ask, look_every=0.01)

    async def ask(self) -> bool:
        if self.away:
            raise ConnectionError
        return self.on


@asynccontextmanager
async def looked_at(switch: Switch) -> AsyncIterator[Sending]:
    task = asyncio.create_task(switch.sending.run())
    yield switch.sending
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_nothing_leaves_before_the_switch_was_seen() -> None:
    switch = Switch()
    switch.away = True
    assert not switch.sending.is_on()
    async with looked_at(switch) as sending:
        await asyncio.sleep(0.05)
        assert not sending.is_on()
        switch.away = False
        await until(sending.is_on)


@pytest.mark.parametrize("on", [True, False])
async def test_while_the_database_is_away_the_switch_is_as_it_was(on: bool) -> None:
    switch = Switch(on)
    await switch.sending.look()
    switch.away, switch.on = True, not on
    await switch.sending.look()
    assert switch.sending.is_on() is on


async def test_work_runs_while_it_is_on_and_begins_anew() -> None:
    switch, begun, ended = Switch(on=False), [], []

    async def work() -> None:
        begun.append(1)
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(1)

    async with looked_at(switch) as sending:
        task = asyncio.create_task(sending.while_on(work))
        await asyncio.sleep(0.05)
        assert begun == []
        switch.on = True
        await until(lambda: len(begun) == 1)
        switch.on = False
        await until(lambda: len(ended) == 1)
        switch.on = True
        await until(lambda: len(begun) == 2)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert len(ended) == 2


async def test_work_that_ends_is_not_begun_again_and_its_failure_is_heard() -> None:
    switch, done = Switch(), []
    await switch.sending.look()

    async def work() -> None:
        done.append(1)

    async def fails() -> None:
        raise ZeroDivisionError

    await switch.sending.while_on(work)
    assert done == [1]
    with pytest.raises(ZeroDivisionError):
        await switch.sending.while_on(fails)


async def test_calls_stay_in_the_outbox_while_it_is_off_and_leave_afterwards() -> None:
    on = False
    outbox, edge = FakeOutbox(), FakeEdge()

    async def speaks(_chat: ChatAddress) -> str:
        return "ru"

    delivery = Delivery(
        *(outbox, FakeFiles(), {BOT: edge}, Pace(), speaks),
        bounds=Bounds(sweep_every=0.02),
        may_send=lambda: on,
    )
    outbox.left_behind(outgoing(1, 1), outgoing(2, 2))
    running = asyncio.create_task(delivery.run())
    delivery.accept([outgoing(2, 2)])
    await asyncio.sleep(0.2)
    assert edge.sent == []
    assert outbox.rows[1][0].attempt == 1, "leasing it again and again would count as tries"
    on = True
    await until(lambda: {row.id for row in edge.sent} == {1, 2})
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_presses_are_not_acknowledged_while_it_is_off() -> None:
    on, edge = False, FakeEdge()
    intake = Intake(FakeDatabase(), edge, may_send=lambda: on)
    await intake.take(['{"peer": 1, "key": "a"}'])
    await intake.close(1.0)
    assert edge.acknowledged == []
    on = True
    await intake.take(['{"peer": 1, "key": "b"}'])
    await intake.close(1.0)
    assert edge.acknowledged == ['{"peer": 1, "key": "b"}']
