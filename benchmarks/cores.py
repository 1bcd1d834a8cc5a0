"""Who runs where: what is measured has a core of its own, everything around it the others.

Left to the scheduler, a measured process is now and then put behind the database it has just asked, or behind the
people on their phones, and the more so the more processes take part: the figure would be of the scheduler's luck.
"""

import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager


@contextmanager
def apart() -> Iterator[Collection[int]]:
    """Moves this thread, and whatever it starts from now on, off one core for as long as the block lasts.

    Gives that core, for `benchmarks.children` to put the measured process on; on a machine of one core, that one.
    """
    before = os.sched_getaffinity(0)
    own = {min(before)}
    os.sched_setaffinity(0, before - own or own)
    try:
        yield own
    finally:
        os.sched_setaffinity(0, before)
