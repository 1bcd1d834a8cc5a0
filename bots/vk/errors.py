"""VK's errors, and what each means for a message (messengers.md §2.3)."""

from typing import Final

from bots.edge import GivenUp, Outcome, TryAgain
from bots.http import UnreachableError


class VkError(Exception):
    """VK said no; HTTP status is 200 then too."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"{code} {text}")
        self.code = code
        self.text = text


BAD_PARAMETER: Final = 100

_AGAIN: Final = {
    1: TryAgain(1.0),
    6: TryAgain(1.0, everyone=True),
    9: TryAgain(10.0),
    10: TryAgain(1.0),
    # What only people can mend (a token, a captcha, a quota): the token waits, replies stay.
    5: TryAgain(60.0, everyone=True),
    14: TryAgain(60.0, everyone=True),
    27: TryAgain(60.0, everyone=True),
    28: TryAgain(60.0, everyone=True),
    29: TryAgain(60.0, everyone=True),
}
_BLOCKED: Final = frozenset({7, 18, 900, 901, 902})


def classify(error: VkError | UnreachableError) -> Outcome:
    """Whether to send again. Without an answer: yes, within the hour `random_id` keeps doubles away (§2.2)."""
    if isinstance(error, UnreachableError):
        return TryAgain(1.0)
    again = _AGAIN.get(error.code)
    if again is not None:
        return again
    return GivenUp("blocked" if error.code in _BLOCKED else "dead", str(error))
