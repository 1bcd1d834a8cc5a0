"""What is past its time goes; what may still be needed stays."""

from asyncpg import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from infra.db.purge import BATCH, purge


async def test_old_rows_go_and_others_stay(engine: AsyncEngine, db: Connection) -> None:
    await db.execute(
        """
        INSERT INTO inbox (messenger, bot, peer, key, raw, received_at, done_at, error) VALUES
            ('vk', '9', '1', 'served long ago', '{}', now() - interval '4 days', now() - interval '4 days', NULL),
            ('vk', '9', '1', 'served lately', '{}', now() - interval '2 days', now() - interval '2 days', NULL),
            ('vk', '9', '1', 'waits since long', '{}', now() - interval '90 days', NULL, NULL),
            ('vk', '9', '1', 'served late', '{}', now() - interval '4 days', now() - interval '4 days', 'Error');
        INSERT INTO dead_letters
            (messenger, bot, peer, key, raw, internal, attempts, error, received_at, given_up_at)
        VALUES
            ('vk', '9', '1', 'dead lately', '{}', false, 6, 'KeyError', now(), now() - interval '29 days'),
            ('vk', '9', '1', 'dead long ago', '{}', false, 6, 'KeyError', now(), now() - interval '31 days');
        INSERT INTO outbox (messenger, bot, peer, method, params, random_id, leased_until, created_at, sent_at, outcome)
        VALUES
            ('vk', '9', '1', 'sent', '{}', 1, now(), now() - interval '4 days', now() - interval '4 days', NULL),
            ('vk', '9', '1', 'unsent', '{}', 1, now(), now() - interval '90 days', NULL, NULL),
            ('vk', '9', '1', 'dead', '{}', 1, now(), now() - interval '90 days', NULL, 'dead');
        INSERT INTO rendered_files (key, content, rendered_at) VALUES
            ('old', '', now() - interval '61 days'), ('new', '', now());
        INSERT INTO uploads (messenger, bot, key, remote, uploaded_at) VALUES
            ('vk', '9', 'old', '', now() - interval '61 days'), ('vk', '9', 'new', '', now());
        """
    )
    assert await purge(engine) == 7
    kept = await db.fetch(
        """
        SELECT key FROM inbox UNION ALL SELECT key FROM dead_letters UNION ALL SELECT method FROM outbox
        UNION ALL SELECT key FROM rendered_files UNION ALL SELECT key FROM uploads
        """
    )
    assert [row[0] for row in kept] == [
        *("served lately", "waits since long", "dead lately"),
        *("unsent", "new", "new"),
    ]


async def test_many_rows_go_in_batches(engine: AsyncEngine, db: Connection) -> None:
    await db.execute(
        """
        INSERT INTO inbox (messenger, bot, peer, key, raw, done_at)
        SELECT 'vk', '9', '1', n::text, '{}', now() - interval '5 days' FROM generate_series(1, $1::integer) AS n
        """,
        BATCH + 7,
    )
    assert await purge(engine) == BATCH + 7
    assert await purge(engine) == 0
