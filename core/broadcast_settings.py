"""What the city file says of broadcasts: when all is quiet, how many need two people."""

from dataclasses import dataclass
from datetime import time


@dataclass(frozen=True, slots=True)
class BroadcastRules:
    """Quiet hours run over midnight, by the city's clock. `alone_up_to`: recipients that one person may tell without
    another's word (reliability.md §3.2). `late_minutes`: a start later than that waits for somebody to look."""

    quiet_from: time = time(21)
    quiet_until: time = time(9)
    alone_up_to: int = 1000
    undo_seconds: int = 15
    late_minutes: int = 30
