"""The gate: how many pass at once, and who is let in first."""

import asyncio

from bots.gate import Gate


async def passing(gate: Gate, rank: int, name: str, order: list[str], stay: asyncio.Event) -> None:
    async with gate.passed(rank):
        order.append(name)
        await stay.wait()


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_so_many_pass_and_the_rest_waits_by_rank_then_in_order() -> None:
    gate, order, stay = Gate(2), list[str](), asyncio.Event()
    tasks = [asyncio.create_task(passing(gate, 1, name, order, stay)) for name in ("a", "b", "c", "d")]
    await settled()
    tasks += [asyncio.create_task(passing(gate, 0, name, order, stay)) for name in ("e", "f")]
    await settled()
    assert order == ["a", "b"]
    stay.set()
    await asyncio.gather(*tasks)
    assert order == ["a", "b", "e", "f", "c", "d"]


async def test_who_leaves_while_waiting_takes_nobodys_place() -> None:
    gate, order, stay = Gate(1), list[str](), asyncio.Event()
    tasks = [asyncio.create_task(passing(gate, 0, name, order, stay)) for name in ("a", "b", "c")]
    await settled()
    tasks[1].cancel()
    stay.set()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert order == ["a", "c"]
    async with asyncio.timeout(1), gate.passed(0):
        assert True


async def test_who_is_called_off_just_as_he_is_let_in_hands_the_place_on() -> None:
    gate, order, stay = Gate(1), list[str](), asyncio.Event()
    stay.set()
    async with gate.passed(0):
        tasks = [asyncio.create_task(passing(gate, 0, name, order, stay)) for name in ("b", "c")]
        await settled()
    tasks[0].cancel()  # let in by now, and not yet told
    await asyncio.gather(*tasks, return_exceptions=True)
    assert order == ["c"]
