"""The published schemas of both APIs, when their folder is there."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from sandbox.telegram.schema import TelegramSchema
from sandbox.vk.schema import VkSchema

_BESIDE = Path(__file__).resolve().parent.parent.parent / "shared" / "contracts" / "schemas"


@dataclass(frozen=True, slots=True)
class Schemas:
    """Compiled checks of calls and answers."""

    telegram: TelegramSchema
    vk: VkSchema

    @classmethod
    def load(cls, folder: Path | None = None) -> "Schemas | None":
        """Read the folder given, else VODOTEPLO_SCHEMAS, else `../shared/contracts/schemas`; None when absent."""
        place = folder or Path(os.environ.get("VODOTEPLO_SCHEMAS") or _BESIDE)
        telegram = place / "telegram-bot-api.json"
        if not telegram.is_file() or not (place / "vk").is_dir():
            return None
        return cls(TelegramSchema(json.loads(telegram.read_text(encoding="utf-8"))), VkSchema(place / "vk"))
