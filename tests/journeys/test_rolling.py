"""Processes restarted one after another while people write: nothing lost, nothing doubled, nobody waits long."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from infra.embedded import Servers
from proof.report import Progress
from proof.rolling import ANSWERED_WITHIN, BY_POLLING, BY_WEBHOOK, ENDS_WITHIN, rolled, rolling_stage
from proof.stage import Town, filled_town
from proof.waits import p99

PEOPLE = 8
RATE = 10.0


@pytest.fixture(scope="module")
async def place(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    folder: Path = tmp_path_factory.mktemp("rolling")
    async with filled_town(servers, folder, 6 * PEOPLE) as made:
        yield made


@pytest.mark.parametrize("polls", [False, True], ids=["webhooks", "polling"])
async def test_a_rolling_restart_is_not_noticed(place: Town, polls: bool) -> None:
    async with rolling_stage(place, polls=polls) as stage:
        roles = BY_POLLING if polls else BY_WEBHOOK
        found = await rolled(stage, roles, 1, Progress("rolling", len(roles)), PEOPLE, RATE)
    assert found.unanswered == []
    assert found.settled
    assert (found.effects.lost, found.effects.doubled, found.effects.about) == (0, 0, ())
    assert (found.replies.lost, found.replies.telegram_copies, found.replies.vk_copies) == (0, 0, 0)
    assert [code for _, code in found.ends] == [0] * len(roles)
    assert max(seconds for seconds, _ in found.ends) <= ENDS_WITHIN
    assert p99(found.waits) <= ANSWERED_WITHIN
    assert found.effects.updates > 50
