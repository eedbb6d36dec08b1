"""The lines of a label, and its barcode: every key read back before it is handed on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Final

from daemon.db import Row
from daemon.errors import SetAsideError
from keyline.addressblock import block_lines, last_line, name_line, participant_line
from keyline.errors import KeylineError
from keyline.imb import decode, encode
from keyline.keylines import read

LINES: Final = 8
COLUMNS: Final = ("record_id", "keyline", *(f"line{number}" for number in range(1, LINES + 1)), "imb", "imb_digits")
# What a record must bring, in this order; then its endorsement line and the line of the file that gave it, and what
# the caller needs besides.
RECORD: Final = (
    *("a.record_id", "a.keyline"),
    *("a.name_prefix", "a.first_name", "a.middle_name", "a.last_name", "a.name_suffix"),
    *("a.company", "d.urbanization", "d.address2", "d.address1", "d.city", "d.state", "d.zip5", "d.zip4"),
    "d.delivery_point",
)
BARCODE_ID: Final = "00"

Skip = Callable[[int, str, str], None]  # line, record_id, reason
_PAD: Final = tuple([("",) * (len(COLUMNS) - filled) for filled in range(len(COLUMNS) + 1)])
_PAD_LINES: Final = tuple([("",) * (LINES - filled) for filled in range(LINES + 1)])


class LostKeyError(SetAsideError):
    """A label's key does not lead to its own addressee. The run stops; no file is written."""

    def __init__(self, record_id: str) -> None:
        super().__init__(
            f"record_id {record_id}: the key on its label does not read back as its own; no label was written",
            reason="key-lost",
        )
        self.record_id = record_id


def participant_labels(code: str, records: Iterable[Row], skip: Skip) -> Iterator[Row]:
    """Yield the label rows of an account with a participant code.

    Args:
        records: values of `RECORD`, then endorsement line and its line number (empty and 0 without one).
        skip: is told of each record whose endorsement line leaves no room for the code.

    Raises:
        LostKeyError: a keyline does not read back as its addressee's own.
    """
    alone = participant_line(code)
    for record in records:
        (record_id, key, prefix, first, middle, last, suffix, company, urbanization, address2, address1) = record[:11]
        city, state, zip5, zip4, _, oel, line = record[11:18]
        top = alone
        try:
            if oel:
                top = _joined(code, oel)
            groups = f"#{key[:4]} {key[4:8]} {key[8:12]} {key[12:]}".rstrip() + "#"
            lines: tuple[str, ...] = (
                top,
                groups,
                # As keyline.addressblock has them; written out here because a million of them are.
                " ".join(f"{prefix} {first} {middle} {last} {suffix}".split()),
                company,
                urbanization,
                address2,
                address1,
                f"{city} {state} {zip5}-{zip4}" if city and state and zip5 and zip4 else last_line(city, state, zip5),
            )
            if not "".join(lines).isprintable():
                lines = _slowly(code, key, oel, record)
        except KeylineError as error:
            skip(line, record_id, str(error))
            continue
        try:
            found = read(lines[1])
        except KeylineError as error:
            raise LostKeyError(record_id) from error
        if found != key:
            raise LostKeyError(record_id)
        label = (record_id, key, *[text for text in lines if text])
        yield label + _PAD[len(label)]


def mailer_labels(mailer_id: str, stid: str, records: Iterable[Row], skip: Skip) -> Iterator[Row]:
    """Yield the label rows of an account with a Mailer ID: no code and no keyline, the barcode has both.

    Args and errors as `participant_labels`; the barcode's routing code is as long as ZIP, ZIP+4 and delivery point
    are known.
    """
    fixed = BARCODE_ID + stid + mailer_id
    for record in records:
        (record_id, key, prefix, first, middle, last, suffix, company, urbanization, address2, address1) = record[:11]
        city, state, zip5, zip4, point, oel, line = record[11:18]
        routing = zip5 + zip4 + point if zip5 and zip4 else zip5
        lines: tuple[str, ...] = (
            oel,
            " ".join(f"{prefix} {first} {middle} {last} {suffix}".split()),
            company,
            urbanization,
            address2,
            address1,
            f"{city} {state} {zip5}-{zip4}" if city and state and zip5 and zip4 else last_line(city, state, zip5),
        )
        try:
            if not "".join(lines).isprintable():
                lines = _slowly("", "", oel, record)
            bars = encode(BARCODE_ID, stid, mailer_id, key, routing)
        except KeylineError as error:
            skip(line, record_id, str(error))
            continue
        digits = fixed + key + routing
        try:
            found = decode(bars)
        except KeylineError as error:
            raise LostKeyError(record_id) from error
        if found.serial != key or found.digits != digits:
            raise LostKeyError(record_id)
        shown = [text for text in lines if text]
        yield (record_id, key, *shown, *_PAD_LINES[len(shown)], bars, digits)


_joined = lru_cache(1 << 16)(participant_line)


def _slowly(code: str, key: str, oel: str, record: Row) -> tuple[str, ...]:
    """Make the lines of a record that has something unprintable in it: a blank, or an error."""
    company, urbanization, address2, address1, city, state, zip5, zip4 = record[7:15]
    return block_lines(
        code=code,
        keyline=key,
        oel=oel,
        name=name_line(*record[2:7]),
        company=company,
        urbanization=urbanization,
        address2=address2,
        address1=address1,
        city=city,
        state=state,
        zip5=zip5,
        zip4=zip4,
    )
