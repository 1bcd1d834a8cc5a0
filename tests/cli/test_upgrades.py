"""An upgrade: the migrations of the new version come first, and processes of this one go on, and start, beside them.

Its database is at a revision that this code does not know, as any of a later version is.
"""

from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from core.city import City
from proof.processes import Given, Serving, warm_parent
from tests.cli.conftest import Command
from tests.databases import run_statement
from tests.journeys.conftest import free_port, grounds

GIVEN, EMBEDDED = True, False


async def set_revision(url: str, revision: str) -> None:
    await run_statement(url, f"UPDATE alembic_version SET version_num = '{revision}'")


@pytest.fixture
def given(database_url: str, redis_url: str, city: City, tmp_path: Path) -> Given:
    settings = grounds(database_url, redis_url, city).settings
    settings = settings.model_copy(update={"web_port": free_port(), "database_url": SecretStr(database_url)})
    return Given(settings, database_url, redis_url, "web", log=tmp_path / "log")


@pytest.mark.parametrize("database", [GIVEN, EMBEDDED], ids=["own database", "embedded one"])
async def test_a_process_of_the_version_before_starts_on_a_migrated_database_and_says_so(
    given: Given, database: bool
) -> None:
    await set_revision(given.database_url, "9999")
    if database is EMBEDDED:
        given = replace(given, settings=given.settings.model_copy(update={"database_url": None}))
    process = Serving(warm_parent(), given)
    try:
        await process.ready()
        assert process.last_words().count("database is ahead of this version") == 1
        assert process.stop() == 0
    finally:
        process.kill()


async def test_a_process_does_not_start_on_a_database_that_waits_for_its_migration(given: Given) -> None:
    await set_revision(given.database_url, "0015")
    process = Serving(warm_parent(), given)
    with pytest.raises(AssertionError, match="the database has an older shape than this version needs"):
        await process.ready()
    process.kill()


async def test_migrate_of_the_version_before_changes_nothing_and_says_so(command: Command, database_url: str) -> None:
    await set_revision(database_url, "9999")
    ran = await command("migrate")
    assert (ran.exit_code, ran.stderr) == (0, "")
    assert ran.stdout == (
        "The database has a newer shape than this version knows, and needs nothing from it: nothing was changed.\n"
    )
    assert (await command("operator", "tickets")).exit_code == 0


async def test_migrate_of_the_version_before_grants_nothing(command: Command, database_url: str) -> None:
    """It would let a role change what only the newer version knows to stand."""
    await set_revision(database_url, "9999")
    ran = await command("migrate", "--grant", "desk_app")
    assert ran.exit_code == 1
    assert "nothing was granted" in ran.stderr


async def test_check_tells_what_became_of_the_database(command: Command, database_url: str) -> None:
    for revision, said in (("9999", "a newer version has migrated it"), ("0015", "it waits for `vodoteplo migrate`")):
        await set_revision(database_url, revision)
        assert f"database: {said}" in (await command("check")).stdout.replace("ok; ", "")
