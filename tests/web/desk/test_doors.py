"""Who must not come in: wrong passwords, codes used twice, planted and ended sessions, too many tries."""

import asyncio
import re
import statistics
import time

import pytest

from core.entrance import Entrance, WrongPassword
from core.staff.model import Member, Role
from core.staff.rules import LOGIN_SHORT
from core.staff.sign_in import SignInLocked
from infra.db.staff import PostgresSignInAttempts
from infra.passwords import ArgonPasswords
from tests.desks import PASSWORD, Browser, DeskSite

USUAL = 20
"""Tries of each kind: enough for a 95th percentile."""


async def half_way(desk: DeskSite, member: Member) -> Browser:
    """A browser that has shown the password."""
    browser = await desk.browser()
    assert (await browser.submit("/sign-in", login=member.login, password=PASSWORD)).to == "/desk"
    return browser


def seen(text: str) -> str:
    """A page without what differs anyway: the token, the typed login."""
    return re.sub(r'(value|content)="[^"]*"', "", text)


class TestThePassword:
    async def test_an_unknown_login_and_a_wrong_password_look_the_same(self, shared: DeskSite) -> None:
        anna = await shared.hire()
        browser = await shared.browser()
        known = await browser.submit("/sign-in", login=anna.login, password="not the password")
        unknown = await browser.submit("/sign-in", login="nobody-here", password="not the password")
        assert (known.status, unknown.status) == (422, 422)
        assert seen(known.text) == seen(unknown.text)
        assert known.headers.keys() == unknown.headers.keys()

    async def test_they_take_the_same_time(self, shared: DeskSite) -> None:
        """Through the real hashing, p95 within 50 ms of each other; processor time, which no neighbour on the machine
        makes longer."""
        slow = ArgonPasswords()
        entrance = Entrance(shared.parts.desks, slow)
        anna = await shared.hire()
        hashed = await slow.make(PASSWORD)
        await shared.sql("UPDATE members SET password = $2 WHERE id = $1 RETURNING id", anna.id, hashed)
        took: dict[str, list[float]] = {anna.login: [], "nobody-here": []}
        for _ in range(USUAL):
            for login, times in took.items():
                await shared.sql("DELETE FROM sign_in_failures RETURNING id")
                begun = time.process_time()
                with pytest.raises(WrongPassword):
                    await entrance.enter(login, "not the password", "10.0.0.1")
                times.append(time.process_time() - begun)
        known, unknown = (statistics.quantiles(times, n=20)[-1] for times in took.values())
        assert abs(known - unknown) < 0.05
        assert min(took["nobody-here"]) > 0.005, "nothing was hashed"

    async def test_a_made_password_dies_unused(self, shared: DeskSite) -> None:
        anna = await shared.hire()
        async with shared.parts.desks.open() as cases:
            password = await cases.staff.reset(None, anna.id)
        late = "UPDATE members SET password_made_at = password_made_at - interval '7 days' WHERE id = $1 RETURNING id"
        await shared.sql(late, anna.id)
        browser = await shared.browser()
        assert (await browser.submit("/sign-in", login=anna.login, password=password)).status == 422

    async def test_a_reset_while_the_password_is_compared_wins(self, shared: DeskSite) -> None:
        anna = await shared.hire()
        async with shared.parts.desks.open() as cases:
            attempt = await cases.sign_in.begin(anna.login, "10.0.0.2")
        async with shared.parts.desks.open() as cases:
            await cases.staff.reset(None, anna.id)
        async with shared.parts.desks.open() as cases:
            assert await cases.sign_in.password_held(attempt) is None

    async def test_a_weak_hash_is_renewed_by_signing_in(self, shared: DeskSite) -> None:
        anna = await shared.hire()
        before = await shared.sql("SELECT password FROM members WHERE id = $1", anna.id)
        stronger = Entrance(shared.parts.desks, ArgonPasswords(16))
        await stronger.enter(anna.login, PASSWORD, "10.0.0.3")
        after = await shared.sql("SELECT password FROM members WHERE id = $1", anna.id)
        assert before != after
        await stronger.enter(anna.login, PASSWORD, "10.0.0.3")


class TestTheSecondFactor:
    async def test_a_code_works_once(self, shared: DeskSite) -> None:
        anna = await shared.hire()
        first, second = await half_way(shared, anna), await half_way(shared, anna)
        code = await shared.code(anna.id)
        assert (await first.submit("/sign-in/code", code=code)).to == "/desk"
        replayed = await second.submit("/sign-in/code", code=code)
        assert replayed.status == 422
        assert (await second.get("")).to == "/desk/sign-in/code"

    async def test_fifty_at_once_use_a_code_once(self, shared: DeskSite) -> None:
        anna = await shared.hire()
        browsers = [await half_way(shared, anna) for _ in range(LOGIN_SHORT)]
        code = await shared.code(anna.id)
        answers = await asyncio.gather(*(browser.submit("/sign-in/code", code=code) for browser in browsers))
        assert [answer.to for answer in answers].count("/desk") == 1

    async def test_the_password_alone_opens_nothing(self, shared: DeskSite) -> None:
        browser = await half_way(shared, await shared.hire(role=Role.ADMIN))
        for path in ("", "/staff", "/looks", "/me"):
            assert (await browser.get(path)).to == "/desk/sign-in/code"
        assert (await browser.post("/me/codes")).to == "/desk/sign-in/code"
        assert (await browser.get("/sign-in/password")).to == "/desk/sign-in/code"
        assert (await browser.get("/sign-in/factor")).to == "/desk/sign-in/code"

    async def test_a_backup_code_works_once_however_it_is_typed(self, shared: DeskSite) -> None:
        anna = await shared.hire()
        async with shared.parts.desks.open() as cases:
            codes = await cases.sign_in.new_backup_codes(anna)
        spoken = codes[0].upper().replace("-", " ")
        assert (await (await half_way(shared, anna)).submit("/sign-in/code", code=spoken)).to == "/desk"
        assert (await (await half_way(shared, anna)).submit("/sign-in/code", code=codes[0])).status == 422
        async with shared.parts.desks.open() as cases:
            assert await cases.sign_in.backup_codes_left(anna) == 9

    async def test_a_members_codes_are_nobody_elses(self, shared: DeskSite) -> None:
        """The same seed, another member: the key of the house and the member are in it."""
        anna, igor = await shared.hire(), await shared.hire()
        assert await shared.code(anna.id) != await shared.code(igor.id)

    async def test_a_session_that_waits_ends_after_ten_minutes(self, shared: DeskSite) -> None:
        anna = await shared.hire()
        browser = await half_way(shared, anna)
        await age(shared, anna, "10 minutes 1 second", seen="0")
        assert (await browser.get("")).to == "/desk/sign-in"


async def age(desk: DeskSite, member: Member, opened: str, seen: str) -> None:
    await desk.sql(
        f"UPDATE desk_sessions SET opened_at = opened_at - interval '{opened}', seen_at = seen_at - interval '{seen}'"
        " WHERE member_id = $1 RETURNING id",
        member.id,
    )


class TestSessions:
    async def test_a_planted_session_is_not_taken_over(self, shared: DeskSite) -> None:
        """Fixation: what was in the browser before is worth nothing after, at either step."""
        anna = await shared.hire()
        browser = await shared.browser()
        browser.plant("desk", "planted-by-somebody-else")
        await browser.submit("/sign-in", login=anna.login, password=PASSWORD)
        waiting = browser.cookie("desk")
        await browser.submit("/sign-in/code", code=await shared.code(anna.id))
        proved = browser.cookie("desk")
        assert len({"planted-by-somebody-else", waiting, proved}) == 3
        for token in ("planted-by-somebody-else", waiting):
            thief = await shared.browser()
            thief.plant("desk", token or "")
            assert (await thief.get("")).to == "/desk/sign-in"

    async def test_the_sign_in_form_of_another_site_is_refused(self, shared: DeskSite) -> None:
        """Nobody is signed in as somebody else without knowing it."""
        anna = await shared.hire()
        browser = await shared.browser()
        fields = {"login": anna.login, "password": PASSWORD}
        assert (await browser.post("/sign-in", fields)).status == 403
        await browser.get("/sign-in")
        other = await shared.browser()
        await other.get("/sign-in")
        assert (await browser.post("/sign-in", fields, token=other.token)).status == 403

    async def test_a_dismissed_member_is_out_within_a_second(self, shared: DeskSite) -> None:
        anna = await shared.hire()
        browser = await shared.seat(anna)
        assert (await browser.get("/me")).status == 200
        async with shared.parts.desks.open() as cases:
            await cases.staff.dismiss(None, anna.id)
        dismissed = time.monotonic()
        assert (await browser.get("")).to == "/desk/sign-in"
        assert (await browser.post("/language", {"language": "en"})).to == "/desk/sign-in"
        assert time.monotonic() - dismissed < 1
        again = await shared.browser()
        assert (await again.submit("/sign-in", login=anna.login, password=PASSWORD)).status == 422

    async def test_an_open_page_learns_that_its_session_ended(self, shared: DeskSite) -> None:
        anna, igor = await shared.hire(), await shared.hire()
        await shared.seat(anna)
        await shared.seat(igor)
        rows = await shared.sql("SELECT id, member_id FROM desk_sessions WHERE member_id IN ($1, $2)", anna.id, igor.id)
        sessions = {member: session for session, member in rows}
        async with shared.parts.desks.open() as cases:
            assert set(await cases.staff.standing(sessions.values())) == set(sessions.values())  # type: ignore[arg-type]  # numbers
            await cases.staff.dismiss(None, anna.id)
            assert set(await cases.staff.standing(sessions.values())) == {sessions[igor.id]}  # type: ignore[arg-type]  # numbers

    async def test_another_role_or_organisation_holds_at_the_next_request(self, shared: DeskSite) -> None:
        boss = await shared.hire(role=Role.ADMIN)
        browser = await shared.seat(boss)
        assert (await browser.get("/staff")).status == 200
        await shared.hire(role=Role.ADMIN)
        async with shared.parts.desks.open() as cases:
            await cases.staff.change(None, boss.id, boss.name, Role.OPERATOR, frozenset({"МП трест «Водоканал»"}))
        assert (await browser.get("/staff")).status == 403

    async def test_a_session_ends_idle_and_after_a_shift(self, shared: DeskSite) -> None:
        anna = await shared.hire()
        browser = await shared.seat(anna)
        await age(shared, anna, "59 minutes", seen="59 minutes")
        assert (await browser.get("/me", Desk_Fetch="background")).status == 200
        await age(shared, anna, "1 minute", seen="1 minute")
        assert (await browser.get("/me", Desk_Fetch="background")).status == 401, (
            "what scripts do by themselves is no use"
        )
        browser = await shared.seat(anna)
        await age(shared, anna, "11 hours 59 minutes", seen="59 minutes")
        assert (await browser.get("/me")).status == 200
        assert (await browser.get("/me")).status == 200
        await age(shared, anna, "1 minute", seen="0")
        assert (await browser.get("")).to == "/desk/sign-in"

    async def test_signing_out_everywhere_ends_the_others_too(self, shared: DeskSite) -> None:
        anna = await shared.hire()
        here, there, igor = await shared.seat(anna), await shared.seat(anna), await shared.seat(await shared.hire())
        assert (await here.post("/me/sign-out-everywhere")).to == "/desk/sign-in"
        assert [(await browser.get("/me")).status for browser in (here, there, igor)] == [303, 303, 200]

    async def test_a_signed_out_session_is_gone_whatever_the_browser_keeps(self, shared: DeskSite) -> None:
        browser = await shared.seat(await shared.hire())
        token = browser.cookie("desk")
        await browser.post("/sign-out")
        browser.plant("desk", token or "")
        assert (await browser.get("")).to == "/desk/sign-in"

    async def test_the_cookie_is_out_of_reach(self, shared: DeskSite) -> None:
        anna = await shared.hire()
        browser = await shared.browser()
        answer = await browser.submit("/sign-in", login=anna.login, password=PASSWORD)
        cookie = answer.headers["Set-Cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        token = browser.cookie("desk") or ""
        assert await shared.sql("SELECT count(*) FROM desk_sessions WHERE digest = $1", token.encode()) == [(0,)]


class TestTooManyTries:
    @pytest.mark.parametrize("known", [True, False])
    async def test_a_login_is_locked_known_or_not(self, shared: DeskSite, known: bool) -> None:
        login = (await shared.hire()).login if known else "nobody-at-all"
        browser = await shared.browser()
        for _ in range(LOGIN_SHORT):
            assert (await browser.submit("/sign-in", login=login, password="wrong")).status == 422
        locked = await browser.submit("/sign-in", login=login, password=PASSWORD)
        assert locked.status == 429
        assert "Подождите 15 мин" in locked.text
        assert await shared.sql("SELECT count(*) FROM sign_in_failures") == [(LOGIN_SHORT,)]
        elsewhere = await shared.hire()
        assert (await browser.submit("/sign-in", login=elsewhere.login, password=PASSWORD)).to == "/desk"

    async def test_codes_are_counted_with_the_passwords(self, shared: DeskSite) -> None:
        anna = await shared.hire()
        browser = await half_way(shared, anna)
        for _ in range(LOGIN_SHORT):
            assert (await browser.submit("/sign-in/code", code="12345")).status == 422
        assert (await browser.submit("/sign-in/code", code=await shared.code(anna.id))).status == 429

    async def test_an_address_is_locked_whatever_the_logins(self, shared: DeskSite) -> None:
        entrance = shared.parts.entrance
        for number in range(30):
            with pytest.raises(WrongPassword):
                await entrance.enter(f"guess-{number}", "wrong", "10.1.1.1")
        with pytest.raises(SignInLocked):
            await entrance.enter("guess-31", "wrong", "10.1.1.1")
        with pytest.raises(WrongPassword):
            await entrance.enter("guess-31", "wrong", "10.1.1.2")

    async def test_the_lock_opens_by_the_databases_clock(self, shared: DeskSite) -> None:
        anna = await shared.hire()
        for _ in range(LOGIN_SHORT):
            with pytest.raises(WrongPassword):
                await shared.parts.entrance.enter(anna.login, "wrong", "10.1.1.3")
        await shared.sql("UPDATE sign_in_failures SET failed_at = failed_at - interval '15 minutes' RETURNING id")
        assert await shared.parts.entrance.enter(anna.login, PASSWORD, "10.1.1.3")

    async def test_a_reset_opens_the_lock(self, shared: DeskSite) -> None:
        anna = await shared.hire()
        for _ in range(LOGIN_SHORT):
            with pytest.raises(WrongPassword):
                await shared.parts.entrance.enter(anna.login, "wrong", "10.1.1.4")
        async with shared.parts.desks.open() as cases:
            password = await cases.staff.reset(None, anna.id)
        assert await shared.parts.entrance.enter(anna.login, password, "10.1.1.4")

    async def test_of_twenty_at_once_five_are_looked_at(self, shared: DeskSite) -> None:
        anna = await shared.hire()
        assert await looked_at(shared, anna, 20) == LOGIN_SHORT

    async def test_without_the_hold_more_are_looked_at(self, shared: DeskSite, monkeypatch: pytest.MonkeyPatch) -> None:
        """The twin: nobody waits for the others, so all see the count before any has been added."""
        monkeypatch.setattr(PostgresSignInAttempts, "HOLD", "SELECT $1::bigint")
        anna = await shared.hire()
        gate = asyncio.Barrier(10)
        count = PostgresSignInAttempts.count

        async def counted(self: PostgresSignInAttempts, login: str, address: str) -> int:
            await gate.wait()
            return await count(self, login, address)

        monkeypatch.setattr(PostgresSignInAttempts, "count", counted)
        assert await looked_at(shared, anna, 10) > LOGIN_SHORT


async def looked_at(desk: DeskSite, member: Member, tries: int) -> int:
    """How many of so many wrong tries at once were compared, and not turned away."""
    done = await asyncio.gather(
        *(desk.parts.entrance.enter(member.login, "wrong", "10.2.2.2") for _ in range(tries)), return_exceptions=True
    )
    assert {type(one) for one in done} <= {WrongPassword, SignInLocked}
    return sum(isinstance(one, WrongPassword) for one in done)
