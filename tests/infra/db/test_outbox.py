"""The outbox: one process at a time sends a row, and rows of a chat keep their order."""

import asyncio
from collections.abc import Sequence

import pytest
from asyncpg import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from core.ids import PremisesId
from core.periods import Period
from dialogs.ports import Call, ChatAddress, Outgoing, PutOff
from dialogs.screen import File, Form
from infra.db.calls import random_id, write_file
from infra.db.engine import connect_alone, create_engine
from infra.db.outbox import SILENT_SECONDS, PostgresOutbox
from infra.db.turns import LEASE_SECONDS

A, B = "100", "200"


@pytest.fixture
def outbox(engine: AsyncEngine) -> PostgresOutbox:
    return PostgresOutbox(engine)


async def rows(db: Connection, *peers: str, free: bool = True) -> list[int]:
    """Unsent rows of these chats, in this order, whose leases have run out, or have not."""
    insert = """
    INSERT INTO outbox (messenger, bot, peer, method, params, random_id, leased_until)
    VALUES ('telegram', '1', $1, 'sendMessage', '{"text": "Ёж"}', 7, clock_timestamp() + $2 * interval '1 second')
    RETURNING id
    """
    return [await db.fetchval(insert, peer, -1 if free else 60) for peer in peers]


async def ids(outbox: PostgresOutbox, limit: int = 100, of_a_chat: int = 100) -> list[int]:
    return [row.id for row in await outbox.lease(limit, of_a_chat)]


def held(row: int, attempt: int = 0, peer: str = A) -> Outgoing:
    """A row as its holder knows it."""
    return Outgoing(row, ChatAddress("telegram", "1", peer), Call("sendMessage", {}), 7, attempt)


async def test_rows_whose_lease_ran_out_are_leased_once_in_order(outbox: PostgresOutbox, db: Connection) -> None:
    made = await rows(db, A, B, A)
    leased = await outbox.lease(100, 100)
    assert [row.id for row in leased] == made
    assert leased[0].chat == ChatAddress("telegram", "1", A)
    assert (leased[0].call, leased[0].random_id, leased[0].attempt) == (Call("sendMessage", {"text": "Ёж"}), 7, 1)
    assert await ids(outbox) == []


async def test_no_row_overtakes_one_that_another_process_holds(outbox: PostgresOutbox, db: Connection) -> None:
    await rows(db, A, free=False)
    (other,) = (await rows(db, A, B))[1:]
    assert await ids(outbox) == [other]


async def test_no_row_overtakes_one_that_is_put_off(outbox: PostgresOutbox, db: Connection) -> None:
    first, second = await rows(db, A, A)
    assert await ids(outbox, 1) == [first]
    await outbox.put_off([PutOff(first, 1, 1)], 60)
    assert await ids(outbox) == []
    await outbox.put_off([PutOff(first, 1, 1)], -1)
    assert await ids(outbox) == [first, second]


async def test_a_limit_cuts_behind_a_chats_beginning_never_before_it(outbox: PostgresOutbox, db: Connection) -> None:
    made = await rows(db, A, A, B, A, B)
    assert await ids(outbox, 2) == made[:2]
    assert await ids(outbox, 2) == [made[2], made[4]], "the third of the first chat waits for the two on their way"
    await outbox.sent(made[:2])
    assert await ids(outbox) == [made[3]]


async def test_what_was_sent_or_given_up_is_never_leased_again(outbox: PostgresOutbox, db: Connection) -> None:
    one, two, three = await rows(db, A, A, A)
    await outbox.sent([one])
    await outbox.give_up([two], "blocked")
    assert await ids(outbox) == [three]
    await outbox.give_up([one], "dead")
    await outbox.sent([two])
    await outbox.put_off([PutOff(one, 0, 0), PutOff(two, 0, 0)], -1)
    await outbox.sent([])
    found = await db.fetch("SELECT sent_at IS NOT NULL AS sent, outcome FROM outbox ORDER BY id")
    assert [tuple(row) for row in found] == [(True, None), (False, "blocked"), (False, None)]
    assert await ids(outbox) == []


async def test_a_lease_that_ran_out_counts_as_a_send_that_may_have_begun(
    outbox: PostgresOutbox, db: Connection
) -> None:
    await rows(db, A)
    for attempt in (1, 2, 3):
        assert [(one.attempt, one.tries) for one in await outbox.lease(1, 1)] == [(attempt, attempt - 1)]
        await db.execute("UPDATE outbox SET leased_until = now()")


async def test_what_is_given_back_counts_what_was_sent_and_no_lease(outbox: PostgresOutbox, db: Connection) -> None:
    (row,) = await rows(db, A, free=False)
    await outbox.put_off([PutOff(row, 0, 3)], -1)
    for _ in range(50):
        (one,) = await outbox.lease(1, 1)
        assert one.tries == 3
        await outbox.put_off([PutOff(row, one.attempt, one.tries)], -1)


async def test_who_was_cut_off_for_longer_than_its_lease_does_not_touch_the_next_one(
    outbox: PostgresOutbox, db: Connection
) -> None:
    """Twice: who made the row, and who took it first."""
    (row,) = await rows(db, A)
    for number in (1, 2):
        (taken,) = await outbox.lease(1, 1)
        await outbox.put_off([PutOff(row, number - 1, number)], -1)
        assert await outbox.renew([held(row, number - 1)]) == []
        assert await ids(outbox) == []
        assert await outbox.renew([taken]) == [row]
        await db.execute("UPDATE outbox SET leased_until = now()")


async def test_a_chat_with_much_to_say_does_not_fill_a_lease(outbox: PostgresOutbox, db: Connection) -> None:
    made = await rows(db, A, A, A, A, B)
    assert await ids(outbox, 100, 2) == [made[0], made[1], made[4]]
    assert await ids(outbox, 100, 2) == []
    await outbox.sent(made[:1])
    assert await ids(outbox, 100, 2) == [], "the second is still on its way"
    await outbox.sent(made[1:2])
    assert await ids(outbox, 100, 2) == [made[2], made[3]]


async def test_what_answers_a_person_is_told_from_news(outbox: PostgresOutbox, db: Connection) -> None:
    made = await rows(db, A, A, A)
    for key, internal in (("said", False), ("news", True)):
        insert = (
            "INSERT INTO inbox (messenger, bot, peer, key, raw, internal) VALUES ('telegram', '1', $1, $2, '{}', $3)"
        )
        await db.execute(insert, A, key, internal)
    for row, turn in zip(made, ("said", "news", "purged since"), strict=True):
        await db.execute("UPDATE outbox SET turn = $2 WHERE id = $1", row, turn)
    assert [row.reply for row in await outbox.lease(10, 10)] == [True, False, True]


async def test_sweepers_of_several_processes_never_share_a_row_nor_split_a_chats_order(
    db: Connection, database_url: str
) -> None:
    made = await rows(db, *([A, B, "300", "400"] * 10))
    engines = [create_engine(database_url) for _ in range(4)]
    told = await asyncio.gather(*(PostgresOutbox(engine).lease(7, 7) for engine in engines for _ in range(3)))
    leased: Sequence[int] = [row.id for batch in told for row in batch]
    assert len(leased) == len(set(leased))
    assert set(leased) <= set(made)
    for batch in told:
        for row in batch:
            earlier = [one for one in made if one < row.id and (one - made[0]) % 4 == (row.id - made[0]) % 4]
            assert set(earlier) <= {one.id for one in batch}
    await asyncio.gather(*(engine.dispose() for engine in engines))


# --- whoever held a row has died


SILENT, FRESH = LEASE_SECONDS - SILENT_SECONDS - 0.5, LEASE_SECONDS - 1
"""Seconds that are left of a lease which was not renewed for too long, and of one renewed a moment ago."""


async def held_by(db: Connection, holder: Connection, left: float, peer: str = A) -> int:
    """A row that the other connection's process holds, with so much of its lease left."""
    (row,) = await rows(holder, peer, free=False)
    await db.execute(
        "UPDATE outbox SET leased_until = clock_timestamp() + $2 * interval '1 second' WHERE id = $1", row, left
    )
    return row


async def gone(db: Connection, connection: Connection) -> None:
    """Closes a connection, and waits until the server has seen it: it does so a moment later."""
    pid = connection.get_server_pid()
    await connection.close()
    async with asyncio.timeout(5):
        while await db.fetchval("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE pid = $1)", pid):
            await asyncio.sleep(0.01)


async def server_has_run(outbox: PostgresOutbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server of a test may have started a moment ago."""
    lease = PostgresOutbox.LEASE.replace("pg_postmaster_start_time()", "timestamptz '2020-01-01'")
    assert lease != PostgresOutbox.LEASE
    monkeypatch.setattr(PostgresOutbox, "LEASE", lease)


async def test_rows_of_a_dead_process_do_not_wait_for_the_end_of_their_lease(
    outbox: PostgresOutbox, db: Connection, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await server_has_run(outbox, monkeypatch)
    dying = await connect_alone(database_url)
    made = [await held_by(db, dying, SILENT), *await rows(db, A)]
    assert await ids(outbox) == [], "its process lives, however silent"
    await gone(db, dying)
    assert await ids(outbox) == made
    assert await ids(outbox) == [], "they are ours now"


async def test_a_row_that_was_renewed_lately_is_somebodys_though_its_connection_is_gone(
    outbox: PostgresOutbox, db: Connection, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process may lose one connection and live; the twin takes its row, which would then be sent by both."""
    await server_has_run(outbox, monkeypatch)
    cut_off = await connect_alone(database_url)
    row = await held_by(db, cut_off, FRESH)
    await gone(db, cut_off)
    assert await ids(outbox) == []
    silence = "leased_until <= clock_timestamp() + make_interval(secs => $3)"
    careless = PostgresOutbox.LEASE.replace(silence, "$3::float8 IS NOT NULL")
    assert careless != PostgresOutbox.LEASE
    monkeypatch.setattr(PostgresOutbox, "LEASE", careless)
    assert await ids(outbox) == [row]


async def test_a_renewal_names_a_connection_that_lives(
    outbox: PostgresOutbox, db: Connection, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await server_has_run(outbox, monkeypatch)
    cut_off = await connect_alone(database_url)
    row = await held_by(db, cut_off, SILENT)
    assert await outbox.renew([held(row)]) == [row]
    await gone(db, cut_off)
    await db.execute("UPDATE outbox SET leased_until = clock_timestamp() + interval '1 second'")
    assert await ids(outbox) == []


async def test_what_is_put_off_waits_though_whoever_did_it_is_gone(
    outbox: PostgresOutbox, db: Connection, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await server_has_run(outbox, monkeypatch)
    dying = await connect_alone(database_url)
    row = await held_by(db, dying, FRESH)
    await outbox.put_off([PutOff(row, 0, 0)], SILENT)
    await gone(db, dying)
    assert await ids(outbox) == []


async def test_a_server_that_has_just_started_knows_of_nobodys_death(
    outbox: PostgresOutbox, db: Connection, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has lost everybody's connections with itself; the twin (`server_has_run`) would take every row at once."""
    await server_has_run(outbox, monkeypatch)
    honest = PostgresOutbox.LEASE.replace("timestamptz '2020-01-01'", "clock_timestamp()")
    dying = await connect_alone(database_url)
    row = await held_by(db, dying, SILENT)
    await gone(db, dying)
    with monkeypatch.context() as just_started:
        just_started.setattr(PostgresOutbox, "LEASE", honest)
        assert await ids(outbox) == []
    assert await ids(outbox) == [row]


async def test_files_come_back_as_they_were_named(outbox: PostgresOutbox, db: Connection) -> None:
    files = [
        File(Form.RECEIPT_PDF, PremisesId(7), Period(2022, 1)),
        File(Form.PAYMENT_QR, PremisesId(7), Period(2022, 1), "vodokanal"),
        File(Form.MY_DATA),
    ]
    made = await rows(db, A, A, A)
    for row, file in zip(made, files, strict=True):
        await db.execute("UPDATE outbox SET file = $2, file_name = 'photo' WHERE id = $1", row, write_file(file))
    leased = await outbox.lease(10, 10)
    assert [row.call.file for row in leased] == files
    assert {row.call.file_name for row in leased} == {"photo"}


def test_random_ids_are_positive_int32_and_differ() -> None:
    made = {random_id() for _ in range(1000)}
    assert len(made) > 990
    assert all(0 < one < 2**31 for one in made)
