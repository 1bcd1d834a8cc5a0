"""Numbers of the desk out of the history of tickets, a set at a time.

`ticket_events` is only ever added to, so the same days give the same numbers whenever they are asked for, but for what
has happened since to the tickets that came then. The lines of one ticket are in the order of their ids: every act holds
the ticket's row.
"""

# ruff: noqa: S608 - statements are put together of constants of this module only

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Final

from asyncpg import Connection, Record

from core.numbers.model import Figures, Load, Now, Ratings, Slice, Spread
from core.numbers.ports import Wanted
from core.support_settings import Topic

# A ticket comes to an organisation when it is asked or handed over; both lines say to whom.
_STAYS: Final = """
WITH begun AS (
    SELECT ticket_id, id, at, facts ->> 'to' AS organisation FROM ticket_events
    WHERE kind IN ('opened', 'transferred') AND at >= $1 AND at < $2
        AND ($3::text[] IS NULL OR facts ->> 'to' = ANY ($3))
), stays AS (
    SELECT
        organisation, tickets.topic, local.slice, local.weekday, local.hour, left_for.id IS NOT NULL AS handed_on,
        CASE WHEN said.at IS NOT NULL THEN greatest(said.at - begun.at, interval '0') END AS first_answer,
        CASE WHEN left_for.id IS NULL AND status = 'resolved' AND closed_at IS NOT NULL
            THEN greatest(closed_at - begun.at, interval '0') END AS resolution,
        CASE WHEN left_for.id IS NULL THEN rating END AS rating
    FROM begun
    JOIN (SELECT id AS ticket, topic, status, closed_at, rating FROM tickets) AS tickets ON ticket = ticket_id
    CROSS JOIN LATERAL (
        SELECT date_trunc($4, begun.at AT TIME ZONE $5)::date AS slice,
            extract(isodow FROM begun.at AT TIME ZONE $5)::integer - 1 AS weekday,
            extract(hour FROM begun.at AT TIME ZONE $5)::integer AS hour
    ) AS local
    LEFT JOIN LATERAL (
        SELECT id FROM ticket_events AS event
        WHERE event.ticket_id = begun.ticket_id AND event.kind = 'transferred' AND event.id > begun.id
        ORDER BY id LIMIT 1
    ) AS left_for ON true
    LEFT JOIN LATERAL (
        SELECT at FROM ticket_events AS event
        WHERE event.ticket_id = begun.ticket_id AND event.kind = 'answered' AND event.id > begun.id
            AND (left_for.id IS NULL OR event.id < left_for.id)
        ORDER BY id LIMIT 1
    ) AS said ON true
)
"""
_FIGURES: Final = f"""
{_STAYS}
SELECT
    grouping(organisation, topic, slice, weekday) AS missing, organisation, topic, slice, weekday, hour,
    count(*) AS came,
    count(first_answer) AS answered,
    count(resolution) AS resolved,
    count(*) FILTER (WHERE handed_on) AS handed_on,
    count(*) FILTER (WHERE first_answer IS NULL AND resolution IS NULL AND NOT handed_on) AS unanswered,
    percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY first_answer) AS first_answers,
    percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY resolution) AS resolutions,
    ARRAY[count(*) FILTER (WHERE rating = 1), count(*) FILTER (WHERE rating = 2), count(*) FILTER (WHERE rating = 3),
        count(*) FILTER (WHERE rating = 4), count(*) FILTER (WHERE rating = 5)] AS stars
FROM stays
GROUP BY GROUPING SETS ((), (organisation), (topic), (slice), (weekday, hour))
ORDER BY came DESC, organisation, topic
"""
_TOTAL, _ORGANISATION, _TOPIC, _SLICE, _HOUR = 0b1111, 0b0111, 0b1011, 0b1101, 0b1110
"""What `missing` is for a row of each kind: a bit for each of the four that the row is not about."""
_CLOSED: Final = """
SELECT date_trunc($4, closed.at AT TIME ZONE $5)::date AS slice, count(*) AS closed
FROM ticket_events AS closed CROSS JOIN LATERAL (
    SELECT facts ->> 'to' AS organisation FROM ticket_events AS event
    WHERE event.ticket_id = closed.ticket_id AND event.kind IN ('opened', 'transferred') AND event.id < closed.id
    ORDER BY id DESC LIMIT 1
) AS had
WHERE closed.kind = 'closed' AND closed.at >= $1 AND closed.at < $2
    AND ($3::text[] IS NULL OR organisation = ANY ($3))
GROUP BY slice
"""
_NOW: Final = """
SELECT organisation, count(*) AS open, count(*) FILTER (WHERE due_at < $2) AS overdue,
    count(*) FILTER (WHERE unread) AS unread, min(opened_at) AS oldest
FROM tickets WHERE status = 'open' AND NOT erased AND ($1::text[] IS NULL OR organisation = ANY ($1))
GROUP BY organisation ORDER BY organisation
"""


class PostgresNumbers:
    """`core.numbers.ports.NumbersStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def now(self, organisations: frozenset[str] | None, at: datetime) -> Sequence[Now]:
        rows = await self._connection.fetch(_NOW, _listed(organisations), at)
        return [Now(row["organisation"], row["open"], row["overdue"], row["unread"], row["oldest"]) for row in rows]

    async def figures(self, wanted: Wanted, now: Sequence[Now]) -> Figures:
        given = _given(wanted)
        rows = await self._connection.fetch(_FIGURES, *given)
        closed = {row["slice"]: row["closed"] for row in await self._connection.fetch(_CLOSED, *given)}
        (total,) = _of(rows, _TOTAL)
        return Figures(
            days=wanted.days,
            total=_load(total),
            by_topic={Topic(row["topic"]): _load(row) for row in _of(rows, _TOPIC)},
            by_organisation={row["organisation"]: _load(row) for row in _of(rows, _ORGANISATION)},
            course=_course(wanted.days.slices(), {row["slice"]: row for row in _of(rows, _SLICE)}, closed),
            hours={(row["weekday"], row["hour"]): row["came"] for row in _of(rows, _HOUR)},
            now=tuple(now),
        )


def _given(wanted: Wanted) -> tuple[object, ...]:
    """The arguments of both statements: a day begins when the city's clock says so."""
    begins = datetime.combine(wanted.days.first, time(), wanted.zone)
    ends = datetime.combine(wanted.days.last + timedelta(days=1), time(), wanted.zone)
    return begins, ends, _listed(wanted.organisations), wanted.days.step.value, str(wanted.zone)


def _listed(organisations: frozenset[str] | None) -> list[str] | None:
    return None if organisations is None else sorted(organisations)


def _of(rows: Iterable[Record], kind: int) -> list[Record]:
    return [row for row in rows if row["missing"] == kind]


def _load(row: Record) -> Load:
    return Load(
        came=row["came"],
        first_answer=_spread(row["answered"], row["first_answers"]),
        resolution=_spread(row["resolved"], row["resolutions"]),
        handed_on=row["handed_on"],
        unanswered=row["unanswered"],
        ratings=Ratings(tuple(row["stars"])),
    )


def _spread(count: int, quantiles: Sequence[timedelta] | None) -> Spread:
    """To the second."""
    if not count or not quantiles:
        return Spread()
    return Spread(count, *(timedelta(seconds=round(one.total_seconds())) for one in quantiles))


def _course(begins: Sequence[date], rows: Mapping[date, Record], closed: Mapping[date, int]) -> tuple[Slice, ...]:
    """Every slice of the days, those without anything too."""
    return tuple(
        Slice(
            begins=day,
            came=rows[day]["came"] if day in rows else 0,
            closed=closed.get(day, 0),
            first_answer=_spread(rows[day]["answered"], rows[day]["first_answers"]) if day in rows else Spread(),
        )
        for day in begins
    )
