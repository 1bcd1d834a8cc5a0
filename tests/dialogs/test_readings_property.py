"""What is stored is what was shown and confirmed, whatever was typed."""

import asyncio
import re
from decimal import Decimal

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.core.test_numbers import PIECES
from tests.dialogs.talk import Talk
from tests.dialogs.test_random_scripts import linked
from tests.dialogs.world import COLD

TYPED = st.one_of(
    st.lists(PIECES, max_size=10).map("".join),
    st.decimals(0, 10**7, places=4).map(lambda value: f"{value:f}".replace(".", ",")),
    st.text(max_size=12),
)
SHOWN = re.compile(r"№ 41000001: ([0-9\u00a0\u202f ]+(?:,[0-9]+)?)")


def shown(talk: Talk) -> Decimal:
    """The number on the confirmation's screen, read as a person reads it."""
    found = SHOWN.search(talk.texts[-1])
    assert found is not None
    return Decimal(re.sub(r"[\u00a0\u202f ]", "", found[1]).replace(",", "."))


@settings(max_examples=250, deadline=None)
@given(TYPED, st.sampled_from(["telegram", "vk"]))
@example("12 345,6 м3", "telegram")
@example("00000104", "vk")
@example("−5", "telegram")
@example("1.234,56", "vk")
@example("104,1239", "telegram")
@example("100000", "telegram")
def test_what_is_stored_is_what_was_shown_and_confirmed(typed: str, messenger: str) -> None:
    async def script() -> None:
        talk = await linked(messenger, 1)
        await talk.press("Показания")
        await talk.say(typed)
        assert talk.world.readings.readings == []
        if talk.steps[-1] != "readings.confirm":
            return
        number = shown(talk)
        digits = [sign for sign in typed if sign in "0123456789０１２３４５６７８９"]
        assert len(number.as_tuple().digits) <= len(digits)
        await talk.press("Верно")
        assert talk.world.readings.values(COLD) == [number]

    asyncio.run(script())


@settings(max_examples=100, deadline=None)
@given(st.decimals(0, 99999, places=3), st.decimals(0, 99999, places=3), st.sampled_from(["telegram", "vk"]))
def test_a_line_stores_each_number_for_the_meter_it_was_shown_at(cold: Decimal, hot: Decimal, messenger: str) -> None:
    async def script() -> None:
        talk = await linked(messenger, 1)
        await talk.say(f"ХВС {cold:f}, ГВС {hot:f}".replace(".", ","))
        number = shown(talk)
        await talk.press("Верно")
        assert number == cold
        assert [one.value for one in talk.world.readings.readings] == [cold, hot]

    asyncio.run(script())
