"""The demo's stand-ins forget everything at a stop; the product does not."""

from datetime import UTC, datetime, timedelta

import pytest

from cli import demo


async def first_update(moment: float, monkeypatch: pytest.MonkeyPatch) -> int:
    """The id of the first update after a start at that second of the real clock."""
    monkeypatch.setattr("time.time", lambda: moment)
    telegram = demo.stand_ins(lambda: datetime(2022, 2, 16, tzinfo=UTC)).telegram
    assert telegram is not None
    await telegram.phone(7).say("меню")
    (update,) = await telegram.world.updates.poll(0, 1, 0, [])
    return int(str(update["update_id"]))


async def test_update_ids_go_on_rising_after_a_restart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the inbox would take the first words after a restart for those it has served long ago."""
    start = datetime(2026, 11, 25, tzinfo=UTC)
    before = await first_update(start.timestamp(), monkeypatch)
    after = await first_update((start + timedelta(seconds=1)).timestamp(), monkeypatch)
    assert after > before
