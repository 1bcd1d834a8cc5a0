"""Typst with a kept compiler: a template file and plain data in, a page out.

A compiler is kept because a new one costs as much as the page. It is not safe to share between threads while inputs
change, so each thread has its own. Nothing of the machine reaches the page (fonts come from this folder alone, the
date is fixed), so the same data give the same bytes.
"""

import json
import threading
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Literal, cast

import typst

from infra.receipts.paths import FONTS

Data = Mapping[str, object]
FIXED_TIME = 1_640_995_200
"""2022-01-01 00:00 UTC, the creation time in every file."""


class Typesetter:
    """Sets one template. Safe to share between threads."""

    def __init__(self, template: Path, font_dir: Path | None = None) -> None:
        self._template = template
        self._font_dir = font_dir or FONTS
        self._kept = threading.local()

    @cached_property
    def source(self) -> str:
        return self._template.read_text("utf-8")

    def pdf(self, data: Data) -> bytes:
        return self._pages(data, "pdf", 144)[0]

    def png(self, data: Data, ppi: float) -> bytes:
        """The first page as a picture."""
        return self._pages(data, "png", ppi)[0]

    def _pages(self, data: Data, form: Literal["pdf", "png"], ppi: float) -> list[bytes]:
        inputs = {"data": json.dumps(data, ensure_ascii=False, separators=(",", ":"))}
        made = self._compiler().compile(format=form, ppi=ppi, sys_inputs=inputs, timestamp=FIXED_TIME)
        return made if isinstance(made, list) else [cast("bytes", made)]

    def _compiler(self) -> typst.Compiler:
        compiler: typst.Compiler | None = getattr(self._kept, "compiler", None)
        if compiler is None:
            fonts = typst.Fonts(
                include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(self._font_dir)]
            )
            compiler = typst.Compiler(str(self._template), root=str(self._template.parent), font_paths=fonts)
            self._kept.compiler = compiler
        return compiler
