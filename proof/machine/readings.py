"""Readings: said by residents and helpers, late, doubtful, twice, by two channels; settled by operators; windows."""

import asyncio
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Final

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from core.errors import NotFound
from core.ids import ProviderCode
from core.meters.model import Claim, Reading
from core.meters.tasks import Outcome
from core.meters.use_cases import Submission, TooManyDecimals
from core.meters.windows import BadExtension, NewExtension
from core.periods import Period
from core.tasks import TaskId
from core.use_cases import UseCases
from proof.machine.model import local_day
from proof.machine.scene import FLAT, WHICH, Scene, nth, resident_of
from proof.machine.things import Confirmed, Dial, Extension, Person, Said
from proof.machine.world import BUILDINGS, HEAT, STREET, WATER

VALUE: Final = st.sampled_from(("usual", "usual", "usual", "same", "large", "below", "beyond the dial", "too fine"))
CLAIM: Final = st.sampled_from((Claim.AS_SHOWN, Claim.AS_SHOWN, *Claim))
AGO: Final = st.sampled_from((0, 0, 0, 30))
"""Hours since the message with the number was written."""
LINGERS: Final = 0.005
"""Seconds."""


def any_dial(scene: Scene) -> bool:
    return any(scene.model.dials_of(flat) for _, flat in scene.model.seeing())


class Submitting(Scene):
    @precondition(any_dial)
    @rule(who=WHICH, which=WHICH, value=st.sampled_from(("usual", "same", "large")))
    def submits(self, who: int, which: int, value: str) -> None:
        """A resident or a helper confirms a number that nobody doubts."""
        self._submits(who, which, value, Claim.AS_SHOWN, 0)

    @precondition(any_dial)
    @rule(who=WHICH, which=WHICH, value=VALUE, claim=CLAIM, ago=AGO)
    def submits_something_doubtful(self, who: int, which: int, value: str, claim: Claim, ago: int) -> None:
        """One that is doubted, with what is said of it, or one of a message that was long on its way."""
        self._submits(who, which, value, claim, ago)

    def _submits(self, who: int, which: int, value: str, claim: Claim, ago: int) -> None:
        person, dial = self._who_and_what(who, which)
        number = self._value(dial, value, ago)
        confirmed = Confirmed(f"key {next(self.model.numbers)}", person, dial, number, claim)
        at = self.world.clock.now() - timedelta(hours=ago)
        day = local_day(self.world.city, at)
        period = self.model.period_of(dial, day)
        doubtful = self.model.doubtful(dial, number, claim, period)
        fine = number != round(number, 3) and number < 100_000
        refused = TooManyDecimals if fine and claim not in {Claim.REPLACED, Claim.DIAL} else None
        outcome = self.world.does(lambda core: self._submit(core, confirmed, ago))
        if self.expects(outcome, refused):
            assert isinstance(outcome, Reading)
            assert outcome.period == period
            whom = {"owner": "an owner", "helper": "a helper"}[self.model.access(person, dial.account.flat) or ""]
            late = " for a later month" if period > Period.of(day) else ""
            self.world.meets(f"a {'doubtful' if doubtful else 'plain'} reading by {whom}{late}")
            self._said(outcome, confirmed, doubtful=doubtful)
            self.model.confirmed.append(confirmed)

    @precondition(lambda self: bool(self.model.confirmed))
    @rule(which=WHICH)
    def confirms_again(self, which: int) -> None:
        """The same key comes again, at any later time: it changes nothing, whatever is answered."""
        confirmed = nth(self.model.confirmed, which)
        if confirmed.person.resident is not None:
            self.world.does(lambda core: self._submit(core, confirmed, 0))
            self.unchanged()

    @precondition(any_dial)
    @rule(who=WHICH, which=WHICH)
    def submits_by_two_channels_at_once(self, who: int, which: int) -> None:
        """Two numbers of one meter at the same moment: both are stored, the one that was stored last is current."""
        person, dial = self._who_and_what(who, which)
        number = self._value(dial, "usual", 0)
        numbers = (number, number + 1)
        both = [Confirmed(f"key {next(self.model.numbers)}", person, dial, one, Claim.AS_SHOWN) for one in numbers]
        period = self.model.period_of(dial, local_day(self.world.city, self.world.clock.now()))
        doubtful = [self.model.doubtful(dial, one.value, one.claim, period) for one in both]
        outcomes = self.world.at_once(*(partial(self._submit_among_others, confirmed=one) for one in both))
        order = {str(row["id"]): row["seq"] for row in self.world.fetch("SELECT id, seq FROM readings")}
        stored = [
            (one, confirmed, doubt)
            for one, confirmed, doubt in zip(outcomes, both, doubtful, strict=True)
            if isinstance(one, Reading)
        ]
        assert len(stored) == 2, f"of two at once one was refused: {outcomes}"
        for one, confirmed, doubt in sorted(stored, key=lambda item: order[item[0].id]):
            self._said(one, confirmed, doubtful=doubt)
            self.model.confirmed.append(confirmed)
        self.world.meets("two channels at once")

    @precondition(lambda self: bool([one for one in self.model.dials if not one.open] and self.model.seeing()))
    @rule(who=WHICH, which=WHICH)
    def submits_for_a_closed_meter(self, who: int, which: int) -> None:
        person, _ = nth(self.model.seeing(), who)
        dial = nth([one for one in self.model.dials if not one.open], which)
        confirmed = Confirmed(f"key {next(self.model.numbers)}", person, dial, Decimal(200), Claim.AS_SHOWN)

        async def submit(core: UseCases) -> Reading:
            premises = self.model.premises[dial.account.flat]
            return await core.readings.submit(premises, dial.id, confirmed.value, _by(confirmed, None))

        self.expects(self.world.does(submit), NotFound)
        self.world.meets("a closed meter refused")
        self.unchanged()

    @precondition(lambda self: bool([one for one in self.model.readings if one.task]))
    @rule(which=WHICH, outcome=st.sampled_from(Outcome))
    def an_operator_settles_a_reading(self, which: int, outcome: Outcome) -> None:
        """An open task once; one that is settled or superseded not again."""
        said = nth([one for one in self.model.readings if one.task], which)
        self._settles(said, outcome)

    @precondition(lambda self: bool([one for one in self.model.readings if one.task == "open"]))
    @rule(which=WHICH, outcome=st.sampled_from(Outcome))
    def an_operator_settles_what_waits(self, which: int, outcome: Outcome) -> None:
        self._settles(nth([one for one in self.model.readings if one.task == "open"], which), outcome)

    @precondition(lambda self: len(self.model.extensions) < 4)
    @rule(
        days=st.integers(-1, 12),
        months=st.integers(-1, 0),
        provider=st.sampled_from((None, WATER, HEAT)),
        flat=st.one_of(st.none(), FLAT),
    )
    def an_operator_extends_a_window(self, days: int, months: int, provider: str | None, flat: int | None) -> None:
        """For all or one provider, for everybody or one house; never backwards, nor into the next window's end."""
        period = Period.of(local_day(self.world.city, self.world.clock.now())).shifted(months)
        until = period.day(25) + timedelta(days=days)
        whose = [provider] if provider else [WATER, HEAT]
        known = max(self.model.closes_on(one, None, period) for one in whose)
        fits = known < until < period.next.day(25)
        building = (STREET, BUILDINGS[flat]) if flat is not None else None
        code = ProviderCode(provider) if provider else None
        new = NewExtension(period, until, "an outage", "Operator", code, building)
        outcome = self.world.does(lambda core: core.windows.extend(new))
        if self.expects(outcome, None if fits else BadExtension):
            self.model.extensions.append(Extension(provider, period, until, flat))
            self.world.meets("a window extended")

    def _who_and_what(self, who: int, which: int) -> tuple[Person, Dial]:
        """Somebody, and an open meter of a flat that he or she sees."""
        seeing = [(one, flat) for one, flat in self.model.seeing() if self.model.dials_of(flat)]
        person, flat = nth(seeing, who)
        return person, nth(self.model.dials_of(flat), which)

    def _value(self, dial: Dial, kind: str, ago: int) -> Decimal:
        at = self.world.clock.now() - timedelta(hours=ago)
        period = self.model.period_of(dial, local_day(self.world.city, at))
        previous = self.model.previous(dial, period) or Decimal()
        return {
            "usual": previous + Decimal("1.5"),
            "same": previous,
            "large": previous + 500,
            "below": max(previous - 1, Decimal()),
            "beyond the dial": Decimal(100_001),
            "too fine": previous + Decimal("1.00005"),
        }[kind]

    async def _submit(self, core: UseCases, confirmed: Confirmed, ago: int) -> Reading:
        """As a dialog does: the flat must be there to be seen."""
        premises = self.model.premises[confirmed.dial.account.flat]
        await core.residents.flat(resident_of(confirmed.person), premises)
        at = self.world.clock.now() - timedelta(hours=ago) if ago else None
        return await core.readings.submit(premises, confirmed.dial.id, confirmed.value, _by(confirmed, at))

    async def _submit_among_others(self, core: UseCases, confirmed: Confirmed) -> Reading:
        """Ends a moment later than it might: whoever is not held back by a lock is in the middle of it."""
        reading = await self._submit(core, confirmed, 0)
        await asyncio.sleep(LINGERS)
        return reading

    def _said(self, reading: Reading, confirmed: Confirmed, *, doubtful: bool) -> None:
        status = "flagged" if doubtful else "accepted"
        assert (reading.value, reading.status) == (confirmed.value, status), "stored is what was shown and confirmed"
        day = local_day(self.world.city, reading.submitted_at)
        dial, person = confirmed.dial, confirmed.person
        key = f"{confirmed.key}:{dial.id}"
        self.model.says(Said(reading.id, key, dial, reading.period, reading.value, day, status, False, person))

    def _settles(self, said: Said, outcome: Outcome) -> None:
        (row,) = self.world.fetch("SELECT id FROM tasks WHERE reading_id = $1", said.id)
        task, was_open = TaskId(row["id"]), said.task == "open"
        answer = self.world.does(lambda core: core.tasks.settle(task, outcome, "because", "Operator"))
        if self.expects(answer, None if was_open else NotFound):
            self.world.meets(f"an operator's word on a reading: {outcome}")
            said.task = {"accept": "accepted", "decline": "declined", "close": "closed"}[outcome.value]
            if outcome is Outcome.ACCEPT:
                self.model.comes_into_force(said)
            elif outcome is Outcome.DECLINE:
                said.status = "declined"


def _by(confirmed: Confirmed, at: datetime | None) -> Submission:
    person = confirmed.person
    return Submission(
        key=confirmed.key,
        resident=resident_of(person),
        channel=person.channel,
        at=at,
        chat=person.chat,
        claim=confirmed.claim,
        note=f"{person.words} note" if confirmed.claim is not Claim.AS_SHOWN else "",
    )
