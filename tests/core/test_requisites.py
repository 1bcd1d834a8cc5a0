"""Checks of bank details, against the official examples of order 515 and real correspondent accounts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.requisites import (
    account_key,
    account_problem,
    bank_name_problem,
    bic_problem,
    corr_account_problem,
    inn_problem,
    kpp_problem,
    payee_name_problem,
    requisites_problems,
)

OFFICIAL = [("40602810700000000025", "049805746"), ("40702810900000000025", "044514512")]
REAL_CORR_ACCOUNTS = [
    ("30101810800000000746", "049805000"),  # the official example
    ("30101810400000000225", "044525225"),
    ("30101810200000000593", "044525593"),
]
GOOD = {
    "inn": "7400000015",
    "kpp": "740001001",
    "account": "40602810800000000001",
    "bic": "047500901",
    "corr_account": "30101810200000000901",
}


@pytest.mark.parametrize(("account", "bic"), OFFICIAL)
def test_the_official_examples_pass(account: str, bic: str) -> None:
    assert account_problem(account, bic) is None


@pytest.mark.parametrize(("account", "bic"), REAL_CORR_ACCOUNTS)
def test_real_correspondent_accounts_pass(account: str, bic: str) -> None:
    assert corr_account_problem(account, bic) is None


@pytest.mark.parametrize(("account", "bic"), OFFICIAL)
@given(place=st.integers(0, 19), digit=st.integers(0, 9))
def test_one_wrong_digit_is_always_found(account: str, bic: str, place: int, digit: int) -> None:
    """Weights 7, 1 and 3 have no common factor with 10, so no single digit can change unnoticed."""
    changed = account[:place] + str(digit) + account[place + 1 :]
    assert (account_problem(changed, bic) is None) == (changed == account)


def test_a_wrong_bic_is_found_by_the_key_of_the_account() -> None:
    assert account_problem("40602810700000000025", "049805747") is not None


def test_a_letter_of_a_cleared_currency_counts_as_its_digit() -> None:
    with_digit = "40702" + "0" + "10900000000025"
    with_letter = "40702" + "A" + "10900000000025"
    assert account_key(with_letter, "512") == account_key(with_digit, "512")


@pytest.mark.parametrize(
    "account", ["", "4060281070000000002", "406028107000000000255", "40602Я10700000000025", "0" * 20]
)
def test_an_account_of_another_form_is_refused(account: str) -> None:
    assert account_problem(account, "049805746") is not None


def test_a_payees_account_is_not_a_correspondent_account() -> None:
    assert corr_account_problem("40602810700000000025", "049805746") is not None


@pytest.mark.parametrize(
    ("inn", "right"),
    [
        ("7707083893", True),
        ("500100732259", True),
        ("6200098765", False),
        ("500100732258", False),
        ("77070838", False),
        ("７７07083893", False),
    ],
)
def test_an_inn_is_known_by_its_check_digits(inn: str, right: bool) -> None:
    assert (inn_problem(inn) is None) is right


@pytest.mark.parametrize(
    ("bic", "right"), [("044525225", True), ("012520101", True), ("144525225", False), ("04452522", False)]
)
def test_a_bic_has_nine_digits_and_a_known_beginning(bic: str, right: bool) -> None:
    assert (bic_problem(bic) is None) is right


@pytest.mark.parametrize(
    ("kpp", "right"), [("740001001", True), ("7400AB001", True), ("74000100", False), ("7400аб001", False)]
)
def test_a_kpp_has_nine_signs(kpp: str, right: bool) -> None:
    assert (kpp_problem(kpp) is None) is right


def test_names_fit_into_a_payment_code() -> None:
    assert payee_name_problem("Ы" * 160) is None
    assert payee_name_problem("Ы" * 161) is not None
    assert bank_name_problem("Ы" * 45) is None
    assert bank_name_problem("Ы" * 46) is not None
    assert payee_name_problem("трест | Водоканал") is not None


def test_good_requisites_have_no_problems() -> None:
    assert requisites_problems(**GOOD) == {}


def test_a_bank_without_a_correspondent_account_and_a_payee_without_kpp_are_right() -> None:
    assert requisites_problems(**GOOD | {"corr_account": "0", "kpp": ""}) == {}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("inn", "7400000016"),
        ("kpp", "1"),
        ("account", "40602810900000000001"),
        ("corr_account", "30101810300000000901"),
    ],
)
def test_the_wrong_field_is_named(field: str, value: str) -> None:
    assert set(requisites_problems(**GOOD | {field: value})) == {field}


def test_a_broken_bic_leaves_nothing_certain() -> None:
    assert set(requisites_problems(**GOOD | {"bic": "47500901"})) == {"bic", "account", "corr_account"}
