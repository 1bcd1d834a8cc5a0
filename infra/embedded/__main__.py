"""The supervisor's entry: `python -m infra.embedded DATA_DIR LOCK NAMES`, started by `infra.embedded.client` only.

LOCK is the descriptor of the supervisor lock, inherited and held; NAMES the servers to start, with commas between. One
message goes to standard output, "ready" or what went wrong. Whoever started us waits until it is closed.
"""

import logging
import os
import sys
from contextlib import suppress
from pathlib import Path

from infra.embedded.folder import DataFolder
from infra.embedded.state import READY
from infra.embedded.supervisor import Supervisor


def main() -> None:
    folder, lock, names = DataFolder(Path(sys.argv[1])), int(sys.argv[2]), sys.argv[3].split(",")
    # Forked once more and orphaned, so that no user has to reap it, however long the user lives on.
    if os.fork() != 0:
        os._exit(0)
    os.set_inheritable(lock, False)
    os.umask(0o077)
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO, stream=sys.stderr)
    Supervisor(folder, lock).run(names, _report)


def _report(message: str) -> None:
    """Tell the user who started us, who may be dead by now. After bad news the pipe is left to end with us."""
    with suppress(OSError):
        os.write(1, message.encode())
    if message != READY:
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)


if __name__ == "__main__":
    main()
