"""How the desk looks: templates, static files, times as people read them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Final

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from core.clock import CityClock
from core.periods import Period
from dialogs.settings import LANGUAGES
from web.desk.words import Words

HERE: Final = Path(__file__).parent
ROOT: Final = "/desk"
HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "same-origin",
    "Server": "vodoteplo",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}
"""On every answer under /desk, whoever makes it."""
KEPT_BY_NOBODY: Final = "no-store, private"
KEPT_FOR_EVER: Final = "public, max-age=31536000, immutable"
_TYPES: Final = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}
MONTHS: Final = {
    "ru": ["янв.", "февр.", "марта", "апр.", "мая", "июня", "июля", "авг.", "сент.", "окт.", "нояб.", "дек."],
    "en": ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
}


@dataclass(frozen=True, slots=True)
class StaticFile:
    content: bytes
    media_type: str
    version: str


class Front:
    """Draws templates and gives static files; all of them are read once."""

    def __init__(self, clock: CityClock) -> None:
        self._clock = clock
        self.files = {path.name: _static(path) for path in sorted((HERE / "static").iterdir()) if path.suffix in _TYPES}
        self._templates = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def draw(self, template: str, words: Words, values: Mapping[str, object]) -> str:
        times = Times(self._clock, words)
        given = {
            "t": words.t,
            "tn": words.tn,
            "language": words.language,
            "static": self.static,
            "icon": self.icon,
            "trouble": self.trouble,
            "token": partial(_token, values),
            "moment": times.moment,
            "stored_moment": times.stored_moment,
            "ago": times.ago,
            "clock": times.clock,
            "day": times.day,
            "month": times.month,
            "size": partial(_size, words),
            "language_name": language_name,
        }
        return self._templates.get_template(template).render(given | dict(values))

    def static(self, name: str) -> str:
        """The address of a static file: another one whenever it changes."""
        return f"{ROOT}/static/{name}?v={self.files[name].version}"

    def icon(self, name: str) -> Markup:
        """A sign out of icons.svg: beside words, so that it has no name of its own."""
        return Markup('<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>').format(
            self.static("icons.svg"), name
        )

    def trouble(self, words: str | None) -> Markup:
        """What is wrong with a form, read out at once; nothing when nothing is."""
        if not words:
            return Markup()
        return Markup('<p class="trouble" role="alert">{}<span>{}</span></p>').format(self.icon("alert"), words)

    async def give(self, request: web.Request) -> web.Response:
        """A static file. Names are looked up, never used as paths."""
        file = self.files.get(request.match_info["name"])
        if file is None:
            raise web.HTTPNotFound
        kept = KEPT_FOR_EVER if request.query.get("v") == file.version else "no-cache"
        charset = "utf-8" if file.media_type.startswith("text/") else None
        return web.Response(
            body=file.content, content_type=file.media_type, charset=charset, headers={"Cache-Control": kept}
        )


class Times:
    """Instants in the city's time. `stored` ones are the database's: moved as the setting NOW moves the city's."""

    def __init__(self, clock: CityClock, words: Words) -> None:
        self._clock = clock
        self._words = words

    def moment(self, at: datetime) -> str:
        """«10:05» today, «3 февр., 10:05» this year, else with the year."""
        local, now = self._clock.local(at), self._clock.local()
        time = f"{local:%H:%M}"
        if local.date() == now.date():
            return time
        return f"{self.day(local.date())}, {time}"

    def clock(self, at: datetime) -> str:
        """«10:05»"""
        return f"{self._clock.local(at):%H:%M}"

    def day(self, day: date) -> str:
        """«16 февр.», with the year unless it is this one."""
        named = f"{day.day} {MONTHS[self._words.language][day.month - 1]}"
        return named if day.year == self._clock.today().year else f"{named} {day.year}"

    def month(self, period: Period) -> str:
        """«февр. 2022»"""
        return f"{MONTHS[self._words.language][period.month - 1]} {period.year}"

    def stored_moment(self, at: datetime) -> str:
        return self.moment(at + self._clock.clock.offset)

    def ago(self, at: datetime) -> str:
        """How long ago, by the city's clock: «5 мин», «3 ч», «2 дн.»"""
        minutes = max(0, int((self._clock.now() - at).total_seconds()) // 60)
        if minutes < 60:
            return self._words.t("{n} мин", n=minutes)
        if minutes < 48 * 60:
            return self._words.t("{n} ч", n=minutes // 60)
        return self._words.t("{n} дн.", n=minutes // (24 * 60))


def _token(values: Mapping[str, object]) -> Markup:
    """The field without which no form is taken."""
    return Markup('<input type="hidden" name="token" value="{}">').format(values.get("csrf", ""))


def language_name(code: str) -> str:
    """As its speakers call it."""
    return LANGUAGES.get(code, code)


def _size(words: Words, count: int) -> str:
    """Bytes as people count them: «340 КБ», «1,2 МБ»."""
    if count < 1024 * 1024:
        return words.t("{n} КБ", n=max(1, round(count / 1024)))
    mega = f"{count / 1024 / 1024:.1f}"
    return words.t("{n} МБ", n=mega if words.language == "en" else mega.replace(".", ","))


def _static(path: Path) -> StaticFile:
    content = path.read_bytes()
    return StaticFile(content, _TYPES[path.suffix], sha256(content).hexdigest()[:12])
