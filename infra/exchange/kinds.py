"""What a kind of file is to the import: its layout, what may be wrong with its rows, and how it is taken."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass

import asyncpg

from core.city import Provider
from infra.exchange.layouts import Layout, Rules
from infra.exchange.merging import Merged
from infra.exchange.model import RowError


@dataclass(frozen=True)
class Taking:
    """A staged file about to be taken. `staged`: columns of the staging table; `accepted_*`: the operator's word."""

    connection: asyncpg.Connection
    provider: Provider
    staged: Mapping[str, str]
    accepted_drop: bool = False
    accepted_total: bool = False

    def others(self, key: Collection[str]) -> list[str]:
        """The staged columns beside the key."""
        return [name for name in self.staged if name not in key]


@dataclass(frozen=True)
class Kind:
    """`check` finds bad rows beyond the grammar of their cells; `take` runs only on a file without any.

    `take` may raise FileRefused: the transaction is rolled back, as for any error.
    """

    layout: Callable[[Rules], Layout]
    check: Callable[[Taking], Awaitable[list[RowError]]]
    take: Callable[[Taking], Awaitable[Merged]]
    names_accounts: bool = True
    """Whether the rows name accounts that must be known."""
