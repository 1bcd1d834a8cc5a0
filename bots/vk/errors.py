"""VK's errors, and what each means for a message (messengers.md §2.3; texts of the others in VK's schema of errors)."""

from typing import Final

from bots.edge import GivenUp, TryAgain
from bots.http import UnreachableError


class VkError(Exception):
    """VK said no; HTTP status is 200 then too."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"{code} {text}")
        self.code = code
        self.text = text


BAD_PARAMETER: Final = 100
BATCH: Final = frozenset({12, 13})
"""Of a whole `execute`: its code could not be read or run. None of its calls need be the cause."""

KNOWS_AGAIN: Final = 55 * 60.0
"""The hour for which VK remembers a `random_id`, less the time a call may take (messengers.md §2.2)."""

_SOON: Final = TryAgain(1.0)
UNCLEAR: Final = TryAgain(1.0, unclear=True)
_PEOPLE_MUST_MEND_IT: Final = TryAgain(60.0, everyone=True)
_AGAIN: Final = {
    # Of VK itself; 12 and 13 should they ever befall a single message.
    **dict.fromkeys((32, 36, *BATCH), _SOON),
    # Of these VK does not say whether it had taken the message before.
    **dict.fromkeys((1, 10), UNCLEAR),
    6: TryAgain(1.0, everyone=True),
    9: TryAgain(10.0),
    # A token, an application, a captcha, a quota (29), a suspicion of spam (979, 984): the token waits, replies stay.
    **dict.fromkeys((2, 5, 14, 17, 23, 27, 28, 29, 42, 43, 979, 984, 1117), _PEOPLE_MUST_MEND_IT),
}
_BLOCKED: Final = frozenset(
    {
        *(7, 18, 37, 900, 901, 902, 936, 3610),
        # The chat will not have us, or there is none (any more).
        *(917, 922, 925, 927, 932, 945, 946, 962, 985, 987, 988, 1012, 1021),
        # The window is closed: nothing may be sent there until its person writes again.
        *(943, 944, 950),
    }
)
"""The person is out of reach: what else waits for that chat is not tried."""


def classify(error: VkError | UnreachableError) -> TryAgain | GivenUp:
    """Whether to send again. Without an answer: yes, within the hour `random_id` keeps doubles away (§2.2)."""
    if isinstance(error, UnreachableError):
        return _SOON if error.never_left else UNCLEAR
    again = _AGAIN.get(error.code)
    if again is not None:
        return again
    return GivenUp("blocked" if error.code in _BLOCKED else "dead", str(error))


def passes_by_itself(error: VkError | UnreachableError) -> bool:
    """Whether waiting for seconds may help, without anybody's doing."""
    outcome = classify(error)
    return isinstance(outcome, TryAgain) and outcome != _PEOPLE_MUST_MEND_IT
