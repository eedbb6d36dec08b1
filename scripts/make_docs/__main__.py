"""Write the reference pages; with --check say what is out of date, write nothing, and end with 1.

What a command, a setting, a reason or a layout is called stands in the code alone. What it means to an operator
stands beside it, as a help text, a note or a docstring, or else in docs/words.toml.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from schemas.acs import FAMILIES
from scripts.make_docs.answers import answers_page
from scripts.make_docs.commands import commands_page, every_command, silent
from scripts.make_docs.layouts import codes_page, formats_page, layout_page
from scripts.make_docs.modules import modules_page
from scripts.make_docs.reasons import left_over, missing_words, reasons_page
from scripts.make_docs.settings import settings_page, wordless
from scripts.make_docs.text import DOCS, MADE, ROOT, words


def faults(said: dict[str, Any]) -> list[str]:
    """Return a sentence for each thing without words, and for words that nothing uses."""
    return [*silent(every_command()), *missing_words(said), *left_over(said), *wordless(said)]


def pages(said: dict[str, Any]) -> dict[Path, str]:
    """Return every page by its place."""
    made = {f"formats/{family.name}.md": layout_page(family) for family in FAMILIES}
    made |= {
        "formats/README.md": formats_page(),
        "formats/answers.md": answers_page(),
        "formats/codes.md": codes_page(),
        "reference/commands.md": commands_page(),
        "reference/errors.md": reasons_page(said),
        "reference/settings.md": settings_page(said),
        "reference/modules.md": modules_page(),
    }
    return {DOCS / name: f"{text.rstrip()}\n" for name, text in made.items()}


def main(check: bool) -> int:
    """Write what differs, or say so."""
    said = words()
    if wrong := faults(said):
        print(*wrong, sep="\n", file=sys.stderr)
        return 1
    made = pages(said)
    there = {path for folder in ("formats", "reference") for path in (DOCS / folder).glob("*.md")}
    stale = [path for path in made if not path.exists() or path.read_text(encoding="utf-8") != made[path]]
    gone = [path for path in there - made.keys() if MADE in path.read_text(encoding="utf-8")]
    for path in sorted([*stale, *gone]):
        print(f"{path.relative_to(ROOT)}: {'out of date; run `make docs`' if check else 'written'}", file=sys.stderr)
    if not check:
        for path in stale:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(made[path], encoding="utf-8")
        for path in gone:
            path.unlink()
    return 1 if check and (stale or gone) else 0


if __name__ == "__main__":
    raise SystemExit(main("--check" in sys.argv[1:]))
