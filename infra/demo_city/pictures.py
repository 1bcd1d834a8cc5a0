"""Pictures that made-up residents and operators send each other, drawn on the spot."""

from io import BytesIO
from typing import Final

from PIL import Image, ImageDraw

_SIZE: Final = (960, 720)


def rusty_water() -> bytes:
    """A glass of brown water under a tap (JPEG)."""
    picture = Image.new("RGB", _SIZE, "#c9d3d8")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 500, 960, 720), fill="#8d9aa1")
    draw.ellipse((150, 520, 810, 700), fill="#b8c4ca", outline="#76848b", width=6)
    draw.rectangle((560, 60, 620, 160), fill="#9aa7ae")
    draw.rounded_rectangle((420, 60, 620, 110), 25, fill="#aab6bd", outline="#7c8990", width=4)
    draw.rectangle((425, 100, 465, 170), fill="#9aa7ae")
    draw.rectangle((436, 170, 454, 330), fill="#a5713a")
    _glass(draw)
    return _written(picture, "JPEG")


def _glass(draw: ImageDraw.ImageDraw) -> None:
    for line in range(330, 600):
        share = (line - 330) / 270
        inset = int(40 * share)
        shade = tuple(int(top + (bottom - top) * share) for top, bottom in ((172, 96), (112, 52), (52, 20)))
        draw.line((345 + inset, line, 545 - inset, line), fill=shade)
    draw.line((330, 260, 385, 600), fill="#eef3f5", width=7)
    draw.line((560, 260, 505, 600), fill="#eef3f5", width=7)
    draw.line((385, 600, 505, 600), fill="#eef3f5", width=9)
    draw.ellipse((345, 318, 545, 342), fill="#b5803f")


def water_meter() -> bytes:
    """A dial with an arrow at the small star that turns when water runs (PNG)."""
    picture = Image.new("RGB", _SIZE, "#f4f6f7")
    draw = ImageDraw.Draw(picture)
    draw.ellipse((230, 110, 730, 610), fill="#ffffff", outline="#1f6fb5", width=16)
    for place, digit in enumerate("00417"):
        draw.rectangle((280 + place * 56, 240, 328 + place * 56, 310), fill="#15191d")
        draw.text((292 + place * 56, 246), digit, fill="#ffffff", font_size=52)
    for place, digit in enumerate("286"):
        draw.rectangle((564 + place * 36, 250, 596 + place * 36, 302), fill="#c8402b")
        draw.text((571 + place * 36, 254), digit, fill="#ffffff", font_size=38)
    draw.regular_polygon((480, 440, 46), 6, fill="#c8402b")
    draw.text((430, 530), "m3", fill="#15191d", font_size=48)
    draw.line((880, 660, 545, 478), fill="#d98a1f", width=14)
    draw.polygon(((530, 470), (580, 470), (556, 512)), fill="#d98a1f")
    return _written(picture, "PNG")


def _written(picture: Image.Image, form: str) -> bytes:
    target = BytesIO()
    picture.save(target, form)
    return target.getvalue()
