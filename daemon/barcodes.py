"""Intelligent Mail barcodes from the command line."""

from __future__ import annotations

from daemon.errors import SetAsideError
from keyline import imb
from keyline.errors import ImbError


def encode_fields(barcode_id: str, stid: str, mid: str, serial: str, routing: str = "") -> dict[str, str]:
    """Return a barcode as `decode_bars` does.

    Raises:
        SetAsideError: a field is wrong; ``reason`` and ``field`` name it.
    """
    try:
        code = imb.Imb(barcode_id, stid, mid, serial, routing)
        return _told(code, code.bars)
    except ImbError as error:
        raise SetAsideError(error.message, reason=error.reason, field=error.reason) from error


def decode_bars(bars: str) -> dict[str, str]:
    """Return ``{"bars", "digits", "barcode_id", "stid", "mid", "serial", "routing"}`` of 65 bars, or of the digits.

    Raises:
        SetAsideError: it is no barcode; ``reason`` is that of :class:`keyline.errors.ImbError`.

    >>> decode_bars("01234567094987654321")["bars"][:6]
    'ATTFAT'
    """
    bare = bars.replace(" ", "").upper()
    try:
        code = imb.split_digits(bare) if bare.isdigit() else imb.decode(bare)
        return _told(code, code.bars)
    except ImbError as error:
        raise SetAsideError(error.message, reason=error.reason) from error


def _told(code: imb.Imb, bars: str) -> dict[str, str]:
    return {"bars": bars, "digits": code.digits, **code._asdict()}
