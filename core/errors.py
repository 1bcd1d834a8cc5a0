"""What can go wrong in the trade, drawn as a tree by who must act.

    TradeError
    ├── Rejected       the resident can mend it: the error carries facts, a dialog step makes the sentence
    ├── NotFound       the world moved on (a meter was closed, a flat unlinked): say so and go home
    └── Unavailable    something of ours is away: the turn is retried, the operator is alerted

Errors of an area stand beside the use cases that raise them and inherit from one of these. Anything else is a bug;
`where` says what may be logged of it.
"""


class TradeError(Exception):
    """An outcome the callers are expected to handle."""


class Rejected(TradeError):
    """The input cannot be taken as it is; whoever typed it can mend it."""


class NotFound(TradeError):
    """The thing named does not exist (any more)."""


class Unavailable(TradeError):
    """A part that is needed does not answer; trying again later may help."""


def where(error: BaseException) -> dict[str, str]:
    """The class of an error and the line it came from: what a log may hold, since its text may quote a resident."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace is not None else ""
    return {"error": type(error).__name__, "where": place}
