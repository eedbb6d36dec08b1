"""Where the pages lie, what they have in common, and the words that the code does not have."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PACKAGES = ("keyline", "schemas", "daemon")
MADE = "<!-- Made by `make docs`; what is written here by hand is lost. -->"


def words() -> dict[str, Any]:
    """Return docs/words.toml."""
    return tomllib.loads((DOCS / "words.toml").read_text(encoding="utf-8"))


def page(title: str, *parts: str) -> str:
    """Return a page of its parts, a blank line between them."""
    return "\n\n".join((f"# {title}", MADE, *parts))


def table(heads: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Return a table."""
    heads = list(heads)
    lines = [heads, ["---"] * len(heads), *([str(cell).replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def sources() -> Iterator[tuple[str, ast.Module]]:
    """Yield every module of the packages by its path, parsed."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_bytes())
