"""`vodoteplo operator link-code|word|report-photo`."""

from functools import partial
from pathlib import Path

from cli.base import Base, run_with_base, within_use_cases
from cli.refusal import fail, refuse
from core.accounts.codes import grouped
from core.errors import NotFound
from core.messengers import Messenger
from core.personal.vouching import LIVES, SeveralAccounts
from core.staff.looks import Looks
from infra.db.bot_words import PostgresReportArchive
from infra.db.engine import driver_connection
from infra.db.looks import PostgresLooks
from infra.db.use_cases import build_use_cases


def run_link_code(account: str, provider: str | None, operator: str) -> None:
    run_with_base(partial(_link_code, account=account.strip(), provider=provider, operator=operator))


async def _link_code(ground: Base, *, account: str, provider: str | None, operator: str) -> None:
    if provider is not None and ground.city.find_provider(provider) is None:
        refuse([f"--provider: no provider {provider!r} in the city file"])
    async with ground.database() as engine, driver_connection(engine) as connection, connection.transaction():
        vouching = build_use_cases(connection, ground.city, ground.city_clock, ground.hasher()).vouching
        try:
            made = await vouching.code_for(account, provider, operator)
        except NotFound:
            refuse(["--account: there is no open account of that number"])
        except SeveralAccounts:
            refuse(["--account: several providers have such an account: say which with --provider"])
        # The code is forgotten in days; who made it is not. A name as it was typed stays with the code alone.
        await Looks(PostgresLooks(connection)).record(None, "link_code.made", f"flat:{made.premises}")
    minutes = int(LIVES.total_seconds()) // 60
    print(f"Code: {grouped(made.code)}. It links the flat once, within {minutes} minutes.")
    print("The resident presses «Есть код» in the bot and types it.")
    for messenger in ground.city.messengers:
        if link := messenger.deep_link(made.payload):
            print(f"{messenger.name}, to where it is typed: {link}")


def run_word(said: str) -> None:
    run_with_base(partial(_word, said=said))


async def _word(ground: Base, *, said: str) -> None:
    async with within_use_cases(ground) as use_cases:
        try:
            confirmed = await use_cases.bot_checks.confirm(said)
        except NotFound:
            refuse(["No such word now: it is mistyped, older than a quarter of an hour, confirmed already, or false."])
    messenger = ground.city.messenger(confirmed.messenger)
    shown = (confirmed.issued_at + ground.clock.offset).astimezone(ground.city.zone)
    print(f"Confirmed: {messenger.name}, given out at {shown:%H:%M on %d.%m.%Y}. The resident is told in the chat.")
    print(_address_line(messenger))


def _address_line(messenger: Messenger) -> str:
    """A false bot may hand on a word of the real one: only the address tells them apart."""
    if messenger.address is None:
        return "Ask for the name of the bot as the resident sees it, and compare it with ours."
    return f"Ask for the bot's address as the resident sees it: it must be {messenger.address}"


def run_report_photo(report: int, out: Path) -> None:
    run_with_base(partial(_report_photo, report=report, out=out))


async def _report_photo(ground: Base, *, report: int, out: Path) -> None:
    async with ground.database() as engine:
        photo = await PostgresReportArchive(engine).photo(report)
    if photo is None:
        refuse([f"report № {report}: no picture came with it, or it has been erased"])
    _write(out, photo)


def _write(out: Path, photo: bytes) -> None:
    try:
        out.write_bytes(photo)
    except OSError as error:
        fail(f"{out}: the file could not be written: {error.strerror or error}")
    print(f"{out}: {len(photo)} bytes.")
