"""Accounts, and how those of several providers are tied to one flat."""

import pytest

from core.accounts.model import AccountRef
from core.ids import ProviderCode
from infra.codes import HmacCodeHasher
from tests.infra.exchange.office import HEAT, SECRET, WATER, WATER_ACCOUNTS, Office

HEADER = "account;street;building;unit;premises\n"


async def flats(office: Office) -> list[set[object]]:
    """The account numbers of each flat that has any."""
    rows = await office.rows("SELECT array_agg(number) FROM accounts GROUP BY premises_id ORDER BY min(id)")
    return [set(numbers) for (numbers,) in rows if isinstance(numbers, list)]


async def link(office: Office, number: str, resident: int = 0) -> int:
    """Links the flat of an account to a resident, new unless given."""
    if not resident:
        ((resident,),) = await office.rows("INSERT INTO residents (language) VALUES ('ru') RETURNING id")  # type: ignore[assignment]  # an id
    await office.rows(
        "INSERT INTO links (resident_id, premises_id, name, linked_at) "
        "SELECT $1, premises_id, 'Дом', now() FROM accounts WHERE number = $2",
        resident,
        number,
    )
    return resident


async def linked(office: Office, resident: int) -> set[object]:
    """The accounts that a resident sees."""
    rows = await office.rows(
        "SELECT number FROM links JOIN accounts USING (premises_id) WHERE resident_id = $1", resident
    )
    return {number for (number,) in rows}


async def test_the_same_file_again_changes_nothing(office: Office) -> None:
    content = WATER_ACCOUNTS.replace(
        "premises\n", "premises;pin;holder;phone;area_m2;residents;unified_account;gis_id;city;closed_on\n"
    )
    content = content.replace("flat-1\n", "flat-1;ABCD-2345;=Иван;+79001234567;45,50;2;ЕЛС1;G1;Магнитогорск;\n")
    content = content.replace("flat-2\n", "flat-2;;;;;;;;;01.02.2022\n")
    first = await office.take("accounts", content)
    stored = await office.everything()
    again = await office.take("accounts", content)
    assert (first.rows, first.inserted, first.changed, first.unchanged) == (2, 2, 0, 0)
    assert (again.rows, again.inserted, again.changed, again.unchanged) == (2, 0, 0, 2)
    assert (await office.everything())[:-1] == stored[: len(stored)]


async def test_a_changed_row_is_changed_and_others_are_not(office: Office) -> None:
    await office.two_flats()
    result = await office.take("accounts", WATER_ACCOUNTS.replace("14;6", "14;7"))
    assert (result.inserted, result.changed, result.unchanged) == (0, 1, 1)


async def test_leading_zeros_count_and_numbers_are_the_providers_own(office: Office) -> None:
    await office.two_flats()
    assert await office.errors("accounts", HEADER + "700000001;улица Труда;14;5;\n") == [(2, "account", "700000001")]
    assert await office.errors("accounts", HEADER + "03000000001;улица Труда;14;5;\n") == [
        (2, "account", "03000000001")
    ]


async def test_a_code_is_stored_only_as_its_digest(office: Office) -> None:
    await office.take(
        "accounts", "account;street;building;pin\n3000000001;улица Труда;14; abcd-2345 \n3000000002;улица Труда;14;\n"
    )
    digest = HmacCodeHasher(SECRET).digest(AccountRef(ProviderCode(WATER), "3000000001"), "ABCD2345")
    assert await office.rows("SELECT code_digest FROM accounts ORDER BY number") == [(digest,), (None,)]


@pytest.mark.parametrize("pin", ["abc", "a-b-c", "1234567890123", "12\x0734"])
async def test_a_code_has_four_to_twelve_signs(office: Office, pin: str) -> None:
    errors = await office.errors("accounts", f"account;street;building;pin\n3000000001;улица Труда;14;{pin}\n")
    assert errors == [(2, "pin", pin)]


async def test_a_missing_column_leaves_what_is_stored_and_an_empty_cell_empties_it(office: Office) -> None:
    await office.take("accounts", "account;street;building;holder;phone\n3000000001;улица Труда;14;Иван;51-51-31\n")
    await office.take("accounts", "account;street;building;holder\n3000000001;улица Труда;14;\n")
    assert await office.rows("SELECT holder, phone FROM accounts") == [(None, "51-51-31")]


async def test_an_account_is_closed_and_opened_again_by_billing(office: Office) -> None:
    await office.take("accounts", "account;street;building;closed_on\n3000000001;улица Труда;14;2022-02-01\n")
    assert str((await office.rows("SELECT closed_on FROM accounts"))[0][0]) == "2022-02-01"
    await office.take("accounts", "account;street;building;closed_on\n3000000001;улица Труда;14;\n")
    assert await office.rows("SELECT closed_on FROM accounts") == [(None,)]


async def test_a_repeated_account_is_refused(office: Office) -> None:
    rows = "3000000001;улица Труда;14;5;\n3000000002;улица Труда;14;6;\n"
    refusal = await office.refuse("accounts", HEADER + rows + "3000000001;улица Труда;14;7;\n")
    assert [(error.line, error.column) for error in refusal.errors] == [(4, "account")]
    assert "line 2" in refusal.errors[0].reason


# --- one flat, several providers -----------------------------------------------------------------------------------


async def test_one_key_is_one_flat_however_its_address_is_spelt(office: Office) -> None:
    await office.take("accounts", HEADER + "3000000001;улица Труда;14;5;flat-1\n")
    await office.take("accounts", HEADER + "700000001;Труда, 14;корпус 1;кв. 5;flat-1\n", HEAT)
    assert await flats(office) == [{"3000000001", "700000001"}]


async def test_without_keys_one_address_is_one_flat(office: Office) -> None:
    await office.take("accounts", HEADER + "3000000001;улица Труда;14;5;\n3000000002;улица Труда;14;6;\n")
    await office.take("accounts", HEADER + "700000001;УЛ. ТРУДА;д. 14;кв. 5;\n700000002;Трудовая;14;6;\n", HEAT)
    assert await flats(office) == [{"3000000001", "700000001"}, {"3000000002"}, {"700000002"}]


async def test_the_citys_name_need_not_be_written(office: Office) -> None:
    header = "account;city;street;building;unit\n"
    await office.take(
        "accounts", header + "3000000001;Магнитогорск;улица Труда;14;5\n3000000002;Агаповка;улица Труда;14;5\n"
    )
    await office.take("accounts", header + "700000001;;улица Труда;14;5\n", HEAT)
    assert await flats(office) == [{"3000000001", "700000001"}, {"3000000002"}]


async def test_a_flat_found_by_its_address_gets_the_key(office: Office) -> None:
    await office.take("accounts", HEADER + "3000000001;улица Труда;14;5;\n")
    await office.take("accounts", HEADER + "700000001;улица Труда;14;5;flat-1\n", HEAT)
    assert await flats(office) == [{"3000000001", "700000001"}]
    assert await office.rows("SELECT external_key FROM premises") == [("flat-1",)]
    again = await office.take("accounts", HEADER + "3000000001;улица Труда;14;5;\n")
    assert (again.inserted, again.changed) == (0, 0)


async def test_rows_of_one_file_share_a_new_flat(office: Office) -> None:
    await office.take("accounts", HEADER + "3000000001;улица Труда;14;5;\n3000000002;улица Труда;14;5;flat-1\n")
    assert await flats(office) == [{"3000000001", "3000000002"}]


async def test_an_address_with_two_keys_is_refused(office: Office) -> None:
    rows = "3000000001;улица Труда;14;5;flat-1\n3000000002;улица Труда;14;5;flat-2\n"
    assert await office.errors("accounts", HEADER + rows) == [(3, "premises", "flat-2")]


async def test_a_key_with_two_addresses_is_refused(office: Office) -> None:
    rows = "3000000001;улица Труда;14;5;flat-1\n3000000002;улица Труда;14;6;flat-1\n"
    assert await office.errors("accounts", HEADER + rows) == [(3, "premises", "flat-1")]


async def test_an_address_that_belongs_to_another_key_is_refused(office: Office) -> None:
    await office.two_flats()
    assert await office.errors("accounts", HEADER + "3000000003;улица Труда;14;5;flat-9\n") == [
        (2, "premises", "flat-9")
    ]


async def test_two_spellings_by_two_providers_do_not_take_turns(office: Office) -> None:
    water, heat = HEADER + "3000000001;улица Труда;14;5;flat-1\n", HEADER + "700000001;Труда;14;5;flat-1\n"
    await office.take("accounts", water)
    await office.take("accounts", heat, HEAT)
    for content, provider in ((water, WATER), (heat, HEAT)) * 2:
        result = await office.take("accounts", content, provider)
        assert (result.inserted, result.changed) == (0, 0)
    assert await office.rows("SELECT street FROM premises") == [("улица Труда",)]


async def test_a_street_is_renamed_by_the_account_that_was_there_first(office: Office) -> None:
    await office.two_flats()
    result = await office.take("accounts", WATER_ACCOUNTS.replace("улица Труда;14;5", "улица Мира;14;5"))
    assert result.changed == 1
    assert await office.rows("SELECT street FROM premises ORDER BY unit") == [("улица Мира",), ("улица Труда",)]
    assert len(await flats(office)) == 2


async def test_an_account_with_a_keyed_flat_stays_there_without_its_key(office: Office) -> None:
    await office.two_flats()
    without_keys = "account;street;building;unit\n700000001;Труда;дом 14;пять\n700000002;улица Труда;14;6\n"
    await office.take("accounts", without_keys, HEAT)
    assert await flats(office) == [{"3000000001", "700000001"}, {"3000000002", "700000002"}]


async def test_links_follow_the_last_account_out_of_a_flat(office: Office) -> None:
    await office.take("accounts", HEADER + "3000000001;улица Труда;14;5;\n")
    resident = await link(office, "3000000001")
    await office.take("accounts", HEADER + "3000000001;улица Труда;14а;5;\n")
    assert await linked(office, resident) == {"3000000001"}
    assert await office.rows("SELECT count(*) FROM links") == [(1,)]


async def test_links_stay_while_somebody_is_left_in_the_flat(office: Office) -> None:
    await office.take("accounts", HEADER + "3000000001;улица Труда;14;5;\n")
    await office.take("accounts", HEADER + "700000001;улица Труда;14;5;\n", HEAT)
    resident = await link(office, "3000000001")
    await office.take("accounts", HEADER + "3000000001;улица Труда;99;5;\n")
    assert await linked(office, resident) == {"700000001"}


async def test_links_of_two_merged_flats_become_one(office: Office) -> None:
    await office.take("accounts", HEADER + "3000000001;улица Труда;14;5;\n")
    await office.take("accounts", HEADER + "700000001;Труда;14;5;\n", HEAT)
    resident = await link(office, "700000001", await link(office, "3000000001"))
    await office.take("accounts", HEADER + "700000001;улица Труда;14;5;\n", HEAT)
    assert await linked(office, resident) == {"3000000001", "700000001"}
    assert await office.rows("SELECT count(*) FROM links") == [(1,)]


# --- accounts that vanish ------------------------------------------------------------------------------------------


def many(count: int) -> str:
    return HEADER + "".join(f"3{number:09};улица Труда;{number};1;\n" for number in range(count))


async def test_a_file_without_one_account_in_twenty_is_taken_and_they_stay(office: Office) -> None:
    await office.take("accounts", many(40))
    result = await office.take("accounts", many(38))
    assert result.unchanged == 38
    assert "2 of 40" in result.warnings[0]
    assert await office.rows("SELECT count(*) FROM accounts WHERE closed_on IS NULL") == [(40,)]


async def test_a_file_without_more_of_them_is_refused_unless_accepted(office: Office) -> None:
    await office.take("accounts", many(40))
    assert "--accept-drop" in (await office.refuse("accounts", many(37))).summary
    assert (await office.take("accounts", many(37), accept_drop=True)).unchanged == 37
    await office.refuse("accounts", HEADER)


async def test_closed_accounts_and_other_providers_may_be_missing(office: Office) -> None:
    await office.two_flats()
    closed = "account;street;building;closed_on\n" + "".join(
        f"3{n:09};улица Мира;{n};2022-01-01\n" for n in range(10, 40)
    )
    await office.take("accounts", closed, accept_drop=True)
    assert (await office.take("accounts", WATER_ACCOUNTS)).warnings == ()
