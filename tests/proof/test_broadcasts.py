"""The proofs of broadcasts in short, and that their books notice what is wrong. Nothing here is a matter of seconds."""

from pathlib import Path

import pytest

from proof.broadcast_kills import Found, Kills, judged, killed, lines
from proof.broadcasts import accepted, inside_floods, slowest_window
from proof.mail_town import mail_stage
from proof.stage import Town
from sandbox.telegram.limits import Limits as TelegramLimits
from sandbox.vk.limits import Limits as VkLimits
from sandbox.wire import Call


async def test_killed_again_and_again_everybody_is_told_once_or_named(place: Town, tmp_path: Path) -> None:
    limits = TelegramLimits(), VkLimits()
    async with (
        mail_stage(place, 150, tmp_path, limits, telegram=60, vk=2) as mail,
        mail.stage.replicas("worker") as (sender,),
    ):
        happened, broadcast = await killed(mail, sender, kills=3)
        found = await judged(mail, broadcast)
    assert len(happened.pauses) == 3
    assert (found.doubled, found.lost, found.untold) == (0, 0, 0)
    assert sum(found.states.values()) == 150
    assert found.states["sent"] > 100
    assert max(happened.died) <= 8


def test_whoever_was_told_twice_or_never_is_noticed() -> None:
    found = Found()
    for state, messages in (("sent", 1), ("unknown", 0), ("unknown", 1), ("blocked", 0)):
        found.judge("telegram:1", state, messages)
    assert all(line.holds for line in lines(found, Kills([1], [2.0]), 4, ""))
    for state, messages in (("sent", 2), ("sent", 0), ("waiting", 0)):
        wrong = Found()
        wrong.judge("telegram:1", state, messages)
        assert not lines(wrong, Kills([1], [2.0]), 1, "")[0].holds
    assert [line.holds for line in lines(found, Kills([9], [11.0]), 4, "")] == [True, False, False]


def call(at: float, *, accepted: bool = True, fault: str = "") -> Call:
    return Call("sendMessage", {}, {}, at, accepted=accepted, fault=fault)


def test_what_comes_while_it_was_told_to_wait_is_counted() -> None:
    flood = call(10.0, accepted=False, fault="429")
    assert inside_floods([call(9.9), flood, call(10.05), call(12.0)]) == 0
    assert inside_floods([call(9.9), flood, call(10.5), call(11.8)]) == 2
    assert inside_floods([call(1.0, accepted=False), call(1.5)]) == 1


def test_rates_are_of_what_was_taken() -> None:
    assert accepted([call(2.0), call(1.0), call(3.0, accepted=False)]) == [1.0, 2.0]
    even = [number / 30 for number in range(900)]
    assert slowest_window(even, 10) == pytest.approx(30, abs=0.2)
    gap = [*even[:300], *(moment + 5 for moment in even[300:])]
    assert slowest_window(gap, 10) == pytest.approx(15, abs=0.5)
