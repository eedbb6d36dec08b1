"""Counts and charges of one notification file, and what its header says about them.

A file's records fall into few *facets* (the same code, flag, type of ACS, dates and fees), so
each facet is examined once and only counted after that.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from daemon.errors import SetAsideError
from daemon.intake.fields import REMEMBERED, Dates, Fees, FeesOf
from daemon.intake.header import Header
from schemas.acs_singlesource import GROUPS
from schemas.codes import DELIVERABILITY_COA, DELIVERABILITY_NIXIE, TYPE_OF_ACS
from schemas.errors import Reason


class Fault(NamedTuple):
    """Why a record is rejected."""

    field: str
    reason: Reason


class Warnings:
    """Warnings, the same one told once: with its first line and how many more there were."""

    def __init__(self) -> None:
        self._lines: dict[str, tuple[int, int]] = {}

    def add(self, text: str, line: int, count: int = 1) -> None:
        """Note a warning. The text names group or field, never a person."""
        first, before = self._lines.get(text, (line, 0))
        self._lines[text] = (min(first, line), before + count)

    def told(self) -> list[str]:
        """Return every warning, in the order of first lines."""
        told = []
        for text, (line, count) in sorted(self._lines.items(), key=lambda item: item[1][0]):
            more = f" and {count - 1} more" if count > 1 else ""
            told.append(f"line {line}{more}: {text}")
        return told


class Facet:
    """Records that are alike in everything but person, key and move date."""

    __slots__ = ("count", "fault", "fees", "kind", "line", "type_of_acs", "warnings")

    def __init__(self, line: int) -> None:
        self.count = 0
        self.line = line
        self.kind = ""  # "" = cannot be read, "?" = the move date and type decide
        self.fault: Fault | None = None
        self.type_of_acs = ""
        self.fees = Fees(0, (), ())
        self.warnings: list[str] = []


class Facets(dict[tuple[bytes, ...], Facet]):
    """Every facet seen, at most `REMEMBERED` at a time."""

    def __init__(self, tally: Tally, flagged: bool) -> None:
        super().__init__()
        self._tally = tally
        self._examine = self._flagged if flagged else self._by_code
        self._dates = Dates()
        self._fees = FeesOf()

    def new(self, raw: tuple[bytes, ...], line: int) -> Facet:
        """Return the facet of these raw fields, met for the first time on this line.

        The fields are the deliverability code and, where the layout has a flag, type of ACS,
        fulfillment date, made-available date, flag and product pairs.
        """
        if len(self) >= REMEMBERED:
            self._tally.add(self.values())
            self.clear()
        facet = self[raw] = Facet(line)
        self._examine(facet, raw)
        return facet

    def _by_code(self, facet: Facet, raw: tuple[bytes, ...]) -> None:
        code = raw[0].decode("latin-1").strip()
        known = code in DELIVERABILITY_COA or code in DELIVERABILITY_NIXIE
        facet.kind = ("coa" if code in DELIVERABILITY_COA else "nixie") if known else "?"

    def _flagged(self, facet: Facet, raw: tuple[bytes, ...]) -> None:
        code, type_of_acs, fulfilled, made_available, flag, pairs = (part.decode("latin-1") for part in raw)
        code = code.strip()
        facet.kind = {"C": "coa", "N": "nixie"}.get(flag, "")
        if not facet.kind:
            facet.fault = Fault("coa_nixie_flag", "bad_record_type")
        elif self._dates[fulfilled] is None:
            facet.fault = Fault("fulfillment_date", "bad_field")
        facet.fees = self._fees[pairs]
        facet.warnings += [f"field {field}: not a number" for field in facet.fees.unreadable]
        if type_of_acs in TYPE_OF_ACS:
            facet.type_of_acs = type_of_acs
        else:
            facet.warnings.append("field type_of_acs: none of the known types")
        if facet.kind == "coa" and self._dates[made_available] is None:
            facet.warnings.append("field made_available_date: not a date")
        other = {"coa": DELIVERABILITY_NIXIE, "nixie": DELIVERABILITY_COA}.get(facet.kind, {})
        if code in other and (code in DELIVERABILITY_COA) != (code in DELIVERABILITY_NIXIE):
            facet.warnings.append("field deliverability_code: code and COA/nixie flag disagree")


class Product(NamedTuple):
    """One product code: how often it was charged, and how much in mills."""

    code: str
    records: int
    mills: int


class Tally:
    """What the records of one file add up to."""

    def __init__(self) -> None:
        self.details = 0
        self.kinds = {"coa": 0, "nixie": 0}
        self.mills = 0
        self.products: dict[str, tuple[int, int]] = {}
        self.groups: dict[tuple[str, str], tuple[int, int]] = {}  # (type of ACS, kind): records, mills
        self.warnings = Warnings()

    def add(self, facets: Iterable[Facet]) -> None:
        """Add up facets that are done with."""
        for facet in facets:
            if facet.kind in self.kinds:
                self.kinds[facet.kind] += facet.count
            self.mills += facet.count * facet.fees.mills
            for code, mills in facet.fees.products:
                count, before = self.products.get(code, (0, 0))
                self.products[code] = (count + facet.count, before + facet.count * mills)
            key = (facet.type_of_acs, facet.kind)
            count, before = self.groups.get(key, (0, 0))
            self.groups[key] = (count + facet.count, before + facet.count * facet.fees.mills)
            for text in facet.warnings:
                self.warnings.add(text, facet.line, facet.count)

    def close(self, header: Header, file: str) -> None:
        """Hold the counts against the header's.

        A record whose kind cannot be read may fill a gap in either count: one unreadable
        record does not refuse the file.

        Raises:
            SetAsideError: ``wrong-count``, naming the header's field.
        """
        for field, said, found, fits in (
            ("total_acs_record_count", header.total, self.details, header.total == self.details),
            ("total_coa_count", header.coa, self.kinds["coa"], header.coa >= self.kinds["coa"]),
            ("total_nixie_count", header.nixie, self.kinds["nixie"], header.nixie >= self.kinds["nixie"]),
        ):
            if not fits:
                raise wrong_count(field, said, found, file)
        for prefix in header.groups:
            self._compare_group(header, prefix)
        self._compare_sums(header)

    def _compare_group(self, header: Header, prefix: str) -> None:
        group, type_of_acs = header.groups[prefix], GROUPS[prefix]
        warn = self.warnings.add
        for field, value in group._asdict().items():
            if value is None:
                warn(f"header group {prefix}: its {field.replace('_', ' ')} cannot be read", 1)
        said = (group.records, group.coa, group.nixie)
        if None not in said and said[0] != (said[1] or 0) + (said[2] or 0):
            warn(f"header group {prefix}: {said[1]} COAs and {said[2]} nixies are not its count {said[0]}", 1)
        found = sum(count for (kind_of_acs, _), (count, _) in self.groups.items() if kind_of_acs == type_of_acs)
        if group.records is not None and group.records != found:
            warn(f"header group {prefix}: count {group.records}, but {found} records have type of ACS {type_of_acs}", 1)
        for kind, fee in (("coa", group.coa_fee), ("nixie", group.nixie_fee)):
            mills = self.groups.get((type_of_acs, kind), (0, 0))[1]
            if fee is not None and fee != mills:
                warn(f"header group {prefix}: {kind} fee {_money(fee)}, but the records' fees are {_money(mills)}", 1)
        if (
            group.fee is not None
            and group.coa_fee is not None
            and group.nixie_fee is not None
            and group.fee != group.coa_fee + group.nixie_fee
        ):
            warn(f"header group {prefix}: its fee is not the sum of its COA and nixie fees", 1)

    def _compare_sums(self, header: Header) -> None:
        for position, name, total in ((0, "record", header.total), (2, "COA", header.coa), (4, "nixie", header.nixie)):
            counts = [group[position] for group in header.groups.values()]
            if counts and None not in counts and sum(count or 0 for count in counts) != total:
                self.warnings.add(f"header: the groups' {name} counts do not add up to its total {total}", 1)


def wrong_count(field: str, said: int, found: int, file: str) -> SetAsideError:
    """Return the refusal of a file whose header and lines disagree."""
    return SetAsideError(
        f"the header says {said}, the file has {found}; ask for the file again",
        reason="wrong-count",
        file=file,
        line=1,
        field=field,
    )


def _money(mills: int) -> str:
    return f"{mills // 1000}.{mills % 1000 // 10:02d}"
