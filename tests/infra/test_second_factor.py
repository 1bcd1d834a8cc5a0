"""Codes of the second factor and hashes of passwords, against what others compute."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pyotp
import pytest

from core.staff.model import MemberId
from infra import passwords
from infra.passwords import ArgonPasswords
from infra.second_factor import TotpFactor

ANNA, IGOR = MemberId(1), MemberId(2)
SEED, NOW = b"seed", datetime(2026, 11, 30, 18, 0, 10, tzinfo=UTC)
FACTOR = TotpFactor(b"key of the house")


def test_an_authenticator_shows_the_codes_we_take() -> None:
    uri = FACTOR.address(ANNA, "anna", SEED)
    theirs = pyotp.parse_uri(uri)
    assert isinstance(theirs, pyotp.TOTP)
    assert (theirs.issuer, theirs.name, theirs.secret) == ("Vodoteplo", "anna", FACTOR.secret(ANNA, SEED))
    assert len(FACTOR.secret(ANNA, SEED)) == 32
    step = FACTOR.step(ANNA, SEED, theirs.at(NOW), NOW)
    assert step == int(NOW.timestamp()) // 30
    assert FACTOR.code(ANNA, SEED, NOW) == theirs.at(NOW)


def test_the_vector_of_the_standard() -> None:
    """RFC 6238, appendix B: at 59 s the code of the shared secret ends in 287082."""

    class Known(TotpFactor):
        def secret(self, member: MemberId, seed: bytes) -> str:
            return "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"

    assert Known(b"k").step(ANNA, SEED, "287082", datetime.fromtimestamp(59, UTC)) == 1


def test_a_neighbour_is_taken_and_no_further() -> None:
    for seconds, step in ((-60, None), (-30, -1), (0, 0), (30, 1), (60, None)):
        code = FACTOR.code(ANNA, SEED, NOW + timedelta(seconds=seconds))
        found = FACTOR.step(ANNA, SEED, code, NOW)
        assert found == (None if step is None else int(NOW.timestamp()) // 30 + step)


@pytest.mark.parametrize("said", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "12 34 5", "１２３４５６", "\udcff" * 6])
def test_what_is_no_code_is_refused(said: str) -> None:
    assert FACTOR.step(ANNA, SEED, said, NOW) is None


def test_a_code_may_be_typed_with_a_space() -> None:
    code = FACTOR.code(ANNA, SEED, NOW)
    assert FACTOR.step(ANNA, SEED, f" {code[:3]} {code[3:]} ", NOW) is not None


def test_seed_member_and_key_all_matter() -> None:
    secrets = {
        FACTOR.secret(ANNA, SEED),
        FACTOR.secret(IGOR, SEED),
        FACTOR.secret(ANNA, b"other"),
        TotpFactor(b"another").secret(ANNA, SEED),
    }
    assert len(secrets) == 4
    assert FACTOR.backup_digest(ANNA, "abc12-def34") == FACTOR.backup_digest(ANNA, " ABC12 DEF34")
    assert FACTOR.backup_digest(ANNA, "abc12-def34") != FACTOR.backup_digest(IGOR, "abc12-def34")
    with pytest.raises(ValueError, match="empty"):
        TotpFactor(b"")


async def test_a_password_fits_itself_however_it_is_composed() -> None:
    cheap = ArgonPasswords(8)
    kept = await cheap.make("Йод и й 12345")
    assert kept.startswith("$argon2id$")
    assert await cheap.fits(kept, "И\u0306од и и\u0306 12345")
    assert not await cheap.fits(kept, "йод и й 12345")
    assert not await cheap.fits(None, "nobody's")
    assert not await cheap.fits("not a hash", "x")
    assert await cheap.make("Йод и й 12345") != kept
    assert not cheap.outdated(kept)
    assert ArgonPasswords(16).outdated(kept)


async def test_hashing_leaves_the_loop_free() -> None:
    slow = ArgonPasswords()
    kept = await slow.make("a password")
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.001)
            ticks += 1

    ticking = asyncio.create_task(tick())
    begun = time.monotonic()
    await asyncio.gather(*(slow.fits(kept, "wrong") for _ in range(4)))
    took = time.monotonic() - begun
    ticking.cancel()
    assert ticks > 3, f"{ticks} ticks in {took:.3f} s"


async def test_who_waits_too_long_is_turned_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "ANSWERED_WITHIN", 0.01)
    cheap = ArgonPasswords(8)
    for _ in range(passwords.AT_ONCE):
        await cheap._threads.acquire()
    with pytest.raises(TimeoutError):
        await cheap.fits(None, "x")
    cheap._threads.release()
    assert not await cheap.fits(None, "x")
