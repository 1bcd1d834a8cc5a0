"""A process that takes over what another left behind sooner than ours do, so that a test of many kills is short."""

from functools import partial

import cli.wiring
import infra.db.outbox
import infra.db.turns
from bots.delivery import Bounds, Delivery

LEASE = 1.2


def take_over_soon() -> None:
    """Leases of the outbox end after a good second instead of eight."""
    vars(infra.db.turns)["LEASE_SECONDS"] = LEASE
    vars(infra.db.outbox)["LEASE_SECONDS"] = LEASE
    bounds = Bounds(lease=LEASE - 0.4, renew_every=0.3, sweep_every=0.2)
    vars(cli.wiring)["Delivery"] = partial(Delivery, bounds=bounds)
