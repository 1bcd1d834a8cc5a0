"""The columns of each kind of file (contracts: exchange), with the grammar of each and where it is staged.

An optional column that the file does not have leaves what is stored untouched; an empty cell empties it. A minus is
allowed where a correction has no column of its own: recalculated, benefit, penalty, opening, paid and to_pay.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from core.accounts.model import AccountRef
from core.accounts.ports import CodeHasher
from core.accounts.rules import code_is_weak, normal_code
from core.billing.model import Method
from core.city import City, Provider
from core.clock import CityClock
from core.periods import Period
from core.services import Service
from infra.exchange.addresses import address_key
from infra.exchange.cells import (
    NULL,
    BadCell,
    Read,
    amount,
    amount_owed,
    amount_paid,
    day,
    day_until,
    escaped,
    one_of,
    period_until,
    quantity,
    trimmed,
    uuid,
    whole,
    words,
)

SERVICES = tuple(service.value for service in Service)
VERDICTS = ("accepted", "declined")
_PIN_TEXT = words(40)


@dataclass(frozen=True)
class Column:
    """A column of a file: `target` and `type` name it in the staging table (no type: it is only looked at).

    `default` is the value of an empty cell; a required column has none. `known` are cells whose meaning is known
    beforehand; `longest` marks free text, of which nothing else is asked.
    """

    name: str
    target: str
    type: str
    read: Read
    required: bool = False
    default: str = NULL
    known: Mapping[str, str] | None = None
    longest: int = 0


@dataclass(frozen=True)
class Derived:
    """A staged value made of several cells of a row as they stand in the file; staged when the file has `source`."""

    target: str
    type: str
    source: str
    cells: tuple[str, ...]
    make: Callable[..., str]


@dataclass(frozen=True)
class Layout:
    """A kind of file. `key`: what tells its rows apart, as staged; `key_column`: the column named for a duplicate."""

    columns: tuple[Column, ...]
    key: tuple[str, ...]
    key_column: str
    derived: tuple[Derived, ...] = ()
    also: Mapping[str, str] = field(default_factory=dict)
    """Staged columns that are there even when the file has no such column, with type and default."""

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)


@dataclass(frozen=True)
class Rules:
    """What the grammars depend on: whose file it is, what day it is, and which accounts there are (number → id)."""

    city: City
    provider: Provider
    hasher: CodeHasher
    clock: CityClock
    account_ids: Mapping[str, str] = field(default_factory=dict)

    @property
    def last_period(self) -> Period:
        """Billing may run ahead by a month, not more."""
        return self.clock.period().next

    @property
    def last_day(self) -> date:
        """Tomorrow: a bank's day may begin before the city's."""
        return self.clock.today() + timedelta(days=1)


def accounts(rules: Rules) -> Layout:
    return Layout(
        columns=(
            Column("account", "number", "text", _new_account(rules.provider), required=True),
            _text("street", "street", 200, required=True),
            _text("building", "building", 50, required=True),
            _text("unit", "unit", 50, default=""),
            _text("premises", "external_key", 100),
            _text("unified_account", "unified_account", 64),
            _text("gis_id", "gis_id", 64),
            _text("city", "city", 100, default=""),
            _text("holder", "holder", 200),
            _text("phone", "phone", 64),
            Column("area_m2", "area_m2", "numeric", quantity(3)),
            Column("residents", "residents", "integer", whole(0, 999)),
            Column("pin", "pin", "", _pin),
            Column("closed_on", "closed_on", "date", day),
        ),
        key=("number",),
        key_column="account",
        derived=(
            Derived("address_key", "text", "street", ("street", "building", "unit", "city"), _address_key(rules)),
            Derived("code_digest", "bytea", "pin", ("account", "pin"), _digest(rules)),
            Derived("code_weak", "boolean", "pin", ("pin",), _weak),
        ),
        also={
            "external_key": "text",
            "unit": "text DEFAULT ''",
            "city": "text DEFAULT ''",
            "old_premises_id": "bigint",
            "premises_id": "bigint",
            "foreign_key": "text",
        },
    )


def meters(rules: Rules) -> Layout:
    return Layout(
        columns=(
            _account(rules),
            _text("meter", "number", 64, required=True),
            Column("service", "service", "text", _measured(rules.provider), required=True),
            Column("digits", "digits", "integer", whole(1, 9), required=True),
            Column("decimals", "decimals", "integer", whole(0, 6), default="3"),
            _text("place", "place", 100, default=""),
            Column("installed_on", "installed_on", "date", day),
            Column("verified_until", "verified_until", "date", day),
            Column("last_value", "last_value", "numeric", quantity(6)),
            Column("last_date", "last_date", "date", day),
            Column("closed_on", "closed_on", "date", day),
        ),
        key=("number", "service"),
        key_column="meter",
    )


def charges(rules: Rules) -> Layout:
    return Layout(
        columns=(
            Column("period", "period", "date", period_until(rules.last_period), required=True),
            _account(rules),
            Column("service", "service", "text", _billed(rules.provider), required=True),
            _text("unit", "unit", 20, required=True),
            Column("volume", "volume", "numeric", quantity(6), required=True),
            Column("method", "method", "text", one_of([method.value for method in Method], "a method"), required=True),
            Column("tariff", "tariff", "numeric", quantity(2), required=True),
            Column("charged", "charged", "bigint", amount_owed, required=True),
            Column("recalculated", "recalculated", "bigint", amount, default="0"),
            Column("benefit", "benefit", "bigint", amount, default="0"),
            Column("penalty", "penalty", "bigint", amount, default="0"),
        ),
        key=("account_id", "period", "service"),
        key_column="account",
    )


def balances(rules: Rules) -> Layout:
    return Layout(
        columns=(
            Column("period", "period", "date", period_until(rules.last_period), required=True),
            _account(rules),
            Column("opening", "opening", "bigint", amount, required=True),
            Column("paid", "paid", "bigint", amount, required=True),
            Column("to_pay", "to_pay", "bigint", amount, required=True),
        ),
        key=("account_id", "period"),
        key_column="account",
    )


def payments(rules: Rules) -> Layout:
    return Layout(
        columns=(
            _text("operation", "operation", 100, required=True),
            _account(rules),
            Column("paid_on", "paid_on", "date", day_until(rules.last_day), required=True),
            Column("amount", "amount", "bigint", amount_paid, required=True),
            _text("channel", "channel", 50, default=""),
        ),
        key=("operation",),
        key_column="operation",
    )


def acceptance(rules: Rules) -> Layout:
    return Layout(
        columns=(
            Column("reading", "reading_id", "uuid", uuid, required=True),
            Column("status", "status", "text", one_of(VERDICTS, "a verdict"), required=True),
            _text("reason", "reason", 500),
        ),
        key=("reading_id",),
        key_column="reading",
    )


def _text(name: str, target: str, longest: int, *, required: bool = False, default: str = NULL) -> Column:
    return Column(name, target, "text", words(longest), required, default, longest=longest)


def _account(rules: Rules) -> Column:
    """An account that must be known: its cells are looked up, not parsed."""

    def read(cell: str) -> str:
        if cell in rules.account_ids:
            return rules.account_ids[cell]
        number = _new_account(rules.provider)(cell)
        raise BadCell(f"{rules.provider.code} has no account {number}: import its accounts first")

    return Column("account", "account_id", "bigint", read, required=True, known=rules.account_ids)


def _new_account(provider: Provider) -> Read:
    text = words(40)

    def read(cell: str) -> str:
        if not provider.accepts_account(cell):
            raise BadCell(f"not an account number of {provider.code}: they look like {provider.account_example}")
        return text(cell)

    return read


def _measured(provider: Provider) -> Read:
    """A meter comes only in the file of the provider of its service, and wastewater has none (DESIGN §5)."""
    own = [service for service in provider.services if service in service.measured_by]
    return _own(own, f"a service that {provider.code} measures by meters")


def _billed(provider: Provider) -> Read:
    return _own(provider.services, f"a service of {provider.code}")


def _own(services: Collection[Service], what: str) -> Read:
    known, own = one_of(SERVICES, "a service"), one_of([service.value for service in services], what)

    def read(cell: str) -> str:
        known(cell)
        return own(cell)

    return read


def _address_key(rules: Rules) -> Callable[..., str]:
    city = rules.city.name

    def make(street: str, building: str, unit: str, city_cell: str) -> str:
        return escaped(address_key(trimmed(city_cell) or city, street, building, unit))

    return make


def _weak(pin: str) -> str:
    return "t" if code_is_weak(trimmed(pin)) else "f"


def _digest(rules: Rules) -> Callable[..., str]:
    """The code's HMAC, as COPY reads bytes."""
    hasher, provider = rules.hasher, rules.provider.code

    def make(number: str, pin: str) -> str:
        code = trimmed(pin)
        return "\\\\x" + hasher.digest(AccountRef(provider, trimmed(number)), code).hex() if code else NULL

    return make


def _pin(cell: str) -> str:
    """The code as it is compared has 4 to 12 signs."""
    _PIN_TEXT(cell)
    if not 4 <= len(normal_code(cell)) <= 12:
        raise BadCell("not 4 to 12 signs")
    return cell
