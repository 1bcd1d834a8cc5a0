"""A photo of the dial: kept with the reading as evidence, never read, never asked for."""

from core.meters.model import Meter
from dialogs.event import Sent
from dialogs.screen import Text, msg
from dialogs.step import Context

JOB = "keep_dial_photo"


async def keep_photo(meter: Meter, sent: Sent, ctx: Context) -> Text:
    """Starts the job that fetches a photo, and says what becomes of it."""
    if sent.file is None:
        return msg("Фото не дошло. Показание можно передать и без него: напишите число.")
    key = f"{ctx.key}:dial"
    if not await ctx.core.readings.expect_photo(meter, ctx.chat, key):
        return msg("Фотографий за сегодня уже много, эту не сохраню. Показание от этого не зависит.")
    await ctx.start_job(JOB, {"file": sent.file}, key)
    return msg("Фото сохраню вместе с показанием.")
