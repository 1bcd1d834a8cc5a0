"""One hasty person in short, and the twin: without a pace of each chat the bot is stopped for all."""

from dataclasses import replace
from pathlib import Path

import pytest

from infra.paths import DEFAULT_CITY
from proof.hasty import hurried
from proof.stage import Town, staged
from sandbox.telegram.limits import Limits

HARD = replace(Limits(), per_chat_burst=15)
"""One more than two processes may say there at once (tests/bots/test_chat_pace.py): it is over soon."""


def city_without_a_pace(folder: Path) -> Path:
    text = DEFAULT_CITY.read_text("utf-8")
    assert "chat_per_second = 1 " in text
    for beside in DEFAULT_CITY.parent.glob("magnitogorsk.*.toml"):
        (folder / beside.name).write_bytes(beside.read_bytes())
    file = folder / DEFAULT_CITY.name
    file.write_text(text.replace("chat_per_second = 1 ", "chat_per_second = 1000 "), "utf-8")
    return file


@pytest.mark.parametrize("paced", [True, False], ids=["protected", "twin"])
async def test_one_hasty_person_stops_nobody(
    paced: bool, place: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("proof.hasty.HASTE", 40.0)
    async with staged(place, HARD) as stage:
        without = stage.settings.model_copy(update={"city": city_without_a_pace(tmp_path)})
        found = await hurried(stage if paced else replace(stage, settings=without), 26, 2.0, people=5)
    assert (found.refused == 0) == paced
    assert found.settled
    assert (found.hasty, found.got) == (26, 26)
