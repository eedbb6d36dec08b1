"""Reading back what was written: the key on a label must lead to its own addressee."""

from __future__ import annotations

from daemon.labels.render import LostKeyError
from keyline.errors import KeylineError
from keyline.imb import decode, split_digits
from keyline.keylines import read


def keyline_leads(record_id: str, key: str, line: str) -> None:
    """Read a printed keyline.

    Raises:
        LostKeyError: it is not the key.
    """
    try:
        found = read(line)
    except KeylineError as error:
        raise LostKeyError(record_id) from error
    if found != key:
        raise LostKeyError(record_id)


def barcode_leads(record_id: str, key: str, digits: str, *, written: str) -> None:
    """Read a barcode, written as 65 bars or as its digits.

    Raises:
        LostKeyError: it does not say these digits, or not this key.
    """
    try:
        found = split_digits(written) if written.isdigit() else decode(written)
    except KeylineError as error:
        raise LostKeyError(record_id) from error
    if found.serial != key or found.digits != digits:
        raise LostKeyError(record_id)
