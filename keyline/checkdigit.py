"""USPS check-digit sums: MOD 10 over a keyline body, and the correction digit of POSTNET."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from keyline.errors import KeylineError

ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ/"
_NO_VALUE: Final = 200  # one such character lifts a sum over what fifteen good ones can reach
_LARGEST_SUM: Final = 15 * 9
_DIGITS: Final = b"0123456789"
_CLOSING: Final = tuple(str(-total % 10) for total in range(_LARGEST_SUM + 1))


def _single_digit(value: int) -> int:
    while value > 9:
        value = value // 10 + value % 10
    return value


def _weights(factor: int) -> bytes:
    weights = bytearray([_NO_VALUE]) * 256
    for character in ALPHABET.encode():
        weights[character] = _single_digit((character & 15) * factor)
    return bytes(weights)


_ODD: Final = _weights(2)
_EVEN: Final = _weights(1)


def mod10(body: str) -> str:
    """Return the digit that closes a keyline body.

    A character counts as its low four ASCII bits (``A`` = 1, ``P`` = 0, ``/`` = 15).
    Values in odd places, counted from 1, are doubled. Each value is then cast to a
    single digit, twice if need be: a doubled ``N`` goes 28, 10, 1.

    Args:
        body: 3 to 15 characters of A-Z, 0-9 and ``/``, without spaces or ``#``.

    Returns:
        One character, ``"0"`` to ``"9"``.

    Raises:
        KeylineError: the length is wrong (`too-short`, `too-long`), or a character has no value (`character`).

    Source: USPS Publication 8A, "Standards for Check Digit Computation", MOD 10.

    >>> mod10("JLSTMS6796")  # the publication's first example
    '9'
    >>> mod10("218XN91LMS")  # doubled N; one plain digit sum would answer 5
    '4'
    >>> mod10("1234567890")  # places count from the left; a Luhn library would answer 3
    '7'
    """
    if 3 <= len(body) <= 15 and body.isascii():
        values = body.encode()
        total = sum(values[::2].translate(_ODD)) + sum(values[1::2].translate(_EVEN))
        if total <= _LARGEST_SUM:
            return _CLOSING[total]
    if body.strip(ALPHABET):
        raise KeylineError("character", "a keyline body has A-Z, 0-9 and / only")
    if len(body) < 3:
        raise KeylineError("too-short", f"a keyline body has 3 to 15 characters, not {len(body)}")
    if len(body) > 15:
        raise KeylineError("too-long", f"a keyline body has 3 to 15 characters, not {len(body)}")
    raise KeylineError("character", "a keyline body has A-Z, 0-9 and / only")


ALGORITHMS: Final[Mapping[str, Callable[[str], str]]] = MappingProxyType({"mod10": mod10})
"""Check-digit algorithms by name. Publication 8A lets a participant use one of several; only MOD 10 is documented."""


def postnet_digit(digits: str) -> str:
    """Return the correction digit of a POSTNET barcode: what lifts the digit sum to a multiple of ten.

    It belongs to POSTNET alone. An Intelligent Mail barcode never carries it.

    Args:
        digits: a ZIP (5), a ZIP+4 (9) or a ZIP+4 with its delivery point (11), digits only.

    Returns:
        One character, ``"0"`` to ``"9"``.

    Raises:
        KeylineError: something else than digits (`character`), or another length (`length`).

    Source: USPS Domestic Mail Manual 708.4.2, POSTNET correction digit.

    >>> postnet_digit("555551237")
    '2'
    """
    if not digits.isascii() or digits.encode().translate(None, _DIGITS):
        raise KeylineError("character", "a POSTNET barcode has digits only")
    if len(digits) not in (5, 9, 11):
        raise KeylineError("length", f"a POSTNET barcode has 5, 9 or 11 digits, not {len(digits)}")
    return str(-sum(map(int, digits)) % 10)
