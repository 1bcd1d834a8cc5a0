"""What a helper may not see is refused where it is computed, not only left out of menus."""

from core.accounts.model import Access, Premises
from core.errors import NotFound


class NotAllowed(NotFound):
    """The flat is there, but for whoever asks this part of it is not: a helper asked for money or for people."""


def owners_only(premises: Premises) -> None:
    """Raises NotAllowed for a flat that one only helps with."""
    if premises.access is not Access.OWNER:
        raise NotAllowed
