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


async def test_what_was_said_lately_stays_whatever_year_the_city_is_in(engine: AsyncEngine, db: Connection) -> None:
    """With the setting NOW, as in the demo, everything is dated years back."""
    await db.execute(
        """
        INSERT INTO chats (messenger, bot, peer) VALUES ('vk', '9', '1'), ('vk', '9', '2');
        UPDATE chats SET state = '{"rev": 3, "trail": [], "saved": "2022-02-16T05:00:00+00:00"}';
        UPDATE chats SET used_at = now() - interval '31 days' WHERE peer = '2';
        INSERT INTO tickets (key, chat_id, topic, organisation, status, opened_at)
            SELECT peer, id, 'other', 'Водоканал', 'answered', '2022-02-16' FROM chats;
        INSERT INTO ticket_messages (ticket_id, at, from_resident, text, stored_at)
            SELECT tickets.id, '2022-02-16', true, key, now() - CASE key
            WHEN '1' THEN interval '1 day' ELSE interval '366 days' END FROM tickets;
        INSERT INTO ticket_files (ticket_id, message_id, kind, state, name, content)
            SELECT ticket_id, id, 'file', 'kept', text, 'x' FROM ticket_messages;
        """
    )
    assert await purge(engine) == 3
    states = await db.fetch("SELECT state ? 'trail' FROM chats ORDER BY peer")
    assert [row[0] for row in states] == [True, False]
    assert [row[0] for row in await db.fetch("SELECT text FROM ticket_messages ORDER BY id")] == ["1", ""]
    assert [row[0] for row in await db.fetch("SELECT state FROM ticket_files ORDER BY id")] == ["kept", "lost"]
    assert await purge(engine) == 0


async def test_what_only_waited_or_counted_goes_after_three_days(engine: AsyncEngine, db: Connection) -> None:
    await db.execute(
        """
        INSERT INTO residents (language) VALUES ('ru');
        INSERT INTO chats (messenger, bot, peer, resident_id) VALUES ('vk', '9', '1', 1);
        INSERT INTO premises (address_key, street, building) VALUES ('k', 's', 'b');
        INSERT INTO links (resident_id, premises_id, name, linked_at) VALUES (1, 1, '', now());
        INSERT INTO one_time_codes (digest, purpose, subject, expires_at)
        SELECT age::text::bytea, 'page', age::text, now() - age * interval '1 day' FROM unnest(ARRAY[2, 4]) AS age;
        INSERT INTO bot_words (chat_id, digest, expires_at)
        SELECT 1, 'x', now() - age * interval '1 day' FROM unnest(ARRAY[2, 4]) AS age;
        INSERT INTO chat_requests (chat_id, resident_id, number, expires_at, settled_at)
        SELECT 1, 1, '1', now() - age * interval '1 day', now() FROM unnest(ARRAY[2, 4]) AS age;
        INSERT INTO link_failures (chat_id, account_hash, failed_at)
        SELECT 1, 'x', now() - age * interval '1 day' FROM unnest(ARRAY[2, 4]) AS age;
        INSERT INTO link_proofs (chat_id, premises_id, proved_at) VALUES (1, 1, now() - interval '4 days');
        INSERT INTO link_alarms (key, kind, raised_at)
        SELECT age::text, 'city', now() - age * interval '1 day' FROM unnest(ARRAY[29, 31]) AS age;
        INSERT INTO helpers (link_id, called, invited_at, since)
        SELECT 1, age::text, now() - age * interval '1 day', CASE WHEN age = 9 THEN now() END
        FROM unnest(ARRAY[2, 4, 9]) AS age;
        """
    )
    assert await purge(engine) == 7
    assert await purge(engine) == 0
    left = await db.fetchrow(
        """
        SELECT (SELECT count(*) FROM one_time_codes), (SELECT count(*) FROM bot_words),
            (SELECT count(*) FROM chat_requests), (SELECT count(*) FROM link_failures),
            (SELECT count(*) FROM link_proofs), (SELECT count(*) FROM link_alarms), (SELECT count(*) FROM helpers)
        """
    )
    assert tuple(left) == (1, 1, 1, 1, 0, 1, 2)


async def test_texts_of_settled_questions_go_after_a_year_and_the_questions_stay(
    engine: AsyncEngine, db: Connection
) -> None:
    await db.execute(
        """
        INSERT INTO chats (messenger, bot, peer) VALUES ('vk', '9', '1');
        INSERT INTO tickets (key, chat_id, topic, organisation, status, opened_at) VALUES
            ('old', 1, 'other', 'x', 'resolved', now()), ('waits', 1, 'other', 'x', 'open', now());
        INSERT INTO ticket_messages (ticket_id, at, stored_at, from_resident, text)
        SELECT ticket, now(), now() - age * interval '1 day', true, said FROM (VALUES
            (1, 366, 'старый вопрос'), (1, 364, 'ответ'), (2, 900, 'ждёт')) AS talk (ticket, age, said);
        INSERT INTO fake_reports (key, chat_id, reported_at, text) VALUES ('1', 1, now() - interval '366 days', 'x');
        INSERT INTO tasks (key, kind, facts, status, opened_at, settled_at) VALUES
            ('a', 'fake_bot', '{"text": "x", "report": 1}', 'closed', now(), now() - interval '366 days'),
            ('b', 'fake_bot', '{"text": "y"}', 'open', now() - interval '900 days', NULL),
            ('c', 'reading', '{}', 'closed', now(), now() - interval '1100 days');
        """
    )
    assert await purge(engine) == 4
    assert await purge(engine) == 0
    texts = [row[0] for row in await db.fetch("SELECT text FROM ticket_messages ORDER BY id")]
    assert texts == ["", "ответ", "ждёт"]
    assert [row[0] for row in await db.fetch("SELECT facts FROM tasks ORDER BY key")] == [{"report": 1}, {"text": "y"}]


async def test_what_was_typed_in_a_forgotten_conversation_goes_and_its_revision_stays(
    engine: AsyncEngine, db: Connection
) -> None:
    await db.execute(
        """
        INSERT INTO chats (messenger, bot, peer, state)
        SELECT 'vk', '9', peer, '{"rev": 7, "trail": [1]}' FROM unnest(ARRAY['29', '31']) AS peer;
        INSERT INTO chats (messenger, bot, peer, state) VALUES ('vk', '9', '99', NULL);
        ALTER TABLE chats DISABLE TRIGGER USER;
        UPDATE chats SET used_at = now() - peer::integer * interval '1 day';
        ALTER TABLE chats ENABLE TRIGGER USER;
        """
    )
    assert await purge(engine) == 1
    assert await purge(engine) == 0
    states = {row["peer"]: row["state"] for row in await db.fetch("SELECT peer, state FROM chats")}
    assert states["31"] == {"rev": 7}
    assert states["29"]["trail"] == [1]
    assert states["99"] is None


async def test_failed_and_ended_sign_ins_go(engine: AsyncEngine, db: Connection) -> None:
    await db.execute(
        """
        INSERT INTO members (login, name, role, password) VALUES ('anna', 'Анна', 'operator', 'x');
        INSERT INTO desk_sessions (digest, member_id, proved, seen_at)
        SELECT md5(days::text)::bytea, (SELECT id FROM members), true, now() - days * interval '1 day'
        FROM generate_series(0, 5) AS days;
        INSERT INTO sign_in_failures (login, address, failed_at)
        SELECT '', '', now() - days * interval '1 day' FROM generate_series(0, 5) AS days;
        """
    )
    assert await purge(engine) == 6
    assert await db.fetchval("SELECT count(*) FROM desk_sessions") == 3
    assert await db.fetchval("SELECT count(*) FROM sign_in_failures") == 3
