"""A made-up Магнитогорск in the real exchange format: what `make demo` imports.

Streets are the city's own; houses, people, accounts, meters and sums are invented, and so are the tariffs (near those
of the years shown). Account numbers have the form of cities/magnitogorsk.toml. Seven months, July 2021 to January
2022, are billed: water for 2021 by the agent of that time, for January 2022 by its provider; then come the first
payments of February. Every month adds up to the kopeck. The same seed gives the same files to the byte.
"""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from core.money import roubles_text
from infra.demo_flats import HEAT, WATER, Flat, make_flats
from infra.demo_ledger import Ledger, make_ledger

_KINDS = ("accounts", "meters", "charges", "balances", "payments")
_HEADERS = {
    "accounts": "account;street;building;unit;premises;unified_account;holder;phone;area_m2;residents;pin",
    "meters": "account;meter;service;digits;decimals;place;installed_on;verified_until;last_value;last_date",
    "charges": "period;account;service;unit;volume;method;tariff;charged;recalculated;benefit;penalty",
    "balances": "period;account;opening;paid;to_pay",
    "payments": "operation;account;paid_on;amount;channel",
}
