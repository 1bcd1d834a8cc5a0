"""What can go wrong in the trade, drawn as a tree by who must act.

    TradeError
    ├── Rejected       the resident can mend it: the error carries facts, a dialog step makes the sentence
    ├── NotFound       the world moved on (a meter was closed, a flat unlinked): say so and go home
    └── Unavailable    something of ours is away: the turn is retried, the operator is alerted

Errors of an area stand beside the use cases that raise them and inherit from one of these. Anything else is a bug.
"""


class TradeError(Exception):
    """An outcome the callers are expected to handle."""


class Rejected(TradeError):
    """The input cannot be taken as it is; whoever typed it can mend it."""


class NotFound(TradeError):
    """The thing named does not exist (any more)."""


class Unavailable(TradeError):
    """A part that is needed does not answer; trying again later may help."""
