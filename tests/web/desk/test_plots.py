"""Where bars stand: within the picture, beside each other, as high as their values."""

import itertools
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.desk.plots import HEIGHT, SLOT, Series, columns, level, marks, top_of_count, top_of_time

COUNTS = st.lists(st.integers(0, 10_000), min_size=1, max_size=60)


@given(COUNTS, st.integers(1, 3))
def test_bars_stand_in_the_picture_and_in_no_others_place(counts: list[int], kinds: int) -> None:
    series = [Series(f"kind{number}", counts, [str(count) for count in counts]) for number in range(kinds)]
    drawn = columns(series, [str(place) for place in range(len(counts))], top_of_count(counts))
    assert drawn.width == len(counts) * SLOT
    assert len(drawn.bars) == kinds * sum(count > 0 for count in counts)
    for bar in drawn.bars:
        assert bar.x >= 0
        assert bar.x + bar.width <= drawn.width
        assert bar.y >= 0
        assert bar.y + bar.height == pytest.approx(HEIGHT)
    places = sorted((bar.x, bar.x + bar.width) for bar in drawn.bars)
    assert all(left[1] <= right[0] + 0.02 for left, right in itertools.pairwise(places))


def test_a_bar_is_as_high_as_its_value() -> None:
    (low, high) = columns([Series("came", [5, None, 10], ["а", "б", "в"])], ["1", "2", "3"], 20).bars
    assert (low.height, low.words, high.height, high.words) == (25, "а", 50, "в")


@given(st.integers(0, 10**7))
def test_a_scale_ends_in_a_round_number_not_far_above(greatest: int) -> None:
    top = top_of_count([1, greatest])
    assert greatest <= top
    assert top % 2 == 0
    assert top == 2 or top <= 2 * greatest
    assert int(str(top).rstrip("0") or "1") in {1, 2, 4, 6, 8}


def test_a_scale_of_times_ends_in_a_round_time() -> None:
    assert top_of_time([]) == timedelta(minutes=10)
    assert top_of_time([timedelta(minutes=25), timedelta(minutes=61)]) == timedelta(hours=2)
    assert top_of_time([timedelta(days=3)]) == timedelta(days=4)
    assert top_of_time([timedelta(days=5000)]) == timedelta(days=5000)


@given(st.integers(0, 200))
def test_labels_that_have_no_room_are_left_out_evenly(count: int) -> None:
    labels = [str(place) for place in range(count)]
    shown = [int(one) for one in marks(labels)]
    assert len(shown) <= 7
    if count <= 7:
        assert shown == list(range(count))
        return
    assert (shown[0], shown[-1]) == (0, count - 1)
    apart = [right - left for left, right in itertools.pairwise(shown)]
    assert max(apart) - min(apart) <= 1


def test_shades_go_by_the_share_of_the_greatest() -> None:
    assert [level(value, 10) for value in (0, 1, 2, 3, 9, 10)] == [0, 1, 1, 2, 5, 5]
    assert level(0, 0) == 0
