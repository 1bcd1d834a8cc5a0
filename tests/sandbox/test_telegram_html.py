"""Properties of the markup reader."""

import html
import re

from hypothesis import given
from hypothesis import strategies as st

from sandbox.telegram.errors import ApiError
from sandbox.telegram.html import parse_html, utf16_length

LETTERS = st.text(alphabet=st.characters(exclude_categories=["Cs"]))
MARKUP = st.lists(st.sampled_from(["<b>", "</b>", "<i>", "</i>", '<a href="https://e.org">', "</a>", "<", "&", "ж😀"]))


def read(source):
    """(what is shown, what the refusal says)."""
    try:
        return parse_html(source).html, None
    except ApiError as error:
        return "", error.description


@given(LETTERS)
def test_escaped_text_reads_as_itself(text):
    assert parse_html(html.escape(text, quote=False)).text == text


@given(LETTERS, LETTERS)
def test_an_entity_lies_where_its_tag_was(before, inside):
    source = f"{html.escape(before)}<b>{html.escape(inside)}</b>"
    entities = parse_html(source).entities
    place = {"type": "bold", "offset": utf16_length(before), "length": utf16_length(inside)}
    assert entities == ([place] if inside else [])


@given(MARKUP)
def test_any_markup_is_read_or_refused_and_what_is_shown_is_balanced(pieces):
    shown, refused = read("".join(pieces))
    assert refused is None or refused.startswith("Bad Request: can't parse entities: ")
    open_tags = []
    for closing, tag in re.findall(r"<(/?)(\w+)[^>]*>", shown):
        if closing:
            assert open_tags.pop() == tag
        else:
            open_tags.append(tag)
    assert open_tags == []
