"""What a provider's accounts file does to links: they follow flats and new numbers, and end with the account.

A link was given to whoever proved an account. So it ends when billing closes that account, or writes down another
holder; whoever lives there now proves it anew. It goes on where only the number has changed: the old account is closed
and the same provider has an open one at the same flat, with the same holder as far as billing says. What ends lies in
link_claims, and its resident is told.

So it is with a link that waits for an operator, as a contested one does: an operator must not put it back in force once
its account has ended. It is settled by that, its task is closed, and whoever contested it is told as well.
"""

# ruff: noqa: S608 - our own words only

import asyncpg

from core.accounts.model import ClaimReason, LinkNews
from core.accounts.use_cases import CLAIM_TASK
from core.tasks import TaskStatus
from infra.db.wake import CHANNEL


def _same(one: str, other: str) -> str:
    """Whether two holders may be one person: they are spelt alike, or billing knows only one of them."""
    return f"coalesce({_plain(one)} = {_plain(other)}, true)"


def _plain(holder: str) -> str:
    return rf"nullif(regexp_replace(lower(translate({holder}, 'ёЁ', 'еЕ')), '[\s.]+', '', 'g'), '')"


_REMEMBER = """
    CREATE TEMPORARY TABLE holders_before ON COMMIT DROP AS
    SELECT accounts.id AS account_id, accounts.holder FROM accounts JOIN staged USING (provider, number)
     WHERE accounts.holder IS NOT NULL
       AND (accounts.premises_id IN (SELECT links.premises_id FROM links)
            OR accounts.premises_id IN (SELECT link_claims.premises_id FROM link_claims WHERE settled_at IS NULL)
            OR accounts.id IN (SELECT link_proofs.account_id FROM link_proofs))"""

_EMPTIED = """
    SELECT old_premises_id AS old_id, min(premises_id) AS new_id FROM staged
     WHERE old_premises_id <> premises_id
       AND NOT EXISTS (SELECT FROM accounts WHERE accounts.premises_id = old_premises_id)
     GROUP BY old_premises_id HAVING min(premises_id) = max(premises_id)"""

_FOLLOW = f"""
    UPDATE links SET premises_id = chosen.new_id
      FROM (SELECT DISTINCT ON (resident_id, new_id) links.id, new_id
              FROM links JOIN ({_EMPTIED}) AS emptied ON premises_id = old_id
             WHERE NOT EXISTS (SELECT FROM links AS there
                                WHERE there.resident_id = links.resident_id AND there.premises_id = new_id)
             ORDER BY resident_id, new_id, linked_at, links.id) AS chosen
     WHERE links.id = chosen.id"""
_LEAVE = f"DELETE FROM links USING ({_EMPTIED}) AS emptied WHERE premises_id = old_id"
_CLAIMS_FOLLOW = f"""
    UPDATE link_claims SET premises_id = new_id FROM ({_EMPTIED}) AS emptied
     WHERE premises_id = old_id AND settled_at IS NULL
       AND NOT EXISTS (SELECT FROM link_claims AS there WHERE there.resident_id = link_claims.resident_id
                          AND there.premises_id = new_id AND there.settled_at IS NULL)"""

_WAITING = "(SELECT * FROM link_claims WHERE settled_at IS NULL)"


def _new_numbers(table: str, source: str) -> str:
    """Links of the source, whose rows are the table's, go over to the account that follows theirs."""
    return f"""
    UPDATE {table} SET account_id = heirs.id
      FROM (SELECT DISTINCT ON (former.id) former.id AS former_id, heir.id
              FROM {source} AS links JOIN accounts AS former ON former.id = links.account_id
              JOIN accounts AS heir ON heir.premises_id = links.premises_id AND heir.provider = former.provider
             WHERE former.provider = $1 AND former.closed_on IS NOT NULL AND heir.closed_on IS NULL
               AND {_same("former.holder", "heir.holder")}
             ORDER BY former.id, heir.id DESC) AS heirs
     WHERE {table}.account_id = heirs.former_id"""


_HAS_HEIR = """EXISTS (SELECT FROM accounts AS heir WHERE heir.premises_id = links.premises_id
                   AND heir.provider = accounts.provider AND heir.closed_on IS NULL)"""


def _ending(name: str, source: str) -> str:
    """A table of that name with those links of the source that end, and why."""
    return f"""
    CREATE TEMPORARY TABLE {name} ON COMMIT DROP AS
    SELECT DISTINCT ON (id) id, why FROM (
        SELECT links.id,
               CASE WHEN {_HAS_HEIR} THEN '{ClaimReason.NEW_HOLDER}' ELSE '{ClaimReason.CLOSED}' END AS why
          FROM {source} AS links JOIN accounts ON accounts.id = links.account_id
         WHERE accounts.provider = $1 AND accounts.closed_on IS NOT NULL
         UNION ALL
        SELECT links.id, '{ClaimReason.CLOSED}' FROM {source} AS links
         WHERE account_id IS NULL
           AND EXISTS (SELECT FROM accounts WHERE accounts.premises_id = links.premises_id AND provider = $1)
           AND NOT EXISTS (SELECT FROM accounts WHERE accounts.premises_id = links.premises_id AND closed_on IS NULL)
         UNION ALL
        SELECT links.id, '{ClaimReason.NEW_HOLDER}'
          FROM holders_before JOIN accounts ON accounts.id = holders_before.account_id
          JOIN {source} AS links ON links.premises_id = accounts.premises_id
          LEFT JOIN accounts AS proved ON proved.id = links.account_id AND proved.id <> accounts.id
         WHERE NOT {_same("holders_before.holder", "accounts.holder")}
           AND ({_plain("proved.holder")} = {_plain("accounts.holder")}) IS NOT TRUE
    ) AS found ORDER BY id, why DESC"""


_END_PROOFS = f"""
    DELETE FROM link_proofs USING accounts
     WHERE accounts.id = account_id AND accounts.provider = $1
       AND (accounts.closed_on IS NOT NULL
            OR EXISTS (SELECT FROM holders_before WHERE holders_before.account_id = accounts.id
                          AND NOT {_same("holders_before.holder", "accounts.holder")}))"""
"""Who has proved an account, and not confirmed its address yet, proves it anew."""

_END = f"""
    WITH gone AS (
        DELETE FROM links USING ending WHERE links.id = ending.id
        RETURNING resident_id, premises_id, account_id, name, linked_at, why),
    kept AS (
        INSERT INTO link_claims (resident_id, premises_id, account_id, name, linked_at, why, settled_at, outcome)
        SELECT resident_id, premises_id, account_id, name, linked_at, why, clock_timestamp(), 'removed' FROM gone
        RETURNING id, resident_id),
    told AS (
        INSERT INTO inbox (messenger, bot, peer, key, raw, internal)
        SELECT messenger, bot, peer, 'notice:{LinkNews.ENDED}:' || kept.id || ':' || peer,
               json_build_object(
                   'notice', json_build_object('kind', '{LinkNews.ENDED}', 'subject', kept.id::text))::text,
               true
          FROM kept JOIN chats USING (resident_id)
         ORDER BY kept.id, messenger, bot, peer
            ON CONFLICT (messenger, bot, key) DO NOTHING
        RETURNING messenger, bot, peer)
    SELECT (SELECT count(*) FROM kept),
           (SELECT count(pg_notify('{CHANNEL}', json_build_array(messenger, bot, peer)::text)) FROM told)"""
"""The form of the notice is that of dialogs.internal."""

_END_CLAIMS = f"""
    WITH gone AS (
        UPDATE link_claims SET why = ending_claims.why, settled_at = clock_timestamp(), outcome = 'removed'
          FROM ending_claims WHERE link_claims.id = ending_claims.id AND settled_at IS NULL
        RETURNING link_claims.id, resident_id, contested_by),
    closed AS (
        UPDATE tasks SET status = '{TaskStatus.SUPERSEDED}', settled_at = clock_timestamp(),
               settled_by = 'billing:' || $1::text, note = 'billing has ended the account'
          FROM gone WHERE tasks.key = '{CLAIM_TASK}:' || gone.id AND status = '{TaskStatus.OPEN}'),
    news AS (
        SELECT id, resident_id, '{LinkNews.ENDED}' AS kind FROM gone
         UNION ALL
        SELECT id, contested_by, '{LinkNews.CONTEST_SETTLED}' FROM gone),
    told AS (
        INSERT INTO inbox (messenger, bot, peer, key, raw, internal)
        SELECT messenger, bot, peer, 'notice:' || kind || ':' || news.id || ':' || peer,
               json_build_object('notice', json_build_object('kind', kind, 'subject', news.id::text))::text, true
          FROM news JOIN chats USING (resident_id)
         ORDER BY news.id, messenger, bot, peer
            ON CONFLICT (messenger, bot, key) DO NOTHING
        RETURNING messenger, bot, peer)
    SELECT (SELECT count(*) FROM gone),
           (SELECT count(pg_notify('{CHANNEL}', json_build_array(messenger, bot, peer)::text)) FROM told)"""


async def remember_holders(connection: asyncpg.Connection) -> None:
    """Before the accounts are changed: who holds those of flats that are linked."""
    await connection.execute(_REMEMBER)


async def follow_flats(connection: asyncpg.Connection) -> None:
    """Links follow the last account out of a flat: they proved an account, not a spelling."""
    for query in (_FOLLOW, _LEAVE, _CLAIMS_FOLLOW):
        await connection.execute(query)


async def end_links(connection: asyncpg.Connection, provider: str) -> int:
    """After the accounts were changed: links go over to new numbers, or end; how many ended."""
    for table, source in (("links", "links"), ("link_claims", _WAITING)):
        await connection.execute(_new_numbers(table, source), provider)
    await connection.execute(_ending("ending", "links"), provider)
    await connection.execute(_ending("ending_claims", _WAITING), provider)
    await connection.execute(_END_PROOFS, provider)
    waited, _ = await connection.fetchrow(_END_CLAIMS, provider)
    ended, _ = await connection.fetchrow(_END)
    return int(ended) + int(waited)
