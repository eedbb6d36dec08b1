"""The page of the modules: one line each."""

from __future__ import annotations

import ast

from scripts.make_docs.text import PACKAGES, page, sources, table


def modules_page() -> str:
    """Return the page of the modules: the first line of each one's docstring."""
    parts = ["What each module does, in its own words. How a file travels through them: [the tour](../tour.md)."]
    rows: dict[str, list[tuple[str, str]]] = {}
    for module, tree in sources():
        folder, _, name = module.rpartition("/")
        if name == "__init__.py" or folder.startswith("daemon/migrations"):
            continue
        rows.setdefault(folder, []).append((f"`{name}`", (ast.get_docstring(tree) or "").splitlines()[0]))
    for folder in sorted(rows, key=lambda each: (PACKAGES.index(each.split("/")[0]), each)):
        parts.append(f"## {folder}/\n\n{table(('module', 'what it does'), rows[folder])}")
    return page("Modules", *parts)
