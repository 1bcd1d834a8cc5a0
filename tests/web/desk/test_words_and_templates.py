"""Texts in both languages, and templates that hold nothing a strict policy forbids."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

import web.desk
from infra.paths import PROJECT
from web.desk.look_words import ACTS
from web.desk.words import ENGLISH, Words, broadcasts, conversations, counter, numbers, outages, shell

DESK = Path(web.desk.__file__).parent
TEMPLATES = sorted((DESK / "templates").glob("*.html"))
SOURCES = [path for path in sorted(DESK.rglob("*.py")) if path.parent.name != "words"]
MARKS = {"t", "tn", "word"}
"""Calls whose first text (of `tn` the second) is translated."""
NAMES_OF_FIELDS = re.compile(r"\{(\w+)\}")


def of_template(source: str) -> Iterator[str]:
    for call in Environment().parse(source).find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name in {"t", "tn"}:
            said = call.args[-1] if call.node.name == "tn" else call.args[0]
            yield from (one.value for one in said.find_all(nodes.Const) if isinstance(one.value, str))
            if isinstance(said, nodes.Const):
                yield said.value


def of_source(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in MARKS and node.args:
            said = node.args[-1] if name == "tn" else node.args[0]
            if isinstance(said, ast.Constant) and isinstance(said.value, str):
                yield said.value


def used() -> dict[str, str]:
    """Every text with a place it is used in."""
    found = {text: path.name for path in TEMPLATES for text in of_template(path.read_text("utf-8"))}
    return found | {text: path.name for path in SOURCES for text in of_source(path.read_text("utf-8"))}


def test_texts_are_found_where_they_stand() -> None:
    assert list(of_template("{{ t('Да') }}{{ tn(n, 'один|два') }}{{ other('нет') }}")) == ["Да", "один|два"]
    assert list(of_template("{{ t('Да' if a else 'Нет') }}")) == ["Да", "Нет"]
    assert list(of_source("visit.words.t('Да'); X = word('Нет'); words.tn(5, 'a|b'); t(name)")) == ["Да", "Нет", "a|b"]


def test_every_text_has_its_english_and_no_english_is_left_over() -> None:
    texts = used()
    assert len(texts) > 60
    assert {text: place for text, place in texts.items() if text not in ENGLISH} == {}
    assert set(ENGLISH) - set(texts) == set()


RECORDED = re.compile(r'\.record\(\s*[\w.]+,\s*"([a-z_.]+)"(?: if \w+ else "([a-z_.]+)")?')
OF_TICKETS = re.compile(r'_look\(visit, cases, "(\w+)"')


def test_every_act_in_the_book_of_looks_has_a_name() -> None:
    sources = [path.read_text("utf-8") for room in ("core", "web") for path in (PROJECT / room).rglob("*.py")]
    acts = {name for source in sources for found in RECORDED.findall(source) for name in found if name}
    acts |= {f"ticket.{name}" for source in sources for name in OF_TICKETS.findall(source)}
    assert len(acts) > 25
    assert acts - set(ACTS) == set()


def test_areas_that_share_a_text_agree_on_its_english() -> None:
    for area in (shell, conversations, counter, numbers, outages, broadcasts):
        assert {text: english for text, english in area.ENGLISH.items() if ENGLISH[text] != english} == {}


def test_both_languages_name_the_same_facts() -> None:
    for russian, english in ENGLISH.items():
        assert set(NAMES_OF_FIELDS.findall(russian)) == set(NAMES_OF_FIELDS.findall(english)), russian
        assert english.strip(), russian
        if "|" in russian:
            assert (russian.count("|"), english.count("|")) == (2, 1), russian


def test_russian_stands_in_templates_only_as_a_text() -> None:
    """Outside of `t`, and of the name of the other language, no word is written in one language."""
    for path in TEMPLATES:
        bare = re.sub(r"\{#.*?#\}|\{\{.*?\}\}|\{%.*?%\}", "", path.read_text("utf-8"), flags=re.DOTALL)
        assert re.findall(r"[А-Яа-яЁё]+", bare) in ([], ["Русский"]), path.name


@pytest.mark.parametrize(
    ("language", "forms"),
    [
        ("ru", {0: "0 дней", 1: "1 день", 2: "2 дня", 5: "5 дней", 11: "11 дней", 21: "21 день", 112: "112 дней"}),
        ("en", {0: "0 days", 1: "1 day", 2: "2 days", 21: "21 days"}),
    ],
)
def test_counted_texts_take_their_form(language: str, forms: dict[int, str]) -> None:
    text = "{n} день|{n} дня|{n} дней" if language == "ru" else "{n} day|{n} days"
    assert {n: Words(language).tn(n, text) for n in forms} == forms


FORBIDDEN = {
    "a script in the page": r"<script(?![^>]*\bsrc=)",
    "a style in the page": r"<style",
    "a style attribute": r"\sstyle\s*=",
    "an event attribute": r"\son[a-z]+\s*=",
    "an address that runs": r"javascript:",
    "text that is not escaped": r"\|\s*safe\b|autoescape|Markup",
    "an attribute without quotes": r"\s[\w-]+=\{\{",
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_template_holds(what: str) -> None:
    found = {path.name for path in TEMPLATES if re.search(FORBIDDEN[what], path.read_text("utf-8"), re.IGNORECASE)}
    assert found == set()


def test_what_is_forbidden_is_recognised() -> None:
    bad = '<script>x</script><style>a</style><p style="x" onclick="y"><a href="javascript:z">{{ a|safe }}<p id={{ b }}>'
    assert all(re.search(pattern, bad, re.IGNORECASE) for pattern in FORBIDDEN.values())


def test_every_form_that_acts_bears_the_token() -> None:
    for path in TEMPLATES:
        for form in re.findall(r"<form\b.*?</form>", path.read_text("utf-8"), re.DOTALL):
            assert "method=" in form, path.name
            assert 'method="get"' in form or "token()" in form, path.name


def test_scripts_write_no_html_of_their_own() -> None:
    """What comes from the server is escaped there; `innerHTML` takes such parts only in one named place."""
    for path in (DESK / "static").glob("*.js"):
        text = path.read_text("utf-8")
        assert not re.search(r"\beval\(|new Function|document\.write|outerHTML\s*=|insertAdjacentHTML", text), path.name


def test_style_sheets_and_pictures_run_nothing_and_load_nothing_from_elsewhere() -> None:
    for path in [*(DESK / "static").glob("*.css"), *(DESK / "static").glob("*.svg")]:
        text = path.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?:|@import|<script|\son[a-z]+=", text), path.name
