"""People whose every word has an effect that can be counted.

A person reads meters over and over: a number typed, then «Верно» pressed. Each update draws one screen, so the revision
of the saved session counts them all; each «Верно» leaves one row in the readings; each screen is one row of the outbox.
A person writes when answered, and remembers what was said, so that the database can be held against it (proof.judge).
"""

import asyncio
import re
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from sandbox.phone import Bubble, Phone

ANSWER_WITHIN: Final = 60.0
TRIES: Final = 3
OLD_BUTTON: Final = "старого сообщения"
NOT_UNDERSTOOD: Final = "Не понял"
FIRST_VALUE: Final = 20_000
_VALUE: Final = re.compile(r"(?<!\d)2[0-9]\u00a0[0-9]{3}(?!\d)")


def shown(value: int) -> str:
    """A value as the product writes it."""
    return f"{value // 1000}\u00a0{value % 1000:03}"


def value_in(text: str) -> int | None:
    """The value of FIRST_VALUE and up that stands first in a screen."""
    found = _VALUE.search(text)
    return int(found[0].replace("\u00a0", "")) if found else None


class Turnstile:
    """Counts what all say, and lets no more through than is allowed by now, so that kills keep up with the talk."""

    def __init__(self, total: int, allowed: int | None = None) -> None:
        self.said = 0
        self.total = total
        self._allowed = total if allowed is None else allowed
        self._moved = asyncio.Event()

    @property
    def over(self) -> bool:
        """Everything has been said."""
        return self.said >= self.total

    async def next(self) -> bool:
        """Waits until one more may be said; False when it is over."""
        while not self.over and self.said >= self._allowed:
            await self._move()
        if self.over:
            return False
        self.said += 1
        self._moved.set()
        return True

    def allow(self, count: int) -> None:
        """So many may have been said from now on."""
        self._allowed = count
        self._moved.set()

    async def reached(self, count: int) -> None:
        """Waits until so many have been said."""
        while self.said < min(count, self.total):
            await self._move()

    async def _move(self) -> None:
        self._moved.clear()
        await self._moved.wait()


Act = Callable[[], Awaitable[None]]


@dataclass
class Person:
    """Somebody who has linked a flat. `said`: updates so far; `confirmed`: values for which «Верно» was answered, and
    `perhaps` those whose answer the person did not see."""

    phone: Phone
    said: int = 0
    confirmed: Counter[int] = field(default_factory=Counter)
    perhaps: Counter[int] = field(default_factory=Counter)
    unanswered: str | None = None
    _value: int = FIRST_VALUE

    async def reads_meters(self, turnstile: Turnstile) -> None:
        """Until the turnstile closes, or an answer does not come."""
        try:
            while not turnstile.over:
                await self._reads_all_meters(turnstile)
        except AssertionError as error:
            self.unanswered = str(error)

    async def _reads_all_meters(self, turnstile: Turnstile) -> None:
        """All meters of the flat once, or until the bot is somewhere else."""
        if not await self._does(turnstile, lambda: self.phone.say("меню"), says("Что сделать?")):
            return
        if not await self._does(turnstile, lambda: self.phone.tap("Показания"), says("Счётчик 1 из")):
            return
        more = True
        while more:
            self._value += 1
            value = self._value
            if not await self._does(turnstile, lambda: self.phone.say(str(value)), echoes(value)):  # noqa: B023
                return
            self.perhaps[value] = 1
            if not await self._does(turnstile, lambda: self.phone.tap("Верно"), took(value)):
                return
            self.confirmed[value] = self.perhaps.pop(value)
            asked = self.phone.last()
            more = asked is not None and "Счётчик" in asked.plain

    async def _does(self, turnstile: Turnstile, act: Act, fits: Callable[[Bubble], bool]) -> bool:
        """Acts, and waits for the answer; False when it is not the one or all is over.

        After a kill Telegram may show a screen twice. Whoever pressed a button of the older one is shown the present
        screen, and presses again. Whoever took it for the answer to what is still on its way talks past the bot, as
        people do: what then is not understood has its effect, and the person begins again.
        """
        for _ in range(TRIES):
            if not await turnstile.next():
                return False
            self.said += 1
            await act()
            told = await self.phone.wait_for(lambda one: fits(one) or _elsewhere(one), ANSWER_WITHIN)
            if OLD_BUTTON not in told.plain:
                return fits(told)
        return False


def _elsewhere(bubble: Bubble) -> bool:
    return OLD_BUTTON in bubble.plain or NOT_UNDERSTOOD in bubble.plain


def says(words: str) -> Callable[[Bubble], bool]:
    return lambda bubble: words in bubble.plain


def echoes(value: int) -> Callable[[Bubble], bool]:
    return lambda bubble: shown(value) in bubble.plain and "Всё верно?" in bubble.plain


def took(value: int) -> Callable[[Bubble], bool]:
    return lambda bubble: shown(value) in bubble.plain and "Всё верно?" not in bubble.plain
