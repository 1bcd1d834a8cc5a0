"""Where a reader of a community stopped: kept by whoever wires the house."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Bookmark:
    """A place kept between starts; None until it has been saved once.

    `save` may raise: then the place has not moved, and whoever asked must not go on as if it had.
    """

    load: Callable[[], Awaitable[str | None]]
    save: Callable[[str], Awaitable[None]]
