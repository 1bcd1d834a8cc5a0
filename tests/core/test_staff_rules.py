"""Rules of signing in: logins, names, passwords, and how long tries are not looked at."""

from datetime import timedelta

import pytest

from core.staff.model import Role
from core.staff.ports import Failures
from core.staff.rules import (
    ADDRESS_SHORT,
    LOGIN_LONG,
    LOGIN_SHORT,
    is_login,
    is_name,
    is_password,
    made_backup_code,
    made_password,
    normal_login,
    normal_name,
    wait_of,
)


def minutes(*ages: float) -> tuple[timedelta, ...]:
    return tuple(timedelta(minutes=age) for age in ages)


@pytest.mark.parametrize("login", ["anna", "a.b-c_d", "123", "a" * 32, "ivanova2"])
def test_a_login_is_taken(login: str) -> None:
    assert is_login(login)


@pytest.mark.parametrize(
    "login", ["", "an", "a" * 33, "анна", "a b", ".anna", "anna-", "Anna", "anna\n", "a/b", "a\0b"]
)
def test_a_login_is_not_taken(login: str) -> None:
    assert not is_login(login)


def test_a_login_is_one_however_it_is_typed() -> None:
    assert normal_login("  ANNA\u00a0") == "anna"
    assert normal_login("ａｎｎａ") == "anna"
    assert normal_name("  Анна \t Ключева\n") == "Анна Ключева"


def test_a_name_holds_nothing_that_hides_or_turns_text() -> None:
    assert is_name("Анна-Мария О’Нил")
    assert not any(map(is_name, ["", "A" * 81, "A\u202eB", "A\0", "A\u200bB"]))


@pytest.mark.parametrize("said", ["короткий", "aaaaaaaaaaaa", "1212121212", "anna12345678", "КЛЮЧЕВА-2022", "x" * 201])
def test_a_weak_password_is_refused(said: str) -> None:
    assert not is_password(said, "anna", "Анна Ключева")


def test_a_phrase_is_a_password() -> None:
    assert is_password("зелёный трамвай 42", "anna", "Анна Ключева")
    assert is_password("correct horse battery", "ann", "Ан")


def test_made_passwords_are_passwords_and_differ() -> None:
    made = {made_password() for _ in range(100)}
    assert len(made) == 100
    assert all(is_password(one, "anna", "Анна") for one in made)
    assert len({made_backup_code() for _ in range(100)}) == 100


def test_one_more_than_may_fail_waits_until_the_oldest_is_forgotten() -> None:
    fresh = minutes(*range(LOGIN_SHORT))
    assert wait_of(Failures(login=fresh[:-1])) is None
    assert wait_of(Failures(login=fresh)) == timedelta(minutes=15 - (LOGIN_SHORT - 1))
    assert wait_of(Failures(login=(*minutes(15), *fresh[:-1]))) is None


def test_more_than_may_fail_wait_for_as_many() -> None:
    assert wait_of(Failures(login=minutes(10, 8, 6, 4, 2, 1, 0))) == timedelta(minutes=9)


def test_a_day_has_a_limit_too() -> None:
    spread = minutes(*(20 * number + 16 for number in range(LOGIN_LONG)))
    assert wait_of(Failures(login=spread[:-1])) is None
    assert wait_of(Failures(login=spread)) == timedelta(days=1) - max(spread)


def test_an_address_has_a_wider_one() -> None:
    assert wait_of(Failures(address=minutes(*[1] * (ADDRESS_SHORT - 1)))) is None
    assert wait_of(Failures(address=minutes(*[1] * ADDRESS_SHORT))) == timedelta(minutes=14)


def test_roles_cover_those_below() -> None:
    assert [[one.covers(other) for other in Role] for one in Role] == [
        [True, False, False],
        [True, True, False],
        [True, True, True],
    ]
