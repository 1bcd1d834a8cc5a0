"""The callback server: who may speak, and what is answered. The HTTP side is `web`'s."""

import hmac
from collections.abc import Mapping

from bots.intake import Intake
from bots.raw import integer, read_object, string, write


class VkCallback:
    """Takes events that bear the secret and the community's number. An implementation of `web.webhooks.Receiver`.

    An event is answered `ok` whatever it is; nothing is ever answered `remove`, which would delete the server.
    """

    content_type: str = "text/plain"

    def __init__(self, group_id: int, secret: str, confirmation: str, intake: Intake) -> None:
        if not secret:
            raise ValueError("a callback server without a secret would take events from anybody")
        self._group_id = group_id
        self._secret = secret.encode()
        self._confirmation = confirmation
        self._intake = intake

    def admits(self, headers: Mapping[str, str]) -> bool:
        """Anybody may speak first: the secret comes in the body."""
        return True

    async def receive(self, body: str) -> tuple[int, str]:
        event = dict(read_object(body))
        if not event:
            return 400, "not an event"
        ours = integer(event.get("group_id")) == self._group_id
        # VK may confirm a server before its secret has been set; a wrong secret is never let through.
        if ours and event.get("type") == "confirmation" and "secret" not in event:
            return 200, self._confirmation
        secret = string(event.pop("secret", None)).encode(errors="replace")
        if not hmac.compare_digest(secret, self._secret) or not ours:
            return 403, "forbidden"
        if event.get("type") == "confirmation":
            return 200, self._confirmation
        # Stored without the secret.
        await self._intake.take([write(event)])
        return 200, "ok"
