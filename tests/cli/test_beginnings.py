"""A process is ready when it hears, or when a messenger has been away for long enough."""

import pytest

from cli.beginnings import Beginnings, NotBegun


async def test_readiness_waits_for_every_way_in() -> None:
    beginnings = Beginnings()
    telegram, vk = beginnings.announce("telegram"), beginnings.announce("vk")
    telegram()
    with pytest.raises(NotBegun):
        await beginnings.all_begun()
    vk()
    await beginnings.all_begun()


async def test_a_messenger_that_is_away_does_not_hold_readiness_for_ever() -> None:
    beginnings = Beginnings(patience=0.0)
    beginnings.announce("telegram")
    await beginnings.all_begun()


async def test_who_only_serves_is_ready_at_once() -> None:
    await Beginnings().all_begun()
