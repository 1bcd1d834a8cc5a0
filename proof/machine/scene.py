"""What all rules stand on: a world, the model beside it, and what was seen after the last step."""

from collections.abc import Sequence
from typing import ClassVar, Final, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant

from core.accounts.model import AccountRef
from core.errors import TradeError
from core.ids import ChatId, MeterId, PremisesId, ProviderCode, ResidentId
from proof.machine.invariants import after_each_step
from proof.machine.model import Model
from proof.machine.things import Account, Dial, Person
from proof.machine.world import FILES, HEAT, NUMBERS, PEOPLE, WATER, World

T = TypeVar("T")

WHICH: Final = st.integers(0, 11)
"""Which of the things there are at that moment: counted round."""
FLAT: Final = st.sampled_from((0, 0, 0, 1))
"""Mostly the one where people live: what meets nobody proves little."""
PROVIDER: Final = st.sampled_from((WATER, HEAT))


class Scene(RuleBasedStateMachine):
    """`world` is given by a subclass made for it (`proof.machine.over`)."""

    world: ClassVar[World]

    def __init__(self) -> None:
        super().__init__()
        self.world.begin()
        self.model = self._model()
        self.seen = self.world.looks()

    @invariant()
    def everything_holds(self) -> None:
        """What is there now, held against the model and against what was there before."""
        self.world.steps += 1
        now = self.world.looks()
        after_each_step(self.seen, now, self.model, self.world.hasher)
        self.seen = now

    def unchanged(self) -> None:
        """What came again has changed nothing."""
        before, after = self.seen.sorted(), self.world.looks().sorted()
        changed = {name: (before[name], after[name]) for name in before if before[name] != after[name]}
        assert not changed, f"a repeated key or file changes nothing, and this has changed: {changed}"

    def expects(self, outcome: object, refusal: type[TradeError] | None) -> bool:
        """Checks what a use case has answered; whether it has done what it was asked for."""
        met = type(outcome) if isinstance(outcome, TradeError) else None
        assert met is refusal, f"{met} was answered, {refusal} expected"
        return met is None

    def _model(self) -> Model:
        world = self.world
        residents = world.fetch("SELECT id, messenger, resident_id FROM chats ORDER BY id LIMIT $1", PEOPLE)
        people = [
            Person(ChatId(row["id"]), row["messenger"], ResidentId(row["resident_id"]), f"person {number}")
            for number, row in enumerate(residents)
        ]
        premises = [PremisesId(row["id"]) for row in world.fetch("SELECT id FROM premises ORDER BY external_key")]
        accounts = [
            Account(provider, NUMBERS[provider][flat], flat, "Holder", True)
            for provider in (WATER, HEAT)
            for flat in (0, 1)
        ]
        dials = [self._dial(account) for account in accounts]
        model = Model(world.city, people, premises, accounts, dials)
        model.files = {(kind, provider): text for provider, kinds in FILES.items() for kind, text in kinds.items()}
        return model

    def _dial(self, account: Account) -> Dial:
        query = """
            SELECT meters.id, meters.number, service, last_value, last_date FROM meters
            JOIN accounts ON accounts.id = account_id WHERE accounts.number = $1"""
        (row,) = self.world.fetch(query, account.number)
        return Dial(MeterId(row["id"]), account, row["number"], row["service"], row["last_value"], row["last_date"])


def nth(things: Sequence[T], which: int) -> T:
    return things[which % len(things)]


def ref(account: Account) -> AccountRef:
    return AccountRef(ProviderCode(account.provider), account.number)


def key(account: Account) -> tuple[str, str]:
    """What a try of the account is counted under."""
    return account.provider, account.number


def resident_of(person: Person) -> ResidentId:
    assert person.resident is not None, "only residents act"
    return person.resident
