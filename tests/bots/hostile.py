"""Updates as an enemy would make them: any JSON, and real updates with any part of them replaced."""

import copy
from collections.abc import Iterator

from hypothesis import strategies as st

JsonValue = None | bool | int | float | str | list["JsonValue"] | dict[str, "JsonValue"]

_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=[]), max_size=20)
    | st.sampled_from(["", "\x00", "\ud800", "1:" + "x" * 300, "{", '{"choice": {}}', 10**30, -1])
)
json_values = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


def mutations_of(*updates: dict[str, JsonValue]) -> st.SearchStrategy[JsonValue]:
    """One of the updates with one of its parts replaced by anything, or taken out."""
    places = [(update, path) for update in updates for path in _paths(update)]
    return st.builds(_replaced, st.sampled_from(places), json_values, st.booleans())


def _paths(value: JsonValue, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*path, key)
        yield from _paths(inner, (*path, key))


def _replaced(place: tuple[JsonValue, tuple[str | int, ...]], value: JsonValue, gone: bool) -> JsonValue:
    update, path = copy.deepcopy(place[0]), place[1]
    inner = update
    for key in path[:-1]:
        inner = inner[key]
    if gone and isinstance(inner, dict):
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return update
