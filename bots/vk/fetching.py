"""Files are fetched from VK's own hosts only: an address in an event is data, and could name any machine."""

from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

HOSTS: Final = (
    "userapi.com",
    "vk.com",
    "vk.ru",
    "vk.me",
    "vkuserphoto.ru",
    "vkuseraudio.net",
    "vkuser.net",
    "mycdn.me",
    "okcdn.ru",
)


def allowed(url: str, trusted: Iterable[str] = ()) -> bool:
    """Whether an address is on one of VK's hosts over https, or begins with one of the `trusted` origins."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return False
    if f"{parts.scheme}://{parts.netloc}" in trusted:
        return True
    known = any(host == one or host.endswith(f".{one}") for one in HOSTS)
    return parts.scheme == "https" and known and "@" not in parts.netloc and port in (None, 443)
