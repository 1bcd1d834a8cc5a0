"""Fitting a screen to a messenger."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogs.fit import FittedMessage, Limits, fit, length
from dialogs.screen import Choice, File, Form, Plain, Screen, rows
from tests.dialogs.talk import CATALOGUES, LIMITS, check_fits

RUSSIAN = CATALOGUES("ru")
VK = LIMITS["vk"]
PICTURE = File(Form.MY_DATA)


def items(count: int, label: str = "Пункт") -> tuple[Choice, ...]:
    return tuple(Choice(str(number), Plain(f"{label} {number}")) for number in range(count))


def shape(message: FittedMessage) -> list[int]:
    return [len(row) for row in message.rows]


@given(
    st.text(max_size=9000),
    st.sampled_from(list(LIMITS.values())),
    st.booleans(),
    st.text(min_size=1, max_size=90).filter(str.strip),
)
def test_every_text_and_label_fits_and_no_word_is_lost(text: str, limits: Limits, file: bool, label: str) -> None:
    screen = Screen(Plain("." + text), rows(Choice("one", Plain(label))), file=PICTURE if file else None)
    messages = fit(screen, RUSSIAN, 1, limits)
    check_fits(messages, limits)
    shown = "".join(message.text for message in messages).replace("\n", "")
    assert shown == ("." + text).replace("\n", "")


def test_a_long_text_is_cut_between_lines_and_buttons_stand_under_its_end() -> None:
    text = "\n".join("строка" * 100 for _ in range(20))
    first, *_, last = fit(Screen(Plain(text), rows(Choice("a", Plain("Да")))), RUSSIAN, 7, VK)
    assert set(first.text.split("\n")) == {"строка" * 100}
    assert first.rows == ()
    assert [(button.label, button.data) for button in last.rows[0]] == [("Да", "7:a")]


def test_a_caption_that_is_too_long_follows_its_file() -> None:
    telegram = LIMITS["telegram"]
    picture, text = fit(Screen(Plain("я" * 1025), rows(Choice("a", Plain("Да"))), file=PICTURE), RUSSIAN, 1, telegram)
    assert (picture.text, picture.file, picture.rows) == ("", PICTURE, ())
    assert (len(text.text), text.file, shape(text)) == (1025, None, [1])
    (whole,) = fit(Screen(Plain("я" * 1024), file=PICTURE), RUSSIAN, 1, telegram)
    assert whole.file == PICTURE


def test_signs_outside_the_basic_plane_count_twice() -> None:
    assert length("🚰я") == 3
    (message,) = fit(Screen(Plain("."), rows(Choice("a", Plain("🚰" * 30)))), RUSSIAN, 1, VK)
    assert message.rows[0][0].label == "🚰" * 19 + "…"


def test_a_lone_surrogate_is_counted_and_not_stumbled_over() -> None:
    assert length("\ud800") == 1


def test_short_labels_stand_two_in_a_row_and_long_ones_one() -> None:
    (short,) = fit(Screen(Plain("."), items=items(4)), RUSSIAN, 1, VK)
    (long,) = fit(Screen(Plain("."), items=items(4, "Очень длинное название")), RUSSIAN, 1, VK)
    assert (shape(short), shape(long)) == ([2, 2], [1, 1, 1, 1])


def test_long_labels_share_rows_where_rows_are_few() -> None:
    fixed = rows(*(Choice(f"f{number}", Plain("Ряд")) for number in range(4)))
    (message,) = fit(Screen(Plain("."), fixed, items(4, "Очень длинное название")), RUSSIAN, 1, VK)
    assert shape(message) == [2, 2, 1, 1, 1, 1]


@pytest.mark.parametrize(
    "screen",
    [
        Screen(Plain("."), rows(*items(7))),
        Screen(Plain("."), rows(items(6))),
        Screen(Plain("."), rows(items(5), items(5), items(1))),
    ],
    ids=["rows", "a row", "buttons"],
)
def test_a_screen_with_too_many_buttons_is_a_bug(screen: Screen) -> None:
    with pytest.raises(ValueError, match="more buttons than fit"):
        fit(screen, RUSSIAN, 1, VK)
