"""Where a request comes from: for counting failed sign-ins, and for nothing else."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from aiohttp import web

from web.desk.parts import Network


def address_of(request: web.Request, proxies: Sequence[Network]) -> str:
    """The nearest address that is none of our proxies. A home has millions of IPv6 addresses, and one network."""
    told = ",".join(request.headers.getall("X-Forwarded-For", []))
    hops = [*(one.strip() for one in told.split(",") if told), request.remote or ""]
    nearest = _parsed(hops.pop())
    while hops and nearest is not None and any(nearest in network for network in proxies):
        nearest = _parsed(hops.pop())
    if isinstance(nearest, IPv6Address):
        return str(IPv6Network((nearest, 64), strict=False))
    return "" if nearest is None else str(nearest)


def _parsed(said: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(said)
    except ValueError:
        return None
    return found.ipv4_mapped or found if isinstance(found, IPv6Address) else found
