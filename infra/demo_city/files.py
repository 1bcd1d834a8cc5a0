"""Writing the made-up city as two billing systems would: one in Windows-1251, the other in UTF-8 with BOM."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from random import Random

from infra.demo_city.flats import HEAT, WATER, Account, Flat
from infra.demo_city.ledger import Ledger, ledgers, monthly_volumes

KINDS = ("accounts", "meters", "charges", "balances", "payments")
"""In the order in which they must be imported."""
PROVIDERS = (WATER, HEAT)
_ENCODINGS = {WATER: "cp1251", HEAT: "utf-8-sig"}
_LAST_READING = date(2022, 1, 24)
_HEADERS = {
    "accounts": "account;street;building;unit;premises;unified_account;holder;phone;area_m2;residents;pin",
    "meters": "account;meter;service;digits;decimals;place;installed_on;verified_until;last_value;last_date",
    "charges": "period;account;service;unit;volume;method;tariff;charged;recalculated;benefit;penalty",
    "balances": "period;account;opening;paid;to_pay",
    "payments": "operation;account;paid_on;amount;channel",
}


def file_of(folder: Path, kind: str, provider: str) -> Path:
    return folder / f"{provider}-{kind}.csv"


def write_files(folder: Path, flats: Iterable[Flat], chance: Random) -> None:
    rows: dict[tuple[str, str], list[str]] = defaultdict(list)
    for flat in flats:
        volumes, shown = monthly_volumes(flat, chance)
        made = ledgers(flat, volumes, chance)
        for account in flat.accounts:
            owner = account.provider
            rows["accounts", owner].append(_account(flat, account))
            rows["meters", owner] += _meters(flat, account, shown)
            rows["charges", owner] += _charges(made[owner])
            rows["balances", owner] += _balances(made[owner])
            rows["payments", owner] += _payments(made[owner])
    for kind in KINDS:
        for provider in PROVIDERS:
            lines = [_HEADERS[kind], *rows[kind, provider]]
            with file_of(folder, kind, provider).open("w", encoding=_ENCODINGS[provider], newline="\r\n") as file:
                file.writelines(f"{line}\n" for line in lines)


def _account(flat: Flat, account: Account) -> str:
    return (
        f"{account.number};{flat.street};{flat.building};{flat.unit};{flat.key};{flat.unified_account};{flat.holder};"
        f"{flat.phone};{flat.area // 10},{flat.area % 10};{flat.residents};{account.code}"
    )


def _meters(flat: Flat, account: Account, shown: list[int]) -> Iterator[str]:
    """A meter comes in the file of the provider of its service."""
    service = "cold_water" if account.provider == WATER else "hot_water"
    for meter, value in zip(flat.meters, shown, strict=True):
        if meter.service == service:
            yield (
                f"{account.number};{meter.number};{service};5;3;{meter.place};{meter.installed_on:%d.%m.%Y};"
                f"{meter.verified_until:%d.%m.%Y};{_decimal(value, 3)};{_LAST_READING:%d.%m.%Y}"
            )


def _charges(ledger: Ledger) -> Iterator[str]:
    for month in ledger.months:
        for line in month.lines:
            volume = _decimal(line.volume, 6 if line.service == "heating" else 3)
            sums = ";".join(map(_roubles, (line.charged, line.recalculated, line.benefit, line.penalty)))
            yield (
                f"{line.period};{ledger.account.number};{line.service};{line.unit};{volume};{line.method};"
                f"{_roubles(line.tariff)};{sums}"
            )


def _balances(ledger: Ledger) -> Iterator[str]:
    for month in ledger.months:
        sums = ";".join(map(_roubles, (month.opening, month.paid, month.to_pay)))
        yield f"{month.period};{ledger.account.number};{sums}"


def _payments(ledger: Ledger) -> Iterator[str]:
    number = ledger.account.number
    for payment in ledger.payments:
        operation = f"{payment.paid_on:%y%m%d}-{number}"
        yield f"{operation};{number};{payment.paid_on:%d.%m.%Y};{_roubles(payment.amount)};{payment.channel}"


def _roubles(kopecks: int) -> str:
    return f"{'-' if kopecks < 0 else ''}{abs(kopecks) // 100},{abs(kopecks) % 100:02}"


def _decimal(value: int, places: int) -> str:
    whole, part = divmod(value, 10**places)
    return f"{whole},{part:0{places}}"
