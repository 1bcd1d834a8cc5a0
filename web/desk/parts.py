"""What the desk is built of: the wiring fills it in."""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network

from core.city import City
from core.clock import CityClock
from core.desk import Desks
from core.entrance import Entrance
from core.sheets import SheetWriter

Network = IPv4Network | IPv6Network


@dataclass(frozen=True)
class DeskParts:
    """`secure`: the desk is reached by https alone. `proxies`: whose word is taken for where a request comes from."""

    desks: Desks
    entrance: Entrance
    city: City
    clock: CityClock
    sheets: SheetWriter
    secure: bool = False
    proxies: Sequence[Network] = ()
