"""Each protection taken away makes its proof fail, and with it the same scene is sound."""

import pytest

from proof.stage import Town
from proof.twins import TWINS, played


@pytest.mark.parametrize("name", TWINS)
async def test_a_promise_is_kept_by_its_protection_and_by_nothing_else(name: str, place: Town) -> None:
    twin = TWINS[name]
    assert await played(place, twin, protected=True) == ""
    assert twin.broken.search(await played(place, twin, protected=False))
