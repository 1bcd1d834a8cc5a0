"""A QR code as a picture that stands in a page."""

import segno


def qr_picture(text: str) -> str:
    """A `data:` address of a PNG."""
    return str(segno.make(text, error="m").png_data_uri(scale=5, border=3))
