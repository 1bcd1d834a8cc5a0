"""Words of four languages: formats, plurals, and catalogues that lack nothing."""

import ast
import os
import subprocess
import sys
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from core.money import Kopecks
from core.periods import Period
from dialogs.screen import Day, Month, Number, Plain, Rub, Text, Time, Value, lines, msg, paragraphs, plural
from infra.city_file import load_city
from infra.i18n import DOMAIN, Catalogues
from infra.paths import DEFAULT_CITY, LOCALES, PROJECT

LANGUAGES = load_city(DEFAULT_CITY).languages
KEYWORDS = {"msg": None, "plural": (1, 2)}
"""The functions that mark a text for translation, as `make messages` names them."""


# --- formats

FEBRUARY, DAY = Period(2022, 2), date(2022, 2, 25)
FORMATS: list[tuple[Value, dict[str, str]]] = [
    (Rub(Kopecks(123450)), {"ru": "1 234,50 ₽", "tt": "1 234,50 ₽", "ba": "1 234,50 ₽", "en": "1,234.50 ₽"}),
    (Rub(Kopecks(5)), {"ru": "0,05 ₽", "tt": "0,05 ₽", "ba": "0,05 ₽", "en": "0.05 ₽"}),
    (Rub(Kopecks(-100)), {"ru": "-1,00 ₽", "tt": "-1,00 ₽", "ba": "-1,00 ₽", "en": "-1.00 ₽"}),
    (Number(Decimal("1234.500")), {"ru": "1 234,5", "tt": "1 234,5", "ba": "1 234,5", "en": "1,234.5"}),
    (Number(Decimal(7)), dict.fromkeys(LANGUAGES, "7")),
    (Number(Decimal("0.000001")), {"ru": "0,000001", "tt": "0,000001", "ba": "0,000001", "en": "0.000001"}),
    (Number(Decimal(12)), dict.fromkeys(LANGUAGES, "12")),
    (Month(FEBRUARY), {"ru": "февраль 2022", "tt": "февраль 2022", "ba": "февраль 2022", "en": "February 2022"}),
    (Day(DAY), {"ru": "25 февраля", "tt": "25 февраль", "ba": "25 февраль", "en": "25 February"}),
    (
        Day(DAY, full=True),
        {"ru": "25 февраля 2022", "tt": "25 февраль 2022", "ba": "25 февраль 2022", "en": "25 February 2022"},
    ),
    (
        Time(datetime(2022, 2, 16, 8, 5)),  # noqa: DTZ001  # a city's wall clock, as the dialogs hand it over
        {"ru": "08:05, 16 февраля", "tt": "08:05, 16 февраль", "ba": "08:05, 16 февраль", "en": "08:05, 16 February"},
    ),
    ("{слово} %s", dict.fromkeys(LANGUAGES, "{слово} %s")),
    (7, dict.fromkeys(LANGUAGES, "7")),
    (Plain("{x}"), dict.fromkeys(LANGUAGES, "{x}")),
]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("value", "shown"), FORMATS, ids=[repr(value)[:40] for value, _ in FORMATS])
def test_values_are_written_as_the_language_does(language: str, value: Value, shown: dict[str, str]) -> None:
    text = Catalogues(LOCALES)(language).text(msg("«{value}»", value=value))
    assert text.replace("\u00a0", " ") == f"«{shown[language]}»"


@pytest.mark.parametrize("order", [("ba", "tt", "ru", "en"), ("en", "tt", "ba", "ru"), ("ru", "ba", "en", "tt")])
def test_months_do_not_depend_on_who_asked_first(order: tuple[str, ...]) -> None:
    """Babel keeps what it looked up once, for every language: a process of its own shows what a fresh bot shows."""
    script = (
        "import sys; from datetime import date; from core.periods import Period; from infra.paths import LOCALES\n"
        "from infra.i18n import Catalogues; from dialogs.screen import Day, Month, msg\n"
        "every = Catalogues(LOCALES)\n"
        "for language in sys.argv[1:]:\n"
        "    text = msg('{day} {month}', day=Day(date(2022, 1, 5)), month=Month(Period(2022, 2)))\n"
        "    print(language, every(language).text(text))\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script, *order], cwd=PROJECT, capture_output=True, encoding="utf-8", check=True,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    assert dict(line.split(" ", 1) for line in ran.stdout.splitlines()) == {
        "ru": "5 января февраль 2022",
        "tt": "5 гыйнвар февраль 2022",
        "ba": "5 ғинуар февраль 2022",
        "en": "5 January February 2022",
    }


def test_parts_stand_on_lines_of_their_own() -> None:
    russian = Catalogues(LOCALES)("ru")
    assert russian.text(lines(Plain("a"), None, Plain("b"))) == "a\nb"
    assert russian.text(paragraphs(Plain("a"), lines(Plain("b"), Plain("c")))) == "a\n\nb\nc"


# --- a catalogue of our own

RUSSIAN_PLURALS = (
    "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2);"
)
OWN = f"""
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: {RUSSIAN_PLURALS}\\n"

msgid "Здравствуйте, {{name}}!"
msgstr "Привет, {{name}}!"

msgid "Остался {{n}} день"
msgid_plural "Осталось дней: {{n}}"
msgstr[0] "Остался {{n}} день"
msgstr[1] "Осталось {{n}} дня"
msgstr[2] "Осталось {{n}} дней"

#, fuzzy
msgid "Меню"
msgstr "Сомнительно"

msgid "Пусто"
msgstr ""
"""


@pytest.fixture
def own(tmp_path: Path) -> Catalogues:
    folder = tmp_path / "ru" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / f"{DOMAIN}.po").write_text(OWN, "utf-8")
    return Catalogues(tmp_path)


@pytest.mark.parametrize(
    ("n", "shown"),
    [
        (0, "Осталось 0 дней"),
        (1, "Остался 1 день"),
        (2, "Осталось 2 дня"),
        (5, "Осталось 5 дней"),
        (11, "Осталось 11 дней"),
        (21, "Остался 21 день"),
        (22, "Осталось 22 дня"),
    ],
)
def test_a_plural_takes_the_form_of_its_number(own: Catalogues, n: int, shown: str) -> None:
    assert own("ru").text(plural("Остался {n} день", "Осталось дней: {n}", n)) == shown


def test_what_a_catalogue_lacks_is_shown_in_the_source_language(own: Catalogues) -> None:
    russian = own("ru")
    for text in ("Меню", "Пусто", "Нового ещё нет"):
        assert russian.text(msg(text)) == text
    assert russian.text(plural("{n} кот", "Котов: {n}", 1)) == "1 кот"
    assert russian.text(plural("{n} кот", "Котов: {n}", 2)) == "Котов: 2"


def test_an_unknown_language_is_answered_in_russian(own: Catalogues) -> None:
    assert own("de").text(msg("Здравствуйте, {name}!", name="Hans")) == "Привет, Hans!"


def test_without_catalogues_there_are_still_the_russian_texts(tmp_path: Path) -> None:
    assert Catalogues(tmp_path)("en").text(msg("Здравствуйте, {name}!", name="Вася")) == "Здравствуйте, Вася!"


@pytest.mark.parametrize("name", ["{name}", "{0}", "{name.__class__}", "{{", "}", "%(n)s"])
def test_braces_in_people_s_words_stay_what_they_are(own: Catalogues, name: str) -> None:
    assert own("ru").text(msg("Здравствуйте, {name}!", name=name)) == f"Привет, {name}!"


def test_a_text_may_stand_in_a_text(own: Catalogues) -> None:
    inner = msg("Здравствуйте, {name}!", name=Number(Decimal("1.5")))
    assert own("ru").text(msg("[{inner}]", inner=inner)) == "[Привет, 1,5!]"


# --- the catalogues of the city

MsgId = str | tuple[str, ...]


def used() -> dict[str, tuple[str, ...]]:
    """Every text the dialogs mark: singular to all its forms in the source."""
    found = extract_from_dir(str(PROJECT / "dialogs"), method_map=[("**.py", "python")], keywords=KEYWORDS)
    texts = [(message,) if isinstance(message, str) else tuple(message) for _, _, message, _, _ in found]
    return {forms[0]: forms for forms in texts}


def catalogue(language: str) -> Catalog:
    with (LOCALES / language / "LC_MESSAGES" / f"{DOMAIN}.po").open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def names(text: str) -> list[str]:
    return sorted({name for _, name, _, _ in Formatter().parse(text) if name is not None})


def written(message: Message | None) -> tuple[str, ...]:
    if message is None or message.fuzzy:
        return ()
    return tuple(message.string) if isinstance(message.string, list | tuple) else (message.string,)


def test_the_extractor_finds_the_texts_of_the_dialogs() -> None:
    texts = used()
    assert len(texts) > 150
    assert texts["Меню"] == ("Меню",)
    assert texts["Привязана {n} квартира."] == ("Привязана {n} квартира.", "Привязано квартир: {n}.")


def test_every_marked_text_is_written_where_the_extractor_can_read_it() -> None:
    """msg(variable) would never be translated."""
    unread = [
        f"{path.name}:{call.lineno}"
        for path in sorted((PROJECT / "dialogs").glob("*.py"))
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in KEYWORDS
        for text in call.args[: 2 if call.func.id == "plural" else 1]
        if not (isinstance(text, ast.Constant) and isinstance(text.value, str))
    ]
    assert unread == []


def test_each_language_of_the_city_has_a_catalogue() -> None:
    assert set(LANGUAGES) <= set(Catalogues(LOCALES).translators)


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_left_untranslated(language: str) -> None:
    known = catalogue(language)
    lacking = [
        forms[0]
        for forms in used().values()
        if not all(_forms(known, forms)) or len(_forms(known, forms)) != (known.num_plurals if len(forms) > 1 else 1)
    ]
    assert lacking == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_in_braces_are_kept(language: str) -> None:
    known = catalogue(language)
    changed = [
        (forms[0], translated)
        for forms in used().values()
        for translated in _forms(known, forms)
        if translated and names(translated) != names(forms[-1])
    ]
    assert changed == []


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "ru"])
def test_a_translation_is_not_the_russian_text(language: str) -> None:
    """A copied msgid counts as untranslated, but for short words that are the same in kin languages."""
    known = catalogue(language)
    copied = [text for text, forms in used().items() if _letters(text) > 12 and text in _forms(known, forms)]
    assert copied == []


def _letters(text: str) -> int:
    """Letters outside the names in braces."""
    return sum(sign.isalpha() for plain, *_ in Formatter().parse(text) for sign in plain)


def _forms(known: Catalog, forms: Iterable[str]) -> tuple[str, ...]:
    return written(known.get(next(iter(forms)))) or ("",)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_of_the_dialogs_can_be_filled(language: str) -> None:
    translator = Catalogues(LOCALES)(language)
    for forms in used().values():
        arguments: dict[str, Value] = {name: "…" for name in names(forms[-1]) if name != "n" or len(forms) == 1}
        text: Text = msg(forms[0], **arguments) if len(forms) == 1 else plural(forms[0], forms[1], 5, **arguments)
        assert translator.text(text).strip()
