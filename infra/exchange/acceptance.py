"""The billing systems' answer to exported readings.

Each receiver judges for itself (DESIGN §5): its verdict is kept in `verdicts`. What becomes of the reading is decided
by the provider of its meter alone: declined, it is not current any more and the resident may send it anew; accepted
after all, it is current again unless the resident has sent another. The resident is told of every decline, also of the
one by another receiver, which changes nothing for the meter's own provider.

So it is with a reading that waits for an operator: once its meter's provider has judged it, nothing is left to settle.
"""

from core.broadcasts.reminders import Reminder, unending
from core.tasks import TaskStatus
from dialogs.event import NoticeKind
from infra.db.mailings import PostgresMailings, adding
from infra.db.meters import ACTOR
from infra.db.wake import CHANNEL
from infra.exchange.kinds import Kind, Taking
from infra.exchange.layouts import acceptance
from infra.exchange.merging import Merged, row_errors
from infra.exchange.model import RowError

_WRONG = """
    SELECT line, 'reading', reading_id::text,
           CASE WHEN readings.id IS NULL THEN 'there is no such reading' ELSE 'it was never given to ' || $1 END
      FROM staged
      LEFT JOIN readings ON readings.id = reading_id
      LEFT JOIN meters ON meters.id = meter_id
      LEFT JOIN accounts AS own ON own.id = account_id
     WHERE reading_id IS NOT NULL
       AND (readings.id IS NULL OR meters.service <> ALL ($2)
            OR NOT EXISTS (SELECT FROM accounts WHERE premises_id = own.premises_id AND accounts.provider = $1))
     UNION ALL
    SELECT line, 'reason', '', 'a declined reading needs a reason: the resident is told' FROM staged
     WHERE status = 'declined' AND coalesce(reason, '') = ''"""

_FRESH = """
    CREATE TEMPORARY TABLE fresh ON COMMIT DROP AS
    SELECT reading_id, provider, staged.status, staged.reason, old.status AS old_status
      FROM staged LEFT JOIN verdicts AS old USING (reading_id, provider)
     WHERE (staged.status, staged.reason) IS DISTINCT FROM (old.status, old.reason)"""

_KEEP = """
    INSERT INTO verdicts (reading_id, provider, status, reason) SELECT reading_id, provider, status, reason FROM fresh
        ON CONFLICT (reading_id, provider)
        DO UPDATE SET status = excluded.status, reason = excluded.reason, taken_at = clock_timestamp()"""

_LOCK_METERS = """
    SELECT FROM meters WHERE id IN (SELECT meter_id FROM readings JOIN fresh ON readings.id = reading_id)
     ORDER BY id FOR UPDATE"""
"""Residents submit meanwhile; a turn locks its meter as well."""

_DECLINE = """
    UPDATE readings SET status = 'declined', reason = fresh.reason, current = false
      FROM fresh, meters
     WHERE readings.id = reading_id AND meters.id = meter_id AND meters.provider = fresh.provider
       AND fresh.status = 'declined'"""

_ACCEPT_AFTER_ALL = """
    WITH restored AS (
        SELECT readings.id, meter_id, period, seq
          FROM fresh JOIN readings ON readings.id = reading_id JOIN meters ON meters.id = meter_id
         WHERE meters.provider = fresh.provider AND fresh.status = 'accepted'
           AND readings.status IN ('declined', 'flagged')),
    winners AS (
        SELECT id, meter_id, period FROM restored
         WHERE NOT EXISTS (SELECT FROM readings AS other
                            WHERE other.meter_id = restored.meter_id AND other.period = restored.period
                              AND other.seq > restored.seq
                              AND (other.status = 'accepted' OR other.id IN (SELECT id FROM restored)))),
    replaced AS (
        UPDATE readings SET current = false FROM winners
         WHERE readings.meter_id = winners.meter_id AND readings.period = winners.period AND current
        RETURNING readings.id)
    UPDATE readings SET status = 'accepted', reason = NULL, current = readings.id IN (SELECT id FROM winners)
      FROM restored WHERE readings.id = restored.id AND (SELECT count(*) FROM replaced) >= 0"""
"""Current is what was confirmed last of what stands: a later reading that is declined too, or that waits for an
operator, does not stand. The count makes the replaced reading step down first."""

_CLOSE_TASKS = f"""
    WITH closed AS (
        UPDATE tasks SET status = fresh.status, note = coalesce(fresh.reason, ''), settled_by = 'billing:' || $1::text,
               settled_at = clock_timestamp()
          FROM fresh, readings, meters
         WHERE tasks.reading_id = fresh.reading_id AND tasks.status = '{TaskStatus.OPEN}'
           AND readings.id = fresh.reading_id AND meters.id = readings.meter_id AND meters.provider = fresh.provider
        RETURNING tasks.id, tasks.reading_id, tasks.status),
    told AS (
        INSERT INTO inbox (messenger, bot, peer, key, raw, internal)
        SELECT messenger, bot, peer, 'notice:task:' || closed.id || ':' || peer,
               json_build_object(
                   'notice', json_build_object('kind', '{NoticeKind.TASK_SETTLED}', 'subject', closed.id::text))::text,
               true
          FROM closed JOIN readings ON readings.id = reading_id JOIN chats USING (resident_id)
         WHERE closed.status = '{TaskStatus.ACCEPTED}'
         ORDER BY messenger, bot, peer
            ON CONFLICT (messenger, bot, key) DO NOTHING
        RETURNING messenger, bot, peer)
    SELECT count(pg_notify('{CHANNEL}', json_build_array(messenger, bot, peer)::text)) FROM told"""  # noqa: S608
"""Meters are locked by now, and before tasks: so does whoever settles one (core.meters.tasks). A decline is told as
such, with its reason."""

_DECLINED = """
    SELECT resident_id, reading_id || ':' || provider, NULL::bigint
      FROM fresh JOIN readings ON readings.id = reading_id
     WHERE fresh.status = 'declined' AND old_status IS DISTINCT FROM 'declined' AND resident_id IS NOT NULL"""
"""Who sent what is declined now; a decline is told once, whatever file tells of it."""


async def _check(taking: Taking) -> list[RowError]:
    needed = [service.value for service in taking.provider.readings_needed]
    return await row_errors(taking.connection, _WRONG, taking.provider.code, needed)


async def _take(taking: Taking) -> Merged:
    connection = taking.connection
    await connection.execute(_FRESH)
    inserted, changed = await connection.fetchrow(
        "SELECT count(*) FILTER (WHERE old_status IS NULL), count(old_status) FROM fresh"
    )
    await connection.execute(ACTOR, f"billing:{taking.provider.code}")
    for query in (_KEEP, _LOCK_METERS, _DECLINE, _ACCEPT_AFTER_ALL):
        await connection.execute(query)
    await connection.execute(_CLOSE_TASKS, taking.provider.code)
    mailing = await PostgresMailings(connection).open(unending(Reminder.DECLINED))
    await connection.execute(adding(_DECLINED), mailing)
    return Merged(inserted, changed)


ACCEPTANCE = Kind(acceptance, _check, _take, names_accounts=False)
