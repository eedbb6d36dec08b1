"""What one vendor's answer looks like: which of its columns is what, and how its rows stand together."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal

Kind = Literal["ncoa", "cass"]
RowModel = Literal["in_place", "appended_columns", "appended_rows", "separate"]

ROW_MODELS: Final[Mapping[RowModel, str]] = MappingProxyType(
    {
        "in_place": "the address columns hold the result, and the row has no copy of what was sent",
        "appended_columns": "the columns that were sent are left alone, the result stands in columns beside them",
        "appended_rows": "a move comes as one more row; a column says which row is what",
        "separate": "the address sent, the standardised and the new one have columns of their own",
    }
)

RESULT: Final = (
    "addr1",
    "addr2",
    "addr3",
    "addr4",
    "urbanization",
    "city",
    "state",
    "zip5",
    "zip4",
    "zip9",
    "lastline",
)
CODED: Final = ("dp", "chk", "dpbc", "crrt")
PARTS: Final = (
    *("parsed_primary", "parsed_predir", "parsed_street", "parsed_suffix", "parsed_postdir"),
    *("parsed_unit_type", "parsed_unit", "parsed_pmb_type", "parsed_pmb"),
)
NCOA: Final = ("ncoa_code", "match_flag", "ank_code", "row_role", "results", "move_type", "move_date")
CASS: Final = (
    *("dpv", "dpv_enhanced", "dpv_footnotes", "cmra", "vacant", "no_stat", "no_stat_reason", "rdi", "record_type"),
    *("lacs_ind", "lacs_code", "suitelink_code", "ews", "cass_footnotes", "elot", "elot_dir", "false_positive"),
    *("suspended", "candidate_index"),
)
TOLD: Final = (  # columns that a vendor names and that change nothing here
    *("name_full", "name_prefix", "name_first", "name_middle", "name_last", "name_suffix", "company", "county"),
    *("move_distance", "move_applied_date", "ncoa_footnote", "cass_error", "cass_date", "drop", "throwback", "pbsa"),
    *("lot", "lot_dir", "address_status"),
)
CANONICAL: Final = frozenset(
    (
        *("record_id", "engine", "in_addr1", "in_zip5", "in_zip9"),
        *(f"{prefix}{name}" for prefix in ("", "new_", "std_") for name in (*RESULT, *CODED)),
        *(*PARTS, *NCOA, *CASS, *TOLD),
    )
)
"""What a column of an answer may be. ``new_`` is the address moved to, ``std_`` the one sent, standardised;
without either it is the one address that a vendor gives."""

OURS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "addr1": "address1",
        "addr2": "address2",
        "urbanization": "urbanization",
        "city": "city",
        "state": "state",
        "zip5": "zip5",
        "zip4": "zip4",
    }
)
"""The columns that we send, where an engine writes its result into them."""

NEEDS: Final[Mapping[Kind, tuple[str, ...]]] = MappingProxyType(
    {
        "ncoa": (
            "record_id",
            "ncoa_code|match_flag|results",
            "new_addr1|addr1|parsed_street",
            "new_zip5|new_zip9|new_lastline|zip5|zip9|lastline",
        ),
        "cass": (
            "record_id",
            "dpv|dpv_footnotes|results",
            "std_addr1|addr1|parsed_street",
            "std_zip5|std_zip9|std_lastline|zip5|zip9|lastline",
        ),
    }
)
"""What an answer must have, whoever gives it; a bar parts what may stand for one another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """The columns of one vendor's answer.

    Attributes:
        name: as `--preset` takes it.
        source: what the names rest on.
        confidence: high: the vendor's own documentation; medium: working code that reads the file.
        kinds: what the answer can be read as; none where it is neither.
        containers: ``csv``, ``dbf`` or ``fixed``. What a vendor gives as JSON is read as CSV under the same names.
        match: ``folded`` (see `fold`) or ``exact``. Our own columns are always found folded.
        columns: what it is to the vendor's header.
        alternatives: other headers of the same vendor.
        fixed: positions from 1, both ends inside, by canonical name.
        record_length: in bytes, of a fixed file.
        move_date_format: as the vendor documents it. Whatever shape is found is read.
        values: per column, the vendor's value to ours.
        row_roles: the vendor's value to A (no move), C (the new address), H (the old one).
        needs: per kind, the columns by which the answer is recognised and without which it is not read.
        alone: recognised only where the header has no columns but these and ours, since these say too little.
        coded_by_address: there is no code: a row with a new address is a move, any other is none.
        lacks: why the columns that are known are not enough, and a map must say the rest; "" where they are.
        notes: what else there is to know.
    """

    name: str
    title: str
    source: str
    confidence: Literal["high", "medium", "low"]
    kinds: tuple[Kind, ...]
    row_model: RowModel
    columns: Mapping[str, str]
    containers: tuple[str, ...] = ("csv", "dbf")
    match: Literal["folded", "exact"] = "folded"
    alternatives: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    fixed: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    record_length: int = 0
    move_date_format: str = ""
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    row_roles: Mapping[str, str] = field(default_factory=dict)
    needs: Mapping[Kind, tuple[str, ...]] = field(default_factory=dict)
    alone: bool = False
    coded_by_address: bool = False
    lacks: str = ""
    notes: tuple[str, ...] = ()

    @property
    def usable(self) -> bool:
        """True where its columns are enough to read an answer by."""
        return not self.lacks


_OTHERS = re.compile(r"[^a-z0-9]+")


def fold(header: str) -> str:
    """Return a header as it is compared: small letters, every run of others one ``_``, none at the ends.

    >>> fold("Match Flag"), fold("MATCHFLAG_"), fold("additionalInfo.DPVCMRA")
    ('match_flag', 'matchflag', 'additionalinfo_dpvcmra')
    """
    return _OTHERS.sub("_", header.lower()).strip("_")
