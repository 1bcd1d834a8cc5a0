"""One's own sign-in: password, backup codes, the sessions on all machines."""

from aiohttp import web

from core.entrance import WeakPassword, WrongPassword
from core.staff.sign_in import SignInLocked
from web.desk.shell import Shell
from web.desk.sign_in import DIFFERENT, WEAK, entered, left, locked_words
from web.desk.visit import Visit
from web.desk.words import word

WRONG_PRESENT = word("Нынешний пароль не подходит.")


def add_me(shell: Shell) -> None:
    shell.get("/me", me)
    shell.post("/me/password", password)
    shell.post("/me/codes", codes)
    shell.post("/me/sign-out-everywhere", sign_out_everywhere)


async def me(visit: Visit) -> web.Response:
    return await _page(visit)


async def password(visit: Visit) -> web.Response:
    """Another password: whoever is signed in elsewhere under this login is out then."""
    form = visit.form
    if form.text("password") != form.text("again"):
        return await _page(visit, 422, visit.words.t(DIFFERENT))
    present, wanted = form.text("present"), form.text("password")
    try:
        token = await visit.house.parts.entrance.choose_password(visit.session, present, wanted, visit.address)
    except WeakPassword:
        return await _page(visit, 422, visit.words.t(WEAK))
    except WrongPassword:
        return await _page(visit, 422, visit.words.t(WRONG_PRESENT))
    except SignInLocked as locked:
        return await _page(visit, 429, locked_words(visit, locked.wait))
    return entered(visit, visit.go("/me", word("Пароль изменён. На других устройствах вы вышли.")), token)


async def codes(visit: Visit) -> web.Response:
    """Ten new backup codes, shown on the answer, this once."""
    async with visit.cases() as cases:
        made = await cases.sign_in.new_backup_codes(visit.member)
    return visit.page("backup_codes.html", codes=made)


async def sign_out_everywhere(visit: Visit) -> web.Response:
    async with visit.cases() as cases:
        await cases.sign_in.sign_out_everywhere(visit.session)
    return left(visit)


async def _page(visit: Visit, status: int = 200, problem: str | None = None) -> web.Response:
    async with visit.cases() as cases:
        left_codes = await cases.sign_in.backup_codes_left(visit.member)
    return visit.page("me.html", status, left_codes=left_codes, problem=problem)
