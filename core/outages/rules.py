"""Rules of outages that need nothing from outside: which make sense, and how an operator writes where."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from core.errors import Rejected
from core.services import Service

LONGEST_CAUSE: Final = 300
LONGEST_OUTAGE: Final = timedelta(days=60)
"""Longer than any repair of summer: beyond it somebody has mistyped the month or the year."""
EARLIEST_START: Final = timedelta(days=30)
LATEST_START: Final = timedelta(days=180)
SHOWN_AFTER_END: Final = timedelta(hours=24)
"""So long residents still see an outage that is over, and may say that at their home it is not."""
MOST_PLACES: Final = 500
LONGEST_PLACE: Final = 2000
LONGEST_HOUSE: Final = 20
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")


class OutageProblem(StrEnum):
    NO_SERVICE = "no_service"
    NO_CAUSE = "no_cause"
    LONG_CAUSE = "long_cause"
    NO_PLACE = "no_place"
    MANY_PLACES = "many_places"
    ENDS_BEFORE_START = "ends_before_start"
    PAST_END = "past_end"
    TOO_LONG = "too_long"
    FAR_START = "far_start"
    NO_END = "no_end"
    """Planned work has an end: whoever plans it knows when."""
    ENDED = "ended"
    NOTHING_NEW = "nothing_new"
    NOT_YOURS = "not_yours"


@dataclass
class BadOutage(Rejected):
    """What was entered makes no sense as it is."""

    problem: OutageProblem


@dataclass
class UnknownPlaces(Rejected):
    """Places that the building list does not have, or that it has in two senses, as they were written."""

    unknown: tuple[str, ...]
    ambiguous: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """One line of where. Without houses: a whole street, quarter or district of that name. `said` is the line."""

    said: str
    name: str
    houses: tuple[str, ...] = ()


def read_places(lines: Iterable[str]) -> tuple[Place, ...]:
    """«улица Труда: 14, 16/1», «улица Труда», «квартал 109»: one place a line, empty lines say nothing.

    Raises BadOutage for none at all, and for more than an outage can have.
    """
    places = tuple(_place(line) for line in map(plain, lines) if line)
    if not places:
        raise BadOutage(OutageProblem.NO_PLACE)
    if len(places) > MOST_PLACES or any(len(place.said) > LONGEST_PLACE for place in places):
        raise BadOutage(OutageProblem.MANY_PLACES)
    return places


def _place(line: str) -> Place:
    name, colon, houses = line.partition(":")
    listed = tuple(dict.fromkeys(house for house in map(str.strip, re.split(r"[,;]", houses)) if house))
    if colon and not listed:
        raise BadOutage(OutageProblem.NO_PLACE)
    return Place(line, name.strip(), listed)


def plain(text: str) -> str:
    """One line of an operator's words, without what turns lines or the reading order."""
    return " ".join(_CONTROL.sub(" ", text).split())


def checked_cause(text: str) -> str:
    """Raises BadOutage."""
    cause = plain(text)
    if not cause:
        raise BadOutage(OutageProblem.NO_CAUSE)
    if len(cause) > LONGEST_CAUSE:
        raise BadOutage(OutageProblem.LONG_CAUSE)
    return cause


def checked_services(services: Sequence[Service]) -> tuple[Service, ...]:
    """Each once, in the order of the city's list. Raises BadOutage for none."""
    if not services:
        raise BadOutage(OutageProblem.NO_SERVICE)
    return tuple(service for service in Service if service in services)


def check_start(starts_at: datetime, now: datetime) -> None:
    """Raises BadOutage for a day that somebody has mistyped."""
    if not now - EARLIEST_START <= starts_at <= now + LATEST_START:
        raise BadOutage(OutageProblem.FAR_START)


def check_end(starts_at: datetime, ends_at: datetime | None, now: datetime, *, emergency: bool) -> None:
    """Raises BadOutage for an end that cannot be meant."""
    if ends_at is None:
        if not emergency:
            raise BadOutage(OutageProblem.NO_END)
        return
    if ends_at <= starts_at:
        raise BadOutage(OutageProblem.ENDS_BEFORE_START)
    if ends_at <= now:
        raise BadOutage(OutageProblem.PAST_END)
    if ends_at - starts_at > LONGEST_OUTAGE:
        raise BadOutage(OutageProblem.TOO_LONG)
