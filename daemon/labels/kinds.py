"""The names of the formats, apart from what writes them: the command line needs no more."""

from __future__ import annotations

from enum import StrEnum


class Format(StrEnum):
    """Formats there are."""

    csv = "csv"
    fixed = "fixed"
    zpl = "zpl"
    pdf = "pdf"
