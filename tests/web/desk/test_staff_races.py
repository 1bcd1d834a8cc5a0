"""Things that happen to one member at the same time; each with its twin, the protection taken away."""

import asyncio
from itertools import count

import pytest

from core.staff.model import DeskSession, Member, Role
from core.staff.sign_in import WrongStage, digest_of
from core.staff.use_cases import LastAdmin
from infra.db.staff import PostgresKeys, PostgresStaff
from tests.desks import PASSWORD, DeskSite

NUMBERS = count(1)


async def dismiss_each_other(desk: DeskSite, monkeypatch: pytest.MonkeyPatch) -> list[BaseException | Member]:
    """Two admins, each of whom dismisses the other; the counts are taken before either has gone, if that can be."""
    first, second = await desk.hire(role=Role.ADMIN), await desk.hire(role=Role.ADMIN)
    counted, both = PostgresStaff.admins, asyncio.Event()
    counts: list[int] = []

    async def admins(self: PostgresStaff) -> int:
        counts.append(await counted(self))
        if len(counts) == 2:
            both.set()
        try:
            async with asyncio.timeout(0.3):
                await both.wait()
        except TimeoutError:
            pass
        return counts[-1]

    monkeypatch.setattr(PostgresStaff, "admins", admins)

    async def dismiss(by: Member, whom: Member) -> Member:
        async with desk.parts.desks.open() as cases:
            return await cases.staff.dismiss(by, whom.id)

    return await asyncio.gather(dismiss(first, second), dismiss(second, first), return_exceptions=True)


async def test_of_two_admins_who_dismiss_each_other_one_stays(desk: DeskSite, monkeypatch: pytest.MonkeyPatch) -> None:
    done = await dismiss_each_other(desk, monkeypatch)
    assert sorted(type(one).__name__ for one in done) == [LastAdmin.__name__, Member.__name__]
    assert await desk.sql("SELECT count(*) FROM members WHERE active") == [(1,)]


async def test_without_the_hold_nobody_stays(desk: DeskSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PostgresStaff, "HOLD", "SELECT 1")
    await dismiss_each_other(desk, monkeypatch)
    assert await desk.sql("SELECT count(*) FROM members WHERE active") == [(0,)]


async def test_a_request_that_was_under_way_lets_nobody_in_again(shared: DeskSite) -> None:
    """Dismissed between the reading of the session and the act: the act saves no more than it is about."""
    anna = await shared.hire()
    async with shared.parts.desks.open() as cases:
        await cases.staff.dismiss(None, anna.id)
    async with shared.parts.desks.open() as cases:
        await cases.staff.speak(anna, "en")
    assert await shared.sql("SELECT active, language FROM members WHERE id = $1", anna.id) == [(False, "en")]


async def half_open(desk: DeskSite, member: Member) -> DeskSession:
    """A session that has shown the password."""
    return await opened(desk, member, proved=False)


async def opened(desk: DeskSite, member: Member, *, proved: bool) -> DeskSession:
    token = f"token {next(NUMBERS)}"
    async with desk.parts.desks.open() as cases:
        await cases.sign_in.sessions.open(member.id, digest_of(token), proved=proved)
        session = await cases.sign_in.find(token)
    assert session
    return session


async def test_a_code_after_a_dismissal_or_a_reset_opens_nothing(shared: DeskSite) -> None:
    for act in ("dismiss", "reset"):
        anna = await shared.hire()
        session, code = await half_open(shared, anna), await shared.code(anna.id)
        async with shared.parts.desks.open() as cases:
            await getattr(cases.staff, act)(None, anna.id)
        async with shared.parts.desks.open() as cases:
            assert await cases.sign_in.prove(session, code, "10.3.3.3") is None
        assert await shared.sql("SELECT count(*) FROM desk_sessions WHERE member_id = $1", anna.id) == [(0,)]


async def test_a_password_chosen_in_a_session_that_has_ended_does_not_stand(shared: DeskSite) -> None:
    anna = await shared.hire()
    session = await opened(shared, anna, proved=True)
    async with shared.parts.desks.open() as cases:
        await cases.sign_in.sign_out_everywhere(session)
    with pytest.raises(WrongStage):
        await shared.parts.entrance.choose_password(session, PASSWORD, "другой-пароль-99", "10.3.3.4")
    await shared.parts.entrance.enter(anna.login, PASSWORD, "10.3.3.4")


async def proved_at_once(desk: DeskSite) -> int:
    """How many of four sessions one code opens, brought by all of them at once."""
    anna = await desk.hire()
    sessions = [await half_open(desk, anna) for _ in range(4)]
    code = await desk.code(anna.id)

    async def prove(session: DeskSession) -> bool:
        async with desk.parts.desks.open() as cases:
            return await cases.sign_in.prove(session, code, "10.3.3.5") is not None

    return sum(await asyncio.gather(*map(prove, sessions)))


async def test_a_code_opens_one_session(shared: DeskSite) -> None:
    assert await proved_at_once(shared) == 1


async def test_a_code_that_is_not_burnt_opens_all(shared: DeskSite, monkeypatch: pytest.MonkeyPatch) -> None:
    async def not_burnt(*_: object) -> bool:
        return True

    monkeypatch.setattr(PostgresKeys, "use_step", not_burnt)
    assert await proved_at_once(shared) == 4


async def test_one_session_is_opened_once(shared: DeskSite, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same form sent twice, even if both codes held: a session is exchanged for one other."""

    async def not_burnt(*_: object) -> bool:
        return True

    monkeypatch.setattr(PostgresKeys, "use_step", not_burnt)
    anna = await shared.hire()
    session, code = await half_open(shared, anna), await shared.code(anna.id)
    async with shared.parts.desks.open() as cases:
        assert await cases.sign_in.prove(session, code, "10.3.3.6")
    with pytest.raises(WrongStage):
        async with shared.parts.desks.open() as cases:
            await cases.sign_in.prove(session, code, "10.3.3.6")
