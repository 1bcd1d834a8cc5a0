"""Settings: read from the environment and `.env`, checked at once, never shown."""

import multiprocessing
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from infra.paths import DEFAULT_CITY, PROJECT
from infra.secret_key import SecretKeyError, kept_secret_key
from infra.settings import Settings, SettingsError, load_settings

TOKEN = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
SECRETS = {
    "DATABASE_URL": "postgresql://app:hunter2-database@db/vodoteplo",
    "REDIS_URL": "redis://:hunter2-redis@cache:6379/0",
    "TELEGRAM_TOKEN": TOKEN,
    "TELEGRAM_WEBHOOK_SECRET": "hunter2-webhook",
    "VK_TOKEN": "vk1.a.hunter2-vk",
    "VK_SECRET": "hunter2-callback",
    "VK_CONFIRMATION": "hunter2conf",
    "SECRET_KEY": "hunter2-key-hunter2-key-hunter2-key",
}


def load(**given: str) -> Settings:
    """Settings from these names alone, without the prefix."""
    return load_settings({f"VODOTEPLO_{name}": value for name, value in given.items()}, env_file=None)


def wrong(**given: str) -> list[str]:
    with pytest.raises(SettingsError) as raised:
        load(**given)
    return raised.value.lines


def test_with_nothing_set_the_defaults_of_the_contract_hold() -> None:
    settings = load()
    assert settings.data_dir == Path(".vodoteplo")
    assert settings.city == DEFAULT_CITY
    assert (settings.database_url, settings.redis_url, settings.now) == (None, None, None)
    assert (settings.telegram, settings.vk) == (False, False)
    assert (settings.telegram_mode, settings.vk_mode) == ("polling", "longpoll")
    assert (settings.web_host, settings.web_port) == ("127.0.0.1", 8080)
    assert (settings.demo, settings.log_level, settings.log_format) == (False, "info", None)
    assert settings.warnings == ()


def test_everything_set_is_read() -> None:
    settings = load(
        **SECRETS,
        DATA_DIR="/var/lib/vodoteplo",
        NOW="2022-02-16T10:00:00+05:00",
        TELEGRAM_API_URL="http://127.0.0.1:8081/",
        TELEGRAM_MODE="webhook",
        VK_GROUP_ID="123",
        VK_API_URL="http://127.0.0.1:8082",
        VK_MODE="CALLBACK",
        WEB_HOST="0.0.0.0",
        WEB_PORT="80",
        PUBLIC_URL="https://bot.example.org/",
        DEMO="1",
        LOG_LEVEL="DEBUG",
        LOG_FORMAT="json",
    )
    assert settings.now == datetime(2022, 2, 16, 5, tzinfo=UTC)
    assert settings.telegram_api_url == "http://127.0.0.1:8081"
    assert settings.public_url == "https://bot.example.org"
    assert settings.telegram_token is not None
    assert settings.telegram_token.get_secret_value() == TOKEN
    assert (settings.vk_group_id, settings.vk_mode, settings.web_port, settings.demo) == (123, "callback", 80, True)
    assert (settings.log_level, settings.log_format) == ("debug", "json")
    assert settings.key() == SECRETS["SECRET_KEY"].encode()


def test_the_names_are_those_of_the_contract() -> None:
    assert set(Settings.names()) == {
        f"VODOTEPLO_{name}"
        for name in [
            "DATA_DIR",
            "DATABASE_URL",
            "REDIS_URL",
            "CITY",
            "NOW",
            "TELEGRAM_TOKEN",
            "TELEGRAM_API_URL",
            "TELEGRAM_MODE",
            "TELEGRAM_WEBHOOK_SECRET",
            "VK_TOKEN",
            "VK_GROUP_ID",
            "VK_API_URL",
            "VK_MODE",
            "VK_SECRET",
            "VK_CONFIRMATION",
            "WEB_HOST",
            "WEB_PORT",
            "WEB_PROXIES",
            "METRICS_PORT",
            "PUBLIC_URL",
            "DEMO",
            "SECRET_KEY",
            "LOG_LEVEL",
            "LOG_FORMAT",
        ]
    }


def test_an_empty_value_counts_as_unset() -> None:
    assert load(TELEGRAM_TOKEN="", VK_GROUP_ID="  ", LOG_LEVEL="") == load()


@pytest.mark.parametrize(
    ("name", "value", "advice"),
    [
        ("DATABASE_URL", "mysql://host/name", "postgresql://"),
        ("REDIS_URL", "memcached://host", "redis://"),
        ("NOW", "2022-02-16T10:00:00", "it has no time zone: write date, time and zone"),
        ("NOW", "yesterday", "it is not an instant"),
        ("NOW", "1645000000", "it is not an instant"),
        ("TELEGRAM_TOKEN", "AAHdqTcv", "BotFather"),
        ("TELEGRAM_API_URL", "api.telegram.org", "https://host"),
        ("TELEGRAM_API_URL", "https://host:99999", "https://host"),
        ("TELEGRAM_MODE", "pulling", "polling or webhook"),
        ("TELEGRAM_WEBHOOK_SECRET", "with a space", "1 to 256"),
        ("TELEGRAM_WEBHOOK_SECRET", "a" * 257, "1 to 256"),
        ("VK_GROUP_ID", "club123", "the community's number"),
        ("VK_GROUP_ID", "0", "the community's number"),
        ("VK_TOKEN", "токен", "access token"),
        ("VK_API_URL", "https://api.vk.ru?v=5", "without /method"),
        ("VK_MODE", "webhook", "longpoll or callback"),
        ("WEB_PROXIES", "10.0.0.1/8", "addresses or networks"),
        ("WEB_PROXIES", "proxy.local", "addresses or networks"),
        ("WEB_PORT", "65536", "a port"),
        ("WEB_PORT", "http", "a port"),
        ("PUBLIC_URL", "ftp://host", "https://bot.example.org"),
        ("DEMO", "maybe", "write 1"),
        ("SECRET_KEY", "short", "shorter than 32 bytes"),
        ("LOG_LEVEL", "loud", "debug, info, warning or error"),
        ("LOG_FORMAT", "xml", "console or json"),
    ],
)
def test_a_wrong_setting_is_one_line_with_its_name_and_advice(name: str, value: str, advice: str) -> None:
    (line,) = wrong(**{name: value})
    assert line.startswith(f"VODOTEPLO_{name}: ")
    assert advice in line


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({"TELEGRAM_MODE": "webhook"}, ["TELEGRAM_WEBHOOK_SECRET", "PUBLIC_URL"]),
        ({"TELEGRAM_MODE": "webhook", "PUBLIC_URL": "http://127.0.0.1:8080"}, ["TELEGRAM_WEBHOOK_SECRET"]),
        ({"VK_TOKEN": "vk1.a.x"}, ["VK_GROUP_ID"]),
        ({"VK_MODE": "callback"}, ["VK_SECRET", "VK_CONFIRMATION"]),
    ],
)
def test_what_another_setting_calls_for_is_missing_by_name(given: dict[str, str], missing: list[str]) -> None:
    lines = wrong(**given)
    assert [line.split(":")[0] for line in lines] == [f"VODOTEPLO_{name}" for name in missing]
    assert all(": missing, because " in line for line in lines)


def test_every_problem_is_told_at_once_and_once() -> None:
    lines = wrong(WEB_PORT="x", TELEGRAM_MODE="webhook", PUBLIC_URL="nowhere", LOG_LEVEL="loud")
    assert sorted(line.split(":")[0].removeprefix("VODOTEPLO_") for line in lines) == [
        "LOG_LEVEL",
        "PUBLIC_URL",
        "TELEGRAM_WEBHOOK_SECRET",
        "WEB_PORT",
    ]


def test_http_is_let_through_for_trials() -> None:
    settings = load(TELEGRAM_MODE="webhook", TELEGRAM_WEBHOOK_SECRET="s", PUBLIC_URL="http://127.0.0.1:8080")
    assert settings.public_url == "http://127.0.0.1:8080"


@pytest.mark.parametrize(
    ("given", "ready"),
    [
        ({}, False),
        ({"TELEGRAM_TOKEN": TOKEN}, True),
        ({"VK_TOKEN": "vk1.a.x", "VK_GROUP_ID": "1"}, True),
    ],
)
def test_serving_needs_a_messenger(given: dict[str, str], ready: bool) -> None:
    assert (load(**given).problems_for_serving() == []) is ready


def test_a_misspelt_name_is_warned_about_with_the_nearest_one() -> None:
    settings = load(TELEGRAM_TOKN="x", SCHEMAS="/schemas")
    assert settings.warnings == ("VODOTEPLO_TELEGRAM_TOKN: no such setting: did you mean VODOTEPLO_TELEGRAM_TOKEN?",)


def test_no_secret_is_shown_by_settings() -> None:
    settings = load(**SECRETS, VK_GROUP_ID="1")
    shown = f"{settings} {settings!r} {settings.model_dump_json()} {settings.model_dump()}"
    assert "hunter2" not in shown
    assert TOKEN not in shown


def test_no_secret_is_shown_by_a_traceback() -> None:
    """Each secret is given in a form that is refused; the process dies of it with its traceback on the screen."""
    broken = {f"VODOTEPLO_{name}": f"hunter2 {name} ключ" for name in SECRETS} | {"VODOTEPLO_WEB_PORT": "hunter2"}
    script = "from infra.settings import load_settings; load_settings(env_file=None)"
    ran = subprocess.run(
        [sys.executable, "-c", script], cwd=PROJECT, env=broken, capture_output=True, text=True, check=False
    )
    assert ran.returncode != 0
    assert all(name in ran.stderr for name in broken if name != "VODOTEPLO_SECRET_KEY")
    assert "hunter2" not in ran.stderr + ran.stdout


def test_dot_env_is_read_and_the_environment_wins(tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text("# мои настройки\nVODOTEPLO_WEB_PORT=9000\nVODOTEPLO_VK_SECRET='pa$word'\nHOME=/x\n", "utf-8")
    settings = load_settings({"VODOTEPLO_WEB_PORT": "9001"}, env_file)
    assert settings.web_port == 9001
    assert settings.vk_secret is not None
    assert settings.vk_secret.get_secret_value() == "pa$word"


def test_an_unreadable_dot_env_is_one_line(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"VODOTEPLO_WEB_HOST=\xff\xfe\n")
    with pytest.raises(SettingsError, match="UTF-8"):
        load_settings({}, tmp_path / ".env")


def test_the_city_file_is_found_from_any_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load(CITY="cities/magnitogorsk.toml").city == DEFAULT_CITY
    (tmp_path / "own.toml").touch()
    assert load(CITY="own.toml").city == Path("own.toml")


# --- the key kept under DATA_DIR ---------------------------------------------------------------------------------


def test_the_key_is_made_once_and_kept_from_others(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    settings = load(DATA_DIR=str(data_dir))
    key = settings.key()
    assert len(key) >= 32
    assert settings.key() == key
    assert [path.name for path in data_dir.iterdir()] == ["secret_key"]
    assert stat.S_IMODE((data_dir / "secret_key").stat().st_mode) == 0o600


def test_two_folders_have_two_keys(tmp_path: Path) -> None:
    assert kept_secret_key(tmp_path / "a") != kept_secret_key(tmp_path / "b")


def test_processes_that_start_together_share_one_key(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        keys = pool.map(kept_secret_key, [tmp_path / "data"] * 32, chunksize=1)
    assert len(set(keys)) == 1


def test_whoever_comes_second_takes_the_key_of_the_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The race itself: the key appears after it was looked for and before it is made."""
    (tmp_path / "secret_key").write_text("f" * 64)
    monkeypatch.setattr(Path, "exists", lambda _path: False)
    assert kept_secret_key(tmp_path) == b"f" * 64
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]


def test_a_damaged_key_is_never_replaced_silently(tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_text("half")
    with pytest.raises(SecretKeyError, match="damaged"):
        kept_secret_key(tmp_path)
    with pytest.raises(SettingsError, match=r"VODOTEPLO_SECRET_KEY: it is unset, and the key in .* is damaged"):
        load(DATA_DIR=str(tmp_path)).key()


def test_a_data_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match="no key can be kept"):
        load(DATA_DIR=str(tmp_path / "file" / "data")).key()
