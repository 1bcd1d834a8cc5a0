"""The webhook: who may speak, and what is answered. The HTTP side is `web`'s."""

import hmac
from collections.abc import Mapping
from typing import Final

from bots.intake import Intake
from bots.raw import read_object, write
from bots.telegram.updates import press_id

SECRET_HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105  # the header's name, not its value


class TelegramWebhook:
    """Takes updates that bear the secret. An implementation of `web.webhooks.Receiver`.

    A press is acknowledged in the answer itself, which may name a method (messengers.md §1.3): a call less, and nobody
    needs to know what became of it.
    """

    content_type: str = "application/json"

    def __init__(self, secret: str, intake: Intake) -> None:
        if not secret:
            raise ValueError("a webhook without a secret would take updates from anybody")
        self._secret = secret.encode()
        self._intake = intake

    def admits(self, headers: Mapping[str, str]) -> bool:
        return hmac.compare_digest(headers.get(SECRET_HEADER, "").encode(errors="replace"), self._secret)

    async def receive(self, body: str) -> tuple[int, str]:
        if not read_object(body):
            return 400, "{}"
        await self._intake.take([body], acknowledge=False)
        press = press_id(body) if self._intake.may_send() else None
        return 200, write({"method": "answerCallbackQuery", "callback_query_id": press}) if press else "{}"
