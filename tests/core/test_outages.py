"""Outages: which entries make sense, and where an outage stands at an instant."""

from datetime import UTC, datetime, timedelta

import pytest

from core.ids import OutageId
from core.outages.model import Outage, Phase, Report
from core.outages.rules import (
    LONGEST_CAUSE,
    BadOutage,
    OutageProblem,
    Place,
    check_end,
    check_start,
    checked_cause,
    checked_services,
    plain,
    read_places,
)
from core.services import Service

NOW = datetime(2022, 2, 16, 5, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def outage(starts: timedelta, ends: timedelta | None, ended: timedelta | None = None) -> Outage:
    return Outage(
        *(OutageId(1), (Service.COLD_WATER,), True, NOW + starts, None if ends is None else NOW + ends, "порыв"),
        *((), "anna", NOW),
        ended_at=None if ended is None else NOW + ended,
    )


@pytest.mark.parametrize(
    ("one", "phase", "reports"),
    [
        (outage(HOUR, 2 * HOUR), Phase.PLANNED, ()),
        (outage(timedelta(), 2 * HOUR), Phase.NOW, (Report.ALSO,)),
        (outage(-HOUR, None), Phase.NOW, (Report.ALSO,)),
        (outage(-2 * HOUR, timedelta()), Phase.OVERDUE, (Report.STILL,)),
        (outage(-2 * DAY, -DAY), Phase.OVERDUE, (Report.STILL,)),
        (outage(-2 * HOUR, HOUR, -HOUR), Phase.ENDED, (Report.STILL,)),
        (outage(HOUR, None, HOUR), Phase.ENDED, (Report.STILL,)),
    ],
)
def test_nothing_ends_by_itself(one: Outage, phase: Phase, reports: tuple[Report, ...]) -> None:
    assert (one.phase(NOW), one.reports(NOW)) == (phase, reports)


def test_a_place_is_a_line() -> None:
    assert read_places(["  улица Труда:  14, 16/1;14 ", "", "Квартал 109"]) == (
        Place("улица Труда: 14, 16/1;14", "улица Труда", ("14", "16/1")),
        Place("Квартал 109", "Квартал 109"),
    )


@pytest.mark.parametrize("lines", [[], [" ", "\n"], ["улица Труда:"], ["улица Труда: , ;"]])
def test_no_place_is_refused(lines: list[str]) -> None:
    with pytest.raises(BadOutage) as refused:
        read_places(lines)
    assert refused.value.problem is OutageProblem.NO_PLACE


@pytest.mark.parametrize("lines", [["улица Труда"] * 501, ["у" * 2001]])
def test_a_flood_of_places_is_refused(lines: list[str]) -> None:
    with pytest.raises(BadOutage) as refused:
        read_places(lines)
    assert refused.value.problem is OutageProblem.MANY_PLACES


@pytest.mark.parametrize(
    ("written", "kept"),
    [("порыв\nтрубы", "порыв трубы"), ("a\x00b", "a b"), ("\u202eзад", "зад"), ("x\ud800y", "x y"), ("<b>", "<b>")],
)
def test_words_of_operators_are_one_plain_line(written: str, kept: str) -> None:
    assert plain(written) == kept
    kept.encode("utf-8")


@pytest.mark.parametrize(
    ("cause", "problem"),
    [("", OutageProblem.NO_CAUSE), (" \x00 ", OutageProblem.NO_CAUSE), ("я" * 301, OutageProblem.LONG_CAUSE)],
)
def test_a_cause_is_needed_and_short(cause: str, problem: OutageProblem) -> None:
    with pytest.raises(BadOutage) as refused:
        checked_cause(cause)
    assert refused.value.problem is problem
    assert checked_cause("я" * LONGEST_CAUSE)


def test_services_are_named_once_in_the_citys_order() -> None:
    assert checked_services([Service.HEATING, Service.COLD_WATER, Service.HEATING]) == (
        Service.COLD_WATER,
        Service.HEATING,
    )
    with pytest.raises(BadOutage):
        checked_services([])


@pytest.mark.parametrize("starts", [-31 * DAY, 181 * DAY, timedelta(days=365 * 1000)])
def test_a_mistyped_start_is_refused(starts: timedelta) -> None:
    with pytest.raises(BadOutage) as refused:
        check_start(NOW + starts, NOW)
    assert refused.value.problem is OutageProblem.FAR_START


@pytest.mark.parametrize(
    ("starts", "ends", "emergency", "problem"),
    [
        (timedelta(), None, False, OutageProblem.NO_END),
        (timedelta(), -HOUR, True, OutageProblem.ENDS_BEFORE_START),
        (HOUR, HOUR, True, OutageProblem.ENDS_BEFORE_START),
        (-DAY, -HOUR, True, OutageProblem.PAST_END),
        (timedelta(), 61 * DAY, False, OutageProblem.TOO_LONG),
    ],
)
def test_a_mistyped_end_is_refused(
    starts: timedelta, ends: timedelta | None, emergency: bool, problem: OutageProblem
) -> None:
    with pytest.raises(BadOutage) as refused:
        check_end(NOW + starts, None if ends is None else NOW + ends, NOW, emergency=emergency)
    assert refused.value.problem is problem


def test_an_emergency_may_last_until_nobody_knows_when() -> None:
    check_start(NOW - DAY, NOW)
    check_end(NOW, None, NOW, emergency=True)
    check_end(NOW, NOW + HOUR, NOW, emergency=False)
