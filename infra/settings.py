"""Settings: the environment (prefix VODOTEPLO_) and `.env`, checked before anything starts.

What is wrong is said as one line a setting: its name, what is wrong, what to do. Values are never shown: half of
them are secrets, and the rest is on the screen of whoever set it.
"""

import os
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from difflib import get_close_matches
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Final, Literal, Self
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError

from infra.paths import DEFAULT_CITY, data_file
from infra.secret_key import KEY_BYTES, SecretKeyError, kept_secret_key

PREFIX: Final = "VODOTEPLO_"
TESTS_ONLY: Final = frozenset({"VODOTEPLO_SCHEMAS"})
"""Names that the tests read and the product does not."""

_TELEGRAM_TOKEN = re.compile(r"[0-9]+:[A-Za-z0-9_-]+")
_TELEGRAM_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
_VISIBLE = re.compile(r"[!-~]+")


class SettingsError(Exception):
    """The settings do not let the product start. `lines`: one a setting, without any secret value."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


def _url(*schemes: str) -> Callable[[str], str]:
    """Takes an address of these schemes, and gives it without its last slash."""

    def check(value: str) -> str:
        try:
            parts = urlsplit(value)
            usable = parts.scheme in schemes and (parts.port is None or parts.port > 0)
        except ValueError:
            usable = False
        web = schemes[0] == "https"
        if not usable or not _VISIBLE.fullmatch(value) or (web and not parts.hostname):
            raise ValueError("it is not such an address")
        if web and (parts.query or parts.fragment):
            raise ValueError("the address has a part after ? or #")
        return value.rstrip("/")

    return check


def _secret_url(*schemes: str) -> Callable[[SecretStr], SecretStr]:
    check = _url(*schemes)

    def check_secret(value: SecretStr) -> SecretStr:
        check(value.get_secret_value())
        return value

    return check_secret


def _secret(pattern: re.Pattern[str], wrong: str) -> Callable[[SecretStr], SecretStr]:
    def check(value: SecretStr) -> SecretStr:
        if not pattern.fullmatch(value.get_secret_value()):
            raise ValueError(wrong)
        return value

    return check


def _long_enough(value: SecretStr) -> SecretStr:
    if len(value.get_secret_value().encode()) < KEY_BYTES:
        raise ValueError(f"it is shorter than {KEY_BYTES} bytes")
    return value


def _instant(value: object) -> datetime:
    if isinstance(value, datetime):
        instant = value
    else:
        try:
            instant = datetime.fromisoformat(str(value))
        except ValueError:
            raise ValueError("it is not an instant") from None
    if instant.tzinfo is None:
        raise ValueError("it has no time zone")
    return instant


def _networks(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return tuple(ip_network(one.strip()) for one in value.split(","))
    except ValueError:
        raise ValueError("it holds something that is no address and no network") from None


def _lowered(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


_Network = IPv4Network | IPv6Network
_Web = Annotated[str, AfterValidator(_url("https", "http"))]
_Token = Annotated[SecretStr, AfterValidator(_secret(_VISIBLE, "it holds a space or a sign that is not ASCII"))]
_TelegramToken = Annotated[SecretStr, AfterValidator(_secret(_TELEGRAM_TOKEN, "it does not look like a bot token"))]
_WebhookSecret = Annotated[SecretStr, AfterValidator(_secret(_TELEGRAM_SECRET, "Telegram does not take it"))]
_Database = Annotated[SecretStr, AfterValidator(_secret_url("postgresql"))]
_Redis = Annotated[SecretStr, AfterValidator(_secret_url("redis", "rediss", "unix"))]


class Settings(BaseModel):
    """What the product is told from outside; a field `name` is the setting VODOTEPLO_NAME.

    The description of a field is the advice shown when its value is wrong.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, validate_default=True)

    data_dir: Path = Field(Path(".vodoteplo"), description="write the path of a folder")
    database_url: _Database | None = Field(None, description="write postgresql://user:password@host/name")
    redis_url: _Redis | None = Field(None, description="write redis://host:6379/0 or unix:///path/of/the/socket")
    city: Annotated[Path, AfterValidator(data_file)] = Field(DEFAULT_CITY, description="write the path of a city file")
    now: Annotated[datetime, BeforeValidator(_instant)] | None = Field(
        None, description="write date, time and zone, as in 2022-02-16T10:00+05:00"
    )
    telegram_token: _TelegramToken | None = Field(None, description="copy the token from BotFather: digits, :, letters")
    telegram_api_url: _Web = Field("https://api.telegram.org", description="write https://host")
    telegram_mode: Annotated[Literal["polling", "webhook"], BeforeValidator(_lowered)] = Field(
        "polling", description="write polling or webhook"
    )
    telegram_webhook_secret: _WebhookSecret | None = Field(
        None, description="write 1 to 256 of the signs A-Z a-z 0-9 _ -"
    )
    vk_token: _Token | None = Field(None, description="copy the access token from the community's settings")
    vk_group_id: int | None = Field(None, gt=0, description="write the community's number, as in 123456789")
    vk_api_url: _Web = Field("https://api.vk.ru", description="write https://host, without /method")
    vk_mode: Annotated[Literal["longpoll", "callback"], BeforeValidator(_lowered)] = Field(
        "longpoll", description="write longpoll or callback"
    )
    vk_secret: _Token | None = Field(None, description="copy the secret key of the callback server")
    vk_confirmation: _Token | None = Field(None, description="copy the string the callback server is to return")
    web_host: str = Field("127.0.0.1", min_length=1, description="write an address to listen on, as in 127.0.0.1")
    web_port: int = Field(8080, ge=0, le=65535, description="write a port from 1 to 65535 (0: any free one)")
    web_proxies: Annotated[tuple[_Network, ...], BeforeValidator(_networks)] = Field(
        (), description="write addresses or networks of your proxies, as in 127.0.0.1, 10.0.0.0/8"
    )
    metrics_port: int | None = Field(None, ge=1, le=65535, description="write a port from 1 to 65535, or leave it out")
    public_url: _Web | None = Field(None, description="write the outside address, as in https://bot.example.org")
    demo: bool = Field(False, description="write 1, or leave it out")
    secret_key: Annotated[SecretStr, AfterValidator(_long_enough)] | None = Field(
        None, description=f"write a random text of at least {KEY_BYTES} bytes, or leave it out to have one made"
    )
    log_level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(_lowered)] = Field(
        "info", description="write debug, info, warning or error"
    )
    log_format: Annotated[Literal["console", "json"], BeforeValidator(_lowered)] | None = Field(
        None, description="write console or json"
    )
    warnings: tuple[str, ...] = ()
    """Lines about settings nobody reads; not a setting itself."""

    @property
    def telegram(self) -> bool:
        return self.telegram_token is not None

    @property
    def vk(self) -> bool:
        return self.vk_token is not None

    def key(self) -> bytes:
        """SECRET_KEY, or the one kept under DATA_DIR. Raises SettingsError when that one cannot be read or made."""
        if self.secret_key is not None:
            return self.secret_key.get_secret_value().encode()
        try:
            return kept_secret_key(self.data_dir)
        except (SecretKeyError, OSError) as error:
            reason = error if isinstance(error, SecretKeyError) else f"no key can be kept in {self.data_dir}: {error}"
            raise SettingsError([f"{PREFIX}SECRET_KEY: it is unset, and {reason}"]) from error

    def problems_for_serving(self) -> list[str]:
        """What `serve` needs beside settings that are right in themselves."""
        if self.telegram or self.vk:
            return []
        return [
            f"{PREFIX}TELEGRAM_TOKEN: no messenger is set up: write the bot's token, or set VK_TOKEN and VK_GROUP_ID"
        ]

    def cross_problems(self) -> dict[str, str]:
        """A line, by full name, for each setting that another one calls for and that is missing."""
        return {
            _shown(field): f"{_shown(field)}: missing, because {because}: {_advice(field)}"
            for field, needed, because in self._needs()
            if needed and getattr(self, field) is None
        }

    def _needs(self) -> list[tuple[str, bool, str]]:
        webhook = self.telegram_mode == "webhook"
        callback = self.vk_mode == "callback"
        return [
            ("telegram_webhook_secret", webhook, "TELEGRAM_MODE is webhook"),
            ("public_url", webhook, "TELEGRAM_MODE is webhook"),
            ("vk_group_id", self.vk, "VK_TOKEN is set"),
            ("vk_secret", callback, "VK_MODE is callback"),
            ("vk_confirmation", callback, "VK_MODE is callback"),
        ]

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """The full names of all settings, in the order of the documentation."""
        return tuple(_shown(field) for field in cls.model_fields if field != "warnings")

    @classmethod
    def from_names(cls, given: Mapping[str, str]) -> Self:
        """Builds settings from full names. Raises pydantic's ValidationError."""
        known = set(cls.names())
        values: dict[str, object] = {_field(name): value for name, value in given.items() if name in known}
        return cls.model_validate(values | {"warnings": _unknown(given, known)})


def load_settings(environ: Mapping[str, str] | None = None, env_file: Path | None = Path(".env")) -> Settings:
    """Reads `.env`, then the environment over it; an empty value counts as unset. Raises SettingsError."""
    given = _from_file(env_file) | dict(os.environ if environ is None else environ)
    ours = {name: value.strip() for name, value in given.items() if name.startswith(PREFIX) and value.strip()}
    settings, problems = _checked(ours)
    problems |= {name: line for name, line in settings.cross_problems().items() if name not in problems}
    if problems:
        raise SettingsError(list(problems.values()))
    return settings


def _checked(ours: dict[str, str]) -> tuple[Settings, dict[str, str]]:
    """The settings made of what is right in itself, and a line for each name that is not."""
    try:
        return Settings.from_names(ours), {}
    except ValidationError as error:
        # Not chained to what is raised later: pydantic's error holds the values, and a traceback would print them.
        problems = _lines(error)
    right = {name: value for name, value in ours.items() if name not in problems}
    return Settings.from_names(right), problems


def _from_file(env_file: Path | None) -> dict[str, str]:
    if env_file is None or not env_file.is_file():
        return {}
    try:
        # Values are taken as they stand: a "$" in a password is a "$".
        values = dotenv_values(env_file, interpolate=False, encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise SettingsError([f"{env_file}: it cannot be read: let it be a UTF-8 text you may read"]) from None
    return {name: value for name, value in values.items() if value is not None}


def _lines(error: ValidationError) -> dict[str, str]:
    """A line for each setting; a field's own words where it has them, else that the value does not fit."""
    wrong: dict[str, str] = {}
    for found in error.errors(include_input=False, include_url=False, include_context=False):
        own = found["msg"].removeprefix("Value error, ") if found["type"] == "value_error" else "the value does not fit"
        wrong.setdefault(str(found["loc"][0]), own)
    return {_shown(field): f"{_shown(field)}: {what}: {_advice(field)}" for field, what in wrong.items()}


def _unknown(given: Mapping[str, str], known: set[str]) -> tuple[str, ...]:
    lines = []
    for name in sorted(set(given) - known - TESTS_ONLY):
        near = get_close_matches(name, known, 1)
        lines.append(f"{name}: no such setting: " + (f"did you mean {near[0]}?" if near else "take it out"))
    return tuple(lines)


def _shown(field: str) -> str:
    return PREFIX + field.upper()


def _field(name: str) -> str:
    return name.removeprefix(PREFIX).lower()


def _advice(field: str) -> str:
    return str(Settings.model_fields[field].description)
