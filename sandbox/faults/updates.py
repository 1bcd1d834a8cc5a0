"""What may happen to an update on its way to the bot; the table is in the docstring of the package."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Generic, Literal, TypeVar

from sandbox.wire import Json

Kind = Literal["twice", "late", "again", "unreadable", "no_secret", "unheard", "unsent"]
Spoiling = Literal["missing", "types", "all"]
Way = Literal["webhook", "getUpdates", "callback", "longpoll"]

VK_DOUBLE: Final = 18.0
"""Seconds between the two copies of an event that were seen in life (reference/messengers.md §2.1)."""
_KEPT: Final = frozenset({"chat", "peer_id", "user_id"})


@dataclass(frozen=True, slots=True)
class Mishap:
    """`after`: seconds, of the kinds that wait. `behind`: how many updates overtake. `to`: another address."""

    kind: Kind
    after: float = 0.0
    behind: int = 0
    to: str = ""
    spoiling: Spoiling = "missing"


@dataclass(frozen=True, slots=True)
class Handover:
    """One update handed to the bot once. `key` is its update_id or event_id, `answer` the HTTP status (0: none).

    `forged`: by a stranger, without the secret. For polls the status is 200: that the bot had the answer
    shows in its next poll. `at` is on the sandbox clock.
    """

    key: str
    kind: str
    way: Way
    answer: int
    at: float
    mishap: str = ""
    forged: bool = False


def twice(after: float = 0.0, to: str = "") -> Mishap:
    """The same update once more, at the same moment or `after` seconds (VK_DOUBLE was seen), there or elsewhere."""
    return Mishap("twice", after, to=to)


def late_update(behind: int = 1, after: float = 5.0) -> Mishap:
    """So many later updates of the bot go before it; it does not wait for them longer than `after` seconds."""
    return Mishap("late", after, behind)


def again(after: float = 0.0) -> Mishap:
    """A client that had no answer sends the same anew: same content, a new update."""
    return Mishap("again", after)


def unreadable(spoiling: Spoiling = "missing") -> Mishap:
    """Required fields are missing, or of wrong types, the chat excepted; or all is gone but the update's id."""
    return Mishap("unreadable", spoiling=spoiling)


def no_secret() -> Mishap:
    """Somebody who knows the address posts it without the secret; then the messenger does, with it."""
    return Mishap("no_secret")


def unheard() -> Mishap:
    """The bot takes the update, and its answer is lost."""
    return Mishap("unheard")


def unsent() -> Mishap:
    """The first attempt is lost on its way, so that the bot sees only a retry."""
    return Mishap("unsent")


def spoiled(body: Json, spoiling: Spoiling) -> Json:
    """The body of an update as nobody can read it."""
    if spoiling == "all":
        return {}
    wrong: Json = {}
    for name, value in body.items():
        if name in _KEPT:
            wrong[name] = value
        elif name == "message" and isinstance(value, dict):
            wrong[name] = spoiled(value, spoiling)
        elif spoiling == "types":
            wrong[name] = {"wrong": [value]} if isinstance(value, str | int) else "wrong"
    return wrong


U = TypeVar("U")


@dataclass(slots=True)
class _Held(Generic[U]):
    update: U
    mishap: Mishap
    behind: int


@dataclass
class Road(Generic[U]):
    """Hands updates over in order, but for those that meet a mishap. `hand` and `hand_copy` take what goes on.

    `renewed` makes the same update under a new id.
    """

    hand: Callable[[U, Mishap | None], None]
    hand_copy: Callable[[U, Mishap], None]
    renewed: Callable[[U], U]
    _held: list[_Held[U]] = field(default_factory=list)
    _timers: set[asyncio.TimerHandle] = field(default_factory=set)

    def send(self, update: U, mishap: Mishap | None) -> None:
        """One update more; it leaves now, later, or twice."""
        if mishap is not None and mishap.kind == "late":
            held = _Held(update, mishap, mishap.behind)
            self._held.append(held)
            self._later(mishap.after, lambda: self._release(held))
            return
        self.hand(update, mishap)
        if mishap is not None and mishap.kind == "twice":
            self._later(mishap.after, lambda: self.hand_copy(update, mishap))
        if mishap is not None and mishap.kind == "again":
            self._later(mishap.after, lambda: self.hand(self.renewed(update), mishap))
        if self._held:
            self._overtaken()

    def close(self) -> None:
        """Nothing held leaves any more."""
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        self._held.clear()

    def _overtaken(self) -> None:
        for held in self._held:
            held.behind -= 1
        for held in [held for held in self._held if held.behind <= 0]:
            self._release(held)

    def _release(self, held: _Held[U]) -> None:
        if held in self._held:
            self._held.remove(held)
            self.hand_copy(held.update, held.mishap)

    def _later(self, seconds: float, act: Callable[[], None]) -> None:
        if seconds <= 0:
            act()
            return

        def ring() -> None:
            self._timers.remove(timer)
            act()

        timer = asyncio.get_running_loop().call_later(seconds, ring)
        self._timers.add(timer)
