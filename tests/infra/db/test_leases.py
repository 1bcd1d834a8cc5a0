"""Leases: one holder at a time, and none for ever."""

import asyncio

from sqlalchemy.ext.asyncio import AsyncEngine

from infra.db.leases import while_leased


async def held_by(engine: AsyncEngine, holding: list[str], who: str) -> None:
    async def work() -> None:
        holding.append(who)
        try:
            await asyncio.Event().wait()
        finally:
            holding.remove(who)

    await while_leased(engine, "poll:telegram:1", work)


async def until_holds(holding: list[str], who: str) -> None:
    async with asyncio.timeout(10):
        while holding != [who]:
            await asyncio.sleep(0.02)


async def test_a_lease_is_held_by_one_at_a_time_and_goes_on_to_the_next(engine: AsyncEngine) -> None:
    holding: list[str] = []
    first = asyncio.create_task(held_by(engine, holding, "first"))
    await until_holds(holding, "first")
    second = asyncio.create_task(held_by(engine, holding, "second"))
    await asyncio.sleep(1.5)
    assert holding == ["first"]
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    await until_holds(holding, "second")
    second.cancel()
    await asyncio.gather(second, return_exceptions=True)


async def test_a_lease_given_up_can_be_taken_again_in_the_same_process(engine: AsyncEngine) -> None:
    holding: list[str] = []
    for who in ("one", "two", "three"):
        task = asyncio.create_task(held_by(engine, holding, who))
        await until_holds(holding, who)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
