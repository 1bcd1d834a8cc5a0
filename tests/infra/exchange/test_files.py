"""Files as they come: encodings, separators, headers, and files that are broken."""

import csv

import pytest

from infra.codes import HmacCodeHasher
from infra.exchange import FileRefused, RowError, import_file, write_error_report
from tests.infra.exchange.office import HEAT, WATER_ACCOUNTS, Office

HEADER = "account;street;building;unit"


async def streets(office: Office) -> list[object]:
    return [row[0] for row in await office.rows("SELECT street FROM premises ORDER BY id")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
async def test_encodings_and_separators_are_found_out(
    office: Office, encoding: str, separator: str, newline: str
) -> None:
    text = f"{HEADER};holder\n3000000001;улица Труда;14;5;Пётр Ё.\n3000000002;проспект Ленина;2;1;Фёдор\n"
    content = text.replace(";", separator).replace("\n", newline).encode(encoding)
    assert (await office.take("accounts", content)).inserted == 2
    assert await streets(office) == ["улица Труда", "проспект Ленина"]
    assert await office.rows("SELECT holder FROM accounts ORDER BY id") == [("Пётр Ё.",), ("Фёдор",)]


async def test_columns_come_in_any_order_and_unknown_ones_are_kept_out(office: Office) -> None:
    result = await office.take("accounts", "unit;Street ;colour;BUILDING;account\n5;улица Труда;red;14;3000000001\n")
    assert result.inserted == 1
    assert any("colour" in warning for warning in result.warnings)
    assert await office.rows(
        "SELECT number, street, building, unit FROM accounts JOIN premises ON premises.id = premises_id"
    ) == [("3000000001", "улица Труда", "14", "5")]


async def test_quoted_cells_hold_separators_quotes_and_line_breaks(office: Office) -> None:
    content = f'{HEADER};holder\n3000000001;"улица; Труда";14;5;"ООО ""Ромашка""\nи сын"\n3000000002;ул. Ж;1;2;Я\n'
    await office.take("accounts", content)
    assert await office.rows(
        "SELECT street, holder FROM accounts JOIN premises ON premises.id = premises_id ORDER BY number"
    ) == [
        ("улица; Труда", 'ООО "Ромашка"\nи сын'),
        ("ул. Ж", "Я"),
    ]


async def test_lines_are_counted_as_an_editor_counts_them(office: Office) -> None:
    content = f'{HEADER};holder\n\n3000000001;улица Труда;14;5;"две\nстроки"\n3000000002;;1;2;\n'
    assert await office.errors("accounts", content) == [(5, "street", "")]


async def test_cells_that_look_like_formulas_are_stored_as_they_are(office: Office) -> None:
    await office.take("accounts", f"{HEADER};holder\n3000000001;=cmd|'/c';+1;-2;@Иван\n")
    assert await office.rows(
        "SELECT street, building, unit, holder FROM accounts JOIN premises ON premises.id = premises_id"
    ) == [("=cmd|'/c'", "+1", "-2", "@Иван")]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no header"),
        (b"\n\n", "no header"),
        (b"one;two;three\n1;2;3\n", "no header"),
        (b"account;street\n3000000001;x\n", "building"),
        (b"account;street;building;street\n", "twice"),
        ("account;street;building\n".encode("utf-16"), "UTF-16"),
        (b"PK\x03\x04 account;street;building\n", "XLSX"),
        (b"account;street;building\n3000000001;\x98\xd2\xf0\xf3\xe4\xe0;1\n", "0x98"),
    ],
)
async def test_files_that_cannot_be_read_are_refused(office: Office, content: bytes, reason: str) -> None:
    refusal = await office.refuse("accounts", content)
    assert reason in refusal.summary + "".join(map(str, refusal.errors))


async def test_a_damaged_utf8_file_is_not_read_as_another_encoding(office: Office) -> None:
    content = (f"{HEADER}\n" + "3000000001;улица Труда;14;5\n" * 3).encode()
    cut = content[: content.rindex("а".encode()) + 1]
    refusal = await office.refuse("accounts", cut)
    assert [error.line for error in refusal.errors] == [4]


async def test_a_missing_file_is_refused(office: Office) -> None:
    refusal = await office.refuse("accounts", office.folder / "nowhere.csv")
    assert "nowhere.csv" in refusal.summary
    await office.refuse("accounts", office.folder)


async def test_unknown_providers_and_kinds_are_refused(office: Office) -> None:
    assert "gazprom" in (await office.refuse("accounts", WATER_ACCOUNTS, "gazprom")).summary
    assert "receipts" in (await office.refuse("receipts", WATER_ACCOUNTS)).summary


@pytest.mark.parametrize(
    "tail",
    [
        "3000000003;улица Труда",
        '3000000003;"улица Труда;14;5\n',
        '3000000003;"улица" Труда;14;5\n',
        "3000000003;улица Труда;14;5;6\n",
    ],
)
async def test_half_a_row_refuses_the_file(office: Office, tail: str) -> None:
    errors = await office.errors("accounts", f"{HEADER}\n3000000001;ул. Ж;1;2\n{tail}")
    assert [line for line, _, _ in errors] == [3]


async def test_every_error_of_every_row_is_reported_in_order(office: Office) -> None:
    content = (
        "account;street;building;unit;area_m2;residents;pin;closed_on\n"
        "3000000001;улица Труда;14;5;45,5;2;ABCD2345;\n"
        "30000000;;14;5;1e5;две;abc;31.02.2022\n"
        "3000000002;ул. \x07;1;2;-3;1;;\n"
        "3000000001;улица Мира;1;2;;;;\n"
    )
    assert await office.errors("accounts", content) == [
        (3, "account", "30000000"),
        (3, "street", ""),
        (3, "area_m2", "1e5"),
        (3, "residents", "две"),
        (3, "pin", "abc"),
        (3, "closed_on", "31.02.2022"),
        (4, "street", "ул. \x07"),
        (4, "area_m2", "-3"),
        (5, "account", ""),
    ]


async def test_an_error_in_the_last_of_many_rows_leaves_nothing_behind(office: Office) -> None:
    rows = "".join(f"3{number:09};улица Труда;{number};5\n" for number in range(3000))
    errors = await office.errors("accounts", f"{HEADER}\n{rows}oops;улица Труда;1;1\n")
    assert errors == [(3002, "account", "oops")]


async def test_nul_bytes_are_refused_everywhere(office: Office) -> None:
    errors = await office.errors(
        "accounts", f"{HEADER};holder\n3000000001;улица\0Труда;1\0;5\0;\0\n30000\x0000002;ул;1;1;\n"
    )
    assert [(line, column) for line, column, _ in errors] == [
        (2, "street"),
        (2, "building"),
        (2, "unit"),
        (2, "holder"),
        (3, "account"),
    ]


async def test_a_dry_run_tells_what_would_change_and_changes_nothing(office: Office) -> None:
    before = await office.everything()
    result = await office.take("accounts", WATER_ACCOUNTS, dry_run=True)
    assert (result.rows, result.inserted, result.changed, result.unchanged) == (2, 2, 0, 0)
    assert await office.everything() == before
    assert (await office.take("accounts", WATER_ACCOUNTS)).inserted == 2


async def test_what_was_taken_is_recorded(office: Office) -> None:
    await office.take("accounts", WATER_ACCOUNTS)
    await office.take("accounts", WATER_ACCOUNTS)
    recorded = await office.rows(
        "SELECT kind, provider, file_name, rows, changed, length(sha256) FROM imports ORDER BY id"
    )
    assert recorded == [
        ("accounts", "vodokanal", "file.csv", 2, 2, 64),
        ("accounts", "vodokanal", "file.csv", 2, 0, 64),
    ]


async def test_imports_work_again_on_the_same_connection(office: Office) -> None:
    """Staging tables of different shapes follow each other under one name."""
    await office.two_flats()
    await office.take("accounts", "account;street;building;holder\n3000000009;улица Мира;1;Я\n", accept_drop=True)
    await office.refuse("accounts", "account;street;building\nx;y;z\n")
    await office.take("meters", "account;meter;service;digits\n700000001;H-1;hot_water;5\n", HEAT)
    assert (await office.rows("SELECT count(*) FROM accounts"))[0] == (5,)


async def test_the_error_report_is_safe_to_open(office: Office) -> None:
    source = office.folder / "accounts.csv"
    errors = [
        RowError(2, "holder", "=cmd|'/c calc'!A1", "why"),
        RowError(3, "unit", '+7;\n"x"', "-"),
        RowError(4, "", "\tx", "@"),
    ]
    report = write_error_report(source, errors)
    assert report.name == "accounts.csv.errors.csv"
    assert report.read_bytes().startswith(b"\xef\xbb\xbf")
    with report.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file, delimiter=";"))
    assert rows == [
        ["line", "column", "value", "reason"],
        ["2", "holder", "'=cmd|'/c calc'!A1", "why"],
        ["3", "unit", '\'+7;\n"x"', "'-"],
        ["4", "", "'\tx", "'@"],
    ]


async def test_progress_goes_up_to_the_size_of_the_file(office: Office) -> None:
    rows = "".join(f"3{number:09};улица Труда;{number};5\n" for number in range(3000))
    path = office.file(f"{HEADER}\n{rows}")
    told: list[tuple[int, int]] = []
    await import_file(
        office.engine,
        office.city,
        HmacCodeHasher(b"k" * 32),
        "accounts",
        "vodokanal",
        path,
        progress=lambda done, total: told.append((done, total)),
    )
    assert told == sorted(told)
    assert told[-1] == (path.stat().st_size, path.stat().st_size)
    assert len(told) > 3


async def test_a_refusal_reads_as_its_summary(office: Office) -> None:
    refusal = await office.refuse("accounts", "account;street;building\nx;y;z\n")
    assert isinstance(refusal, FileRefused)
    assert str(refusal) == refusal.summary == "errors: 1, on lines: 1"
    assert str(refusal.errors[0]).startswith("line 2, account: 'x': not an account number of vodokanal")
