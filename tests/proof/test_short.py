"""The proofs by kills in short: a few hundred updates; `make proof` makes them by the thousand."""

from proof.exactly_once import killed
from proof.order import line, ordered
from proof.report import Progress
from proof.stage import Stage


async def test_updates_take_effect_once_and_are_answered_under_kills(stage: Stage) -> None:
    found = await killed(stage, updates=300, kills=10, people=20, progress=Progress("short", 300))
    assert found.settled
    assert found.unanswered == ()
    assert found.effects.about == ()
    assert (found.effects.updates, found.kills) == (300, 10)
    assert found.twice >= 3
    assert found.by_both >= 1
    assert (found.replies.screens, found.replies.lost, found.replies.vk_copies) == (300, 0, 0)
    assert found.replies.unexplained == 0


async def test_a_chat_keeps_its_order_in_four_processes_under_kills(stage: Stage) -> None:
    found = await ordered(stage, chats=10, updates=20, kills=4, progress=Progress("short", 200))
    assert line(found, "").holds, found
