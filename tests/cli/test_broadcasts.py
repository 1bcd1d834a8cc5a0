"""`vodoteplo broadcast`: from a file to a report, and everything that is said no to."""

import csv
from pathlib import Path

import asyncpg
import pytest

from infra.broadcast_file import broadcasts_file, read_broadcast_file
from infra.city_file import load_city
from infra.paths import DEFAULT_CITY
from tests.cli.conftest import Command
from tests.infra.db.crowd import Crowd

NOW = {"VODOTEPLO_NOW": "2021-12-20T10:00:00+05:00"}
ALONE = '[[broadcasts]]\ntitle = "Проба"\n[broadcasts.texts]\nru = "Здравствуйте!"\n'


@pytest.fixture
async def town(database_url: str) -> Crowd:
    """Two people of Vodokanal in each messenger, one of them Tatar, and one without a flat."""
    connection = await asyncpg.connect(database_url)
    crowd = Crowd(connection)
    for messenger, language in (("telegram", "ru"), ("telegram", "tt"), ("vk", "ru"), ("vk", "ru")):
        flat = await crowd.flat()
        await crowd.meter(flat, "cold_water", "vodokanal")
        await crowd.resident(messenger, flat=flat, language=language)
    await crowd.resident("vk")
    return crowd


async def test_the_switch_of_2022_from_the_template_to_the_report(
    command: Command, town: Crowd, tmp_path: Path
) -> None:
    listed = (await command("broadcast", "templates", **NOW)).stdout
    assert listed.startswith("switch-2022  С января 2022 года")
    made = await command("broadcast", "create", "switch-2022", "--operator", "anna", **NOW)
    assert made.exit_code == 0, made.output
    assert made.stdout.splitlines() == [
        "Broadcast № 1: a draft, nothing is sent. It would reach:",
        "  telegram, ru: 1",
        "  telegram, tt: 1",
        "  vk, ru: 2",
        "  in all: 4",
    ]
    shown = (await command("broadcast", "preview", 1, **NOW)).stdout
    for words in (
        "telegram, ru",
        "vk, ba",
        "два кода для оплаты",
        "[ Передать показания ]",
        "[ Не присылать объявления ]",
    ):
        assert words in shown
    started = await command("broadcast", "start", 1, "--operator", "anna", **NOW)
    assert "4 recipients. It begins in 15 seconds" in started.stdout
    again = await command("broadcast", "start", 1, "--operator", "boris", **NOW)
    assert (again.exit_code, again.output.strip()) == (2, "it is sending: that cannot be done there")
    assert "draft" in (await command("broadcast", "undo", 1, "--operator", "anna", **NOW)).stdout
    assert (await command("broadcast", "start", 1, **NOW)).exit_code == 0
    await _sent(town)
    status = (await command("broadcast", "status", 1, "--watch", **NOW)).stdout
    assert "finished" in status
    file = tmp_path / "report.csv"
    report = (await command("broadcast", "report", 1, "--csv", file, **NOW)).stdout
    assert "telegram: 2 recipients: sent 1, unknown 1" in report
    assert "sent + failed + blocked + opted out + unknown = recipients" in report
    assert "unknown: telegram:" in report
    assert "улица Труда, 14  (the process died)" in report
    assert "start  anna" in report
    rows = list(csv.DictReader(file.read_text("utf-8-sig").splitlines(), delimiter=";"))
    assert sorted(row["outcome"] for row in rows) == ["blocked", "sent", "sent", "unknown"]


async def _sent(town: Crowd) -> None:
    """What senders would have done."""
    became = [("sent", ""), ("unknown", "the process died"), ("blocked", ""), ("sent", "")]
    for place, (state, reason) in enumerate(became):
        await town.db.execute(
            "UPDATE deliveries SET state = $1, reason = $2, settled_at = now() "
            "WHERE id = (SELECT id FROM deliveries ORDER BY id OFFSET $3 LIMIT 1)",
            *(state, reason, place),
        )
    await town.db.execute("UPDATE mailings SET status = 'finished'")


async def test_many_recipients_need_a_second_person(command: Command, town: Crowd, tmp_path: Path) -> None:
    city = tmp_path / "city.toml"
    city.write_text(DEFAULT_CITY.read_text("utf-8").replace("alone_up_to = 1000", "alone_up_to = 3"), "utf-8")
    beside = {**NOW, "VODOTEPLO_CITY": str(city)}
    file = tmp_path / "one.toml"
    file.write_text(ALONE, "utf-8")
    assert (await command("broadcast", "create", file, "--operator", "anna", **beside)).exit_code == 0
    refused = await command("broadcast", "start", 1, "--operator", "anna", **beside)
    assert refused.output.strip() == "5 recipients: more than 3 need the word of a second person (approve)"
    assert (await town.db.fetchval("SELECT count(*) FROM deliveries")) == 0
    own = await command("broadcast", "approve", 1, "--operator", " Anna ", **beside)
    assert "its author cannot be the second person" in own.output
    assert (await command("broadcast", "approve", 1, "--operator", "boris", **beside)).exit_code == 0
    later = await command("broadcast", "start", 1, "--at", "2021-12-21 12:00", "--operator", "anna", **beside)
    assert later.stdout.strip() == "Broadcast № 1: it begins on 21.12.2021 12:00."
    listed = (await command("broadcast", "list", **beside)).stdout
    assert "scheduled for 21.12.2021 12:00" in listed
    assert "approved by boris" in listed
    assert "paused" in (await command("broadcast", "pause", 1, **beside)).stdout
    assert "cancelled" in (await command("broadcast", "cancel", 1, **beside)).stdout


async def test_it_is_tried_out_in_one_chat(command: Command, town: Crowd, tmp_path: Path) -> None:
    file = tmp_path / "one.toml"
    file.write_text(ALONE, "utf-8")
    await command("broadcast", "create", file, **NOW)
    peer = await town.db.fetchval("SELECT peer FROM chats WHERE messenger = 'vk' LIMIT 1")
    assert (await command("broadcast", "test", 1, "--to", f"vk:{peer}", **NOW)).exit_code == 0
    assert await town.db.fetchval("SELECT count(*) FROM inbox WHERE internal AND raw LIKE '%broadcast_trial%'") == 1
    assert (await command("broadcast", "test", 1, "--to", "vk:9", **NOW)).exit_code == 2
    assert (await command("broadcast", "test", 1, "--to", "me", **NOW)).exit_code == 2


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('[[broadcasts]]\ntitle = "x"\n[broadcasts.texts]\nen = "Hello"\n', "the text in ru is missing"),
        (ALONE.replace("Здравствуйте!", "{name}"), "nothing fills {name}"),
        (ALONE.replace("Здравствуйте!", "{flat"), "a brace stands without"),
        (ALONE.replace("Здравствуйте!", "{flat}"), "{flat} needs an audience of people who have linked"),
        (ALONE.replace("Здравствуйте!", "я" * 4097), "at most 4096 characters"),
        (f'{ALONE}[broadcasts.audience]\nhouses = ["улица Труда, 99"]\n', "nobody lives at: улица Труда, 99"),
        (f'{ALONE}[broadcasts.audience]\nhouses = ["99"]\n', "is no house"),
        (f'{ALONE}[broadcasts.audience]\nlinked = false\nstreets = ["улица Труда"]\n', "cannot be asked for by flats"),
        (f'{ALONE}[[broadcasts.buttons]]\nru = "Да"\nlink = "http://x.org"\n', "an https link: http://x.org"),
        (f'{ALONE}[[broadcasts.buttons]]\nopens = "home"\n', "its label in ru is missing"),
        ('[[broadcasts]]\ntitle = "x"\nfile = "../a"\n[broadcasts.texts]\nru = "x"\n', "write its name alone"),
        ('[[broadcasts]]\ntitle = "x"\nfile = "a"\n[broadcasts.texts]\nru = "x"\n', "a cannot be read"),
        ('[[broadcasts]]\ntitle = "x"\nnot_after = 2021-12-01T10:00:00\n[broadcasts.texts]\nru = "x"\n', "has passed"),
        ('[[broadcasts]]\ntitle = "x"\nnot_after = 2021-12-01\n[broadcasts.texts]\nru = "x"\n', "the city's time"),
        (ALONE + ALONE, "it holds 2 broadcasts"),
        ("", "it is missing"),
    ],
)
async def test_what_cannot_be_sent_is_refused_with_every_reason(
    command: Command, town: Crowd, tmp_path: Path, text: str, why: str
) -> None:
    file = tmp_path / "one.toml"
    file.write_text(text, "utf-8")
    refused = await command("broadcast", "create", file, **NOW)
    assert refused.exit_code == 2, refused.output
    assert why in refused.output
    assert await town.db.fetchval("SELECT count(*) FROM mailings") == 0


async def test_numbers_and_names_of_nothing(command: Command) -> None:
    assert "neither a file nor written ahead" in (await command("broadcast", "create", "switch-2023", **NOW)).output
    for act in ("preview", "start", "pause", "status", "report"):
        refused = await command("broadcast", act, 7, **NOW)
        assert (refused.exit_code, refused.output.strip()) == (2, "there is no such broadcast")


def test_what_is_written_ahead_speaks_every_language_of_the_city() -> None:
    city = load_city(DEFAULT_CITY)
    for written in read_broadcast_file(broadcasts_file(DEFAULT_CITY), city):
        assert set(written.draft.texts) == set(city.languages)
        assert all(set(button.labels) == set(city.languages) for button in written.draft.buttons)
