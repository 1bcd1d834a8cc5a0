"""A step of a conversation: a frozen value that can show itself and answer an event. It sends nothing.

A step's fields are ids and typed-in values, never facts: `show` reads facts afresh whenever the step is drawn.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Protocol

from core.accounts.model import Resident
from core.accounts.residents import Flat
from core.city import City
from core.clock import CityClock
from core.errors import NotFound
from core.ids import ChatId, PremisesId
from core.messengers import PersonalData
from core.meters.model import Channel
from core.use_cases import UseCases
from dialogs.event import Event
from dialogs.screen import Screen, Text, Translator


class StartJob(Protocol):
    async def __call__(self, name: str, payload: Mapping[str, object], key: str) -> None: ...


@dataclass(frozen=True)
class Context:
    """What a step may know and ask. `key` is the idempotency key of this turn: chat and revision of the screen.

    `at` is when the resident wrote or pressed (else when that came), by the city's clock.
    """

    chat: ChatId
    key: str
    resident: Resident | None
    language: str
    channel: Channel
    city: City
    clock: CityClock
    at: datetime
    core: UseCases
    start_job: StartJob
    translator: Translator
    shares_phone: bool = False
    """Whether one can hand over one's own phone number here, vouched for by the messenger."""
    public_url: str | None = None
    """Where the web part is found from outside; None where nobody has said."""

    @property
    def minimal(self) -> bool:
        """Whether messages of this chat's messenger carry no name, address or sum (dialogs.minimal)."""
        return self.city.messenger(self.channel.value).personal_data is PersonalData.MINIMAL

    @property
    def known(self) -> Resident:
        """The resident, where consent is a must. Raises NotFound, which leads home, to the consent."""
        if self.resident is None:
            raise NotFound
        return self.resident

    async def flats(self) -> tuple[Flat, ...]:
        return await self.core.residents.flats(self.resident.id) if self.resident else ()

    async def flat(self, premises: PremisesId) -> Flat:
        """A flat of this resident. Raises NotFound for any other: ids in saved sessions are not trusted."""
        return await self.core.residents.flat(self.known.id, premises)


class Step:
    """Base of all steps; a subclass with a `name` is registered under it for saved sessions."""

    name: ClassVar[str] = ""
    """What saved sessions remember. Never reused for another step."""

    takes_any_words: ClassVar[bool] = False
    """The step would take a line of readings for its answer (a number, a code, a name): a clear line goes before it."""

    registry: ClassVar[dict[str, type["Step"]]] = {}

    def __init_subclass__(cls) -> None:
        if not cls.name:
            return
        if cls.name in Step.registry:
            raise ValueError(f"two steps are called {cls.name}")
        Step.registry[cls.name] = cls

    async def show(self, ctx: Context) -> Screen:
        raise TypeError(f"{type(self).__name__} does not show anything")

    async def answer(self, event: Event, ctx: Context) -> "Next":
        raise TypeError(f"{type(self).__name__} does not answer anything")


@dataclass(frozen=True)
class Go:
    """On to a step; Back returns here. `say` stands above its screen, `screens` are sent before it."""

    step: Step
    say: Text | None = None
    screens: tuple[Screen, ...] = ()


@dataclass(frozen=True)
class Swap:
    """On to a step in place of this one: Back skips this one."""

    step: Step
    say: Text | None = None
    screens: tuple[Screen, ...] = ()


@dataclass(frozen=True)
class Return:
    """Back to the nearest earlier step of that kind; home if there is none."""

    to: type[Step]
    say: Text | None = None


@dataclass(frozen=True)
class Stay:
    """The same step again; `why` stands above its screen."""

    why: Text | None = None
    screens: tuple[Screen, ...] = ()


@dataclass(frozen=True)
class Done:
    """The conversation is over: home, with `say` above the menu. `language` is the chat's from now on.

    With `then`, on from home to that step.
    """

    say: Text | None = None
    screens: tuple[Screen, ...] = ()
    language: str | None = None
    then: "Step | None" = None


@dataclass(frozen=True)
class Resume:
    """Back to the step below, which hears now what was said to it before this step came in between."""

    say: Text
    text: str = ""


@dataclass(frozen=True)
class Pass:
    """Not for this step: home may understand it, else a polite line."""


Next = Go | Swap | Return | Stay | Done | Resume | Pass
