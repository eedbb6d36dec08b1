"""Make and read a keyline: body, check digit, `#` marks, groups of four.

A keyline is kept and compared bare: no blanks, no marks, check digit included. Blanks and marks exist on paper only.
"""

from collections.abc import Iterable
from typing import Final, Literal

from keyline.checkdigit import ALGORITHMS, ALPHABET
from keyline.errors import KeylineError

Attribute = Literal["numeric", "alpha", "alphanumeric"]

_DIGITS: Final = "0123456789"  # str.isdigit() would let other scripts' digits in
_closing_digit: Final = ALGORITHMS["mod10"]


def make(body: str) -> str:
    """Return the keyline of a body: the body without blanks, and its check digit.

    Args:
        body: 3 to 15 characters of A-Z, 0-9 and ``/``; blanks are not counted.

    Raises:
        KeylineError: `character`, `too-short`, `too-long` or `all-zeros`, tested in this order.

    Source: USPS Publication 8A, "Keyline" and "Standards for Check Digit Computation".

    >>> make("JLSTMS6796")
    'JLSTMS67969'
    >>> make("ANIT 028")  # a blank is no place: counting it would give 8
    'ANIT0281'
    """
    bare = body.replace(" ", "")
    made = bare + _closing_digit(bare)
    if not made.strip("0"):
        raise KeylineError("all-zeros", "a numeric keyline is never all zeros")
    return made


def check(keyline: str) -> str:
    """Return a keyline bare, as it is kept, once it has proved that it can be one.

    Only the space is layout: it may stand anywhere and is taken out. Tabs, no-break spaces, lower case and marks are
    no part of a keyline.

    Args:
        keyline: as it comes back in a record, blank filled or not.

    Raises:
        KeylineError: `character`, `too-short`, `too-long`, `no-check-digit`, `all-zeros` or `check-digit`, tested in
            this order.

    Source: USPS Publication 8A, "Keyline" and "Standards for Check Digit Computation".

    >>> check("JLST MS67 969   ")
    'JLSTMS67969'
    """
    bare = keyline.replace(" ", "")
    try:
        if _closing_digit(bare[:-1]) == bare[-1:] and bare.strip("0"):
            return bare
    except KeylineError:
        pass  # the order of the reasons is the whole keyline's, not the body's
    raise _fault(bare)


def _fault(bare: str) -> KeylineError:
    if bare.strip(ALPHABET):
        return KeylineError("character", "a keyline has A-Z, 0-9 and / only")
    if len(bare) < 4:
        return KeylineError("too-short", f"a keyline has 4 to 16 characters, not {len(bare)}")
    if len(bare) > 16:
        return KeylineError("too-long", f"a keyline has 4 to 16 characters, not {len(bare)}")
    if bare[-1] not in _DIGITS:
        return KeylineError("no-check-digit", "a keyline ends in its check digit")
    if not bare.strip("0"):
        return KeylineError("all-zeros", "a numeric keyline is never all zeros")
    return KeylineError("check-digit", f"{bare}: the check digit is not that of the body")


def printed(keyline: str) -> str:
    """Return a keyline as it stands on a label: a blank after every fourth character, ``#`` before and after.

    Args:
        keyline: checked first, so that a label never carries one that would not come back.

    Raises:
        KeylineError: as `check`.

    Source: USPS Publication 8A, "Keyline".

    >>> printed("JLSTMS67969")
    '#JLST MS67 969#'
    """
    bare = check(keyline)
    length = len(bare)
    if length <= 4:
        return f"#{bare}#"
    if length <= 8:
        return f"#{bare[:4]} {bare[4:]}#"
    if length <= 12:
        return f"#{bare[:4]} {bare[4:8]} {bare[8:]}#"
    return f"#{bare[:4]} {bare[4:8]} {bare[8:12]} {bare[12:]}#"


def read(line: str) -> str:
    """Return the keyline of a label line, bare.

    The line begins with the first mark (blanks before it are let pass); whatever follows the second is not ours.

    Raises:
        KeylineError: `delimiter` without both marks, else as `check`.

    Source: USPS Publication 8A, "Keyline"; Publication 28, section 341 (text after the closing mark).

    >>> read("#JLST MS67 969# 0497ABJ")
    'JLSTMS67969'
    """
    line = line.lstrip(" ")
    end = line.find("#", 1)
    if end < 0 or line[0] != "#":
        raise KeylineError("delimiter", "a keyline line has a # before the keyline and one after it")
    return check(line[1:end])


def attribute(keyline: str) -> Attribute:
    """Say what a keyline is made of, judged on its body: with the check digit none could be alpha.

    ``/`` counts with the letters. The check digit is not verified, so that a keyline may first be asked whether it
    can be this account's at all.

    Raises:
        KeylineError: `character`, `too-short` or `too-long`.

    Source: USPS Publication 8A, "Keyline" (numeric, alpha or alphanumeric).

    >>> attribute("QWERTY1"), attribute("TMS1112/623"), attribute("0018")
    ('alpha', 'alphanumeric', 'numeric')
    """
    bare = keyline.replace(" ", "")
    if not 4 <= len(bare) <= 16 or bare.strip(ALPHABET):
        raise _fault(bare)
    return body_attribute(bare[:-1])


def body_attribute(body: str) -> Attribute:
    """Say what a body is made of: `attribute` without its checks, for bodies known to be good."""
    if body.isdigit():
        return "numeric"
    return "alpha" if body.replace("/", "A").isalpha() else "alphanumeric"


def check_all(keylines: Iterable[str]) -> list[tuple[int, str]]:
    """Return each fault of a set of keylines that share one participant code, with its index.

    A keyline that fails `check` has that one fault. The others are held against the first good one (`mixed-length`,
    `mixed-attribute`) and against all before them (`duplicate`, compared without blanks); who breaks two of these
    rules is named twice, in this order.

    Returns:
        Pairs of index and reason, by index; empty when the set is good.

    Source: USPS Publication 8A, "Keyline": one length, one attribute, each one unique.

    >>> check_all(["0000019", "A000026"])
    [(1, 'mixed-attribute')]
    """
    faults: list[tuple[int, str]] = []
    seen: set[str] = set()
    length, kind = 0, ""
    for index, keyline in enumerate(keylines):
        try:
            bare = check(keyline)
        except KeylineError as error:
            faults.append((index, error.reason))
            continue
        own = body_attribute(bare[:-1])
        if not seen:
            length, kind = len(bare), own
        if len(bare) != length:
            faults.append((index, "mixed-length"))
        if own != kind:
            faults.append((index, "mixed-attribute"))
        if bare in seen:
            faults.append((index, "duplicate"))
        seen.add(bare)
    return faults
