"""Backup and restore: everything comes back, nothing leaves the copy, and a broken file changes nothing."""

import asyncio
import io
import json
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest
from typer.testing import Result

from cli.base import Base
from cli.demo import messengers_at
from core.city import City
from dialogs.ports import ChatAddress
from infra.backup import BackupRefused, make_backup, restore_backup
from infra.backup.making import BackupFailed
from infra.db.engine import create_engine
from infra.db.inbox import PostgresInbox
from infra.db.migrate import migrate
from infra.db.switches import SENDING, set_switch
from tests.cli.conftest import Command
from tests.databases import run_statement
from tests.infra.db.test_turns import updates
from tests.journeys.conftest import free_port, grounds, serving, stand_ins

TABLES = """
SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY relname
"""
LIFE = """
INSERT INTO residents (language) SELECT 'ru' FROM generate_series(1, 50);
INSERT INTO chats (messenger, bot, peer, resident_id, state)
    SELECT 'telegram', '1000001', '5' || id, id, '{"rev": 3, "text": "«ёж»\\n\\t\\u2028"}' FROM residents;
INSERT INTO rendered_files (key, content) VALUES ('file', '\\x00ff5c0a0d'::bytea);
INSERT INTO inbox (messenger, bot, peer, key, raw, done_at)
    SELECT 'telegram', '1000001', '51', 'k' || n, '{}', now() FROM generate_series(1, 500) AS n;
INSERT INTO outbox (messenger, bot, peer, method, params, random_id, leased_until)
    VALUES ('telegram', '1000001', '51', 'sendMessage', '{"text": "из прошлой жизни"}', 7, now());
INSERT INTO bookmarks (name, place) VALUES ('vk:200001', '77'), ('vk:200001:looked', '1645000000');
SELECT nextval(pg_get_serial_sequence('tickets', 'id')) FROM generate_series(1, 41);
"""


CHANGED = ("switches", "bookmarks")
"""Tables that a restored copy has otherwise: it is silent, and does not look back into VK's conversations."""


async def contents(url: str) -> dict[str, str]:
    """A digest of every table."""
    connection = await asyncpg.connect(url)
    digests = {}
    for (table,) in await connection.fetch(TABLES):
        digests[table] = await connection.fetchval(
            f"SELECT md5(coalesce(string_agg(t::text, chr(10) ORDER BY t::text), '')) FROM \"{table}\" AS t"
        )
    await connection.close()
    return digests


@pytest.fixture
async def lived_in(database_url: str) -> str:
    await run_statement(database_url, LIFE)
    return database_url


@pytest.fixture
async def backup(lived_in: str, tmp_path: Path) -> Path:
    file = tmp_path / "backup.tar"
    await make_backup(lived_in, file)
    return file


async def test_everything_comes_back_and_sending_is_off(
    command: Command, lived_in: str, empty_database_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "backup.tar"
    made = await command("backup", file)
    assert made.exit_code == 0
    assert "SECRET_KEY is not in it" in made.stdout
    restored = await command("restore", file, VODOTEPLO_DATABASE_URL=empty_database_url)
    assert restored.exit_code == 0, restored.output
    assert "Sending is off" in restored.stdout
    before, after = await contents(lived_in), await contents(empty_database_url)
    for table in CHANGED:
        assert before.pop(table) != after.pop(table)
    assert before == after
    connection = await asyncpg.connect(empty_database_url)
    assert [row["name"] for row in await connection.fetch("SELECT name FROM bookmarks")] == ["vk:200001"]
    assert await connection.fetchval("SELECT is_on FROM switches WHERE name = 'sending'") is False
    assert await connection.fetchval("SELECT nextval(pg_get_serial_sequence('tickets', 'id'))") == 42
    await connection.close()


async def test_what_was_to_be_told_to_many_is_never_told_by_the_copy(
    database_url: str, empty_database_url: str, tmp_path: Path
) -> None:
    """The original may have told it since the backup was made."""
    await run_statement(
        database_url,
        "INSERT INTO mailings (key, kind, topic, status, open, random_id) "
        "SELECT status || open, 'announcement', 'announcement', status, open, 1 "
        "FROM unnest(ARRAY['draft', 'scheduled', 'sending', 'paused', 'finished']) AS status, "
        "unnest(ARRAY[false, true]) AS open WHERE NOT open OR status = 'sending';"
        "INSERT INTO deliveries (mailing_id, resident_id, token, state) SELECT mailings.id, n, 'vk:1', state "
        "FROM mailings, unnest(ARRAY['waiting', 'sending', 'sent']) WITH ORDINALITY AS states (state, n)",
    )
    file = tmp_path / "backup.tar"
    await make_backup(database_url, file)
    await restore_backup(empty_database_url, file)
    connection = await asyncpg.connect(empty_database_url)
    states = dict(await connection.fetch("SELECT state, count(*) FROM deliveries GROUP BY 1"))
    assert states == {"unknown": 12, "sent": 6}
    statuses = dict(await connection.fetch("SELECT key, status || coalesce(' ' || halt, '') FROM mailings"))
    assert statuses == {
        "draftfalse": "draft",
        "scheduledfalse": "paused restored",
        "sendingfalse": "cancelled restored",
        "sendingtrue": "sending",
        "pausedfalse": "cancelled restored",
        "finishedfalse": "finished",
    }
    await connection.close()


async def test_only_its_owner_may_read_a_backup(backup: Path) -> None:
    assert backup.stat().st_mode & 0o777 == 0o600
    assert list(backup.parent.iterdir()) == [backup]


async def test_a_restored_copy_can_be_backed_up_and_restored_like_any_other(
    backup: Path, empty_database_url: str, database_url: str, tmp_path: Path
) -> None:
    await restore_backup(empty_database_url, backup)
    again = tmp_path / "again.tar"
    await make_backup(empty_database_url, again)
    await run_statement(database_url, "DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    await restore_backup(database_url, again)
    first, second = await contents(empty_database_url), await contents(database_url)
    assert first["bookmarks"] == second["bookmarks"]
    assert first.pop("switches") != second.pop("switches"), "each copy is switched off at its own moment"
    assert first == second


async def test_a_backup_is_of_one_moment_while_the_house_goes_on(
    lived_in: str, empty_database_url: str, tmp_path: Path
) -> None:
    """Were dump and counts of different moments, the restored rows would not be as many as the manifest says."""
    engine = create_engine(lived_in)
    inbox, stop = PostgresInbox(engine), asyncio.Event()

    async def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            await inbox.add(updates(f"new {number}"))

    writing = asyncio.create_task(write())
    manifest = await make_backup(lived_in, tmp_path / "b.tar")
    stop.set()
    await writing
    await engine.dispose()
    await restore_backup(empty_database_url, tmp_path / "b.tar")
    assert manifest.rows["inbox"] >= 500
    connection = await asyncpg.connect(lived_in)
    assert await connection.fetchval("SELECT count(*) FROM inbox") > manifest.rows["inbox"]
    await connection.close()


async def test_a_migrated_database_without_rows_is_empty_enough(backup: Path, empty_database_url: str) -> None:
    engine = create_engine(empty_database_url)
    await migrate(engine)
    await engine.dispose()
    await restore_backup(empty_database_url, backup)
    assert (await contents(empty_database_url))["inbox"]


async def test_an_empty_database_of_a_newer_version_is_refused(backup: Path, empty_database_url: str) -> None:
    """What its migrations made, this version cannot take back."""
    engine = create_engine(empty_database_url)
    await migrate(engine)
    await engine.dispose()
    await run_statement(empty_database_url, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(BackupRefused, match="newer version"):
        await restore_backup(empty_database_url, backup)


async def test_a_database_in_use_is_not_overwritten(backup: Path, lived_in: str, empty_database_url: str) -> None:
    before = await contents(lived_in)
    with pytest.raises(BackupRefused, match="not empty"):
        await restore_backup(lived_in, backup)
    assert await contents(lived_in) == before
    somebody = await asyncpg.connect(empty_database_url)
    with pytest.raises(BackupRefused, match="somebody else"):
        await restore_backup(empty_database_url, backup)
    await somebody.close()


def damages(good: bytes) -> Iterator[tuple[str, bytes]]:
    middle = len(good) // 2
    yield "a bit", good[:middle] + bytes([good[middle] ^ 1]) + good[middle + 1 :]
    yield "the last bit of the dump", flipped(good, good.index(b"manifest.json") - 600)
    yield "its end", good[:middle]
    yield "its manifest", good[: good.index(b"manifest.json") - 1]
    yield "its beginning", good[512:]
    yield "everything", b""
    yield "its sense", b"not a tar at all" * 100
    yield "its shape", good.replace(b'"revision": "', b'"revision": "9')


def flipped(content: bytes, place: int) -> bytes:
    while not content[place]:
        place -= 1
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


async def test_a_file_that_was_damaged_is_refused_before_anything_is_touched(
    command: Command, backup: Path, empty_database_url: str
) -> None:
    good = backup.read_bytes()
    broken = backup.with_name("broken.tar")
    for what, content in damages(good):
        broken.write_bytes(content)
        result = await command("restore", broken, VODOTEPLO_DATABASE_URL=empty_database_url)
        assert (result.exit_code, "refused, nothing has changed" in result.stderr) == (2, True), what
        assert await contents(empty_database_url) == {}
    assert refused_lines(result) == 1
    await restore_backup(empty_database_url, backup)


def refused_lines(result: Result) -> int:
    return len(result.stderr.strip().splitlines())


async def test_a_copy_that_lacks_rows_is_undone(backup: Path, empty_database_url: str) -> None:
    """A dump that is whole by its checksum, and yet not what the manifest says."""
    wrong = backup.with_name("wrong.tar")
    with tarfile.open(backup) as good, tarfile.open(wrong, "w") as bad:
        for member in good:
            content = good.extractfile(member)
            assert content is not None
            data = content.read()
            if member.name == "manifest.json":
                manifest = json.loads(data)
                manifest["rows"]["inbox"] += 1
                data = json.dumps(manifest).encode()
                member.size = len(data)
            bad.addfile(member, io.BytesIO(data))
    with pytest.raises(BackupFailed, match="not as many"):
        await restore_backup(empty_database_url, wrong)
    assert await contents(empty_database_url) == {}


# --- sending


def pointed_at(address: str, ground: Base) -> Base:
    settings = messengers_at(ground.settings, address).model_copy(update={"web_port": free_port()})
    return replace(ground, settings=settings)


async def test_a_restored_copy_sends_nothing_until_it_is_switched_on(
    command: Command, backup: Path, empty_database_url: str, redis_url: str, city: City
) -> None:
    await restore_backup(empty_database_url, backup)
    sandbox = stand_ins()
    ground = pointed_at(await sandbox.start(), grounds(empty_database_url, redis_url, city))
    engine = create_engine(empty_database_url)
    assert sandbox.telegram is not None
    assert sandbox.vk is not None
    calls = (sandbox.telegram.calls, sandbox.vk.calls)
    try:
        async with serving(ground, engine):
            await PostgresInbox(engine).add(updates("late", chat=ChatAddress("telegram", "1000001", "51")))
            await asyncio.sleep(4)
            assert [len(made) for made in calls] == [0, 0]

            on = await command("sending", "on", VODOTEPLO_DATABASE_URL=empty_database_url)
            assert on.exit_code == 2
            assert "calls wait" in on.stderr
            assert [len(made) for made in calls] == [0, 0]

            await command("sending", "on", "--send", VODOTEPLO_DATABASE_URL=empty_database_url)
            async with asyncio.timeout(10):
                while not any(call.method == "sendMessage" for call in sandbox.telegram.calls):
                    await asyncio.sleep(0.05)
                while not any(call.method == "groups.getLongPollServer" for call in sandbox.vk.calls):
                    await asyncio.sleep(0.05)
    finally:
        await engine.dispose()
        await sandbox.stop()


async def test_switched_off_a_house_falls_silent_and_goes_on_where_it_was(
    database_url: str, redis_url: str, city: City
) -> None:
    sandbox = stand_ins()
    ground = pointed_at(await sandbox.start(), grounds(database_url, redis_url, city))
    engine = create_engine(database_url)
    assert sandbox.telegram is not None
    phone = sandbox.telegram.phone(4001)
    try:
        async with serving(ground, engine):
            await phone.start()
            await phone.wait_for("Согласны")
            await set_switch(engine, SENDING, False)
            await asyncio.sleep(2.5)
            before = len(sandbox.telegram.calls)
            await phone.say("меню")
            await asyncio.sleep(2.5)
            assert len(sandbox.telegram.calls) == before
            await set_switch(engine, SENDING, True)
            await phone.wait_for("Согласны")
    finally:
        await engine.dispose()
        await sandbox.stop()


async def test_dropping_what_waits_lets_only_new_calls_leave(
    command: Command, backup: Path, empty_database_url: str
) -> None:
    await restore_backup(empty_database_url, backup)
    shown = await command("sending", "show", VODOTEPLO_DATABASE_URL=empty_database_url)
    assert shown.stdout == "Sending is off; 1 calls wait.\n"
    on = await command("sending", "on", "--drop", VODOTEPLO_DATABASE_URL=empty_database_url)
    assert on.stdout == "Sending is on; 1 calls were dropped.\n"
    shown = await command("sending", "show", VODOTEPLO_DATABASE_URL=empty_database_url)
    assert shown.stdout == "Sending is on; 0 calls wait.\n"
    assert (await command("sending", "on", "--drop", "--send")).exit_code == 2
