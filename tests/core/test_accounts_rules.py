"""Hiding addresses, proving accounts, waiting after failures."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.accounts.model import Address, KnownFacts
from core.accounts.rules import (
    code_is_weak,
    facts_hold,
    mask,
    masked_account,
    masked_address,
    normal_code,
    same_digest,
    same_phone,
)
from core.accounts.tally import Tally, enumerates, facts_still_count, wait_of
from core.ids import MeterId
from core.link_settings import Fact, ProofLimits
from core.money import Kopecks


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        (Address("ул. Труда", "14", "27"), ("ул. Труда", "1•", "••")),
        (Address("ул. Труда", "5", "3"), ("ул. Труда", "•", "•")),
        (Address("пр. Ленина", "68/2", "105а"), ("пр. Ленина", "6•••", "••••")),
        (Address("пер. Тихий", "7"), ("пер. Тихий", "•", "")),
        (Address("пер. Тихий", "", ""), ("пер. Тихий", "", "")),
    ],
)
def test_an_address_is_shown_masked(address: Address, shown: tuple[str, str, str]) -> None:
    assert masked_address(address) == shown


@given(st.text(max_size=20), st.integers(0, 5))
def test_a_mask_shows_no_more_than_it_may_and_keeps_the_length(text: str, shown: int) -> None:
    masked = mask(text, shown)
    assert len(masked) == len(text)
    assert masked[shown:] == "•" * len(text[shown:])
    assert len(text) > shown or masked == "•" * len(text)


@pytest.mark.parametrize(
    ("number", "shown"), [("3000000001", "••••••0001"), ("12345", "•2345"), ("1234", "••••"), ("", "")]
)
def test_an_account_is_shown_by_its_last_digits(number: str, shown: str) -> None:
    assert masked_account(number) == shown


@pytest.mark.parametrize("written", ["k7q2m9xa", " K7Q2-M9XA ", "K7Q2 M9XA", "k7 q2\u00a0m9-xa"])
def test_a_code_is_compared_without_spaces_hyphens_and_case(written: str) -> None:
    assert normal_code(written) == "K7Q2M9XA"


@pytest.mark.parametrize(
    ("known", "given_digest", "same"),
    [(b"a" * 32, b"a" * 32, True), (b"a" * 32, b"b" * 32, False), (None, bytes(32), False)],
)
def test_an_account_without_a_code_is_opened_by_none(known: bytes | None, given_digest: bytes, same: bool) -> None:
    assert same_digest(known, given_digest) is same


KNOWN = KnownFacts(
    Kopecks(91050), Kopecks(123450), {MeterId(1): Decimal(100), MeterId(2): Decimal("50.500")}, Decimal("45.3")
)
RIGHT = {Fact.LAST_PAID: "910,50", Fact.LAST_OWED: "1 234,5", Fact.LAST_READING: "50,5", Fact.AREA: "45.30"}


@pytest.mark.parametrize("one", Fact)
@pytest.mark.parametrize("other", Fact)
def test_any_two_different_facts_prove_an_account_and_one_does_not(one: Fact, other: Fact) -> None:
    assert facts_hold({one: RIGHT[one], other: RIGHT[other]}, KNOWN) is (one is not other)


@pytest.mark.parametrize("fact", Fact)
@pytest.mark.parametrize("wrong", ["", "0", "-45.3", "910.51", "abc", "NaN", "1e2", "100500", "4٥.3", "\x00"])
def test_a_wrong_fact_beside_a_right_one_does_not(fact: Fact, wrong: str) -> None:
    right = Fact.AREA if fact is not Fact.AREA else Fact.LAST_OWED
    assert not facts_hold({right: RIGHT[right], fact: wrong}, KNOWN)


@given(st.dictionaries(st.sampled_from(Fact), st.sampled_from(["0", "", "None", "0,00"]), max_size=4))
def test_what_billing_has_not_told_proves_nothing(answers: dict[Fact, str]) -> None:
    assert not facts_hold(answers, KnownFacts())


def test_three_facts_must_all_be_right() -> None:
    assert facts_hold(RIGHT, KNOWN)
    assert not facts_hold({**RIGHT, Fact.AREA: "1"}, KNOWN)


def minutes_ago(*minutes: int) -> list[timedelta]:
    return [timedelta(minutes=ago) for ago in minutes]


DAY = timedelta(hours=24)


@pytest.mark.parametrize(
    ("failures", "wait"),
    [
        ([], None),
        (minutes_ago(4, 3, 2, 1), None),
        (minutes_ago(50, 4, 3, 2, 1), timedelta(minutes=10)),
        (minutes_ago(60, 4, 3, 2, 1), None),
        (minutes_ago(59, 58, 4, 3, 2, 1), timedelta(minutes=2)),
        (minutes_ago(600, 590, 580, 570, 560, 4, 3, 2, 1), None),
        (minutes_ago(600, 590, 580, 570, 560, 550, 540, 3, 2, 1), DAY - timedelta(minutes=1)),
        (minutes_ago(1441, 590, 580, 570, 560, 550, 540, 3, 2, 1), None),
        (minutes_ago(*range(1430, 1420, -1)), DAY - timedelta(minutes=1421)),
    ],
)
def test_a_chat_waits_by_the_number_of_its_failures(failures: list[timedelta], wait: timedelta | None) -> None:
    assert wait_of(Tally(chat=failures), ProofLimits()) == wait


@pytest.mark.parametrize(
    ("others", "wait"),
    [
        ([], None),
        (minutes_ago(10, 20), None),
        (minutes_ago(10, 20, 30), DAY - timedelta(minutes=30)),
        (minutes_ago(10, 20, 30, 40), DAY - timedelta(minutes=30)),
        (minutes_ago(10, 20, 1440), None),
    ],
)
def test_a_fourth_account_waits_until_one_of_three_is_a_day_old(
    others: list[timedelta], wait: timedelta | None
) -> None:
    assert wait_of(Tally(others=others), ProofLimits()) == wait


ages = st.lists(st.integers(0, 3000).map(lambda minutes: timedelta(minutes=minutes)), max_size=20)


@given(ages, ages, st.integers(1, 48))
def test_after_the_wait_another_try_is_possible(chat: list[timedelta], others: list[timedelta], lock: int) -> None:
    limits = ProofLimits(lock_hours=lock)
    left = Tally(sorted(chat, reverse=True), others)
    waited = timedelta()
    while wait := wait_of(left, limits):
        assert wait > timedelta()
        waited += wait
        left = Tally([age + wait for age in left.chat], [age + wait for age in left.others])
    assert waited <= timedelta(hours=max(lock, 24) + 24)


@pytest.mark.parametrize(("account", "city", "count"), [(9, 499, True), (10, 0, False), (0, 500, False)])
def test_facts_count_until_an_account_or_the_city_is_under_attack(account: int, city: int, count: bool) -> None:
    assert facts_still_count(Tally(account=account, city=city), ProofLimits()) is count


@pytest.mark.parametrize(("others", "many"), [(0, False), (1, False), (2, True), (3, True)])
def test_the_third_account_a_chat_fails_on_is_one_too_many(others: int, many: bool) -> None:
    assert enumerates(Tally(others=[timedelta()] * others), ProofLimits()) is many


@pytest.mark.parametrize(
    ("on_file", "shared", "same"),
    [
        ("89001234567", "+79001234567", True),
        ("+7 (900) 123-45-67", "79001234567", True),
        ("9001234567", "+7 900 123 45 67", True),
        ("40-22-11; 8-900-123-45-67", "79001234567", True),
        ("8 (3519) 40-22-11", "+73519402211", True),
        ("89001234567", "+79001234568", False),
        ("1234567", "+71234567", False),
        ("", "", False),
        (None, "+79001234567", False),
        ("89001234567", "٨٩٠٠١٢٣٤٥٦٧", False),
        ("89001234567", "+99001234567", False),
        ("нет", "нет", False),
    ],
)
def test_a_phone_is_compared_by_its_digits(on_file: str | None, shared: str, same: bool) -> None:
    assert same_phone(on_file, shared) is same


@pytest.mark.parametrize(
    ("code", "weak"),
    [("0000", True), ("123456789012", True), ("K7M2P9Q", True), ("K7M2-P9QX", False), ("k7m2p9qx", False), ("", True)],
)
def test_a_code_under_forty_bits_is_weak(code: str, weak: bool) -> None:
    assert code_is_weak(code) is weak
