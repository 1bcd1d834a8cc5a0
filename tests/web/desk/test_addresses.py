"""Where a request comes from: the nearest hop that is no proxy of ours, whatever a stranger writes before it."""

from ipaddress import ip_network

import pytest
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from web.desk.addresses import address_of

PROXIES = (ip_network("10.0.0.0/8"), ip_network("::1/128"))


@pytest.mark.parametrize(
    ("remote", "headers", "address"),
    [
        ("203.0.113.5", [], "203.0.113.5"),
        ("203.0.113.5", ["1.2.3.4"], "203.0.113.5"),
        ("10.0.0.1", ["1.2.3.4"], "1.2.3.4"),
        ("10.0.0.1", ["6.6.6.6, 1.2.3.4"], "1.2.3.4"),
        ("10.0.0.1", ["6.6.6.6, 1.2.3.4, 10.0.0.2"], "1.2.3.4"),
        ("10.0.0.1", ["6.6.6.6", "1.2.3.4"], "1.2.3.4"),
        ("10.0.0.1", ["10.1.1.1"], "10.1.1.1"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["<script>"], ""),
        ("10.0.0.1", ["1.2.3.4, unknown"], ""),
        ("::ffff:10.0.0.1", ["1.2.3.4"], "1.2.3.4"),
        ("::1", ["2001:db8:1:2:3:4:5:6"], "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", [], "2001:db8:1:2::/64"),
        ("", [], ""),
        (None, ["1.2.3.4"], ""),
    ],
)
def test_the_nearest_stranger_counts(remote: str | None, headers: list[str], address: str) -> None:
    named = CIMultiDict([("X-Forwarded-For", one) for one in headers])
    request = make_mocked_request("GET", "/", headers=named).clone(remote=remote or "")
    assert address_of(request, PROXIES) == address
