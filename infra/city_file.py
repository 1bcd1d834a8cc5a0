"""The city file: from TOML to `core.city.City`, with every problem named by its line.

Form and sense are both checked here, because a wrong digit in a payee's account sends people's money astray:
what this module lets through may be printed on a receipt.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from core.city import (
    BillingAgent,
    City,
    Dated,
    DueDay,
    Office,
    PaymentDetails,
    Phones,
    PrivacyFacts,
    Provider,
)
from core.ids import ProviderCode
from core.reading_settings import Averaging, ReadingChecks
from core.requisites import bank_name_problem, payee_name_problem, requisites_problems
from core.services import Service
from infra.city_broadcasts import read_broadcasts
from infra.city_messengers import read_messengers
from infra.city_proofs import read_proofs
from infra.city_readings import read_averaging, read_checks, read_reading_windows, read_verification
from infra.city_support import read_support
from infra.known_answers import answers_file, read_known_answers
from infra.toml_tables import Problems, Table, parse

D = TypeVar("D", bound=Dated)
_CODE = re.compile(r"[a-z][a-z0-9_]{0,31}")
_PHONE = re.compile(r"[0-9+(][0-9 ()+-]{1,24}")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_NEVER_MATCHES = re.compile(r"(?!)")


class CityFileError(Exception):
    """The city file cannot be used. `lines`: one problem each, `file:line: key: what is wrong: what to do`."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


def load_city(path: Path) -> City:
    """Reads and checks a city file, with the known answers beside it. Raises CityFileError with all the problems of the
    first file that has some, in its order."""
    problems: Problems = []
    root = parse(_text(path, "point VODOTEPLO_CITY at a city file"), problems)
    city = _city(root) if root else None
    if city is None or problems:
        raise _refused(path, problems)
    beside = answers_file(path)
    if not beside.exists():
        return city
    known = read_known_answers(_text(beside, "mend it or take it away"), city, problems)
    if problems:
        raise _refused(beside, problems)
    return replace(city, support=replace(city.support, known=known))


def _text(path: Path, advice: str) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise CityFileError([f"{path}: it cannot be read: {reason}: {advice}"]) from error


def _refused(path: Path, problems: Problems) -> CityFileError:
    return CityFileError([f"{path}:{line}: {what}" for line, what in sorted(set(problems))])


def _city(root: Table) -> City:
    provider_tables = root.tables("providers")
    providers = tuple(_provider(table) for table in provider_tables)
    _check_providers(provider_tables, providers)
    agents = _billing_agents(root, providers)
    city = City(
        name=root.text("name"),
        zone=_zone(root),
        languages=_languages(root),
        providers=providers,
        billing_agents=agents,
        offices=tuple(_office(table) for table in root.tables("offices")),
        phones=_phones(root.table("phones")),
        reading_windows=read_reading_windows(root, [provider.code for provider in providers]),
        due_days=_dated(root, "due", _due_day),
        privacy=_dated(root, "privacy", _privacy),
        proofs=read_proofs(root.table("proofs", required=False)),
        reading_checks=_dated(root, "reading_checks", read_checks, required=False) or (ReadingChecks(),),
        averaging=_dated(root, "averaging", read_averaging, required=False) or (Averaging(),),
        verification=read_verification(root.table("verification", required=False)),
        messengers=read_messengers(root),
        broadcasts=read_broadcasts(root.table("broadcasts", required=False)),
        support=read_support(root, providers, agents),
    )
    root.close()
    return city


def _zone(root: Table) -> ZoneInfo:
    name = root.text("zone")
    try:
        return ZoneInfo(name or "UTC")
    except (LookupError, ValueError, OSError):
        root.problem("zone", f'no time zone {name!r}: write a name such as "Asia/Yekaterinburg"')
        return ZoneInfo("UTC")


def _languages(root: Table) -> tuple[str, ...]:
    languages = root.texts("languages")
    if len(set(languages)) < len(languages) or not all(_LANGUAGE.fullmatch(code) for code in languages):
        root.problem(
            "languages", 'write different codes of two or three letters, the default first, as in ["ru", "tt"]'
        )
    return languages


def _provider(table: Table) -> Provider:
    pattern = _account_pattern(table)
    phones = table.table("phones", required=False)
    provider = Provider(
        code=ProviderCode(table.text("code", _not_a_code)),
        name=table.text("name"),
        short_name=table.text("short_name"),
        services=_services(table),
        account_pattern=pattern,
        account_example=table.text("account_example"),
        payment_details=_dated(table, "payment_details", _payment_details, required=False),
        emergency_phone=phones.optional_text("emergency", _not_a_phone),
        site=table.optional_text("site"),
        demo=table.flag("demo"),
    )
    if (
        pattern is not _NEVER_MATCHES
        and provider.account_example
        and not provider.accepts_account(provider.account_example)
    ):
        table.problem("account_example", "the account_pattern does not take it: correct one of the two")
    phones.close()
    table.close()
    return provider


def _account_pattern(table: Table) -> re.Pattern[str]:
    """Digits are 0-9 only: in a Python pattern `\\d` would take those of every script."""
    written = table.text("account_pattern")
    try:
        return re.compile(written, re.ASCII) if written else _NEVER_MATCHES
    except re.error as error:
        table.problem("account_pattern", f"it is no regular expression ({error}): correct it")
        return _NEVER_MATCHES


def _services(table: Table) -> tuple[Service, ...]:
    known = {service.value for service in Service}
    names = table.texts("services")
    for name in names:
        if name not in known:
            table.problem("services", f"no service {name!r}: write one of {', '.join(sorted(known))}")
    return tuple(Service(name) for name in names if name in known)


def _payment_details(table: Table) -> PaymentDetails:
    details = PaymentDetails(
        since=table.day("since"),
        name=table.text("name", payee_name_problem),
        inn=table.text("inn"),
        kpp=table.text("kpp"),
        account=table.text("account"),
        bank=table.text("bank", bank_name_problem),
        bic=table.text("bic"),
        corr_account=table.text("corr_account"),
        demo=table.flag("demo"),
    )
    table.close()
    wrong = requisites_problems(
        inn=details.inn, kpp=details.kpp, account=details.account, bic=details.bic, corr_account=details.corr_account
    )
    for key, what in wrong.items():
        if getattr(details, key):  # an absent one has been reported already
            table.problem(key, f"{what}: copy it anew from the provider's contract")
    return details


def _check_providers(tables: list[Table], providers: tuple[Provider, ...]) -> None:
    codes: set[str] = set()
    served: dict[Service, str] = {}
    for table, provider in zip(tables, providers, strict=True):
        if provider.code in codes:
            table.problem("code", f"{provider.code!r} stands twice: give each provider its own code")
        codes.add(provider.code)
        for service in provider.services:
            other = served.setdefault(service, provider.code)
            if other != provider.code or provider.services.count(service) > 1:
                table.problem("services", f"{service} is already listed for {other}: leave it with one provider, once")


def _billing_agents(root: Table, providers: tuple[Provider, ...]) -> tuple[BillingAgent, ...]:
    tables = root.tables("billing_agents", required=False)
    agents = tuple(_billing_agent(table, providers) for table in tables)
    for (_, first), (table, second) in combinations(zip(tables, agents, strict=True), 2):
        shared = [service for service in first.services if service in second.services]
        if shared and first.since <= second.until and second.since <= first.until:
            table.problem("since", f"{first.name} bills {shared[0]} at the same time: let the days not overlap")
    return agents


def _billing_agent(table: Table, providers: Iterable[Provider]) -> BillingAgent:
    agent = BillingAgent(
        provider=ProviderCode(table.text("provider")),
        services=_services(table),
        name=table.text("name"),
        since=table.optional_day("since", date.min),
        until=table.optional_day("until", date.max),
        phone=table.optional_text("phone", _not_a_phone),
        demo=table.flag("demo"),
    )
    table.close()
    provided = {provider.code: provider.services for provider in providers}
    if agent.provider and agent.provider not in provided:
        table.problem("provider", f"no provider {agent.provider!r}: write one of {', '.join(provided)}")
    for service in agent.services:
        if service not in provided.get(agent.provider, agent.services):
            table.problem("services", f"{service} is not a service of {agent.provider}: take it out")
    if agent.until < agent.since:
        table.problem("until", "it lies before since: let until be the last day on which the agent bills")
    return agent


def _office(table: Table) -> Office:
    office = Office(
        name=table.text("name"),
        address=table.text("address"),
        hours=table.optional_text("hours"),
        latitude=table.optional_number("latitude", -90, 90),
        longitude=table.optional_number("longitude", -180, 180),
        demo=table.flag("demo"),
    )
    table.close()
    if ("latitude" in table.values) != ("longitude" in table.values):
        table.problem("latitude", "latitude and longitude belong together: write both or none")
    return office


def _phones(table: Table) -> Phones:
    phones = Phones(
        readings_voicemail=table.text("readings_voicemail", _not_a_phone),
        call_centre=table.text("call_centre", _not_a_phone),
        area_code=table.optional_text("area_code", _not_a_phone),
        dispatcher=table.optional_text("dispatcher", _not_a_phone),
        demo=table.flag("demo"),
    )
    table.close()
    return phones


def _due_day(table: Table) -> DueDay:
    due = DueDay(day=table.integer("day", 1, 31), since=table.optional_day("since", date.min), demo=table.flag("demo"))
    table.close()
    return due


def _privacy(table: Table) -> PrivacyFacts:
    facts = PrivacyFacts(
        operator=table.text("operator"),
        address=table.text("address"),
        contact=table.text("contact"),
        since=table.optional_day("since", date.min),
        demo=table.flag("demo"),
    )
    table.close()
    return facts


def _dated(parent: Table, key: str, read: Callable[[Table], D], *, required: bool = True) -> tuple[D, ...]:
    """The entries of a dated list, oldest first. Two that begin on one day contradict each other."""
    tables = parent.tables(key, required=required)
    entries = [read(table) for table in tables]
    begun: set[date] = set()
    for table, entry in zip(tables, entries, strict=True):
        if entry.since in begun:
            table.problem("since", "another entry begins on the same day: give each its own first day")
        begun.add(entry.since)
    return tuple(sorted(entries, key=lambda entry: entry.since))


def _not_a_code(text: str) -> str | None:
    return None if _CODE.fullmatch(text) else "a code is made of small Latin letters, digits and _"


def _not_a_phone(text: str) -> str | None:
    return None if _PHONE.fullmatch(text) else "a telephone number is made of digits, spaces and -"
