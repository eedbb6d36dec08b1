"""Answering one file: row by row, in flat memory, with what the reports will tell counted on the way."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final, Literal, TextIO

from daemon.simulator import coding, moves
from daemon.simulator.coding import Coder
from daemon.simulator.moves import Movers
from daemon.simulator.places import places
from daemon.simulator.sent import Sent, opened
from schemas.cass import DELIVERABLE
from schemas.ncoalink import RETURN_CODES

Kind = Literal["cass", "ncoa"]
Fault = Literal["hang", "exit", "half", "lock", "lose-row", "add-row", "twice", "wrong-totals"]

FAULTS: Final[tuple[Fault, ...]] = ("hang", "exit", "half", "lock", "lose-row", "add-row", "twice", "wrong-totals")
_ZIP4, _ELOT, _TYPE, _DPV, _MARKS, _LACS, _SUITE, _EARLY, _NOTES, _LOCK = (
    coding.COLUMNS.index(name)
    for name in (
        *("std_zip4", "elot", "record_type", "dpv", "dpv_footnotes", "lacs_ind", "suitelink_code", "ews"),
        *("cass_footnotes", "false_positive"),
    )
)


@dataclass(frozen=True, kw_only=True)
class Request:
    """How a file is to be answered."""

    as_of: date
    seed: int = 0
    movers: float = 12
    moves: Mapping[str, Mapping[str, str]] | None = None
    every_code: bool = False
    fault: Fault | None = None


@dataclass
class CassTally:
    """What a CASS run counted; the labels of the 3553 are built from it."""

    records: int = 0
    coded: int = 0  # ZIP+4 and DPV confirmed
    zip5: int = 0
    routes: int = 0
    elots: int = 0
    high_rise_default: int = 0
    high_rise_exact: int = 0
    rural_default: int = 0
    rural_exact: int = 0
    lacslink: int = 0
    ews: int = 0
    suitelink: int = 0

    def add(self, kinds: Mapping[tuple[str, ...], int]) -> None:
        """Add rows, counted by (has ZIP+4, record type, DPV, LACSLink, SuiteLink, EWS, DPV footnotes, footnotes)."""
        for (zip4, record_type, dpv, lacs, suite, early, marks, notes), count in kinds.items():
            coded = count if zip4 and dpv in DELIVERABLE else 0
            self.records += count
            self.coded += coded
            self.routes += coded
            self.elots += coded
            self.zip5 += 0 if marks == "A1" and notes in ("C#", "I#") else count
            self.high_rise_default += coded if record_type == "H" and dpv == "D" else 0
            self.high_rise_exact += coded if record_type in ("H", "F") and dpv != "D" else 0
            self.rural_exact += coded if record_type == "R" else 0
            self.lacslink += count if lacs == "Y" else 0
            self.ews += count if early else 0
            self.suitelink += count if suite == "A" else 0


@dataclass
class NcoaTally:
    """What an NCOALink run counted; the Processing Summary Report is built from it."""

    records: int = 0
    zip4: int = 0
    codes: Counter[str] = field(default_factory=Counter)
    new_addresses: Counter[str] = field(default_factory=Counter)  # by month of the move

    @property
    def matches(self) -> int:
        """Records that were found to have moved, with an address to tell or without."""
        return sum(count for code, count in self.codes.items() if code not in ("66", "77") and _is_move(code))


def _is_move(code: str) -> bool:
    known = RETURN_CODES.get(code)
    return known is not None and known.treatment in ("move", "suppress", "hold")


def answer_cass(source: Path, answer: TextIO, request: Request) -> CassTally:
    """Write the CASS answer of a file, and return its counts. Every column that came goes out as it came.

    Raises:
        UsageError, SetAsideError: as :func:`daemon.simulator.sent.opened`.
    """
    tally = CassTally()
    with opened(source) as sent:
        kinds: Counter[tuple[str, ...]] = Counter()
        _write(answer, sent, coding.COLUMNS, _coded(sent, request, kinds), request.fault)
        tally.add(kinds)
    return tally


def _coded(sent: Sent, request: Request, kinds: Counter[tuple[str, ...]]) -> Iterator[list[str]]:
    code, address_of = Coder(places(), request.seed).code, sent.pick(*coding.ASKED)
    for row in sent.rows():
        found = code(address_of(row))
        key = ("1" if found[_ZIP4] else "", found[_TYPE], found[_DPV], found[_LACS], found[_SUITE], found[_EARLY])
        kinds[(*key, found[_MARKS], found[_NOTES])] += 1
        row.extend(found)
        yield row


def answer_ncoa(source: Path, answer: TextIO, request: Request) -> NcoaTally:
    """Write the NCOALink answer of a file, and return its counts. Every column that came goes out as it came.

    Raises:
        UsageError, SetAsideError: as :func:`daemon.simulator.sent.opened`.
    """
    tally = NcoaTally()
    with opened(source) as sent:
        _write(answer, sent, moves.COLUMNS, _looked_up(sent, request, tally), request.fault)
    return tally


def _looked_up(sent: Sent, request: Request, tally: NcoaTally) -> Iterator[list[str]]:
    movers = Movers(request.as_of, request.seed, request.movers, request.moves, every_code=request.every_code)
    look_up, asked, zip4 = movers.answer, sent.pick(*moves.ASKED), sent.header.index("zip4")
    codes, new_addresses = tally.codes, tally.new_addresses
    coded = 0
    for row in sent.rows():
        if row[zip4]:
            coded += 1
        found = look_up(asked(row))
        codes[found[0]] += 1
        if found[4]:
            new_addresses[found[3]] += 1
        row.extend(found)
        yield row
    tally.zip4 = coded
    tally.records = codes.total()


def _write(answer: TextIO, sent: Sent, added: tuple[str, ...], rows: Iterator[list[str]], fault: Fault | None) -> None:
    writer = csv.writer(answer, lineterminator="\n")
    writer.writerow(sent.header_with(added))
    first = next(rows, None)
    if first is not None:
        writer.writerows(_first(first, fault, sent.header.index("record_id"), len(sent.header)))
    writer.writerows(rows)


def _first(row: list[str], fault: Fault | None, record_id: int, width: int) -> list[list[str]]:
    """What becomes of the first row under the fault that was asked for."""
    if fault == "lose-row":
        return []
    if fault == "twice":
        return [row, row]
    if fault == "add-row":
        never_sent = list(row)
        never_sent[record_id] += "-NEVER-SENT"
        return [row, never_sent]
    if fault == "lock":
        row[width + _LOCK] = "Y"
    return [row]
