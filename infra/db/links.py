"""Who is linked to which flat, who helps, and which links wait for an operator: ports of core.accounts."""

# ruff: noqa: S608 - statements are put together of constants of this module only

from collections.abc import Sequence
from itertools import groupby
from typing import ClassVar, Final

from asyncpg import Connection, Record

from core.accounts.model import (
    Access,
    AccountLink,
    Claim,
    ClaimReason,
    Helper,
    LinkNews,
    NewLink,
    Premises,
    ResidentLink,
)
from core.errors import NotFound
from core.ids import AccountId, ClaimId, HelperId, LinkId, PremisesId, ResidentId
from dialogs.event import Notice
from dialogs.internal import write_notice
from infra.db.accounts import read_premises
from infra.db.wake import CHANNEL

_LINKS: Final = """
SELECT id, premises_id, name, linked_at FROM links WHERE resident_id = $1 ORDER BY linked_at, id
"""
_OF_PREMISES: Final = """
SELECT id, resident_id, premises_id, linked_at FROM links WHERE premises_id = $1 ORDER BY id
"""
FLAT: Final = (
    *("link_id", "premises_id", "name", "linked_at", "access", "street", "building", "unit", "city"),
    *("id", "provider", "number", "closed_on"),
)
"""The columns of FLATS: a row for each account of a flat, or one with none."""
# Of a flat one helps with there is the address alone; one's own link to it goes before.
FLATS: Final = """
SELECT links.id AS link_id, links.premises_id, name, linked_at, 'owner' AS access, street, building, unit, city,
    accounts.id, provider, number, closed_on
FROM links JOIN premises ON premises.id = links.premises_id
    LEFT JOIN accounts ON accounts.premises_id = premises.id AND closed_on IS NULL
WHERE resident_id = $1
UNION ALL
SELECT right_id, helped.premises_id, helped.name, since, 'helper', street, building, unit, city, NULL, NULL, NULL, NULL
FROM (
    SELECT DISTINCT ON (links.premises_id) helpers.id AS right_id, links.premises_id, helpers.name, since
    FROM helpers JOIN links ON links.id = link_id WHERE helpers.resident_id = $1
    ORDER BY links.premises_id, helpers.id
) AS helped JOIN premises ON premises.id = helped.premises_id
WHERE NOT EXISTS (SELECT FROM links AS own WHERE own.resident_id = $1 AND own.premises_id = helped.premises_id)
ORDER BY linked_at, access, link_id, id
"""
_ADD: Final = """
INSERT INTO links (resident_id, premises_id, account_id, name, linked_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (resident_id, premises_id) DO NOTHING RETURNING id
"""
_CLAIM: Final = """id, resident_id, premises_id, account_id, name, linked_at, why, contested_by, raised_at, outcome"""
_SUSPEND: Final = """
WITH gone AS (DELETE FROM links WHERE id = $1 RETURNING resident_id, premises_id, account_id, name, linked_at)
INSERT INTO link_claims (resident_id, premises_id, account_id, name, linked_at, why, contested_by)
SELECT resident_id, premises_id, account_id, name, linked_at, $2, $3::bigint FROM gone RETURNING id
"""
_WAIT: Final = """
INSERT INTO link_claims (resident_id, premises_id, account_id, name, linked_at, why) VALUES ($1, $2, $3, $4, $5, $6)
RETURNING id
"""
_OPEN_OF: Final = "SELECT id FROM link_claims WHERE resident_id = $1 AND premises_id = $2 AND settled_at IS NULL"
_DISPUTED: Final = f"""
SELECT EXISTS (SELECT FROM link_claims
    WHERE premises_id = $1 AND why = '{ClaimReason.CONTESTED}' AND settled_at IS NULL)
"""
_SETTLE: Final = """
UPDATE link_claims SET settled_at = clock_timestamp(), outcome = $2 WHERE id = $1 AND settled_at IS NULL RETURNING id
"""
_HELPER: Final = "helpers.id, links.premises_id, called, since"
_OWNER: Final = "links.id AS link_id, links.resident_id AS owner_id, links.linked_at"
# A right that nobody took while its code lived is none.
_OF_LINK: Final = f"""
SELECT {_HELPER} FROM helpers JOIN links ON links.id = link_id
WHERE link_id = $1 AND (since IS NOT NULL OR EXISTS (
    SELECT FROM one_time_codes WHERE purpose = 'helper' AND subject = helpers.id::text
        AND used_at IS NULL AND expires_at > clock_timestamp()))
ORDER BY helpers.id
"""
_FIND: Final = f"SELECT {_HELPER}, {_OWNER} FROM helpers JOIN links ON links.id = link_id WHERE helpers.id = $1"
_FORMER: Final = """
DELETE FROM helpers AS former USING helpers AS right_now
WHERE right_now.id = $1 AND former.link_id = right_now.link_id AND former.resident_id = $2
"""
_RIGHTS: Final = """
helpers AS other JOIN links AS theirs ON theirs.id = other.link_id
    JOIN links AS given ON given.premises_id = theirs.premises_id JOIN helpers AS one ON one.link_id = given.id
"""
"""`one` right, and every `other` to the same flat."""
_ACCEPT: Final = f"""
UPDATE helpers SET resident_id = $2, since = clock_timestamp(), name = coalesce(
    (SELECT other.name FROM {_RIGHTS} WHERE one.id = $1 AND other.resident_id = $2 ORDER BY other.id LIMIT 1), $3
) WHERE id = $1
"""
_RENAME: Final = f"""
UPDATE helpers SET name = $2
WHERE id IN (SELECT other.id FROM {_RIGHTS} WHERE one.id = $1 AND other.resident_id = one.resident_id)
"""
_GIVE_UP: Final = """
DELETE FROM helpers USING links WHERE links.id = link_id AND helpers.resident_id = $1 AND premises_id = $2
"""
_TELL: Final = f"""
WITH told AS (
    INSERT INTO inbox (messenger, bot, peer, key, raw, internal)
    SELECT messenger, bot, peer, $2 || ':' || peer, $3, true FROM chats WHERE resident_id = $1
    ORDER BY messenger, bot, peer
    ON CONFLICT (messenger, bot, key) DO NOTHING
    RETURNING messenger, bot, peer
)
SELECT count(pg_notify('{CHANNEL}', json_build_array(messenger, bot, peer)::text)) FROM told
"""


class PostgresLinks:
    """`core.accounts.ports.LinkStore`."""

    HOLD: ClassVar = "SELECT FROM premises WHERE id = $1 FOR NO KEY UPDATE"

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def hold(self, premises: PremisesId) -> None:
        await self._connection.execute(self.HOLD, premises)

    async def of_resident(self, resident: ResidentId) -> tuple[AccountLink, ...]:
        return tuple(_link(row) for row in await self._connection.fetch(_LINKS, resident))

    async def of_premises(self, premises: PremisesId) -> tuple[ResidentLink, ...]:
        rows = await self._connection.fetch(_OF_PREMISES, premises)
        return tuple(
            ResidentLink(LinkId(row["id"]), ResidentId(row["resident_id"]), premises, row["linked_at"]) for row in rows
        )

    async def flats(self, resident: ResidentId) -> Sequence[tuple[AccountLink, Premises]]:
        rows = await self._connection.fetch(FLATS, resident)
        return [_flat(list(own)) for _, own in groupby(rows, key=lambda row: (row["access"], row["link_id"]))]

    async def add(self, link: NewLink) -> LinkId | None:
        made = await self._connection.fetchval(_ADD, link.resident, link.premises, link.account, link.name, link.at)
        return None if made is None else LinkId(made)

    async def rename(self, link: LinkId, name: str) -> None:
        await self._connection.execute("UPDATE links SET name = $2 WHERE id = $1", link, name)

    async def remove(self, resident: ResidentId, link: LinkId) -> None:
        await self._connection.execute("DELETE FROM links WHERE id = $1 AND resident_id = $2", link, resident)


class PostgresHelpers:
    """`core.accounts.ports.HelperStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def invite(self, link: LinkId, called: str) -> HelperId:
        insert = "INSERT INTO helpers (link_id, called) VALUES ($1, $2) RETURNING id"
        return HelperId(await self._connection.fetchval(insert, link, called))

    async def accept(self, helper: HelperId, resident: ResidentId, name: str) -> None:
        await self._connection.execute(_FORMER, helper, resident)
        await self._connection.execute(_ACCEPT, helper, resident, name)

    async def find(self, helper: HelperId) -> tuple[Helper, ResidentLink] | None:
        row = await self._connection.fetchrow(_FIND, helper)
        if row is None:
            return None
        right = _helper(row)
        owner = ResidentLink(LinkId(row["link_id"]), ResidentId(row["owner_id"]), right.premises, row["linked_at"])
        return right, owner

    async def of_link(self, link: LinkId) -> tuple[Helper, ...]:
        return tuple(_helper(row) for row in await self._connection.fetch(_OF_LINK, link))

    async def rename(self, helper: HelperId, name: str) -> None:
        await self._connection.execute(_RENAME, helper, name)

    async def remove(self, helper: HelperId) -> ResidentId | None:
        whose = await self._connection.fetchval("DELETE FROM helpers WHERE id = $1 RETURNING resident_id", helper)
        return None if whose is None else ResidentId(whose)

    async def give_up(self, resident: ResidentId, premises: PremisesId) -> None:
        await self._connection.execute(_GIVE_UP, resident, premises)


class PostgresClaims:
    """`core.accounts.ports.ClaimStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def suspend(self, link: LinkId, why: ClaimReason, by: ResidentId | None) -> ClaimId | None:
        made = await self._connection.fetchval(_SUSPEND, link, why.value, by)
        return None if made is None else ClaimId(made)

    async def wait(self, link: NewLink, why: ClaimReason) -> ClaimId:
        given = (link.resident, link.premises, link.account, link.name, link.at, why.value)
        return ClaimId(await self._connection.fetchval(_WAIT, *given))

    async def open_of(self, resident: ResidentId, premises: PremisesId) -> ClaimId | None:
        found = await self._connection.fetchval(_OPEN_OF, resident, premises)
        return None if found is None else ClaimId(found)

    async def disputed(self, premises: PremisesId) -> bool:
        return bool(await self._connection.fetchval(_DISPUTED, premises))

    async def waiting(self) -> Sequence[Claim]:
        rows = await self._connection.fetch(f"SELECT {_CLAIM} FROM link_claims WHERE settled_at IS NULL ORDER BY id")
        return [_claim(row) for row in rows]

    async def get(self, claim: ClaimId) -> Claim:
        row = await self._connection.fetchrow(f"SELECT {_CLAIM} FROM link_claims WHERE id = $1", claim)
        if row is None:
            raise NotFound
        return _claim(row)

    async def settle(self, claim: ClaimId, *, kept: bool) -> None:
        if await self._connection.fetchval(_SETTLE, claim, "kept" if kept else "removed") is None:
            raise NotFound


class PostgresNews:
    """`core.accounts.ports.NewsStore`: an update of ours in each of the resident's chats."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def tell(self, resident: ResidentId, news: LinkNews, subject: str) -> None:
        notice = write_notice(Notice(news.value, subject))
        await self._connection.execute(_TELL, resident, f"notice:{news.value}:{subject}", notice)


def _flat(rows: Sequence[Record]) -> tuple[AccountLink, Premises]:
    first = rows[0]
    premises = PremisesId(first["premises_id"])
    link = AccountLink(LinkId(first["link_id"]), premises, first["name"], first["linked_at"])
    return link, read_premises(premises, rows, Access(first["access"]))


def _link(row: Record) -> AccountLink:
    return AccountLink(LinkId(row["id"]), PremisesId(row["premises_id"]), row["name"], row["linked_at"])


def _helper(row: Record) -> Helper:
    return Helper(HelperId(row["id"]), PremisesId(row["premises_id"]), row["called"], row["since"])


def _claim(row: Record) -> Claim:
    account, by, resident = row["account_id"], row["contested_by"], row["resident_id"]
    return Claim(
        id=ClaimId(row["id"]),
        resident=None if resident is None else ResidentId(resident),
        premises=PremisesId(row["premises_id"]),
        account=None if account is None else AccountId(account),
        name=row["name"],
        linked_at=row["linked_at"],
        why=ClaimReason(row["why"]),
        contested_by=None if by is None else ResidentId(by),
        raised_at=row["raised_at"],
        kept=None if row["outcome"] is None else row["outcome"] == "kept",
    )
