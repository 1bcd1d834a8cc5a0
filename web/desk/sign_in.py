"""Signing in and out: login and password, then a code of the second factor, which is set up at the first time."""

from datetime import timedelta

from aiohttp import web

from core.entrance import WeakPassword, WrongPassword
from core.staff.model import Stage
from core.staff.sign_in import SignInLocked
from web.desk.cookies import FORM, LANGUAGE, LONG, SESSION
from web.desk.qr import qr_picture
from web.desk.shell import SIGN_IN, STAGES, Shell
from web.desk.visit import Guest, Visit
from web.desk.words import word

WRONG = word("Логин или пароль не подходят.")
WRONG_CODE = word("Код не подходит. Возьмите новый: каждый код годится один раз и живёт полминуты.")
LOCKED = word("Слишком много неудачных попыток. Подождите {minutes} мин и попробуйте снова.")
WEAK = word("Пароль слишком простой: от 10 знаков, разных, без вашего логина и имени.")
DIFFERENT = word("Пароли не совпали.")


def add_sign_in(shell: Shell) -> None:
    shell.guest(SIGN_IN, sign_in)
    shell.step(STAGES[Stage.CODE], code, Stage.CODE)
    shell.step(STAGES[Stage.PASSWORD], choose_password, Stage.PASSWORD)
    shell.step(STAGES[Stage.ENROL], set_up_factor, Stage.ENROL)
    shell.post("/sign-out", sign_out)


async def sign_in(guest: Guest) -> web.Response:
    """The first page. Whether there is such a login shows neither in the words nor in the time."""
    if guest.request.method == "GET":
        return await _front_door(guest)
    login = guest.form.text("login")
    try:
        token = await guest.house.parts.entrance.enter(login, guest.form.text("password"), guest.address)
    except WrongPassword:
        return guest.page("sign_in.html", 422, login=login, problem=guest.words.t(WRONG))
    except SignInLocked as locked:
        return guest.page("sign_in.html", 429, login=login, problem=locked_words(guest, locked.wait))
    response = entered(guest, guest.go(""), token)
    guest.house.cookies.forget(response, FORM)
    return response


async def _front_door(guest: Guest) -> web.Response:
    chosen = guest.request.query.get("language")
    if chosen is None:
        return guest.page("sign_in.html", login="", problem=None)
    response = guest.go(SIGN_IN)
    guest.house.cookies.write(response, LANGUAGE, "en" if chosen == "en" else "ru", max_age=LONG)
    return response


async def code(visit: Visit) -> web.Response:
    """A code of the second factor, or a backup code."""
    if visit.request.method == "GET":
        return visit.page("sign_in_code.html", problem=None)
    try:
        async with visit.cases() as cases:
            token = await cases.sign_in.prove(visit.session, visit.form.text("code"), visit.address)
    except SignInLocked as locked:
        return visit.page("sign_in_code.html", 429, problem=locked_words(visit, locked.wait))
    if token is None:
        return visit.page("sign_in_code.html", 422, problem=visit.words.t(WRONG_CODE))
    return entered(visit, visit.go_on(), token)


async def choose_password(visit: Visit) -> web.Response:
    """One's own password in place of the one that was handed over."""
    if visit.request.method == "GET":
        return visit.page("sign_in_password.html", problem=None)
    wanted = visit.form.text("password")
    if wanted != visit.form.text("again"):
        return visit.page("sign_in_password.html", 422, problem=visit.words.t(DIFFERENT))
    try:
        token = await visit.house.parts.entrance.choose_password(visit.session, None, wanted, visit.address)
    except WeakPassword:
        return visit.page("sign_in_password.html", 422, problem=visit.words.t(WEAK))
    return entered(visit, visit.go(""), token)


async def set_up_factor(visit: Visit) -> web.Response:
    """The second factor is set up; its first code puts it in force, and the backup codes are shown this once."""
    if visit.request.method == "GET":
        return await _factor_page(visit)
    try:
        async with visit.cases() as cases:
            done = await cases.sign_in.enrol(visit.session, visit.form.text("code"), visit.address)
    except SignInLocked as locked:
        return await _factor_page(visit, 429, locked_words(visit, locked.wait))
    if done is None:
        return await _factor_page(visit, 422, visit.words.t(WRONG_CODE))
    token, codes = done
    return entered(visit, visit.page("backup_codes.html", codes=codes), token)


async def sign_out(visit: Visit) -> web.Response:
    async with visit.cases() as cases:
        await cases.sign_in.sign_out(visit.session)
    return left(visit)


def left(visit: Visit) -> web.Response:
    """To the sign-in page, without a session; it speaks the member's language."""
    response = visit.speak(visit.go(SIGN_IN, word("Вы вышли.")), visit.language)
    visit.house.cookies.forget(response, SESSION)
    return response


async def _factor_page(visit: Visit, status: int = 200, problem: str | None = None) -> web.Response:
    async with visit.cases() as cases:
        enrolment = await cases.sign_in.enrolment(visit.session)
    secret = " ".join(enrolment.secret[place : place + 4] for place in range(0, len(enrolment.secret), 4))
    picture = qr_picture(enrolment.address)
    return visit.page("sign_in_factor.html", status, secret=secret, picture=picture, problem=problem)


def entered(guest: Guest, response: web.Response, token: str) -> web.Response:
    guest.house.cookies.write(response, SESSION, token)
    return response


def locked_words(guest: Guest, wait: timedelta) -> str:
    return guest.words.t(LOCKED, minutes=int(wait.total_seconds()) // 60 + 1)
