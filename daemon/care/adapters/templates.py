"""Names in braces, filled in: ``{token}`` becomes the job's. Other braces stay as they are."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

NAME = re.compile(r"\{([a-z_][a-z0-9_]*(?:\.[a-z_][a-z0-9_]*)?)\}")


def names_in(template: str) -> set[str]:
    """Return the names that stand in a text.

    >>> sorted(names_in('{"a": "{token}", "b": "{remote.guid}"}'))
    ['remote.guid', 'token']
    """
    return set(NAME.findall(template))


def filled(template: str, values: Mapping[str, str], written: Callable[[str], str] = str) -> str:
    """Return the text with every name replaced by its value, each value written as the place needs it.

    What a value brings along is not looked through again.

    >>> filled("/job/{remote.guid}?", {"remote.guid": "{token}", "token": "t"})
    '/job/{token}?'
    """
    return NAME.sub(lambda match: written(values[match[1]]) if match[1] in values else match[0], template)
