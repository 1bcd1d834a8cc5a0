"""Chats to talk in: one that has never been here, and one whose flat is linked."""

import json
from pathlib import Path

import pytest

from tests.dialogs.talk import Talk
from tests.dialogs.world import CODES, NUMBERS, TRUDA_WATER, World


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def stranger(world: World) -> Talk:
    """Writes for the first time."""
    return Talk(world)


@pytest.fixture
async def agreed(stranger: Talk) -> Talk:
    """Has given consent, nothing more."""
    await stranger.say("начать")
    await stranger.press("Согласен")
    return stranger


@pytest.fixture
async def talk(agreed: Talk) -> Talk:
    """Has linked the flat in Труда street and is at the menu."""
    await agreed.press("Привязать")
    await agreed.say(NUMBERS[TRUDA_WATER])
    await agreed.say(CODES[TRUDA_WATER])
    await agreed.press("Верно")
    return agreed


@pytest.fixture(scope="session")
def sessions() -> dict[str, object]:
    """One saved trail entry for every step, by its name."""
    saved = json.loads(Path(__file__).with_name("sessions.json").read_text("utf-8"))
    assert isinstance(saved, dict)
    return saved
