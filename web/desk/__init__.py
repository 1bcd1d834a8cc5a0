"""The operators' desk, under /desk: server-drawn pages that work without a script."""

from aiohttp import web

from web.desk.broadcasts import add_broadcasts
from web.desk.call_backs import add_call_backs
from web.desk.card import add_card
from web.desk.cookies import Cookies
from web.desk.counter import add_counter
from web.desk.entering import add_entering
from web.desk.front import ROOT, Front
from web.desk.looks import add_looks
from web.desk.me import add_me
from web.desk.numbers import add_numbers
from web.desk.outages import add_outages
from web.desk.parts import DeskParts
from web.desk.shell import Shell
from web.desk.sign_in import add_sign_in
from web.desk.staff import add_staff
from web.desk.start import add_start
from web.desk.tasks import add_tasks
from web.desk.tickets import add_tickets
from web.desk.visit import House
from web.desk.windows import add_windows

__all__ = ["DeskParts", "add_desk", "build_shell"]


def add_desk(app: web.Application, parts: DeskParts) -> Shell:
    """Puts the desk into an application."""
    shell = build_shell(parts)
    app.add_subapp(ROOT, shell.app)
    return shell


def build_shell(parts: DeskParts) -> Shell:
    """The desk with all its areas."""
    desk = web.Application()
    front = Front(parts.clock)
    shell = Shell(desk, House(parts, front, Cookies(parts.secure)))
    desk.middlewares.append(shell.guard)
    desk.on_response_prepare.append(shell.dress)
    desk.router.add_get("/static/{name}", front.give)
    add_sign_in(shell)
    add_start(shell)
    add_tickets(shell)
    add_counter(shell)
    add_card(shell)
    add_entering(shell)
    add_call_backs(shell)
    add_tasks(shell)
    add_windows(shell)
    add_outages(shell)
    add_broadcasts(shell)
    add_numbers(shell)
    add_staff(shell)
    add_looks(shell)
    add_me(shell)
    return shell
