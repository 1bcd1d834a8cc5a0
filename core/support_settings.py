"""What the city file says of questions: who answers which, when their people are at work, what may be answered at once.

Hours are data by date, as everything that changes with time: a desk entry is in force from its `since` on. What is not
known (hours, a phone) is not said to anybody.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from core.services import Service

LONGEST_CLOSURE = 60
"""Days that are looked through for the next opening: a desk closed for longer has no known hours."""


class Topic(StrEnum):
    """What a question is about; the values stand in rows, in saved sessions and in the city file."""

    CHARGES = "charges"
    READINGS = "readings"
    METER = "meter"
    PAYMENT = "payment"
    QUALITY = "quality"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Shift:
    """Hours of work on some days of the week (0 is Monday), by the city's clock."""

    days: tuple[int, ...]
    opens: time
    closes: time


@dataclass(frozen=True, slots=True)
class Desk:
    """The people of one organisation who answer. `answer_minutes` of work are what an answer usually takes."""

    organisation: str
    since: date = date.min
    shifts: tuple[Shift, ...] = ()
    closed: tuple[date, ...] = ()
    answer_minutes: int | None = None
    demo: bool = False

    def hours_on(self, day: date) -> tuple[time, time] | None:
        """From when to when they work that day; None when they do not."""
        if day in self.closed:
            return None
        shift = next((one for one in self.shifts if day.weekday() in one.days), None)
        return (shift.opens, shift.closes) if shift is not None else None

    def open_at(self, local: datetime) -> bool:
        """Whether somebody is there; `local` is an instant by the city's clock."""
        hours = self.hours_on(local.date())
        return hours is not None and hours[0] <= local.time() < hours[1]

    def opens_after(self, local: datetime) -> datetime | None:
        """When somebody will be there next: the instant itself while they are open; None when that is not known."""
        if self.open_at(local):
            return local
        for day in _days_from(local.date()):
            hours = self.hours_on(day)
            opens = datetime.combine(day, hours[0], local.tzinfo) if hours is not None else None
            if opens is not None and opens > local:
                return opens
        return None

    def answers_by(self, local: datetime) -> datetime | None:
        """By when a question asked at that instant is usually answered: so many minutes of work later."""
        if self.answer_minutes is None:
            return None
        left, at = timedelta(minutes=self.answer_minutes), self.opens_after(local)
        while at is not None:
            hours = self.hours_on(at.date())
            closes = datetime.combine(at.date(), hours[1], at.tzinfo) if hours is not None else at
            if left <= closes - at:
                return at + left
            left -= closes - at
            at = self.opens_after(closes)
        return None


class Answerer(StrEnum):
    """Who answers by a rule; any other word of a route is the code of a provider."""

    BILLING_AGENT = "billing_agent"
    """Who bills the service in the period that is asked about."""
    PROVIDER = "provider"
    """Whose service it is."""


@dataclass(frozen=True, slots=True)
class Route:
    """Who answers a topic, of one service or of all, from a day on: an `Answerer` or the code of a provider."""

    topic: Topic
    to: str
    service: Service | None = None
    since: date = date.min


USUAL_ROUTES = (
    Route(Topic.CHARGES, Answerer.BILLING_AGENT),
    Route(Topic.PAYMENT, Answerer.BILLING_AGENT),
    *(Route(topic, Answerer.PROVIDER) for topic in (Topic.READINGS, Topic.METER, Topic.QUALITY, Topic.OTHER)),
)
"""What holds where a city file says nothing: charges and payments are the billing agent's, all else the provider's."""


@dataclass(frozen=True, slots=True)
class KnownAnswer:
    """A short answer that needs no person (knowledge base). `texts` are by language, the city's first one always there.

    It is given for the topic, for `services` (all, if there are none), when `organisation` answers (any, if None), on
    days from `since` to `until`. {names} in it stand for facts of the city file.
    """

    topic: Topic
    texts: Mapping[str, str]
    services: tuple[Service, ...] = ()
    organisation: str | None = None
    since: date = date.min
    until: date = date.max

    def fits(self, topic: Topic, service: Service | None, organisation: str, day: date) -> bool:
        return (
            topic is self.topic
            and (not self.services or service in self.services)
            and self.organisation in (None, organisation)
            and self.since <= day <= self.until
        )

    @property
    def precision(self) -> tuple[bool, bool]:
        """The more an answer is bound to, the sooner it is given."""
        return bool(self.organisation), bool(self.services)


@dataclass(frozen=True, slots=True)
class SupportRules:
    """Everything about questions. For so many days after its close a question may be opened again."""

    desks: tuple[Desk, ...] = ()
    routes: tuple[Route, ...] = USUAL_ROUTES
    known: tuple[KnownAnswer, ...] = ()
    reopen_days: int = 14

    def desk_on(self, organisation: str, day: date) -> Desk | None:
        """The desk in force that day; None where nothing is known of it."""
        own = [desk for desk in self.desks if desk.organisation == organisation and desk.since <= day]
        return max(own, key=lambda desk: desk.since, default=None)

    def route_on(self, topic: Topic, service: Service | None, day: date) -> str:
        """The answerer of a topic: the latest rule in force, one for the service itself before one for all."""
        fitting = [
            route
            for route in self.routes
            if route.topic is topic and route.since <= day and route.service in (None, service)
        ]
        found = max(fitting, key=lambda route: (route.service is not None, route.since), default=None)
        return found.to if found is not None else Answerer.PROVIDER


def _days_from(day: date) -> Iterable[date]:
    return (day + timedelta(days=number) for number in range(LONGEST_CLOSURE))
