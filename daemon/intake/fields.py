"""What single fields of a notification record say: dates, keys, fees."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

REMEMBERED = 20_000  # distinct raw values kept; a file of garbage must not fill the memory


def iso_date(text: str) -> str | None:
    """Return a CCYYMMDD or CCYYMM field as ISO text, or None where it is no date.

    Blank or all zeros is ``""``: none given. Day ``00`` gives the month alone; no day is
    invented. Source: USPS, ACS File Format Technical Guide Version 2, ``move_effective_date``;
    Publication 8A (CCYYMM).

    >>> iso_date("20260517"), iso_date("20260500"), iso_date("202605"), iso_date("20260230")
    ('2026-05-17', '2026-05', '2026-05', None)
    """
    text = text.strip()
    if not text.strip("0"):
        return ""
    if len(text) not in (6, 8) or not (text.isascii() and text.isdigit()):
        return None
    year, month, day = int(text[:4]), int(text[4:6]), int(text[6:] or 0)
    try:
        date(year, month, day or 1)
    except ValueError:
        return None
    if not 1900 <= year <= 2199:
        return None
    return f"{text[:4]}-{text[4:6]}-{text[6:]}" if day else f"{text[:4]}-{text[4:6]}"


class Dates(dict[bytes | str, str | None]):
    """`iso_date`, remembered: a file holds millions of dates and few different ones."""

    def __missing__(self, raw: bytes | str) -> str | None:
        if len(self) >= REMEMBERED:
            self.clear()
        value = self[raw] = iso_date(raw if isinstance(raw, str) else raw.decode("ascii", "replace"))
        return value


class Accounts(dict[bytes, str]):
    """Account codes as text, remembered. Zeros are no account: the barcode may know it."""

    def __missing__(self, raw: bytes) -> str:
        if len(self) >= REMEMBERED:
            self.clear()
        text = raw.decode("ascii", "replace").strip()
        value = self[raw] = text if text.strip("0") else ""
        return value


def mailer_and_serial(barcode: str) -> tuple[str, str]:
    """Return Mailer ID and serial number of an Intelligent Mail barcode's digits, or two empty texts.

    A first Mailer ID digit of 9 means nine digits and a serial of six; else six and nine.
    Source: USPS-B-3200, Intelligent Mail barcode fields.

    >>> mailer_and_serial("0123456709498765432101234567891")
    ('567094', '987654321')
    >>> mailer_and_serial("01234987654321123456")
    ('987654321', '123456')
    """
    tracking = barcode.strip()[:20]
    if len(tracking) < 20 or not (tracking.isascii() and tracking.isdigit()):
        return "", ""
    end = 14 if tracking[5] == "9" else 11
    return tracking[5:end], tracking[end:]


def account_and_key(account: str, spare: str, key: str, barcode: str) -> tuple[str, str]:
    """Return the account and the key of a record, from the fields that may hold them, each stripped.

    The barcode stands in for what is blank. An ``N`` field of zeros is not filled. ``spare``
    is the 6-digit Mailer ID of the 559 layout, used where its 9-digit one is not filled.
    """
    if not account.strip("0"):
        account = spare if spare.strip("0") else ""
    key = key.replace(" ", "")
    if account and key:
        return account, key
    mailer, serial = mailer_and_serial(barcode)
    return account or mailer, key or serial


class Fees(NamedTuple):
    """What the six product pairs of a record say. Amounts are mills, thousandths of a dollar."""

    mills: int
    products: tuple[tuple[str, int], ...]
    unreadable: tuple[str, ...]  # names of fields


def fees(pairs: str) -> Fees:
    """Return the charges in the 72 characters of product codes and fees.

    A blank or zero pair is unused. A fee has two implied decimals. What cannot be read
    counts nothing and is named.

    >>> fees("000501000006" + " " * 60)
    Fees(mills=60, products=(('000501', 60),), unreadable=())
    """
    total, products, unreadable = 0, [], []
    for number in range(6):
        code, fee = pairs[12 * number : 12 * number + 6].strip(), pairs[12 * number + 6 : 12 * number + 12].strip()
        if not code.strip("0") and not fee.strip("0"):
            continue
        if code and not (code.isascii() and code.isdigit()):
            unreadable.append(f"product_code_{number + 1}")
            code = ""
        mills = 0
        if fee and not (fee.isascii() and fee.isdigit()):
            unreadable.append(f"product_code_fee_{number + 1}")
        else:
            mills = 10 * int(fee or 0)
        total += mills
        products.append((code, mills))
    return Fees(total, tuple(products), tuple(unreadable))


class FeesOf(dict[str, Fees]):
    """`fees`, remembered."""

    def __missing__(self, pairs: str) -> Fees:
        if len(self) >= REMEMBERED:
            self.clear()
        value = self[pairs] = fees(pairs)
        return value
