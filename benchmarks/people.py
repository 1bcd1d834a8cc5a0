"""People on the sandbox's phones, in a closed loop: each writes when answered, so many at once."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from statistics import quantiles

from sandbox.phone import Bubble, Phone

WINDOW = 100
"""How many people wait for an answer at once."""
ANSWER_WITHIN = 60.0


@dataclass
class Watch:
    """Times of answers, in seconds; an answer ends one update."""

    waits: list[float] = field(default_factory=list)

    async def answer(self, act: Awaitable[None], phone: Phone, fits: Callable[[Bubble], bool]) -> Bubble:
        begun = time.perf_counter()
        await act
        bubble = await phone.wait_for(fits, ANSWER_WITHIN)
        self.waits.append(time.perf_counter() - begun)
        return bubble

    def quantile(self, percent: int) -> float:
        """Milliseconds that so many percent of the answers took at most."""
        return 1000 * quantiles(self.waits, n=100)[percent - 1]


Talk = Callable[[Phone, Watch], Awaitable[None]]


async def everybody(phones: Sequence[Phone], talk: Talk, window: int = WINDOW) -> tuple[Watch, float]:
    """All talks, so many at once; the answers' times and the seconds it took."""
    watch, gate = Watch(), asyncio.Semaphore(window)

    async def one(phone: Phone) -> None:
        async with gate:
            await talk(phone, watch)

    begun = time.perf_counter()
    await asyncio.gather(*(one(phone) for phone in phones))
    return watch, time.perf_counter() - begun


async def open_readings(phone: Phone, watch: Watch) -> None:
    """Up to the first meter's question."""
    await watch.answer(phone.say("меню"), phone, _says("Что сделать?"))
    await watch.answer(phone.tap("Показания"), phone, _says("Счётчик 1 из"))


async def submit_readings(phone: Phone, watch: Watch) -> None:
    """Each meter of the flat: a number typed, then «Верно» pressed. Every answer is that of a full turn."""
    asked = phone.last()
    while asked is not None and "Счётчик" in asked.plain:
        value = str(_previous(asked) + 1)
        await watch.answer(phone.say(value), phone, _says("Всё верно?"))
        asked = await watch.answer(phone.tap("Верно"), phone, _says_one("Счётчик", "Что сделать?"))


def echoes(times: int) -> Talk:
    """The same number of updates for a bare bot: numbers typed, each sent back."""

    async def talk(phone: Phone, watch: Watch) -> None:
        for number in range(times):
            await watch.answer(phone.say(str(number)), phone, _says(str(number)))

    return talk


def _previous(asked: Bubble) -> int:
    """The last reading, as the question shows it."""
    line = next(line for line in asked.plain.splitlines() if "Прошлое показание" in line)
    return int(float(line.split(": ")[1].replace("\u00a0", "").replace(",", ".")))


def _says(words: str) -> Callable[[Bubble], bool]:
    return lambda bubble: words in bubble.plain


def _says_one(*choices: str) -> Callable[[Bubble], bool]:
    return lambda bubble: any(words in bubble.plain for words in choices)
