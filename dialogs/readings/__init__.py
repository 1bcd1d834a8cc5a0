"""Submitting readings: each open meter in turn, or all of them in one line at any time.

`asking` goes from meter to meter, `lines` understands what is said at once, `summary` ends both. `wording` is what they
say, `buttons` how it is answered, `said` when it was said; `other_water`, `gone`, `dial_photo` and `verifying` are what
may come in between.
"""

from dialogs.readings.asking import ConfirmReading, DescribeMeter, EnterReading
from dialogs.readings.lines import AskMeter, ConfirmLine, clear_line, readings_line
from dialogs.readings.other_water import EnterOther
from dialogs.readings.verifying import HowToVerify

__all__ = [
    "AskMeter",
    "ConfirmLine",
    "ConfirmReading",
    "DescribeMeter",
    "EnterOther",
    "EnterReading",
    "HowToVerify",
    "clear_line",
    "readings_line",
]
