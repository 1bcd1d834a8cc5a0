"""What sessions remember: one saved example of every step, loaded by the code of today."""

import dataclasses
import json
from decimal import Decimal
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ids import MeterId, PremisesId, ProviderCode
from core.link_settings import Fact
from core.periods import Period
from core.services import Service
from core.support.model import Topic
from dialogs.linking_proof import AskFact
from dialogs.questions import AskQuestion
from dialogs.readings import ConfirmLine, ConfirmReading
from dialogs.session import LONGEST_TRAIL, Session, dump, load
from dialogs.settings import Settings
from dialogs.step import Step
from tests.dialogs.talk import Talk
from tests.dialogs.world import MORNING


def state(*trail: object) -> dict[str, object]:
    return {"rev": 4, "page": 0, "offered": {}, "trail": list(trail), "saved": MORNING.isoformat()}


def test_every_step_has_a_saved_example(sessions: dict[str, object]) -> None:
    """A new step: add an example to sessions.json. Examples of today's steps are never changed, only added to."""
    assert sorted(sessions) == sorted(Step.registry)


@pytest.mark.parametrize("name", sorted(Step.registry))
def test_the_saved_example_loads_and_is_saved_alike(name: str, sessions: dict[str, object]) -> None:
    loaded = load(state(sessions[name]), MORNING)
    assert [step.name for step in loaded.trail] == [name]
    saved = cast("list[object]", json.loads(json.dumps(dump(loaded, MORNING)))["trail"])
    assert saved == [sessions[name]]


@pytest.mark.parametrize("name", sorted(Step.registry))
def test_the_saved_example_has_a_value_in_every_field(name: str, sessions: dict[str, object]) -> None:
    entry = cast("dict[str, dict[str, object]]", sessions[name])
    known = {one.name for one in dataclasses.fields(Step.registry[name])}  # type: ignore[arg-type]  # a dataclass
    assert set(entry["data"]) == known


@pytest.mark.parametrize("name", sorted(Step.registry))
async def test_a_conversation_goes_on_from_the_saved_example(
    name: str, sessions: dict[str, object], talk: Talk
) -> None:
    talk.state = state(sessions["home"], *([sessions[name]] if name != "home" else []))
    await talk.say("?!")
    assert talk.text
    await talk.say("меню")
    assert talk.steps == ["home"]


STEPS = st.one_of(
    st.builds(Settings),
    st.builds(
        ConfirmReading,
        st.integers(1, 10**9).map(PremisesId),
        st.integers(1, 10**9).map(MeterId),
        st.decimals(0, 10**9 - 1, places=6, allow_nan=False),
    ),
    st.builds(
        ConfirmLine,
        st.integers(1, 10**9).map(PremisesId),
        st.dictionaries(st.integers(1, 10**9).map(MeterId), st.decimals(0, 10**9 - 1, places=3), max_size=5),
    ),
    st.builds(
        AskFact,
        st.just(ProviderCode("vodokanal")),
        st.text(max_size=40),
        st.dictionaries(st.sampled_from(Fact), st.text(max_size=40), max_size=2),
        st.sampled_from(Fact),
    ),
    st.builds(
        AskQuestion,
        st.sampled_from(Topic),
        st.none() | st.sampled_from(Service),
        st.none() | st.builds(Period, st.integers(1, 9998), st.integers(1, 12)),
    ),
)


@given(st.lists(STEPS, min_size=1, max_size=LONGEST_TRAIL), st.integers(0, 2**53 - 1), st.integers(0, 99))
def test_what_is_saved_is_what_is_loaded(trail: list[Step], rev: int, page: int) -> None:
    session = Session(tuple(trail), {"right": "", "skip": "пропустить"}, rev, page)
    assert load(json.loads(json.dumps(dump(session, MORNING), sort_keys=True)), MORNING) == session


def test_a_long_trail_keeps_its_end() -> None:
    trail = tuple(ConfirmReading(PremisesId(1), MeterId(number), Decimal(5)) for number in range(1, 30))
    assert load(dump(Session(trail), MORNING), MORNING).trail == trail[-LONGEST_TRAIL:]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
        max_leaves=12,
    )
)
def test_no_json_breaks_the_loading(value: object) -> None:
    for broken in (value, state(value), {**state(), "offered": value}, {**state(), "trail": value, "rev": value}):
        load(broken, MORNING)  # type: ignore[arg-type]  # what a database may hold is not typed


def test_a_step_cannot_remember_what_json_cannot() -> None:
    @dataclasses.dataclass(frozen=True)
    class Remembers:
        name = "test.only"
        value: object = 1.5

    with pytest.raises(TypeError, match="cannot remember a float"):
        dump(Session((cast("Step", Remembers()),)), MORNING)


def test_two_steps_never_share_a_name() -> None:
    with pytest.raises(ValueError, match="two steps are called home"):
        type("Another", (Step,), {"name": "home"})
