"""Files of this folder: fonts and templates."""

from pathlib import Path

FONTS = Path(__file__).with_name("fonts")
TEMPLATES = Path(__file__).with_name("templates")
BOLD_FONT = FONTS / "PTSans-Bold.ttf"
