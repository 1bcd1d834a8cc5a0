"""Charges, balances, payments, and the sums that must hold between them."""

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.money import roubles_text
from infra.exchange import FileRefused
from tests.infra.exchange.office import HEAT, WATER, Office

CHARGES = "period;account;service;unit;volume;method;tariff;charged;recalculated;benefit;penalty\n"
BALANCES = "period;account;opening;paid;to_pay\n"
PAYMENTS = "operation;account;paid_on;amount;channel\n"

JANUARY = CHARGES + (
    "2022-01;3000000001;cold_water;м³;5,123;meter;29,35;150,36;-10;5,50;0,14\n"
    "01.2022;3000000001;wastewater;м³;5,123;meter;25,67;131,51;;;\n"
    "012022;3000000002;cold_water;м³;7;norm;29,35;205,45;0;0;0\n"
)
"""Totals: 266.51 for the first account, 205.45 for the second."""
BALANCES_OF_JANUARY = BALANCES + "2022-01;3000000001;100;50,00;316,51\n2022-01;3000000002;-1 000;0;-794,55\n"


@pytest.fixture
async def flats(office: Office) -> Office:
    await office.two_flats()
    return office


def charge(amount: str, period: str = "2022-01", account: str = "3000000001") -> str:
    return f"{period};{account};cold_water;м³;5;meter;29,35;{amount};0;0;0\n"


async def test_charges_and_balances_are_taken_and_taken_again(flats: Office) -> None:
    assert (await flats.take("charges", JANUARY)).inserted == 3
    assert (await flats.take("balances", BALANCES_OF_JANUARY)).inserted == 2
    for kind, content in (("charges", JANUARY), ("balances", BALANCES_OF_JANUARY)):
        again = await flats.take(kind, content)
        assert (again.inserted, again.changed, again.unchanged) == (0, 0, again.rows)
    first = await flats.rows("SELECT charged, recalculated, benefit, penalty, volume::text FROM charges ORDER BY 1, 2")
    assert first == [(13151, 0, 0, 0, "5.123"), (15036, -1000, 550, 14, "5.123"), (20545, 0, 0, 0, "7")]
    assert await flats.rows("SELECT opening, paid, to_pay FROM statements ORDER BY 1") == [
        (-100000, 0, -79455),
        (10000, 5000, 31651),
    ]


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("2022-04;3000000001;cold_water;м³;1;meter;1;1;;;", "period"),
        ("2022-01;3000000009;cold_water;м³;1;meter;1;1;;;", "account"),
        ("2022-01;3000000001;heating;Гкал;1;meter;1;1;;;", "service"),
        ("2022-01;3000000001;cold_water;;1;meter;1;1;;;", "unit"),
        ("2022-01;3000000001;cold_water;м³;1,2345;meter;1;1;;;", "volume"),
        ("2022-01;3000000001;cold_water;м³;-1;meter;1;1;;;", "volume"),
        ("2022-01;3000000001;cold_water;м³;1;guess;1;1;;;", "method"),
        ("2022-01;3000000001;cold_water;м³;1;meter;1,005;1;;;", "tariff"),
        ("2022-01;3000000001;cold_water;м³;1;meter;1;-1;;;", "charged"),
        ("2022-01;3000000001;cold_water;м³;1;meter;1;1e3;;;", "charged"),
        ("2022-01;3000000001;cold_water;м³;1;meter;1;1000000000000000;;;", "charged"),
        ("2022-01;3000000001;cold_water;м³;1;meter;1;1,001;;;", "charged"),
        ("2022-01;3000000001;cold_water;м³;1;meter;1;;;;", "charged"),
        ("2022-01;3000000001;cold_water;м³;1;meter;1;1;x;;", "recalculated"),
    ],
)
async def test_charges_that_cannot_be_are_refused(flats: Office, row: str, column: str) -> None:
    assert [(line, name) for line, name, _ in await flats.errors("charges", f"{CHARGES}{row}\n")] == [(2, column)]


async def test_errors_of_grammar_and_of_the_database_come_together(flats: Office) -> None:
    rows = (
        charge("1")
        + charge("x", account="3000000009")
        + charge("2")
        + charge("3", account="3000000002").replace(";5;", ";5,0001;")
    )
    assert await flats.errors("charges", CHARGES + rows) == [
        (3, "account", "3000000009"),
        (3, "charged", "x"),
        (4, "account", ""),
        (5, "volume", "5.0001"),
    ]


async def test_heat_is_measured_to_six_decimals(flats: Office) -> None:
    await flats.take("charges", CHARGES + "2022-01;700000001;heating;Гкал;0,123456;building;1874,43;231,41;;;\n", HEAT)
    assert await flats.rows("SELECT volume::text FROM charges") == [("0.123456",)]


async def test_billing_may_run_a_month_ahead(flats: Office) -> None:
    assert (await flats.take("charges", CHARGES + charge("1", "2022-03"))).inserted == 1


# --- totals --------------------------------------------------------------------------------------------------------


async def test_a_total_near_the_last_one_is_taken(flats: Office) -> None:
    await flats.take("charges", CHARGES + charge("100", "2021-12"))
    assert (await flats.take("charges", CHARGES + charge("130"))).warnings == ()


@pytest.mark.parametrize("amount", ["130,01", "69,99", "1300"])
async def test_a_total_far_from_the_last_one_is_refused_unless_accepted(flats: Office, amount: str) -> None:
    await flats.take("charges", CHARGES + charge("100", "2021-12"))
    assert "--accept-total" in (await flats.refuse("charges", CHARGES + charge(amount))).summary
    assert (await flats.take("charges", CHARGES + charge(amount), accept_total=True)).inserted == 1


async def test_a_total_is_measured_by_its_own_provider_and_by_the_last_period(flats: Office) -> None:
    await flats.take("charges", CHARGES + charge("100", "2021-10"))
    await flats.take("charges", CHARGES + charge("200", "2021-12"), accept_total=True)
    heat = CHARGES + "2022-01;700000001;heating;Гкал;1;building;1874,43;9000;;;\n"
    assert (await flats.take("charges", heat, HEAT)).inserted == 1
    assert (await flats.take("charges", CHARGES + charge("210"))).inserted == 1


async def test_a_history_of_several_periods_is_measured_by_its_first(flats: Office) -> None:
    await flats.take("charges", CHARGES + charge("100", "2021-10"))
    assert (await flats.take("charges", CHARGES + charge("900", "2021-12") + charge("110", "2021-11"))).inserted == 2


async def test_a_total_of_balances_is_measured_too(flats: Office) -> None:
    await flats.take("balances", BALANCES + "2021-12;3000000001;-100;0;-100\n")
    assert (await flats.refuse("balances", BALANCES + "2022-01;3000000001;100;0;100\n")).errors == []
    assert (await flats.take("balances", BALANCES + "2022-01;3000000001;-120;0;-120\n")).inserted == 1


@pytest.mark.parametrize(("kind", "header"), [("charges", CHARGES), ("balances", BALANCES)])
async def test_a_file_without_rows_is_refused_unless_accepted(flats: Office, kind: str, header: str) -> None:
    assert "no rows" in (await flats.refuse(kind, header)).summary
    assert (await flats.take(kind, header, accept_total=True)).rows == 0


# --- the sum of a month --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("to_pay", ["316,50", "316,52", "-316,51", "321,51", "306,51"])
async def test_balances_must_add_up_to_the_kopeck(flats: Office, to_pay: str) -> None:
    await flats.take("charges", JANUARY)
    refusal = await flats.refuse("balances", BALANCES_OF_JANUARY.replace("316,51", to_pay))
    assert [(error.line, error.column, error.value) for error in refusal.errors] == [
        (2, "to_pay", to_pay.replace(",", "."))
    ]
    assert "= 316.51" in refusal.errors[0].reason


async def test_a_balance_without_charges_adds_up_by_itself(flats: Office) -> None:
    assert (await flats.take("balances", BALANCES + "2022-01;3000000001;100;30;70\n")).inserted == 1
    assert await flats.errors("balances", BALANCES + "2022-01;3000000002;100;30;80\n") == [(2, "to_pay", "80.00")]


async def test_charges_may_not_contradict_balances_taken_before(flats: Office) -> None:
    await flats.take("charges", JANUARY)
    await flats.take("balances", BALANCES_OF_JANUARY)
    refusal = await flats.refuse("charges", JANUARY.replace("205,45", "205,46"))
    assert [(error.line, error.column) for error in refusal.errors] == [(4, "charged")]
    late = CHARGES + charge("0", account="3000000002").replace("cold_water", "wastewater")
    assert (await flats.take("charges", late)).inserted == 1


async def test_accepted_charges_take_away_the_balances_they_contradict(flats: Office) -> None:
    await flats.take("charges", JANUARY)
    await flats.take("balances", BALANCES_OF_JANUARY)
    result = await flats.take("charges", JANUARY.replace("205,45", "205,46"), accept_total=True)
    assert result.changed == 1
    assert any(warning.startswith("1 balances") for warning in result.warnings)
    assert await flats.rows("SELECT to_pay FROM statements") == [(31651,)]
    mended = await flats.take("balances", BALANCES_OF_JANUARY.replace("794,55", "794,54"))
    assert (mended.inserted, mended.unchanged) == (1, 1)


async def test_the_same_account_twice_in_a_period_is_refused(flats: Office) -> None:
    rows = "2022-01;3000000001;1;0;1\n2021-12;3000000001;1;0;1\n01.2022;3000000001;1;0;1\n"
    assert await flats.errors("balances", BALANCES + rows) == [(4, "account", "")]


amounts = st.integers(min_value=-(10**9), max_value=10**9)


@given(st.lists(st.tuples(amounts, amounts, amounts), min_size=1, max_size=2), amounts, amounts, st.integers(-1, 1))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_only_balances_that_add_up_are_taken(
    flats: Office, lines: list[tuple[int, int, int]], opening: int, paid: int, wrong: int
) -> None:
    services = ("cold_water", "wastewater")
    content, total = CHARGES, 0
    for service, (recalculated, benefit, penalty) in zip(services, lines, strict=False):
        cells = ";".join(map(roubles_text, (7700, recalculated, benefit, penalty)))
        content += f"2022-01;3000000001;{service};м³;1;meter;77;{cells}\n"
        total += 7700 + recalculated - benefit + penalty
    await flats.take("charges", content, accept_total=True)
    to_pay = opening + total - paid
    row = "2022-01;3000000001;" + ";".join(map(roubles_text, (opening, paid, to_pay + wrong)))
    others = [service for service in services if service not in services[: len(lines)]]
    await flats.rows("DELETE FROM charges WHERE service = ANY ($1)", others)
    if wrong:
        await flats.refuse("balances", f"{BALANCES}{row}\n")
    else:
        await flats.take("balances", f"{BALANCES}{row}\n", accept_total=True)


# --- payments ------------------------------------------------------------------------------------------------------

PAID = PAYMENTS + "op-1;3000000001;10.02.2022;250,00;bank\nop-2;3000000001;2022-02-10;250;\n"


async def test_equal_payments_of_one_day_are_two_operations(flats: Office) -> None:
    assert (await flats.take("payments", PAID)).inserted == 2
    again = await flats.take("payments", PAID)
    assert (again.inserted, again.changed, again.unchanged) == (0, 0, 2)
    assert await flats.rows("SELECT operation, amount, channel FROM payments ORDER BY id") == [
        ("op-1", 25000, "bank"),
        ("op-2", 25000, ""),
    ]


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ("op-1;3000000001;10.02.2022;250,01;bank", "amount"),
        ("op-1;3000000002;10.02.2022;250,00;bank", "account"),
        ("op-1;3000000001;11.02.2022;250,00;bank", "day"),
    ],
)
async def test_an_operation_never_changes(flats: Office, row: str, what: str) -> None:
    await flats.take("payments", PAID)
    refusal = await flats.refuse("payments", f"{PAYMENTS}{row}\nop-3;3000000001;10.02.2022;1;\n")
    assert [(error.line, error.column, error.value) for error in refusal.errors] == [(2, "operation", "op-1")]
    assert refusal.errors[0].reason.endswith(what)


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("op;3000000001;10.02.2022;-250;bank", "amount"),
        ("op;3000000001;10.02.2022;0,00;bank", "amount"),
        ("op;3000000001;18.02.2022;250;bank", "paid_on"),
        ("op;3000000009;10.02.2022;250;bank", "account"),
        (";3000000001;10.02.2022;250;bank", "operation"),
    ],
)
async def test_payments_that_cannot_be_are_refused(flats: Office, row: str, column: str) -> None:
    assert [(line, name) for line, name, _ in await flats.errors("payments", f"{PAYMENTS}{row}\n")] == [(2, column)]


async def test_operations_are_the_providers_own(flats: Office) -> None:
    await flats.take("payments", PAID, WATER)
    assert (await flats.take("payments", PAYMENTS + "op-1;700000001;10.02.2022;99;\n", HEAT)).inserted == 1
    assert await flats.errors("payments", PAID + "op-2;3000000001;2022-02-10;250;\n") == [(4, "operation", "")]


async def test_a_file_taken_by_two_at_once_is_taken_once(flats: Office) -> None:
    path = flats.file(JANUARY)
    results = await asyncio.gather(*(flats.take("charges", path) for _ in range(3)))
    assert sorted(result.inserted for result in results) == [0, 0, 3]


async def test_files_in_any_order_and_number_give_one_ledger(flats: Office) -> None:
    await flats.take("payments", PAID)
    reversed_rows = PAYMENTS + "".join(reversed(PAID.splitlines(keepends=True)[1:]))
    await flats.take("payments", reversed_rows)
    assert await flats.rows("SELECT sum(amount), count(*) FROM payments") == [(50000, 2)]


async def test_readers_see_the_old_facts_or_the_new_ones(flats: Office) -> None:
    await flats.take("charges", JANUARY)
    seen: set[object] = set()

    async def watch() -> None:
        while True:
            seen.update(await flats.rows("SELECT sum(charged) FROM charges"))

    watcher = asyncio.create_task(watch())
    doubled = CHARGES + "".join(
        line.replace("150,36", "300,72").replace("131,51", "263,02").replace("205,45", "410,90")
        for line in JANUARY.splitlines(keepends=True)[1:]
    )
    for content in (doubled, JANUARY) * 3:
        await flats.take("charges", content)
    watcher.cancel()
    assert seen <= {(48732,), (97464,)}
    assert seen


async def test_a_file_refused_by_a_total_reports_no_rows(flats: Office) -> None:
    await flats.take("charges", CHARGES + charge("100", "2021-12"))
    with pytest.raises(FileRefused) as refused:
        await flats.take("charges", CHARGES + charge("1"))
    assert refused.value.errors == []
