"""What a label must satisfy before ACS takes it, and how the label on the proof sheet does. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from daemon.db import Row
from daemon.labels import bars
from keyline.addressblock import read_participant_line
from keyline.errors import KeylineError
from keyline.imb import decode
from keyline.keylines import body_attribute, check, read
from schemas.stid import SOURCE, stids

LEAST_CLEARANCE: Final = 1 / 25  # inch
LEAST_TYPE: Final = 8  # points


class Rule(NamedTuple):
    """One rule, what was measured on this label, and whether it is met."""

    text: str
    measured: str
    met: bool


class OfAll:
    """What all labels of the run have in common, gathered as they go by."""

    def __init__(self) -> None:
        self.count = 0
        self.shapes: set[tuple[str, int, str]] = set()  # code, length, attribute

    def see(self, label: Row) -> None:
        """Take one label into account."""
        self.count += 1
        if not label[-1]:
            self.shapes.add((label[2][:8], len(label[1]), body_attribute(label[1][:-1])))

    def shape_of(self, code: str) -> list[str]:
        """Return the lengths and attributes of the keylines printed under a code."""
        return sorted(f"{length} {attribute}" for of, length, attribute in self.shapes if of == code)


def rules_of(label: Row, of_all: OfAll, *, clearance: float, gap: float, size: float) -> list[Rule]:
    """Return the rules of a label, those of its barcode or those of its code and keyline, then those of every label.

    Args:
        clearance: in inches, between the block and the window's edge.
        gap: in inches, between the barcode and the line below it.
        size: of the type, in points.

    Source: USPS Publication 8A, "Keyline", "Barcodes", "Window Envelopes"; Publication 28, section 341; USPS-B-3200,
    section 2.3.1.
    """
    own = _of_barcode(label, clearance, gap) if label[-1] else _of_keyline(label, of_all)
    return [
        *own,
        Rule("at least 1/25 inch to the window's edge", f"{clearance:.3f} in", clearance >= LEAST_CLEARANCE),
        Rule("type of 8 point or more", f"{size:g} point", size >= LEAST_TYPE),
    ]


def _of_keyline(label: Row, of_all: OfAll) -> Iterator[Rule]:
    top, second, key = label[2], label[3], label[1]
    try:
        code, text = read_participant_line(top)
    except KeylineError:
        code, text = "", ""
    yield Rule("line 1: # and the participant code", f"#{code}" if code else "not there", bool(code))
    if text:
        stars = top.count("*")
        yield Rule("joined with the endorsement line, not cut", f"{len(top)} columns, {stars} asterisks", stars >= 2)
    else:
        yield Rule("no endorsement line on this piece", "code alone", len(top) == 8)
    try:
        read_key = read(second)
    except KeylineError:
        read_key = ""
    yield Rule("line 2: keyline between # marks", second, read_key == key)
    yield Rule("4 to 16 characters", f"{len(key)}", 4 <= len(key) <= 16)
    shapes = of_all.shape_of(top[:8])
    yield Rule(
        "one length and attribute under the code", f"{', '.join(shapes)}; {of_all.count:,} read", len(shapes) == 1
    )
    try:
        closed = check(key) == key
    except KeylineError:
        closed = False
    yield Rule("check digit, MOD 10", key[-1:], closed)


def _of_barcode(label: Row, clearance: float, gap: float) -> Iterator[Rule]:
    try:
        code = decode(label[-2])
        yield Rule(
            "65 bars that read back as their digits", " ".join(part for part in code if part), code.digits == label[-1]
        )
        stid = stids().get(code.stid)
        option = f" option {stid.option}" if stid and stid.option else ""
        service = f"{stid.mail_class}, {stid.endorsement or 'no endorsement'}{option}" if stid else "not in the table"
        yield Rule(f"STID of the {SOURCE}", service, stid is not None)
    except KeylineError as error:
        yield Rule("65 bars that read back as their digits", error.reason, False)
    drawn = list(bars.boxes(label[-2]))
    pitch = (len(drawn) - 1) / (drawn[-1][0] - drawn[0][0])
    yield Rule("20 to 24 bars an inch", f"{pitch:.1f}", 20 <= pitch <= 24)
    for text, measured, low, high in (
        ("bar 0.015 to 0.025 in wide", bars.BAR, 0.015, 0.025),
        ("full bar 0.125 to 0.165 in", bars.FULL, 0.125, 0.165),
        ("tracker 0.039 to 0.057 in", bars.TRACKER, 0.039, 0.057),
        ("ascender, descender 0.082 to 0.111 in", bars.TRACKER + bars.REACH, 0.082, 0.111),
    ):
        yield Rule(text, f"{measured:.4f} in", low <= measured <= high)
    clear = clearance >= bars.CLEAR_SIDE and min(clearance, gap) >= bars.CLEAR_ABOVE
    yield Rule("clear: 0.125 in beside, 0.028 above, below", f"{clearance:.3f} in, {min(clearance, gap):.3f} in", clear)
    yield Rule("no participant code, no keyline in print", "none", not any("#" in line for line in label[2:4]))
