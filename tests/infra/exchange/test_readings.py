"""Readings on their way to the billing systems, and the answers to them."""

import csv
import json
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest

from core.periods import Period
from infra.db.wake import CHANNEL
from infra.exchange import FormatNotThere, export_readings
from tests.infra.exchange.office import HEAT, WATER, Office
from tests.workbooks import read_workbook

FEBRUARY = Period(2022, 2)
VERDICTS = "reading;status;reason\n"
COLD, HOT, OLD, WARM = (f"00000000-0000-4000-8000-00000000000{number}" for number in range(1, 5))
"""Readings of the first flat's cold and hot meters, a replaced one of the cold meter, and one of its heat meter."""


@pytest.fixture
async def flat(office: Office) -> Office:
    """The first flat with three meters and their readings of February; its resident has a chat in each messenger."""
    await office.two_flats()
    header = "account;meter;service;digits\n"
    await office.take("meters", header + "3000000001;=C-1;cold_water;5\n")
    await office.take("meters", header + "700000001;H-1;hot_water;5\n700000001;T-1;heating;5\n", HEAT)
    await office.rows("INSERT INTO residents (language) VALUES ('ru')")
    await office.rows(
        """INSERT INTO chats (messenger, bot, peer, resident_id)
           SELECT messenger, 'bot', peer, residents.id FROM residents,
                  (VALUES ('telegram', '11'), ('telegram', '12'), ('vk', '11')) AS chats (messenger, peer)"""
    )
    for reading, meter, value, current, flags in (
        (OLD, "=C-1", "120.5", False, []),
        (COLD, "=C-1", "123.450", True, ["late", "large"]),
        (HOT, "H-1", "45", True, []),
        (WARM, "T-1", "7.123456", True, []),
    ):
        await office.rows(
            """INSERT INTO readings (id, key, meter_id, period, value, submitted_at, channel, status, current, flags,
                                     resident_id)
               SELECT $1::uuid, $1::text, meters.id, '2022-02-01', $3::text::numeric, $4, 'telegram', 'accepted',
                      $5, $6, residents.id FROM meters, residents WHERE number = $2""",
            reading,
            meter,
            value,
            datetime(2022, 2, 16, 20, 30, 5, 678, tzinfo=UTC),
            current,
            flags,
        )
    return office


async def exported(office: Office, provider: str, period: Period = FEBRUARY) -> list[list[str]]:
    out = office.folder / "out.csv"
    count = await export_readings(office.engine, office.city, provider, period, out)
    with out.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file, delimiter=";"))
    assert count == len(rows) - 1
    return rows


# --- export --------------------------------------------------------------------------------------------------------


async def test_a_provider_gets_the_readings_its_charges_need(flat: Office) -> None:
    at, end = "2022-02-17T01:30:05+05:00", ["telegram", "current", "accepted"]
    assert await exported(flat, WATER) == [
        [
            "reading",
            "account",
            "meter",
            "service",
            "period",
            "value",
            "submitted_at",
            "channel",
            "kind",
            "status",
            "flags",
        ],
        [COLD, "3000000001", "'=C-1", "cold_water", "2022-02", "123.450", at, *end, "late,large"],
        [HOT, "3000000001", "H-1", "hot_water", "2022-02", "45", at, *end, ""],
    ]
    heat = await exported(flat, HEAT)
    assert [row[:3] for row in heat[1:]] == [[WARM, "700000001", "T-1"], [HOT, "700000001", "H-1"]]


async def test_the_export_is_utf8_with_bom_and_the_same_to_the_byte(flat: Office) -> None:
    out = flat.folder / "out.csv"
    await export_readings(flat.engine, flat.city, WATER, FEBRUARY, out)
    first = out.read_bytes()
    assert first.startswith(b"\xef\xbb\xbfreading;account;")
    await export_readings(flat.engine, flat.city, WATER, FEBRUARY, out)
    assert out.read_bytes() == first
    assert [path.name for path in flat.folder.iterdir() if path.name.startswith(".")] == []


async def test_other_periods_are_left_out(flat: Office) -> None:
    assert len(await exported(flat, WATER, Period(2022, 1))) == 1


async def test_a_flat_without_an_account_at_the_receiver_is_skipped_and_told(flat: Office) -> None:
    await flat.take("accounts", "account;street;building\n700000009;улица Мира;1\n", HEAT, accept_drop=True)
    await flat.take("meters", "account;meter;service;digits\n700000009;H-9;hot_water;5\n", HEAT)
    await flat.rows(
        "INSERT INTO readings (key, meter_id, period, value, submitted_at, channel, status, current) "
        "SELECT 'x', id, '2022-02-01', 1, now(), 'vk', 'accepted', true FROM meters WHERE number = 'H-9'"
    )
    told: list[str] = []
    out = flat.folder / "out.csv"
    assert await export_readings(flat.engine, flat.city, WATER, FEBRUARY, out, warn=told.append) == 2
    assert told == ["1 readings left out: vodokanal has no account at their flats"]
    assert await export_readings(flat.engine, flat.city, HEAT, FEBRUARY, out, warn=told.append) == 3
    assert len(told) == 1


async def test_a_failed_export_leaves_the_old_file(flat: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    out = flat.file("old", "out.csv")
    await flat.rows("ALTER TABLE readings RENAME TO elsewhere")
    with pytest.raises(Exception, match="readings"):
        await export_readings(flat.engine, flat.city, WATER, FEBRUARY, out)
    assert out.read_text() == "old"
    assert sorted(path.name for path in flat.folder.iterdir()) == ["file.csv", "out.csv"]


async def test_a_workbook_holds_the_same_readings_and_the_same_bytes_each_time(flat: Office) -> None:
    out = flat.folder / "out.xlsx"
    assert await export_readings(flat.engine, flat.city, WATER, FEBRUARY, out, file_format="xlsx") == 2
    first = out.read_bytes()
    ((name, (header, *rows)),) = read_workbook(first).items()
    assert name == "vodokanal 2022-02"
    assert header == (await exported(flat, WATER))[0]
    at, end = "2022-02-17T01:30:05+05:00", ["telegram", "current", "accepted"]
    assert rows == [
        [COLD, "3000000001", "'=C-1", "cold_water", "2022-02", 123.45, at, *end, "late,large"],
        [HOT, "3000000001", "H-1", "hot_water", "2022-02", 45, at, *end, ""],
    ]
    await export_readings(flat.engine, flat.city, WATER, FEBRUARY, out, file_format="xlsx")
    assert out.read_bytes() == first


async def test_another_format_says_that_it_is_not_there(flat: Office, tmp_path: Path) -> None:
    with pytest.raises(FormatNotThere, match="gis"):
        await export_readings(flat.engine, flat.city, WATER, FEBRUARY, tmp_path / "x", file_format="gis")
    assert not (tmp_path / "x").exists()


# --- acceptance ----------------------------------------------------------------------------------------------------


async def reading(office: Office, which: str) -> tuple[object, ...]:
    return (await office.rows("SELECT status, reason, current FROM readings WHERE id = $1", which))[0]


async def told(office: Office) -> list[tuple[object, ...]]:
    """Messenger, peer and subject of each decline that is to be told."""
    return await office.rows(
        "SELECT messenger, peer, subject FROM deliveries JOIN chats ON chats.id = chat_id "
        "JOIN mailings ON mailings.id = mailing_id WHERE key = 'reminder:declined' ORDER BY deliveries.id"
    )


async def noticed(office: Office, kind: str = "task_settled") -> list[tuple[object, object, object]]:
    """Messenger, peer and subject of each notice."""
    rows = await office.rows("SELECT messenger, peer, raw, internal FROM inbox ORDER BY id")
    notices = []
    for messenger, peer, raw, internal in rows:
        notice = json.loads(str(raw))["notice"]
        assert internal
        assert notice["kind"] == kind
        notices.append((messenger, peer, notice["subject"]))
    return notices


def chats_told(subject: str) -> list[tuple[str, str, str]]:
    return [("telegram", "11", subject), ("telegram", "12", subject), ("vk", "11", subject)]


async def test_a_declined_reading_is_not_current_and_whoever_sent_it_is_told(flat: Office) -> None:
    result = await flat.take(
        "acceptance", f"{VERDICTS}{COLD.upper()};declined;Показание меньше прежнего\n{HOT};accepted;\n"
    )
    assert (result.inserted, result.changed) == (2, 0)
    assert await reading(flat, COLD) == ("declined", "Показание меньше прежнего", False)
    assert await reading(flat, HOT) == ("accepted", None, True)
    assert await told(flat) == [("telegram", "11", f"{COLD}:vodokanal")]


async def test_those_who_run_turns_are_woken(flat: Office) -> None:
    heard: list[str] = []
    listener = await asyncpg.connect(flat.url)
    await listener.add_listener(CHANNEL, lambda _connection, _pid, _channel, payload: heard.append(payload))
    await waits_for_an_operator(flat)
    await flat.take("acceptance", f"{VERDICTS}{COLD};accepted;\n", dry_run=True)
    await listener.fetchval("SELECT 1")
    assert heard == []
    await flat.take("acceptance", f"{VERDICTS}{COLD};accepted;\n")
    await listener.fetchval("SELECT 1")
    await listener.close()
    assert sorted(json.loads(payload) for payload in heard) == [
        ["telegram", "bot", "11"],
        ["telegram", "bot", "12"],
        ["vk", "bot", "11"],
    ]


async def test_the_same_answer_again_changes_nothing_and_tells_nobody_twice(flat: Office) -> None:
    content = f"{VERDICTS}{COLD};declined;Мало\n"
    await flat.take("acceptance", content)
    again = await flat.take("acceptance", content)
    assert (again.inserted, again.changed, again.unchanged) == (0, 0, 1)
    assert len(await told(flat)) == 1
    await flat.rows("DELETE FROM deliveries")
    await flat.take("acceptance", content)
    assert await told(flat) == []


async def test_another_receivers_decline_is_told_and_leaves_the_reading_current(flat: Office) -> None:
    await flat.take("acceptance", f"{VERDICTS}{HOT};declined;Нет договора\n", WATER)
    assert await reading(flat, HOT) == ("accepted", None, True)
    assert await told(flat) == [("telegram", "11", f"{HOT}:vodokanal")]
    await flat.take("acceptance", f"{VERDICTS}{HOT};declined;Мало\n", HEAT)
    assert await reading(flat, HOT) == ("declined", "Мало", False)
    assert await flat.rows("SELECT provider, status, reason FROM verdicts ORDER BY provider") == [
        ("teplofikaciya", "declined", "Мало"),
        ("vodokanal", "declined", "Нет договора"),
    ]


async def test_a_reading_accepted_after_all_is_current_again(flat: Office) -> None:
    await flat.take("acceptance", f"{VERDICTS}{COLD};declined;Мало\n")
    result = await flat.take("acceptance", f"{VERDICTS}{COLD};accepted;\n")
    assert (result.inserted, result.changed) == (0, 1)
    assert await reading(flat, COLD) == ("accepted", None, True)


async def test_it_is_not_current_again_when_a_later_one_was_sent(flat: Office) -> None:
    await flat.take("acceptance", f"{VERDICTS}{COLD};declined;Мало\n")
    await flat.rows(
        "INSERT INTO readings (key, meter_id, period, value, submitted_at, channel, status, current) "
        "SELECT 'later', id, '2022-02-01', 130, now(), 'vk', 'accepted', true FROM meters WHERE number = '=C-1'"
    )
    await flat.take("acceptance", f"{VERDICTS}{COLD};accepted;\n{OLD};accepted;\n")
    assert (await reading(flat, COLD))[2] is False
    assert await flat.rows(
        "SELECT value::text FROM readings JOIN meters ON meters.id = meter_id WHERE current AND number = '=C-1'"
    ) == [("130",)]


LATER = "00000000-0000-4000-8000-000000000009"


async def sent_later(office: Office, status: str) -> None:
    """Another reading of the cold meter and period, sent after the others."""
    await office.rows(
        "INSERT INTO readings (id, key, meter_id, period, value, submitted_at, channel, status, current) "
        "SELECT $1::uuid, 'later', id, '2022-02-01', 130, now(), 'vk', $2, false FROM meters WHERE number = '=C-1'",
        *(LATER, status),
    )


@pytest.mark.parametrize("later", ["flagged", "declined"])
async def test_what_does_not_stand_keeps_no_reading_from_being_current_again(flat: Office, later: str) -> None:
    await flat.take("acceptance", f"{VERDICTS}{COLD};declined;Мало\n")
    await sent_later(flat, later)
    await flat.take("acceptance", f"{VERDICTS}{COLD};accepted;\n")
    assert await reading(flat, COLD) == ("accepted", None, True)


@pytest.mark.parametrize("together", [True, False])
async def test_of_two_accepted_after_all_the_later_one_is_current(flat: Office, together: bool) -> None:
    await sent_later(flat, "accepted")
    await flat.take("acceptance", f"{VERDICTS}{COLD};declined;Мало\n{LATER};declined;Мало\n")
    answers = [f"{COLD};accepted;\n", f"{LATER};accepted;\n"]
    for rows in ["".join(answers)] if together else answers:
        await flat.take("acceptance", VERDICTS + rows)
    assert (await reading(flat, COLD), await reading(flat, LATER)) == (
        ("accepted", None, False),
        ("accepted", None, True),
    )


async def waits_for_an_operator(office: Office) -> int:
    """The cold meter's reading was doubtful: it is not current, and a task is open about it."""
    await office.rows("UPDATE readings SET status = 'flagged', current = false WHERE id = $1", COLD)
    rows = await office.rows(
        "INSERT INTO tasks (key, kind, facts, opened_at, meter_id, reading_id, period) "
        "SELECT id::text, 'reading', '{}', now(), meter_id, id, period FROM readings WHERE id = $1 RETURNING id",
        COLD,
    )
    return int(str(rows[0][0]))


async def tasks(office: Office) -> list[tuple[object, ...]]:
    return await office.rows("SELECT status, note, settled_by, settled_at IS NOT NULL FROM tasks")


async def test_a_reading_that_waits_for_an_operator_and_is_declined_waits_no_more(flat: Office) -> None:
    await waits_for_an_operator(flat)
    await flat.take("acceptance", f"{VERDICTS}{COLD};declined;Мало\n")
    assert await tasks(flat) == [("declined", "Мало", "billing:vodokanal", True)]
    assert await reading(flat, COLD) == ("declined", "Мало", False)
    assert await told(flat) == [("telegram", "11", f"{COLD}:vodokanal")], "once, with the reason of billing"


async def test_a_reading_that_waits_for_an_operator_and_is_accepted_counts(flat: Office) -> None:
    task = await waits_for_an_operator(flat)
    await flat.take("acceptance", f"{VERDICTS}{COLD};accepted;\n")
    assert await tasks(flat) == [("accepted", "", "billing:vodokanal", True)]
    assert await reading(flat, COLD) == ("accepted", None, True)
    assert await noticed(flat) == chats_told(str(task))
    await flat.take("acceptance", f"{VERDICTS}{COLD};accepted;\n")
    assert len(await noticed(flat)) == 3


async def test_a_task_stays_open_where_another_receiver_has_judged(flat: Office) -> None:
    await waits_for_an_operator(flat)
    await flat.rows("UPDATE tasks SET reading_id = $1", HOT)
    await flat.rows("UPDATE readings SET status = 'flagged', current = false WHERE id = $1", HOT)
    await flat.take("acceptance", f"{VERDICTS}{HOT};declined;Нет договора\n", WATER)
    assert await tasks(flat) == [("open", "", None, False)]


async def test_a_reading_without_a_resident_is_declined_in_silence(flat: Office) -> None:
    await flat.rows("UPDATE readings SET resident_id = NULL")
    await flat.take("acceptance", f"{VERDICTS}{COLD};declined;Мало\n")
    assert await reading(flat, COLD) == ("declined", "Мало", False)
    assert await told(flat) == []


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("00000000-0000-4000-8000-0000000000ff;accepted;", "reading"),
        (f"{WARM};accepted;", "reading"),
        ("1;accepted;", "reading"),
        (f"{COLD};maybe;", "status"),
        (f"{COLD};declined;", "reason"),
        (f"{COLD};declined;\0", "reason"),
    ],
)
async def test_answers_that_cannot_be_are_refused(flat: Office, row: str, column: str) -> None:
    errors = await flat.errors("acceptance", f"{VERDICTS}{HOT};declined;Мало\n{row}\n")
    assert {(line, name) for line, name, _ in errors} == {(3, column)}


async def test_a_reading_judged_twice_in_a_file_is_refused(flat: Office) -> None:
    assert await flat.errors("acceptance", f"{VERDICTS}{HOT};accepted;\n{HOT};declined;x\n") == [(3, "reading", "")]


async def test_a_dry_run_tells_nobody(flat: Office) -> None:
    result = await flat.take("acceptance", f"{VERDICTS}{COLD};declined;Мало\n", dry_run=True)
    assert result.inserted == 1
    assert await told(flat) == []
    assert await reading(flat, COLD) == ("accepted", None, True)
