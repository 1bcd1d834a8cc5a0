"""`vodoteplo operator add|list|dismiss|reset` and `vodoteplo migrate --grant`."""

import re
from collections.abc import AsyncIterator

import asyncpg
import pytest

from core.city import City
from core.clock import CityClock, ShiftedClock
from infra.db.engine import create_engine
from infra.db.grants import ONLY_ADDED
from tests.cli.conftest import Command
from tests.databases import run_statement
from tests.desks import DeskSite, desk_site


@pytest.fixture
async def desk(database_url: str, city: City) -> AsyncIterator[DeskSite]:
    engine = create_engine(database_url)
    async with desk_site(engine, city, CityClock(ShiftedClock(), city.zone)) as site:
        yield site
    await engine.dispose()


async def test_the_first_admin_is_made_here_and_signs_in(command: Command, desk: DeskSite) -> None:
    assert "Nobody yet" in (await command("operator", "list")).stdout
    assert "desk: no admin yet" in (await command("check")).stdout
    made = await command("operator", "add", "Boss", "--name", "Мария Главная", "--role", "admin")
    assert made.exit_code == 0
    password = re.search(r"within 7 days: (\S+)", made.stdout)
    assert password
    browser = await desk.browser()
    assert (await browser.submit("/sign-in", login="boss", password=password[1])).to == "/desk"
    assert "boss  Мария Главная  admin  (all)  has not signed in yet" in (await command("operator", "list")).stdout
    checked = (await command("check", VODOTEPLO_PUBLIC_URL="https://bot.example.org")).stdout
    assert "desk:" not in checked
    assert "WEB_PROXIES is not set" in checked
    dismissed = await command("operator", "dismiss", "boss")
    assert dismissed.exit_code == 2
    assert "last admin" in dismissed.stderr


async def test_an_operator_is_added_dismissed_and_let_in_again(command: Command, desk: DeskSite) -> None:
    added = await command("operator", "add", "anna", "--name", "Анна", "--organisation", "vodokanal")
    assert added.exit_code == 0
    assert "anna  Анна  operator  (МП трест «Водоканал»)" in (await command("operator", "list")).stdout
    assert (await command("operator", "dismiss", "anna")).exit_code == 0
    assert "access closed" in (await command("operator", "list")).stdout
    assert (await command("operator", "reset", "anna")).exit_code == 0
    assert "has not signed in yet" in (await command("operator", "list")).stdout
    looks = await desk.sql("SELECT by, what FROM desk_looks ORDER BY id")
    assert looks == [("console", "staff.added"), ("console", "staff.dismissed"), ("console", "staff.reset")]


async def test_what_cannot_be_is_refused_in_a_line(command: Command) -> None:
    for words, said in (
        (("add", "a", "--name", "A", "--organisation", "all"), "LOGIN"),
        (("add", "анна", "--name", "A", "--organisation", "all"), "LOGIN"),
        (("add", "anna", "--name", " ", "--organisation", "all"), "--name"),
        (("add", "anna", "--name", "A"), "--organisation"),
        (("add", "anna", "--name", "A", "--organisation", "Горгаз"), "Горгаз"),
        (("dismiss", "nobody"), "nobody"),
        (("reset", "nobody"), "nobody"),
    ):
        refused = await command("operator", *words)
        assert refused.exit_code == 2, words
        assert said in refused.stderr


async def test_a_role_of_its_own_works_and_cannot_touch_what_stands(command: Command, database_url: str) -> None:
    assert "no role" in (await command("migrate", "--grant", "nobody_at_all")).stderr
    await run_statement(database_url, "CREATE ROLE desk_app LOGIN")
    try:
        granted = await command("migrate", "--grant", "desk_app")
        assert granted.exit_code == 0, granted.stderr
        own = {"VODOTEPLO_DATABASE_URL": _as("desk_app", database_url)}
        added = await command("operator", "add", "anna", "--name", "Анна", "--role", "admin", **own)
        assert added.exit_code == 0, added.stderr
        connection = await asyncpg.connect(own["VODOTEPLO_DATABASE_URL"])
        assert ONLY_ADDED == ("desk_looks", "reading_events", "ticket_events")
        for table in ONLY_ADDED:
            for statement in (
                f"UPDATE {table} SET at = clock_timestamp()",
                f"DELETE FROM {table}",
                f"TRUNCATE {table}",
                f"ALTER TABLE {table} DISABLE TRIGGER ALL",
                f"DROP TABLE {table}",
            ):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await connection.execute(statement)
        assert await connection.fetchval("SELECT count(*) FROM desk_looks") == 1
        await connection.close()
    finally:
        await run_statement(database_url, "DROP OWNED BY desk_app")
        await run_statement(database_url, "DROP ROLE desk_app")
    owner = await command("migrate", "--grant", "postgres")
    assert "owns the tables or is a superuser" in owner.stderr


async def test_an_owner_cannot_change_what_stands_either(database_url: str, command: Command) -> None:
    """The twin: without privileges taken away, the trigger still refuses; only an owner could switch it off."""
    await command("operator", "add", "anna", "--name", "Анна", "--role", "admin")
    connection = await asyncpg.connect(database_url)
    for statement in ("UPDATE desk_looks SET by = 'x'", "DELETE FROM desk_looks", "TRUNCATE desk_looks"):
        with pytest.raises(asyncpg.RaiseError, match="only added"):
            await connection.execute(statement)
    await connection.execute("ALTER TABLE desk_looks DISABLE TRIGGER history_stands")
    assert await connection.execute("DELETE FROM desk_looks") == "DELETE 1"
    await connection.close()


def _as(role: str, url: str) -> str:
    """The same database under another role; the embedded server trusts its own socket."""
    return re.sub(r"(?<=://)[^@/]*@", f"{role}@", url)
