"""Extensions of windows: for whom, by which spelling of a house, and what is refused."""

from datetime import date

import pytest
from asyncpg import Connection

from core.errors import NotFound
from core.ids import PremisesId
from core.meters.windows import BadExtension, ExtensionProblem, NewExtension
from core.periods import Period
from core.use_cases import UseCases
from tests.conftest import FakeClock
from tests.infra.db.story import FEBRUARY, TEPLOFIKACIYA, VODOKANAL, Story

UNTIL = date(2022, 2, 28)
HOUSES = {
    "14": "магнитогорск|улица труда|14|",
    "1": "магнитогорск|улица труда|1|",
    "14а": "магнитогорск|улица труда|14а|",
}


async def flat(db: Connection, story: Story, house: str, unit: str) -> PremisesId:
    made = await story.premises(f"{house}-{unit}")
    key = HOUSES[house] + unit
    await db.execute("UPDATE premises SET address_key = $2, building = $3 WHERE id = $1", made, key, house)
    return made


def extension(**more: object) -> NewExtension:
    given: dict[str, object] = {"period": FEBRUARY, "until": UNTIL, "reason": "авария", "made_by": "anna", **more}
    return NewExtension(**given)  # type: ignore[arg-type]  # fields by name


async def test_without_an_extension_the_city_file_decides(use_cases: UseCases, story: Story) -> None:
    window = await use_cases.windows.at(VODOKANAL, await story.premises())
    assert (window.period, window.closes_on, window.extended) == (FEBRUARY, date(2022, 2, 25), False)


async def test_an_extension_for_everybody_is_for_every_flat_and_provider(use_cases: UseCases, story: Story) -> None:
    await use_cases.windows.extend(extension())
    for provider in (VODOKANAL, TEPLOFIKACIYA):
        for premises in (await story.premises(f"{provider}"), None):
            window = await use_cases.windows.at(provider, premises)
            assert (window.closes_on, window.extended) == (UNTIL, True)
    ((window, providers),) = await use_cases.windows.of_providers()
    assert (window.closes_on, providers) == (UNTIL, (VODOKANAL, TEPLOFIKACIYA))


async def test_an_extension_of_a_house_is_for_its_flats_alone(
    use_cases: UseCases, db: Connection, story: Story
) -> None:
    inside = [await flat(db, story, "14", unit) for unit in ("1", "27", "")]
    outside = [await flat(db, story, house, "1") for house in ("1", "14а")]
    _, building = await use_cases.windows.extend(extension(building=("улица Труда", "д. 14"), provider=VODOKANAL))
    assert building is not None
    assert (building.key, building.flats) == (HOUSES["14"], 3)
    for premises in inside:
        assert (await use_cases.windows.at(VODOKANAL, premises)).closes_on == UNTIL
        assert not (await use_cases.windows.at(TEPLOFIKACIYA, premises)).extended
    for other in (*outside, None):
        assert not (await use_cases.windows.at(VODOKANAL, other)).extended


async def test_a_house_is_found_by_any_spelling(use_cases: UseCases, db: Connection, story: Story) -> None:
    await flat(db, story, "14а", "1")
    for street, house in (("ул. Труда", "14 А"), ("Труда улица", "14а"), ("УЛИЦА  ТРУДА", "дом 14а")):
        _, building = await use_cases.windows.extend(extension(building=(street, house), until=UNTIL))
        assert building is not None
        assert building.key == HOUSES["14а"]


async def test_a_house_nobody_lives_in_is_refused(use_cases: UseCases) -> None:
    with pytest.raises(NotFound):
        await use_cases.windows.extend(extension(building=("улица Труда", "99")))


@pytest.mark.parametrize(
    ("until", "reason", "problem"),
    [
        (date(2022, 2, 25), "авария", ExtensionProblem.NOT_LATER),
        (date(2021, 2, 28), "авария", ExtensionProblem.NOT_LATER),
        (date(2022, 3, 25), "авария", ExtensionProblem.TOO_LATE),
        (date(2032, 2, 28), "авария", ExtensionProblem.TOO_LATE),
        (UNTIL, "  ", ExtensionProblem.NO_REASON),
    ],
)
async def test_a_day_that_makes_no_sense_is_refused(
    use_cases: UseCases, until: date, reason: str, problem: ExtensionProblem
) -> None:
    with pytest.raises(BadExtension) as refused:
        await use_cases.windows.extend(extension(until=until, reason=reason))
    assert refused.value.problem is problem
    assert await use_cases.windows.listed() == []


async def test_an_extension_is_extended_further_never_shortened(use_cases: UseCases) -> None:
    await use_cases.windows.extend(extension())
    with pytest.raises(BadExtension):
        await use_cases.windows.extend(extension(until=date(2022, 2, 27)))
    await use_cases.windows.extend(extension(until=date(2022, 3, 2)))
    assert [one.until for one in await use_cases.windows.listed()] == [date(2022, 3, 2), UNTIL]


async def test_the_month_before_stays_open_as_long_as_it_is_extended(use_cases: UseCases, clock: FakeClock) -> None:
    await use_cases.windows.extend(extension(until=date(2022, 3, 2)))
    clock.move(days=14)
    window = await use_cases.windows.at(VODOKANAL)
    assert (window.period, window.closes_on, window.late) == (FEBRUARY, date(2022, 3, 2), False)
    clock.move(days=1)
    assert (await use_cases.windows.at(VODOKANAL)).period == Period(2022, 3)
