"""Downloads what people send, from VK's own hosts only: an address in an event is data, and could name any machine."""

from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

import aiohttp

from bots.vk.api import CONNECT_WITHIN
from core.errors import Rejected, Unavailable

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
LARGEST_FILE: Final = 20 * 1024 * 1024


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


async def fetch(client: aiohttp.ClientSession, url: str, timeout: float = 60.0) -> bytes:
    """The file, at most 20 MB. Raises Rejected (gone, too big) or Unavailable."""
    total = aiohttp.ClientTimeout(total=timeout, sock_connect=CONNECT_WITHIN)
    content = bytearray()
    try:
        async with client.get(url, timeout=total, allow_redirects=False) as response:
            if response.status in (403, 404, 410):
                raise Rejected("gone")
            if response.status != 200:
                raise Unavailable(f"HTTP {response.status}")
            async for chunk in response.content.iter_chunked(65536):
                content += chunk
                if len(content) > LARGEST_FILE:
                    raise Rejected("too big")
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise Unavailable(type(error).__name__) from None
    return bytes(content)
