"""What the first pass asks of one record: who it is about, and whether it can be read at all."""

from __future__ import annotations

from collections.abc import Callable

from daemon.errors import SetAsideError
from daemon.intake.cut import ACCOUNT, BARCODE, KEY, SEQUENCE, SPARE_ACCOUNT, Cutter, needed, pairs_place, place
from daemon.intake.fields import account_and_key
from daemon.intake.tally import Fault, Warnings
from schemas.errors import RecordError
from schemas.layout import Family, Layout

PRINTABLE = bytes(range(0x20, 0x7F))
BAD_SEQUENCE = Fault("sequence_number", "bad_field")
BAD_MOVE_DATE = Fault("move_effective_date", "bad_field")

PAGE = 1 << 15  # sequence numbers on a page of bits
PAGES = 4096  # of 4 KiB each


def first_fields(layout: Layout) -> Callable[[bytes], tuple[bytes, ...]]:
    """Return a cutter of sequence, account, key, move date; then the fields of a facet."""
    facet = ["deliverability_code"]
    if "coa_nixie_flag" in layout:
        facet += ["type_of_acs", "fulfillment_date", "made_available_date", "coa_nixie_flag"]
    places: list[str | slice] = [*facet, *([pairs_place(layout)] if len(facet) > 1 else [])]
    return layout.picker(
        place(layout, *SEQUENCE), place(layout, *ACCOUNT), place(layout, *KEY), "move_effective_date", *places
    )


class Who:
    """Finds account and key of a record where the usual two fields do not suffice."""

    def __init__(self, layout: Layout) -> None:
        self._pick: Callable[[str], tuple[str, ...]] = layout.picker(
            *(place(layout, *names) for names in (ACCOUNT, SPARE_ACCOUNT, KEY, BARCODE))
        )

    def __call__(self, raw: bytes) -> tuple[str, str]:
        """Return account and key, each "" where no field has it."""
        account, spare, key, barcode = map(str.strip, self._pick(raw.decode("ascii", "replace")))
        return account_and_key(account, spare, key, barcode)


class Oddities:
    """Judges records that do not open as they should, or hold bytes that are not printable ASCII."""

    def __init__(self, family: Family, cutter: Cutter, warnings: Warnings, file: str) -> None:
        self.opening = (family.detail_letter + family.version).encode()
        self._family = family
        self._cutter = cutter
        self._warnings = warnings
        self._file = file
        self._needed = {layout.name: frozenset(needed(layout)) for layout in (family.coa, family.nixie)}
        self._who = Who(family.coa)

    def fault(self, raw: bytes, line: int) -> Fault | None:
        """Return why the record is rejected, or None: what is odd in it decides nothing and is a warning.

        Raises:
            SetAsideError: ``two-headers`` or ``mixed-versions``: not this record, the file is wrong.
        """
        if raw[:1] == b"H":
            raise SetAsideError(
                "a second header: two files in one, split them", reason="two-headers", file=self._file, line=line
            )
        if raw[:1] != self.opening[:1]:
            return Fault("record_type", "bad_record_type")
        if not raw.startswith(self.opening):
            if raw[1:3].isdigit():
                raise SetAsideError(
                    f"version {raw[1:3].decode()} in a file of version {self._family.version}; ask for the file again",
                    reason="mixed-versions",
                    file=self._file,
                    line=line,
                    field="file_version",
                )
            return Fault("file_version", "bad_field")
        try:
            kind = self._cutter.kind(raw.decode("latin-1"))
        except RecordError as error:
            return Fault(error.field, error.reason)
        return self._unprintable(raw, self._family.coa if kind == "coa" else self._family.nixie, line)

    def _unprintable(self, raw: bytes, layout: Layout, line: int) -> Fault | None:
        odd = [row.name for row in layout.fields if raw[row.slice].translate(None, PRINTABLE)]
        needed = self._needed[layout.name]
        for name in odd:
            if name in needed or (name in BARCODE and not all(self._who(self._without_barcode(raw, layout)))):
                return Fault(name, "bad_field")
        for name in odd:
            if name != "end_marker":  # opaque: no value of it is published
                self._warnings.add(f"field {name}: a character that is not printable ASCII", line)
        return None

    @staticmethod
    def _without_barcode(raw: bytes, layout: Layout) -> bytes:
        where: slice = place(layout, *BARCODE)
        return bytes(raw[: where.start] + b" " * (where.stop - where.start) + raw[where.stop :])


class Sequences:
    """Warns of a sequence number that comes twice for one account. Memory is bounded.

    Source: USPS Publication 8A: numbers start at 1 for each participant code. Whether
    SingleSource restarts per Mailer ID is not stated; either is accepted.
    """

    def __init__(self, warnings: Warnings) -> None:
        self._warnings = warnings
        self._pages: dict[tuple[str, int], bytearray] = {}
        self._account = ""
        self._page_number = -1
        self._page = bytearray()

    def note(self, account: str, number: int, line: int) -> None:
        """Note one record's number."""
        if number >> 15 != self._page_number or account != self._account:
            self._turn_to(account, number >> 15, line)
        at, bit = (number & 0x7FFF) >> 3, 1 << (number & 7)
        if self._page[at] & bit:
            self._warnings.add("field sequence_number: came before for the same account", line)
        else:
            self._page[at] |= bit

    def _turn_to(self, account: str, page: int, line: int) -> None:
        found = self._pages.get((account, page))
        if found is None:
            if len(self._pages) >= PAGES:
                self._pages.clear()
                self._warnings.add("sequence numbers are too scattered to find every duplicate", line)
            found = self._pages[account, page] = bytearray(PAGE >> 3)
        self._account, self._page_number, self._page = account, page, found
