"""Read a notification file twice: once to hold it against its header, once record by record.

The first pass streams the file in flat memory and says of each record only what finding its
addressee takes. The second cuts the records that matter, by their offset.

Source: USPS, ACS File Format Technical Guide Version 2; USPS Publication 8A. That COA and
nixie counts close with the lines is our arithmetic, not a published rule.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from os import pread
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from daemon.errors import SetAsideError
from daemon.intake.cut import NOTHING, SPARE_ACCOUNT, Cutter, place
from daemon.intake.fields import Accounts, Dates
from daemon.intake.header import Header, read_header
from daemon.intake.identify import shape
from daemon.intake.lines import Lines
from daemon.intake.records import BAD_MOVE_DATE, BAD_SEQUENCE, PRINTABLE, Oddities, Sequences, Who, first_fields
from daemon.intake.tally import Facets, Fault, Product, Tally
from schemas.notice import Notice


class Reject(NamedTuple):
    """One record that cannot be read: where, which field, and the reason for the operator."""

    line: int
    offset: int
    field: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What the first pass counted. Money is mills, thousandths of a dollar.

    Attributes:
        coa, nixie: lines of that kind; a rejected record counts where its kind can be read.
        counted: the records' product fees; 0 in layouts without fees.
        header_fee: the header's group fees; None where it has none or one cannot be read.
    """

    details: int
    coa: int
    nixie: int
    rejected: int
    counted: int
    header_fee: int | None
    products: tuple[Product, ...]
    warnings: tuple[str, ...]


class NotificationFile:
    """An ACS notification file, open for reading.

    Attributes:
        family: which layouts its records have.
        header: what its first line says.
        rejects: records that cannot be read, in order; complete when `scan` is.

    Raises:
        SetAsideError: on construction, where the file is none we read (see
            `daemon.intake.identify`) or its header cannot be read.
        OSError: the file cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self.name = path.name
        found = shape(path)
        self.family = found.family
        self.rejects: list[Reject] = []
        self._summary: Summary | None = None
        self._file = path.open("rb", buffering=0)
        self._descriptor = self._file.fileno()
        try:
            self._lines = Lines(self._descriptor, found, self.name)
            self.header: Header = read_header(self.family, self._lines.header, self.name)
        except BaseException:
            self.close()
            raise
        self._cutter = Cutter(self.family, self.header.create_date)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file. Closing twice does nothing."""
        self._file.close()

    @property
    def summary(self) -> Summary:
        """Counts, charges and warnings; there once `scan` has come to its end.

        Raises:
            RuntimeError: it has not.
        """
        if self._summary is None:
            raise RuntimeError("scan() has not come to its end")
        return self._summary

    def notice_at(self, line: int, offset: int) -> Notice:
        """Return what the record at this offset says; line and offset are those `scan` gave.

        Raises:
            RecordError: the record is one that `scan` rejected.
            SetAsideError: the file has become shorter since.
        """
        length = self.family.length
        raw = pread(self._descriptor, length, offset)
        if len(raw) != length:
            raise SetAsideError("the file changed while it was read", reason="truncated-record", file=self.name)
        return self._cutter.notice(raw.decode("latin-1"), line)

    def scan(self) -> Iterator[tuple[int, int, str, str, str]]:
        """Yield (line, offset, kind, account, key) of every detail line.

        ``kind`` is "coa" or "nixie", or "" for a rejected record, whose `Reject` is then the
        last of `rejects`. Keep nothing that was yielded unless the iteration ends without an
        error: the counts are held against the header when the last line has been read.

        Raises:
            SetAsideError: the file is refused whole; ``reason`` is ``two-headers``,
                ``mixed-lengths``, ``mixed-versions``, ``truncated-record`` or ``wrong-count``.
        """
        header = self.header
        if header.coa + header.nixie != header.total:
            raise SetAsideError(
                f"the header says {header.total} records, but {header.coa} changes of address and {header.nixie} "
                "nixies; ask for the file again",
                reason="wrong-count",
                file=self.name,
                line=1,
                field="total_acs_record_count",
            )
        tally, self.rejects, self._summary = Tally(), [], None
        yield from self._details(tally)
        tally.close(header, self.name)
        self._summary = Summary(
            details=tally.details,
            coa=tally.kinds["coa"],
            nixie=tally.kinds["nixie"],
            rejected=len(self.rejects),
            counted=tally.mills,
            header_fee=header.fee_mills,
            products=tuple(Product(code, *sums) for code, sums in sorted(tally.products.items())),
            warnings=tuple(tally.warnings.told()),
        )

    def _details(self, tally: Tally) -> Iterator[tuple[int, int, str, str, str]]:
        # This loop runs a million times a file: names are local, and what can be looked up is.
        family, warnings = self.family, tally.warnings
        oddities = Oddities(family, self._cutter, warnings, self.name)
        opening = oddities.opening
        pick, who = first_fields(family.coa), Who(family.coa)
        facets, dates, accounts = Facets(tally, family.flagged), Dates(), Accounts()
        sequences = Sequences(warnings)
        spare_account = place(family.coa, *SPARE_ACCOUNT) != NOTHING
        number = 1
        for number, offset, raw in self._lines.records(warnings):
            fault = None
            if not raw.startswith(opening) or raw.translate(None, PRINTABLE):
                fault = oddities.fault(raw, number)
                if fault is not None and fault.reason == "bad_record_type":
                    self._reject(number, offset, fault)
                    yield number, offset, "", "", ""
                    continue
            values = pick(raw)
            facet = facets.get(values[4:]) or facets.new(values[4:], number)
            facet.count += 1
            kind = facet.kind
            if kind == "?":
                kind = self._cutter.kind(raw.decode("latin-1"))
                tally.kinds[kind] += 1
            if family.inferred and kind == "nixie":
                warnings.add("nixies of this layout are inferred, not published: check them", number)
            if fault is None:
                fault = facet.fault
                if not values[0].isdigit() and not values[0].strip().isdigit():
                    fault = fault or BAD_SEQUENCE
                elif kind == "coa" and dates[values[3]] is None:
                    fault = fault or BAD_MOVE_DATE
            account = accounts[values[1]]
            if fault is not None:
                self._reject(number, offset, fault)
                yield number, offset, "", account or who(raw)[0], ""
                continue
            key = values[2].decode("ascii").strip()
            if not key or not account or spare_account or " " in key:
                account, key = who(raw)
            sequences.note(account, int(values[0]), number)
            yield number, offset, kind, account, key
        tally.details = number - 1
        tally.add(facets.values())

    def _reject(self, line: int, offset: int, fault: Fault) -> None:
        self.rejects.append(Reject(line, offset, fault.field, fault.reason))
