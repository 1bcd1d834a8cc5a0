"""The state machine in short (`make proof` tells stories by the hundred), and its teeth."""

from collections.abc import Iterator

import pytest

import core.billing.use_cases
import infra.db.attempts
import infra.db.codes
import infra.db.residents
from core.accounts.model import Premises
from infra.db.meters import PostgresMeters
from infra.exchange import acceptance
from proof.machine import Found, explored, lines_of
from proof.machine.invariants import EVERY
from proof.machine.world import World, opened


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    with opened(database_url) as made:
        yield made


def test_whatever_people_operators_and_billing_do_every_invariant_holds(world: World) -> None:
    found = explored(world, runs=60, steps=40, derandomize=True)
    assert not found.failure, found.failure
    assert found.steps > 1000
    assert len(found.reached) > 30


def test_every_invariant_has_a_sentence() -> None:
    assert all((one.__doc__ or "").strip().split("\n")[0].endswith(".") for one in EVERY)


# --- with one protection taken away the machine says which promise does not hold any more


def bitten(world: World, runs: int = 150) -> str:
    """What the machine says of a broken product; the first story that fails is enough."""
    return explored(world, runs=runs, steps=40, shrinks=False, derandomize=True).failure


def test_without_lock_and_index_it_finds_two_current_readings(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PostgresMeters, "LOCK", "SELECT $1::bigint")
    world.execute("DROP INDEX uq_readings_current")
    assert "At most one reading of a meter and period is current." in bitten(world)


def test_without_the_mark_of_a_code_it_finds_one_that_works_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for statement in ("_BURN", "_FIND"):
        whole = getattr(infra.db.codes, statement)
        monkeypatch.setattr(infra.db.codes, statement, whole.replace("used_at IS NULL AND ", ""))
    assert "a burnt code never works again" in bitten(world)


def test_without_its_door_it_finds_a_helper_who_sees_money(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def open_to_all(_: Premises) -> None:
        pass

    monkeypatch.setattr(core.billing.use_cases, "owners_only", open_to_all)
    assert "NotAllowed" in bitten(world)


def test_without_a_count_it_finds_a_chat_that_tries_too_often(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(infra.db.attempts, "_COUNT", "SELECT 0, $1::bigint, $2::bytea")
    assert "Every evaluated failure is counted, and nothing else is." in bitten(world)


def test_without_a_part_of_erasing_it_finds_what_is_left(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = tuple(one for one in infra.db.residents._FORGET if "link_claims" not in one)
    monkeypatch.setattr(infra.db.residents, "_FORGET", kept)
    assert "Of who was erased nothing is left" in bitten(world)


def test_without_its_turn_it_finds_a_later_reading_that_was_passed_over(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(acceptance, "_DECLINE", acceptance._DECLINE.replace(", current = false", ""))
    assert "Current is what was confirmed last" in bitten(world)


# --- what the table says


def test_a_story_that_fails_or_an_outcome_that_is_never_met_is_told() -> None:
    kept, met = lines_of(Found(100, 2.0, {}, ""), scale=1)
    assert (kept.holds, met.holds) == (True, False)
    assert "50 a second" in kept.measured
    assert "a flat linked" in met.measured
    broken, _ = lines_of(Found(100, 2.0, {}, "Traceback\nstate = Here()\nAssertionError: two current"), scale=1)
    assert not broken.holds
