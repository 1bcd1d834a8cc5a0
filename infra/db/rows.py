"""Types of what the database gives. A driver's row is untyped: this is the one place that says so."""

from typing import Any

from sqlalchemy import Row, Select

AnyRow = Row[*tuple[Any, ...]]
"""A row whose columns the reading function names; the tests of each store check their types."""
AnySelect = Select[*tuple[Any, ...]]
