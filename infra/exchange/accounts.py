"""Accounts, and the flats that tie the accounts of several providers together.

Which flat a row means:

1. The flat of its premises key, wherever that lies: keys are there because addresses are spelt in many ways.
2. With a key that is new: the flat at exactly its address (see `addresses`), which gets the key. A flat there with
   another key contradicts the row, and the file is refused.
3. Without a key: the key of another row at exactly its address; else the account's own flat, if that has a key; else
   the flat at exactly its address.
4. Else a new flat; rows of one address share it.

A flat's address is told by the account that was there first, so that two providers do not respell it in turns. When
the last account has moved out of a flat, the residents' links follow it (see `links`, also for how they end).
"""

from infra.exchange.guards import check_vanished
from infra.exchange.kinds import Kind, Taking
from infra.exchange.layouts import accounts
from infra.exchange.links import end_links, follow_flats, remember_holders
from infra.exchange.merging import Merged, insert, known_rows, row_errors, update_lines
from infra.exchange.model import RowError

_KEY = ("provider", "number")
_NOT_OURS = {"street", "building", "unit", "city", "address_key", "external_key"}
"""Staged columns that describe the flat."""

_SHARE_KEYS = """
    UPDATE staged SET external_key = keyed.external_key
      FROM (SELECT address_key, min(external_key) AS external_key FROM staged
             WHERE external_key IS NOT NULL GROUP BY address_key) AS keyed
     WHERE staged.external_key IS NULL AND staged.address_key = keyed.address_key"""

_FIND_FLATS = """
    UPDATE staged SET old_premises_id = found.old_id, premises_id = found.id, foreign_key = found.foreign_key
      FROM (SELECT line, own.id AS old_id,
                   CASE WHEN staged.external_key IS NOT NULL
                        THEN coalesce(keyed.id, CASE WHEN here.external_key IS NULL THEN here.id END)
                        WHEN own.external_key IS NOT NULL THEN own.id
                        ELSE here.id END AS id,
                   CASE WHEN here.external_key <> staged.external_key
                         AND keyed.address_key IS DISTINCT FROM staged.address_key THEN here.external_key
                        END AS foreign_key
              FROM staged
              LEFT JOIN accounts USING (provider, number)
              LEFT JOIN premises AS own ON own.id = accounts.premises_id
              LEFT JOIN premises AS keyed ON keyed.external_key = staged.external_key
              LEFT JOIN (SELECT DISTINCT ON (address_key) address_key, id, external_key FROM premises
                          ORDER BY address_key, external_key IS NULL, id) AS here
                     ON here.address_key = staged.address_key) AS found
     WHERE found.line = staged.line AND num_nonnulls(found.id, found.old_id, found.foreign_key) > 0"""

_CONTRADICTIONS = """
    SELECT line, 'premises', external_key, 'this address belongs to premises ' || foreign_key
      FROM staged WHERE foreign_key IS NOT NULL
     UNION ALL
    SELECT line, 'premises', external_key, 'the premises of line ' || first || ' has another address'
      FROM staged JOIN (SELECT external_key, min(line) AS first FROM staged GROUP BY external_key
                        HAVING min(address_key) <> max(address_key)) AS several USING (external_key)
     WHERE line > first
     UNION ALL
    SELECT line, 'premises', external_key, 'the address of line ' || first || ' has another premises key'
      FROM staged JOIN (SELECT address_key, min(line) AS first FROM staged WHERE external_key IS NOT NULL
                         GROUP BY address_key HAVING min(external_key) <> max(external_key)) AS several
                 USING (address_key)
     WHERE line > first AND external_key IS NOT NULL"""

_NEW_FLATS = """
    INSERT INTO premises (external_key, address_key, city, street, building, unit)
    SELECT key, address_key, city, street, building, unit
      FROM (SELECT DISTINCT ON (address_key) line, address_key, city, street, building, unit,
                   max(external_key) OVER (PARTITION BY address_key) AS key
              FROM staged WHERE premises_id IS NULL ORDER BY address_key, line) AS flats
     ORDER BY line"""

_ENTER_NEW_FLATS = """
    UPDATE staged SET premises_id = premises.id FROM premises
     WHERE staged.premises_id IS NULL AND premises.address_key = staged.address_key"""

_GIVE_KEYS = """
    UPDATE premises SET external_key = staged.external_key FROM staged
     WHERE premises.id = staged.premises_id AND premises.external_key IS NULL AND staged.external_key IS NOT NULL
    RETURNING line, old_premises_id"""

_RESPELL = """
    UPDATE premises SET (address_key, city, street, building, unit)
         = ROW(staged.address_key, staged.city, staged.street, staged.building, staged.unit)
      FROM staged JOIN accounts USING (provider, number)
     WHERE premises.id = staged.premises_id
       AND (premises.address_key, premises.city, premises.street, premises.building, premises.unit)
           IS DISTINCT FROM (staged.address_key, staged.city, staged.street, staged.building, staged.unit)
       AND accounts.id = (SELECT min(first.id) FROM accounts AS first WHERE first.premises_id = premises.id)
    RETURNING line, old_premises_id"""


async def _check(taking: Taking) -> list[RowError]:
    await taking.connection.execute(_SHARE_KEYS)
    await taking.connection.execute(_FIND_FLATS)
    return await row_errors(taking.connection, _CONTRADICTIONS)


async def _take(taking: Taking) -> Merged:
    connection = taking.connection
    warnings = await check_vanished(taking)
    await remember_holders(connection)
    await connection.execute(_NEW_FLATS)
    await connection.execute(_ENTER_NEW_FLATS)
    ours = ["premises_id", *taking.others({*_KEY, *_NOT_OURS})]
    known = await known_rows(connection, "accounts", _KEY)
    changed = await update_lines(connection, "accounts", _KEY, ours) if known else set()
    inserted = await insert(connection, "accounts", _KEY, [*_KEY, *ours], known=known)
    for query in (_GIVE_KEYS, _RESPELL):
        changed |= {line for line, old_flat in await connection.fetch(query) if old_flat is not None}
    if await connection.fetchval("SELECT EXISTS (SELECT FROM staged WHERE old_premises_id <> premises_id)"):
        await follow_flats(connection)
    ended = await end_links(connection, taking.provider.code)
    told = (f"{ended} links of residents have ended with their accounts",) if ended else ()
    return Merged(inserted, len(changed), (*warnings, *told))


ACCOUNTS = Kind(accounts, _check, _take, names_accounts=False)
