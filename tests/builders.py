"""How tests build notification files: whole ones, and ones with a single thing wrong."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from schemas.acs import FAMILIES, family_named
from schemas.acs_write import Detail, Place, coa, nixie, notification
from schemas.layout import Family, Layout

__all__ = [
    "FAMILIES",
    "V02",
    "Detail",
    "Place",
    "coa",
    "family_named",
    "nixie",
    "notification",
    "patched",
    "some_account",
    "write_file",
]

V02 = family_named("singlesource_v02")
LINE_END = b"\r\n"


def some_account(family: Family) -> str:
    """An account code that the family's records can carry."""
    return "567094" if family.name == "onecode_legacy_559" else "BYOBOFN"


def write_file(path: Path, records: Iterable[Detail | bytes], *, family: Family = V02, **header: str) -> Path:
    """Write a notification file that closes; return its path."""
    path.write_bytes(notification(family, records, **header))  # type: ignore[arg-type]
    return path


def patched(content: bytes, family: Family, line: int, **fields: str | bytes) -> bytes:
    """Return the file with raw text put into fields of one line (the header is line 1), blanks filling the rest."""
    lines = content.split(LINE_END)
    layout = _layout(family, line, lines[line - 1])
    for name, text in fields.items():
        raw = text.encode("latin-1") if isinstance(text, str) else text
        where = layout[name]
        assert len(raw) <= where.length
        old = lines[line - 1]
        lines[line - 1] = old[: where.start - 1] + raw.ljust(where.length) + old[where.end :]
    return LINE_END.join(lines)


def _layout(family: Family, line: int, raw: bytes) -> Layout:
    if line == 1:
        return family.header
    if family.flagged:
        return family.nixie if raw[544:545] == b"N" else family.coa
    return family.coa if raw[39:40] in (b" ", b"G", b"K", b"W", b"C") else family.nixie
