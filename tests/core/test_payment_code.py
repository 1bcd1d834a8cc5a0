"""The text of a payment code: written exactly, read tolerantly."""

import string
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.billing.payment_code import (
    LIMITS,
    REQUIRED,
    REQUIRED_BYTES,
    PaymentCodeError,
    clean,
    payment_qr,
    payment_text,
    purpose,
    read_payment_text,
)
from core.city import PaymentDetails
from core.ids import ProviderCode
from core.money import Kopecks
from core.periods import Period
from core.requisites import requisites_problems

VODOKANAL = ProviderCode("vodokanal")
JANUARY = Period(2022, 1)
DETAILS = PaymentDetails(
    since=date(2022, 1, 1),
    name="МП трест «Водоканал»",
    inn="7400000015",
    kpp="740001001",
    account="40602810800000000001",
    bank="УЧЕБНЫЙ БАНК (ОБРАЗЕЦ)",
    bic="047500901",
    corr_account="30101810200000000901",
    demo=True,
)
GOLDEN = (
    "ST00012|Name=МП трест «Водоканал»|PersonalAcc=40602810800000000001|BankName=УЧЕБНЫЙ БАНК (ОБРАЗЕЦ)"
    "|BIC=047500901|CorrespAcc=30101810200000000901|KPP=740001001|PayeeINN=7400000015"
    "|Purpose=Оплата ЖКУ за 01.2022, л/с 3000000001|Sum=123405"
    "|PersAcc=3000000001|PaymPeriod=012022|TechCode=02"
)


def payload(details: PaymentDetails = DETAILS, account: str = "3000000001", amount: int = 123405) -> str:
    return payment_qr(VODOKANAL, details, account, JANUARY, Kopecks(amount)).payload


def pairs_of(text: str) -> list[tuple[str, str]]:
    """A second reader, written apart from the product's: header of eight signs, pairs split on the first `=`."""
    assert text[:6] == "ST0001"
    assert text[6] == "2"
    pairs = []
    for field in text[8:].split(text[7]):
        at = field.index("=")
        pairs.append((field[:at], field[at + 1 :]))
    return pairs


# --- writing -----------------------------------------------------------------------------------------------------


def test_the_payload_is_written_exactly_so() -> None:
    assert payload() == GOLDEN


def test_a_bank_without_correspondent_account_and_a_payee_without_kpp() -> None:
    keys = dict(pairs_of(payload(replace(DETAILS, corr_account="", kpp=""))))
    assert keys["CorrespAcc"] == "0"
    assert "KPP" not in keys


def test_the_code_carries_what_it_is_for() -> None:
    code = payment_qr(VODOKANAL, DETAILS, "3000000001", JANUARY, Kopecks(5))
    assert (code.provider, code.account, code.period, code.sum) == (VODOKANAL, "3000000001", JANUARY, 5)
    assert code.sample


def test_the_requisites_in_the_payload_pass_the_checks_of_the_bank() -> None:
    keys = dict(pairs_of(payload()))
    found = requisites_problems(
        inn=keys["PayeeINN"],
        kpp=keys["KPP"],
        account=keys["PersonalAcc"],
        bic=keys["BIC"],
        corr_account=keys["CorrespAcc"],
    )
    assert found == {}


@pytest.mark.parametrize("amount", [0, -1, -100_000])
def test_there_is_no_code_for_nothing(amount: int) -> None:
    with pytest.raises(PaymentCodeError, match="nothing is owed"):
        payload(amount=amount)


@given(st.integers(min_value=1, max_value=10**17))
@example(1)
@example(100)
@example(29)  # 0.29 * 100 is 28.999… in floating point
def test_the_sum_is_in_kopecks(amount: int) -> None:
    assert dict(pairs_of(payload(amount=amount)))["Sum"] == str(amount)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": "Ж" * 161}, "Name"),
        ({"name": ""}, "Name"),
        ({"name": "|"}, "Name"),
        ({"bank": "Б" * 46}, "BankName"),
        ({"account": "4" * 21}, "PersonalAcc"),
        ({"bic": "0" * 10}, "BIC"),
        ({"inn": "7" * 13}, "PayeeINN"),
    ],
)
def test_a_field_that_does_not_fit_is_an_error_and_never_cut(change: dict[str, str], field: str) -> None:
    with pytest.raises(PaymentCodeError, match=f"^{field}:"):
        payload(replace(DETAILS, **change))


def test_the_required_fields_are_counted_in_bytes() -> None:
    """One Cyrillic letter is two bytes: 90 letters of a payee's name fit, 110 do not, though 160 is the limit."""
    assert payload(replace(DETAILS, name="Ж" * 70))
    with pytest.raises(PaymentCodeError, match="300 bytes"):
        payload(replace(DETAILS, name="Ж" * 110))


def test_the_required_fields_fill_300_bytes_and_not_one_more() -> None:
    fields = dict(pairs_of(payload()))
    spare = REQUIRED_BYTES - len("|".join(f"{key}={fields[key]}" for key in REQUIRED).encode())
    assert payload(replace(DETAILS, name=DETAILS.name + "a" * spare))
    with pytest.raises(PaymentCodeError):
        payload(replace(DETAILS, name=DETAILS.name + "a" * (spare + 1)))


def test_a_long_purpose_is_cut_to_what_the_bank_takes() -> None:
    written = dict(pairs_of(payload(account="7" * 300)))["Purpose"]
    assert len(written) == 210


def test_the_purpose_names_account_and_period() -> None:
    assert purpose("700012345", Period(2026, 11)) == "Оплата ЖКУ за 11.2026, л/с 700012345"


@pytest.mark.parametrize(
    ("value", "cleaned"),
    [
        ("a|b", "a b"),
        ("л/с=1", "л/с 1"),
        ("  две\r\nстроки\t", "две строки"),
        ("\ufeffметка\u200b", "метка"),
        ("\x00\x85\u2028", ""),
        ("\ud800половина", "половина"),
        ('№ 5 «Ё» — "ять"', '№ 5 «Ё» — "ять"'),
        ("a\u00a0b", "a b"),
    ],
)
def test_values_lose_what_would_break_a_code(value: str, cleaned: str) -> None:
    assert clean(value) == cleaned


ANY_TEXT = st.text(st.characters(), max_size=260) | st.text("|=ЖЩ №\n", max_size=260)


@given(ANY_TEXT, ANY_TEXT, ANY_TEXT)
@example("|||", "=", "null")
def test_whatever_the_fields_hold_the_code_is_right_or_refused(name: str, bank: str, account: str) -> None:
    try:
        text = payload(replace(DETAILS, name=name, bank=bank), account=account)
    except PaymentCodeError:
        return
    pairs = pairs_of(text)
    keys = [key for key, _ in pairs]
    assert keys[:5] == list(REQUIRED)
    assert len(keys) == len(set(keys))
    assert all(value and value == clean(value) for _, value in pairs)
    assert all(len(value) <= LIMITS.get(key, 10**6) for key, value in pairs)
    assert len("|".join(f"{key}={value}" for key, value in pairs[:5]).encode()) <= 300
    assert read_payment_text(text.encode()) == {key.lower(): value for key, value in pairs if value != "null"}


@given(st.lists(st.tuples(st.sampled_from(["Purpose", "LastName", "Contract"]), ANY_TEXT), max_size=3))
def test_a_value_never_becomes_a_field_of_its_own(extra: Sequence[tuple[str, str]]) -> None:
    required = [(key, "1") for key in REQUIRED]
    keys = {key for key, _ in pairs_of(payment_text([*required, *extra]))}
    assert keys <= {*REQUIRED, "Purpose", "LastName", "Contract"}


# --- reading -----------------------------------------------------------------------------------------------------

FOREIGN = (
    'ST0001{}|Name=ООО «Три кита»|PersonalAcc=40702810138250123017|BankName=ОАО "БАНК"|BIC=044525225'
    "|CorrespAcc=30101810400000000225|PayeeINN=6200098765|persAcc=00-17|Sum=100000"
)


@pytest.mark.parametrize(("mark", "encoding"), [("1", "cp1251"), ("2", "utf-8"), ("2", "utf-8-sig")])
def test_codes_of_others_are_read(mark: str, encoding: str) -> None:
    fields = read_payment_text(FOREIGN.format(mark).encode(encoding))
    assert fields is not None
    assert fields["name"] == "ООО «Три кита»"
    assert fields["persacc"] == "00-17"
    assert fields["sum"] == "100000"


def test_koi8_is_read() -> None:
    fields = read_payment_text("ST00013|Name=Водоканал|persAcc=5".encode("koi8-r"))
    assert fields == {"name": "Водоканал", "persacc": "5"}


@pytest.mark.parametrize("separator", "|#;:^_~{}!$%&()*+,/@")
def test_any_separator_of_the_standard_is_read(separator: str) -> None:
    text = separator.join(["ST00012", "Name=A", "PersAcc=5", ""])
    assert read_payment_text(text.encode()) == {"name": "A", "persacc": "5"}


def test_empty_and_null_values_are_dropped_and_the_first_equals_sign_splits() -> None:
    assert read_payment_text(b"ST00012|Name=|KPP=null|Purpose=a=b|odd") == {"purpose": "a=b"}


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"ST00012",
        b"ST00012|",
        b"ST00014|Name=A",
        b"https://qr.nspk.ru/AD100004",
        b"ST00012\xff\xfe",
        b"ST00012|Name=\xcf\xf0\xe8",  # windows-1251 that says it is UTF-8
        "ST00012ЖName=A".encode(),
        b"ST00012=Name=A",
        b"ST00012" + b"|Name=A" * 1000,
    ],
)
def test_what_is_no_payment_code_is_none(raw: bytes) -> None:
    assert read_payment_text(raw) is None


@given(st.binary(max_size=60) | st.binary(max_size=60).map(b"ST00012|".__add__))
def test_no_bytes_make_the_reader_fail(raw: bytes) -> None:
    fields = read_payment_text(raw)
    assert fields is None or all(value for value in fields.values())


def test_letters_of_keys_are_those_of_the_standard() -> None:
    """Latin capitals only: copies of the standard carry a Cyrillic «СВС» and `l` for `I`."""
    keys = [key for key, _ in pairs_of(payload())]
    assert all(set(key) <= set(string.ascii_letters) and key[0].isupper() for key in keys)
