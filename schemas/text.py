"""How texts and dates of the trade are compared (interface, section 5)."""

from __future__ import annotations

import string
import unicodedata
from functools import lru_cache

# Apostrophes and points vanish, other punctuation counts as a blank, letters are capitals.
_FOLD = (
    {ord(c): " " for c in string.punctuation + "\t\r\n\v\f"}
    | {ord(c): None for c in "'.’‘ʼ"}
    | {ord(c): c.upper() for c in string.ascii_lowercase}
)


# The same few texts of one record are compared several times over; the cache is small and forgets the rest.
@lru_cache(maxsize=8192)
def norm(text: str) -> str:
    """Return text as it is compared: no case, no accents, no apostrophes or points, single blanks.

    >>> norm("  O'Brien-Smith,  Jr. ")
    'OBRIEN SMITH JR'
    >>> norm("José")
    'JOSE'
    """
    if not text.isascii():
        text = "".join(c for c in unicodedata.normalize("NFKD", text).upper() if not unicodedata.combining(c))
    text = text.translate(_FOLD)
    return " ".join(text.split()) if "  " in text or text[:1] == " " or text[-1:] == " " else text


def before(one: str, other: str) -> bool:
    """Say whether a date lies before another, by month where either has only a month.

    Dates are ``YYYY-MM-DD`` or ``YYYY-MM``; nothing lies before or after an empty one.

    >>> before("2026-04", "2026-04-17"), before("2026-04-16", "2026-04-17"), before("2026-01-01", "")
    (False, True, False)
    """
    if not one or not other:
        return False
    size = min(len(one), len(other))
    return one[:size] < other[:size]
