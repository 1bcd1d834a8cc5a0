"""A value is judged at the counter as in a chat: the same grammar, doubts, flags, period and fate."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import pytest
from hypothesis import example, given, settings

from core.accounts.model import Account
from core.clock import CityClock
from core.counter.cards import Cards
from core.counter.readings import CLAIMS, ClaimUnfit, CounterReadings, Entry
from core.counter.scope import scope_of
from core.errors import NotFound
from core.ids import AccountId, ProviderCode
from core.meters.model import Channel, Claim, Reading
from core.meters.numbers import BadNumber
from core.meters.rules import Doubt
from core.services import Service
from core.staff.looks import Looks
from core.staff.model import Look, Member, MemberId, Role
from dialogs.readings import buttons
from tests.dialogs.talk import Talk
from tests.dialogs.test_random_scripts import linked
from tests.dialogs.test_readings_property import TYPED
from tests.dialogs.world import CITY, COLD, HOT, LENINA_COLD, MORNING, TRUDA, WARMTH, World

T = TypeVar("T")


@dataclass
class FakeLookStore:
    lines: list[tuple[str, str, str]] = field(default_factory=list)

    async def record(
        self, by: str, member: MemberId | None, what: str, subject: str, facts: Mapping[str, object]
    ) -> None:
        self.lines.append((by, what, subject))

    async def page(self, *, by: str | None, what: str | None, before: int | None, limit: int) -> Sequence[Look]:
        return []


@dataclass
class FakeActor:
    names: list[str] = field(default_factory=list)

    async def act_as(self, name: str) -> None:
        self.names.append(name)


def member(*organisations: str) -> Member:
    return Member(MemberId(1), "anna", "Анна", Role.OPERATOR, frozenset(organisations) or None)


WATER, HEAT, ERKC = (member(name) for name in ("МП трест «Водоканал»", "МП трест «Теплофикация»", "ООО «ЕРКЦ»"))


@dataclass
class Counter:
    world: World
    looks: FakeLookStore = field(default_factory=FakeLookStore)
    actor: FakeActor = field(default_factory=FakeActor)

    def __post_init__(self) -> None:
        trade, clock = self.world.use_cases(), CityClock(self.world.clock, CITY.zone)
        looks = Looks(self.looks)
        accounts, nobody = self.world.accounts, None
        cards = Cards(
            nobody, accounts, trade.residents, trade.readings, trade.billing, trade.call_backs, looks, CITY, clock
        )  # type: ignore[arg-type]  # the card itself is not asked for
        self.readings = CounterReadings(cards, trade.readings, self.actor, looks, clock)


def fate(reading: Reading) -> tuple[object, ...]:
    return (reading.value, reading.period, reading.status, reading.current, reading.flags)


async def in_chat(talk: Talk, typed: str) -> str:
    """Whether it was taken for one number, for one with too many decimals, or for none."""
    await talk.press("Показания")
    await talk.say(typed)
    if talk.steps[-1] == "readings.confirm":
        return "number"
    return "decimals" if any("На счётчике столько" in label for label in talk.buttons) else "none"


async def at_the_counter(counter: Counter, typed: str) -> str:
    try:
        judged = await counter.readings.judge(WATER, TRUDA, COLD, typed)
    except BadNumber:
        return "none"
    return "decimals" if judged.check.doubt is Doubt.BEYOND_DECIMALS else "number"


@settings(max_examples=60, deadline=None)
@given(TYPED)
@example("12 345,6 м3")
@example("99")
@example("99999")
@example("100000")
@example("160")
@example("104,1239")
@example("104 53")
@example("хвс 104")
@example("−5")
def test_a_value_is_judged_at_the_counter_as_in_a_chat(typed: str) -> None:
    async def script() -> None:
        talk, counter = await linked("vk", 1), Counter(World())
        taken = await in_chat(talk, typed)
        assert await at_the_counter(counter, typed) == taken
        if taken != "number":
            return
        await talk.press("Верно")
        await counter.readings.store(WATER, TRUDA, COLD, Entry("k", typed, Channel.PHONE))
        assert [fate(one) for one in counter.world.readings.readings] == [
            fate(one) for one in talk.world.readings.readings
        ]
        mine, theirs = await counter.world.tasks.waiting(), await talk.world.tasks.waiting()
        assert [one.facts | {"channel": ""} for one in mine] == [one.facts | {"channel": ""} for one in theirs]  # type: ignore[operator]

    asyncio.run(script())


BUTTONS: Mapping[str, Claim] = {
    buttons.RIGHT_ANYWAY.id: Claim.AS_SHOWN,
    buttons.REPLACED.id: Claim.REPLACED,
    buttons.LAST_WRONG.id: Claim.LAST_WRONG,
    buttons.ROLLED_OVER.id: Claim.ROLLED_OVER,
}


@pytest.mark.parametrize("typed", ["104", "99", "100000", "99999"])
async def test_what_may_be_said_of_a_value_is_what_a_chats_buttons_say(talk: Talk, typed: str) -> None:
    judged = await Counter(World()).readings.judge(WATER, TRUDA, COLD, typed)
    await talk.press("Показания")
    await talk.say(typed)
    offered = {BUTTONS[button.press.choice] for button in talk.keyboard if button.press.choice in BUTTONS}
    assert set(judged.claims) == offered
    assert judged.claims == CLAIMS[judged.check.doubt]


async def test_the_same_form_again_stores_nothing_and_judges_nothing_anew() -> None:
    counter = Counter(World())
    first = await counter.readings.store(WATER, TRUDA, COLD, Entry("k", "99", Channel.OFFICE, Claim.REPLACED, "№ 5"))
    again = await counter.readings.store(WATER, TRUDA, COLD, Entry("k", "104", Channel.OFFICE))
    assert again == first
    assert len(counter.world.readings.readings) == 1
    assert counter.actor.names == ["Анна", "Анна"]
    assert counter.looks.lines[0] == ("anna", "reading.stored", f"flat:{TRUDA}")


@pytest.mark.parametrize(
    ("typed", "channel", "claim"),
    [
        ("104", Channel.PHONE, Claim.REPLACED),
        ("104", Channel.TELEGRAM, Claim.AS_SHOWN),
        ("104", Channel.VOICE, Claim.AS_SHOWN),
        ("99999", Channel.PHONE, Claim.DIAL),
    ],
)
async def test_nothing_is_claimed_that_a_chat_would_not_take(typed: str, channel: Channel, claim: Claim) -> None:
    counter = Counter(World())
    with pytest.raises(ClaimUnfit):
        await counter.readings.store(WATER, TRUDA, COLD, Entry("k", typed, channel, claim))
    assert counter.world.readings.readings == []


async def test_whose_charges_need_a_meter_reads_it_out() -> None:
    counter = Counter(World())
    for who, own in ((WATER, {COLD, HOT}), (HEAT, {HOT, WARMTH}), (member(), {COLD, HOT, WARMTH})):
        for meter in (COLD, HOT, WARMTH):
            if meter in own:
                await counter.readings.judge(who, TRUDA, meter, "300")
            else:
                with pytest.raises(NotFound):
                    await counter.readings.judge(who, TRUDA, meter, "300")
    for who, meter in ((ERKC, COLD), (WATER, LENINA_COLD)):
        with pytest.raises(NotFound):
            await counter.readings.judge(who, TRUDA, meter, "300")


def test_what_an_organisation_sees_follows_from_the_city_file() -> None:
    today = MORNING.date()
    water, heat, former, everybody = (scope_of(CITY, who, today) for who in (WATER, HEAT, ERKC, member()))
    assert water.read == {Service.COLD_WATER, Service.HOT_WATER}
    assert water.own == {Service.COLD_WATER, Service.WASTEWATER}
    assert heat.read == heat.own == {Service.HOT_WATER, Service.HEATING}
    assert (former.providers, former.read, former.own) == (frozenset(), frozenset(), frozenset())
    assert everybody.own == set(Service)
    account = Account(AccountId(1), ProviderCode("vodokanal"), "1", TRUDA)
    assert [scope.holds(account) for scope in (water, heat, former, everybody)] == [True, False, False, True]


def test_an_agent_in_office_sees_what_it_bills() -> None:
    then = scope_of(CITY, ERKC, MORNING.date().replace(year=2021))
    assert then.providers == {"vodokanal"}
    assert then.read == {Service.COLD_WATER, Service.HOT_WATER}
    assert then.own == frozenset(), "a meter is its provider's all the same"
