"""Digests of access codes: what billing prints and what a resident types must meet, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.accounts.model import AccountRef
from core.ids import ProviderCode
from infra.codes import HmacCodeHasher

HASHER = HmacCodeHasher(b"first secret")
parts = st.text(max_size=6)


def digest(provider: str, number: str, code: str) -> bytes:
    return HASHER.digest(AccountRef(ProviderCode(provider), number), code)


@pytest.mark.parametrize("typed", ["k7m2p9qx", " K7M2-P9QX ", "K7M2\u00a0P9QX"])
def test_a_code_may_be_typed_as_people_write(typed: str) -> None:
    assert digest("vodokanal", "3000012345", typed) == digest("vodokanal", "3000012345", "K7M2P9QX")


def test_a_code_is_bound_to_its_account_and_provider_and_key() -> None:
    digests = {
        digest("vodokanal", "3000012345", "K7M2P9QX"),
        digest("teplofikaciya", "3000012345", "K7M2P9QX"),
        digest("vodokanal", "3000012346", "K7M2P9QX"),
        digest("vodokanal", "3000012345", "K7M2P9QY"),
        HmacCodeHasher(b"other secret").digest(AccountRef(ProviderCode("vodokanal"), "3000012345"), "K7M2P9QX"),
    }
    assert len(digests) == 5
    assert {len(one) for one in digests} == {32}


@given(parts, parts, parts, parts)
def test_no_part_can_lend_a_sign_to_the_next(
    provider: str, number: str, other_provider: str, other_number: str
) -> None:
    same = (provider, number) == (other_provider, other_number)
    assert (digest(provider, number, "CODE") == digest(other_provider, other_number, "CODE")) is same


@given(st.text())
def test_any_text_of_a_stranger_has_a_digest(typed: str) -> None:
    assert len(digest("vodokanal", typed, typed)) == 32


def test_an_empty_key_is_refused() -> None:
    with pytest.raises(ValueError, match="empty key"):
        HmacCodeHasher(b"")
