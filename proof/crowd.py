"""People of both messengers who submit readings in an open loop: they write at the rate of the clock, answered or not.

A city does not write slower because its bot has become slow, so neither do they: what a slow bot leaves unanswered
piles up and is measured. Each reads the last screen and does what it asks for; who writes again before the answer came
says «меню», as people do, unless the crowd is patient: then it is somebody else's turn, and every «Верно» is pressed on
a screen that waits for it, so that each must become exactly one reading.
"""

import asyncio
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from sandbox.phone import Bubble, Phone

MENU: Final = "меню"
_KINDS: Final = 7
"""So many different values a person types in turn, each above the last month's."""


@dataclass(eq=False)
class Person:
    """One resident; `presses` counts the readings confirmed."""

    phone: Phone
    presses: int = 0
    acts: int = 0
    _waits: bool = False
    _seen: int = 0

    @property
    def waits(self) -> bool:
        """Whether the answer to the last act has not come."""
        return self._waits and not self.phone.news()

    async def act(self) -> None:
        """Does what the last screen asks for."""
        impatient = self.waits
        self._waits = True
        self.acts += 1
        last = self.phone.last()
        if impatient or last is None:
            await self.phone.say(MENU)
        elif "Всё верно?" in last.plain:
            self.presses += 1
            await self.phone.tap("Верно")
        elif "Напишите число" in last.plain:
            await self.phone.say(str(_previous(last) + 1 + self.acts % _KINDS))
        elif any("Показания" in button.label for button in self.phone.buttons()):
            await self.phone.tap("Показания")
        else:
            await self.phone.say(MENU)


@dataclass
class Crowd:
    """All people, in turn."""

    people: deque[Person]
    patient: bool = False
    sent: int = 0
    skipped: int = 0
    latest: float = 0.0
    """Seconds that an act came later than the clock wanted it: the driver's own lateness."""
    _stopped: bool = field(default=False, init=False)

    @classmethod
    def of(cls, phones: Iterable[Phone], *, patient: bool = False) -> "Crowd":
        return cls(deque(Person(phone) for phone in phones), patient)

    async def write(self, rate: float, seconds: float) -> None:
        """So many acts a second, for so long or until stopped."""
        begun = time.perf_counter()
        for number in range(round(rate * seconds)):
            due = begun + number / rate
            if (wait := due - time.perf_counter()) > 0:
                await asyncio.sleep(wait)
            elif not number % 10:
                await asyncio.sleep(0)  # a crowd that is late must still let the stand-ins work
            if self._stopped:
                return
            self.latest = max(self.latest, time.perf_counter() - due)
            await self._next()

    def stop(self) -> None:
        self._stopped = True

    @property
    def presses(self) -> int:
        return sum(person.presses for person in self.people)

    async def _next(self) -> None:
        for _ in range(len(self.people) if self.patient else 1):
            person = self.people[0]
            self.people.rotate(-1)
            if not (self.patient and person.waits):
                self.sent += 1
                await person.act()
                return
        self.skipped += 1


def _previous(asked: Bubble) -> int:
    """The last month's reading, as the question shows it; 0 for a meter without one."""
    for line in asked.plain.splitlines():
        if line.startswith("Прошлое показание: "):
            return int(float(line.split(": ")[1].replace("\u00a0", "").replace(",", ".")))
    return 0
