"""All use cases of the counter and the phone, bound to one transaction."""

from dataclasses import dataclass

from core.counter.acts import Counter
from core.counter.calls import CallList
from core.counter.cards import Cards
from core.counter.readings import CounterReadings
from core.counter.search import Searching
from core.counter.work import CounterWork
from core.meters.windows import Windows


@dataclass(frozen=True)
class CounterCases:
    search: Searching
    cards: Cards
    readings: CounterReadings
    acts: Counter
    work: CounterWork
    calls: CallList
    windows: Windows
