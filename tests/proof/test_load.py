"""The proofs by load in short, and that their books notice what is missing. Nothing here is a matter of seconds."""

import pytest

from proof.backlog import drain_backlog, fill
from proof.load import Load, run_load, serving_stage
from proof.stage import Stage, Town
from proof.waits import busiest_second, measured, p99
from proof.webhooks import answered_in_time
from sandbox.vk.server import VkServer
from sandbox.wire import Call


async def test_a_crowd_in_an_open_loop_is_served_and_answered_within_the_limits(place: Town) -> None:
    async with serving_stage(place) as serving:
        found = await run_load(serving, Load(rate=40, seconds=2, drain=60, people=16), "short", warm_up=0.5)
    assert found.sent == found.waits.updates == len(found.waits.turns) == 80
    assert found.readings > 0
    assert found.drained is not None
    assert (found.waits.lost, found.waits.failed, found.waits.copies) == (0, 0, 0)
    assert len(found.waits.replies) >= 80
    assert 0 < found.busiest <= 20


async def test_a_backlog_is_drained_whole(stage: Stage) -> None:
    drained, whole = await drain_backlog(stage, 300, within=60, said="")
    assert drained.holds, drained
    assert whole.holds, whole


async def test_every_200_of_a_webhook_has_its_row(stage: Stage) -> None:
    _in_time, stored = await answered_in_time(stage, rate=40, seconds=1.0, said="")
    assert stored.holds, stored
    assert stored.measured == "0 of 40"


async def test_updates_without_a_turn_and_replies_that_never_came_are_noticed(stage: Stage) -> None:
    await fill(stage, 6)
    waits = await measured(stage)
    assert (waits.updates, waits.undone, waits.lost) == (6, 6, 6)
    await _answer(stage, random_id=5)
    waits = await measured(stage)
    assert (waits.undone, waits.unsent, waits.copies) == (5, 1, 0)


async def test_a_reply_that_came_twice_is_noticed(stage: Stage) -> None:
    await fill(stage, 2)
    await _answer(stage, random_id=5)
    for _ in range(2):
        stage.vk.calls.append(_call("messages.send", stage.vk.world.clock(), accepted=True))
    waits = await measured(stage)
    assert (waits.unsent, waits.copies, len(waits.replies)) == (0, 1, 1)


async def test_the_busiest_second_slides_and_counts_an_execute_once() -> None:
    vk = VkServer("token", 77)
    vk.calls += [
        *(_call("messages.send", 0.95 + number / 100) for number in range(10)),
        _call("execute", 1.5),
        *(_call("messages.send", 1.5, version=False) for _ in range(25)),
        _call("execute", 1.951),
    ]
    assert busiest_second(vk) == 11


def test_ninety_nine_of_a_hundred() -> None:
    assert p99([]) == 0.0
    assert p99([3.0]) == 3.0
    assert p99([float(number) for number in range(1, 1001)]) == pytest.approx(990, abs=1)


def _call(method: str, at: float, *, version: bool = True, accepted: bool = False) -> Call:
    params: dict[str, object] = {"random_id": 5, **({"v": "5.199"} if version else {})}
    return Call(method, params, {}, at, accepted=accepted)


async def _answer(stage: Stage, random_id: int) -> None:
    """One of VK's updates has had its turn, with one reply."""
    await stage.fetch(
        """WITH one AS (
            UPDATE inbox SET done_at = clock_timestamp()
            WHERE id = (SELECT id FROM inbox ORDER BY messenger DESC, id LIMIT 1) RETURNING messenger, bot, peer, key
        ) INSERT INTO outbox (messenger, bot, peer, method, params, random_id, leased_until, turn, sent_at)
        SELECT 'vk', bot, peer, 'messages.send', '{}', $1, clock_timestamp(), key, clock_timestamp() FROM one""",
        random_id,
    )
