"""Every column preset by its name, our own among them, and the synonyms by which a map is suggested."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from schemas.preset import Preset
from schemas.vendors_cass import CASS_PRESETS
from schemas.vendors_ncoa import NCOA_PRESETS

_CASS_COLUMNS = (
    *("elot", "elot_dir", "record_type", "dpv", "dpv_footnotes", "cmra", "vacant", "no_stat", "no_stat_reason"),
    *("lacs_ind", "lacs_code", "suitelink_code", "rdi", "ews", "cass_footnotes", "false_positive"),
)
_ADDRESS = ("addr1", "addr2", "urbanization", "city", "state", "zip5", "zip4", "dp", "crrt")

LISTKEEPER = Preset(
    name="listkeeper",
    title="Our own names: the columns that were sent, and the result after them",
    source="this project",
    confidence="high",
    kinds=("ncoa", "cass"),
    row_model="separate",
    move_date_format="YYYY-MM",
    columns={
        name: name
        for name in (
            *("record_id", "ncoa_code", "match_flag", "ank_code", "move_type", "move_date", "engine", "std_chk"),
            *(f"{prefix}{name}" for prefix in ("new_", "std_") for name in _ADDRESS),
            *_CASS_COLUMNS,
        )
    },
    needs={
        "ncoa": ("record_id", "ncoa_code", "move_date", "new_addr1", "new_zip5"),
        "cass": ("record_id", "dpv", "std_addr1", "std_zip5", "std_zip4"),
    },
    notes=("What `--map` calls these columns. An engine driven by a program of your own answers best under them.",),
)

PRESETS: Final[Mapping[str, Preset]] = MappingProxyType(
    {preset.name: preset for preset in (LISTKEEPER, *NCOA_PRESETS, *CASS_PRESETS)}
)
"""Every preset, by the name that `--preset` takes."""

SYNONYMS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "record_id": (
            *("recordid", "id", "uniqueid", "customerid", "key", "donorid", "constituentid", "clientid"),
            "recordkey",
        ),
        "ncoa_code": (
            *("ncoareturncode", "returncode", "ncoamatchcode", "matchcode", "coareturncode", "ncoafootnote"),
            *("ncoaresult", "ncoacode"),
        ),
        "move_type": ("movetype", "ncoamovetype", "coamovetype", "coatype"),
        "move_date": (
            *("moveeffectivedate", "movedate", "coaeffectivedate", "ncoamovedate", "effectivedate", "moveeffective"),
        ),
        "new_addr1": (
            *("newaddressline1", "newaddress1", "newaddress", "newstreet", "coaaddress", "coaaddressline1"),
            *("ncoaaddress", "ncoaaddressline1"),
        ),
        "new_addr2": ("newaddressline2", "newaddress2", "coaaddressline2", "ncoaaddressline2"),
        "new_city": ("newcity", "coacity", "ncoacity"),
        "new_state": ("newstate", "coastate", "ncoastate"),
        "new_zip9": (*("newzip", "newzipcode", "coazip", "ncoazip", "newpostalcode", "newzip4", "newzipplus4"),),
        "new_zip4": ("newplus4", "coaplus4", "ncoaplus4"),
    }
)
"""Headers seen in public importers, letters and digits only. A suggestion, never a mapping. Source: two importers."""
