"""One-time codes: digests bound to a purpose, by the database's clock, burnt with their effect, by one of many."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest
from asyncpg import Connection

from core.accounts.codes import CodeForm, CodePurpose, CodeRefused
from core.city import City
from core.clock import CityClock
from core.use_cases import UseCases
from infra.codes import HmacCodeHasher
from infra.db.engine import connect_alone
from infra.db.use_cases import build_use_cases


async def test_a_code_is_kept_as_a_digest_bound_to_its_purpose(use_cases: UseCases, db: Connection) -> None:
    codes = use_cases.codes
    code = await codes.issue(CodePurpose.LINK, "17", timedelta(minutes=10))
    assert len(code) == 26
    rows = await db.fetch("SELECT * FROM one_time_codes")
    assert code not in str([tuple(row) for row in rows])
    with pytest.raises(CodeRefused):
        await codes.redeem(CodePurpose.DEEP_LINK, code)
    assert (await codes.peek(CodePurpose.LINK, code)).subject == "17"
    assert (await codes.redeem(CodePurpose.LINK, code)).subject == "17"
    with pytest.raises(CodeRefused):
        await codes.redeem(CodePurpose.LINK, code)


async def test_a_newer_code_of_the_same_subject_ends_the_older(use_cases: UseCases) -> None:
    codes = use_cases.codes
    older = await codes.issue(CodePurpose.SECOND_CHAT, "1", timedelta(minutes=10), form=CodeForm.SHORT)
    newer = await codes.issue(CodePurpose.SECOND_CHAT, "1", timedelta(minutes=10), form=CodeForm.SHORT)
    with pytest.raises(CodeRefused):
        await codes.peek(CodePurpose.SECOND_CHAT, older)
    await codes.peek(CodePurpose.SECOND_CHAT, newer)


@pytest.mark.parametrize("lives", [timedelta(), timedelta(hours=25)])
async def test_a_code_lives_for_a_day_at_most(use_cases: UseCases, lives: timedelta) -> None:
    with pytest.raises(ValueError, match="a day at most"):
        await use_cases.codes.issue(CodePurpose.LINK, "1", lives)


async def redeemed(
    database_url: str, city: City, clock: CityClock, hasher: HmacCodeHasher, code: str, *, commit: bool = True
) -> bool:
    connection = await connect_alone(database_url)
    try:
        async with connection.transaction():
            use_cases = build_use_cases(connection, city, clock, hasher)
            await use_cases.codes.redeem(CodePurpose.LINK, code)
            if not commit:
                raise ConnectionError
            await asyncio.sleep(0.02)
    except (CodeRefused, ConnectionError):
        return False
    finally:
        await connection.close()
    return True


async def test_of_ten_who_bring_a_code_at_once_one_wins(
    use_cases: UseCases, database_url: str, city: City, city_clock: CityClock, hasher: HmacCodeHasher
) -> None:
    code = await use_cases.codes.issue(CodePurpose.LINK, "1", timedelta(minutes=10))
    ways = (database_url, city, city_clock, hasher, code)
    outcomes: Sequence[bool] = await asyncio.gather(*(redeemed(*ways) for _ in range(10)))
    assert sum(outcomes) == 1


async def test_a_code_whose_effect_was_rolled_back_is_whole(
    use_cases: UseCases, database_url: str, city: City, city_clock: CityClock, hasher: HmacCodeHasher
) -> None:
    code = await use_cases.codes.issue(CodePurpose.LINK, "1", timedelta(minutes=10))
    ways = (database_url, city, city_clock, hasher, code)
    assert not await redeemed(*ways, commit=False)
    assert await redeemed(*ways)
