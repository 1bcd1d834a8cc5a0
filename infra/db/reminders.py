"""Reminders: what residents choose of them, and whom each round of a rule tells.

A round is one statement: it looks for residents as sets, leaves out who has opted out, blocked every chat or was told
before, and adds the others to the round's mailing. So it may be run as often as one likes, by as many as like.
"""

# ruff: noqa: S608 - statements are put together of constants of this module only

from typing import ClassVar, Final

from asyncpg import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from core.broadcasts.model import MailingKind
from core.broadcasts.reminders import (
    GRACE_DAYS,
    RECENT_PAYMENT,
    USUAL_DAYS,
    USUAL_HOUR,
    Reminder,
    ReminderRules,
    ReminderTimes,
    Round,
    unending,
)
from core.city import City
from core.clock import CityClock
from core.ids import ResidentId
from core.periods import Period
from infra.db.audience import OWED
from infra.db.engine import driver_connection
from infra.db.mailings import PostgresMailings, adding
from infra.db.switches import RESTORED
from infra.db.windows import PostgresWindows

JUST_LINKED: Final = "interval '1 hour'"
"""Whoever has just linked a flat is looking at it: nothing is told of it yet."""
_HOUR: Final = f"coalesce(times.hour, {USUAL_HOUR}) <= $2"
_SETTLED: Final = f"coalesce(links.stored_at < clock_timestamp() - {JUST_LINKED}, true)"
# Somebody linked after a thing was first told of learns it from the menu: it was no news to them.
_BEFORE: Final = """
coalesce(links.stored_at < (SELECT created_at FROM mailings WHERE mailings.id = $1), true)
"""
_OWNERS: Final = f"""
SELECT links.resident_id, links.premises_id FROM links LEFT JOIN reminder_times AS times USING (resident_id)
WHERE {_HOUR} AND {_SETTLED} AND {{}}
"""
_HELPERS: Final = f"""
SELECT helpers.resident_id, links.premises_id FROM helpers JOIN links ON links.id = link_id
LEFT JOIN reminder_times AS times ON times.resident_id = helpers.resident_id
WHERE helpers.resident_id IS NOT NULL AND {_HOUR}
    AND coalesce(helpers.since < clock_timestamp() - {JUST_LINKED}, true) AND {{}}
"""
_METERS: Final = """
JOIN accounts ON accounts.premises_id = people.premises_id AND accounts.closed_on IS NULL
JOIN meters ON meters.account_id = accounts.id AND meters.closed_on IS NULL
"""
# One that an operator still looks at is a reading: nobody is asked for it again.
UNREAD: Final = """
NOT EXISTS (SELECT FROM readings WHERE meter_id = meters.id AND period = {period} AND status <> 'declined')
"""
_PROVIDERS: Final = "unnest($4::text[], $5::date[]) AS regular (provider, closes)"
_WINDOW: Final = f"""
SELECT DISTINCT resident_id, '', NULL::bigint
FROM ({_OWNERS.format(_BEFORE)} UNION ALL {_HELPERS.format("true")}) AS people {_METERS}
JOIN {_PROVIDERS} ON regular.provider = meters.provider
WHERE {UNREAD.format(period="$3::date")}
"""
# The last day of a meter's month: the provider's own, or a later one that an operator has given everybody or the house.
CLOSES: Final = """
greatest(regular.closes, (
    SELECT max(until) FROM window_extensions
    WHERE period = {period} AND coalesce(provider, regular.provider) = regular.provider
        AND (building_key IS NULL OR starts_with(premises.address_key, building_key))
))
"""
_NOTICE: Final = f"coalesce(times.last_day, {USUAL_DAYS[Reminder.LAST_DAY]}) >= $6::date - $7::date"
_LAST_DAY: Final = f"""
SELECT DISTINCT resident_id, '', NULL::bigint
FROM ({_OWNERS.format(_NOTICE)} UNION ALL {_HELPERS.format(_NOTICE)}) AS people {_METERS}
JOIN premises ON premises.id = people.premises_id
JOIN {_PROVIDERS} ON regular.provider = meters.provider
WHERE {UNREAD.format(period="$3::date")} AND {CLOSES.format(period="$3::date")} = $6::date
"""
_RECEIPT: Final = f"""
SELECT resident_id, premises_id::text, premises_id FROM ({_OWNERS.format(_BEFORE)}) AS people
JOIN (
    SELECT premises_id FROM accounts LEFT JOIN LATERAL (
        SELECT max(period) AS period FROM statements WHERE account_id = accounts.id
    ) AS last ON true
    WHERE closed_on IS NULL GROUP BY premises_id
    HAVING bool_and(coalesce(last.period = $3::date, false) AND provider = ANY ($4::text[]))
) AS whole USING (premises_id)
"""
_DUE: Final = f"""
SELECT DISTINCT resident_id, people.premises_id::text, people.premises_id
FROM ({_OWNERS.format(f"coalesce(times.due, {USUAL_DAYS[Reminder.DUE]}) >= $4::date - $5::date")}) AS people
JOIN accounts ON accounts.premises_id = people.premises_id AND accounts.closed_on IS NULL
WHERE (SELECT max(period) FROM statements WHERE account_id = accounts.id) = $3::date AND {OWED} > 0
"""
_VERIFICATION: Final = f"""
SELECT resident_id, concat_ws(':', meters.id, verified_until, warned.days), people.premises_id
FROM ({_OWNERS.format("true")}) AS people {_METERS}
JOIN unnest($3::integer[]) AS warned (days)
    ON verified_until - $4::date BETWEEN greatest(warned.days - {GRACE_DAYS}, 0) AND warned.days
WHERE date_part('year', verified_until) = date_part('year', $5::date)
"""
# Payments are numbered in the order of their files, and files are taken one after another: whatever has a number up to
# the bookmark has been looked at.
_PAID: Final = f"""
SELECT links.resident_id, payments.id::text, links.premises_id
FROM payments JOIN accounts ON accounts.id = account_id JOIN links ON links.premises_id = accounts.premises_id
WHERE payments.id > $2 AND payments.id <= $3 AND paid_on > $4::date
    AND coalesce(links.stored_at < clock_timestamp() - {JUST_LINKED}, true)
"""
_BOOKMARK: Final = "reminders:payments"
_COPY: Final = "reminders:restored"
_LOOK: Final = """
SELECT (SELECT place::bigint FROM bookmarks WHERE name = $1 FOR UPDATE) AS seen, max(id) AS last FROM payments
"""
_MARK: Final = "INSERT INTO bookmarks (name, place) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET place = $2"
_ONE_AT_A_TIME: Final = "SELECT pg_try_advisory_xact_lock(hashtextextended('reminders', 0))"


_RESTORED: Final = """
SELECT changed_at::text FROM switches WHERE name = $1 AND changed_at::text IS DISTINCT FROM (
    SELECT place FROM bookmarks WHERE name = $2
)
"""
_TOLD_BY_THE_ORIGINAL: Final = f"""
UPDATE deliveries SET state = 'unknown', reason = 'restored', settled_at = clock_timestamp()
FROM mailings WHERE mailings.id = mailing_id AND kind = '{MailingKind.REMINDER}' AND state = 'waiting'
"""


class PostgresReminders:
    """`core.broadcasts.reminder_use_cases.ReminderStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def off(self, resident: ResidentId) -> frozenset[str]:
        rows = await self._connection.fetch("SELECT topic FROM opt_outs WHERE resident_id = $1", resident)
        return frozenset(row["topic"] for row in rows)

    async def switch(self, resident: ResidentId, topics: tuple[str, ...], *, on: bool) -> None:
        if on:
            drop = "DELETE FROM opt_outs WHERE resident_id = $1 AND topic = ANY ($2::text[])"
            await self._connection.execute(drop, resident, list(topics))
            return
        add = "INSERT INTO opt_outs (resident_id, topic) SELECT $1, unnest($2::text[]) ON CONFLICT DO NOTHING"
        await self._connection.execute(add, resident, list(topics))

    async def times(self, resident: ResidentId) -> ReminderTimes:
        query = "SELECT hour, last_day, due FROM reminder_times WHERE resident_id = $1"
        row = await self._connection.fetchrow(query, resident)
        return ReminderTimes(row["hour"], row["last_day"], row["due"]) if row else ReminderTimes()

    async def set_times(self, resident: ResidentId, times: ReminderTimes) -> None:
        await self._connection.execute(
            "INSERT INTO reminder_times (resident_id, hour, last_day, due) VALUES ($1, $2, $3, $4) "
            "ON CONFLICT (resident_id) DO UPDATE SET hour = $2, last_day = $3, due = $4",
            *(resident, times.hour, times.last_day, times.due),
        )


class ReminderRounds:
    """Finds whom to remind and adds them to the mailings of the day. Each call is one transaction."""

    SQL: ClassVar = {
        Reminder.WINDOW: _WINDOW,
        Reminder.LAST_DAY: _LAST_DAY,
        Reminder.RECEIPT: _RECEIPT,
        Reminder.DUE: _DUE,
        Reminder.VERIFICATION: _VERIFICATION,
    }

    def __init__(self, engine: AsyncEngine, city: City, clock: CityClock) -> None:
        self._engine = engine
        self._rules = ReminderRules(city)
        self._clock = clock

    async def run(self) -> int:
        """What is to be told now, by the city's clock; to how many. Somebody else at it meanwhile: nothing."""
        local = self._clock.local()
        async with driver_connection(self._engine) as connection, connection.transaction():
            if not await connection.fetchval(_ONE_AT_A_TIME):
                return 0
            added = await self._paid(connection)
            extensions = await PostgresWindows(connection).listed(Period.of(local.date()).previous)
            for one in self._rules.rounds(local, extensions):
                added += await self._round(connection, one)
            if (restored := await connection.fetchval(_RESTORED, RESTORED, _COPY)) is not None:
                # The original may have told of all that is due by now: a copy tells of what comes later.
                await connection.execute(_TOLD_BY_THE_ORIGINAL)
                await connection.execute(_MARK, _COPY, restored)
                return 0
        return added

    async def _round(self, connection: Connection, one: Round) -> int:
        mailing = await PostgresMailings(connection).open(one.mailing)
        local = self._clock.local()
        about = self._about(one)
        done = await connection.execute(adding(self.SQL[one.kind]), mailing, local.hour, *about)
        return int(done.split()[-1])

    def _about(self, one: Round) -> tuple[object, ...]:
        """The arguments of a rule's question, from the third on."""
        today, month = self._clock.today(), one.period.first_day
        match one.kind:
            case Reminder.WINDOW:
                return (month, list(one.providers), list(one.closes))
            case Reminder.LAST_DAY:
                return (month, list(one.providers), list(one.closes), one.day, today)
            case Reminder.RECEIPT:
                return (month, list(one.providers))
            case Reminder.DUE:
                return (month, one.day, today)
        return (list(self._rules.warnings()), today, one.day)

    async def _paid(self, connection: Connection) -> int:
        """Payments that billing has told of since the last time. The first time, all that are there are old."""
        mailing = await PostgresMailings(connection).open(unending(Reminder.PAYMENT))
        found = await connection.fetchrow(_LOOK, _BOOKMARK)
        seen, last = found["seen"], found["last"] or 0
        since = self._clock.today() - RECENT_PAYMENT
        added = 0
        if seen is not None and last > seen:
            added = int((await connection.execute(adding(_PAID), mailing, seen, last, since)).split()[-1])
        if seen is None or last > seen:
            await connection.execute(_MARK, _BOOKMARK, str(last))
        return added
