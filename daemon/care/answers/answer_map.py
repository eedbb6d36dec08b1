"""A user's own map of an answer's columns: `--map MAP.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from daemon.errors import UsageError
from schemas.preset import CANONICAL, CASS, NCOA, NEEDS, Kind, Preset

_KEYS: Final = ("columns", "values", "fixed", "record_length", "encoding")
MAPPED = "map"  # the name of the preset that a map alone makes
VALUED: Final = frozenset((*NCOA, *CASS)) - {"move_date", "results", "elot", "candidate_index"}

_LONG = {
    **{f"address{number}": f"addr{number}" for number in range(1, 5)},
    **{"delivery_point": "dp", "check_digit": "chk", "carrier_route": "crrt"},
}
_LONG_FORMS: Final[Mapping[str, str]] = {
    **{f"{prefix}{long}": f"{prefix}{short}" for prefix in ("", "new_", "std_") for long, short in _LONG.items()},
    **{"in_address1": "in_addr1", "dpv_false_positive": "false_positive", "suitelink": "suitelink_code"},
    **{f"{name.removeprefix('name_')}_name": name for name in ("name_first", "name_middle", "name_last")},
    **{"footnotes": "cass_footnotes", "code": "ncoa_code", "role": "row_role"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerMap:
    """What a map says: canonical names to the file's, values, positions, the encoding of the texts."""

    path: Path
    columns: Mapping[str, str]
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    fixed: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    record_length: int = 0
    encoding: str = ""

    def whole(self, kind: Kind) -> bool:
        """Say whether the map alone names all that an answer of this kind must have."""
        named = {"record_id", *self.columns, *self.fixed}
        return all(named.intersection(need.split("|")) for need in NEEDS[kind])

    def over(self, preset: Preset | None, kind: Kind) -> Preset:
        """Return the preset that this map makes, alone or on top of another.

        Raises:
            UsageError: what an answer of this kind must have, the map does not name.
        """
        roles = dict(self.values.get("row_role", {}))
        values = {name: said for name, said in self.values.items() if name != "row_role"}
        if preset is None:
            preset = Preset(
                name=MAPPED,
                title=self.path.name,
                source="the user",
                confidence="high",
                kinds=(kind,),
                row_model="appended_rows" if "row_role" in self.columns or "row_role" in self.fixed else "in_place",
                columns={"record_id": "record_id"},
                needs={kind: NEEDS[kind]},
            )
            if any(name.startswith(("new_", "std_")) for name in (*self.columns, *self.fixed)):
                preset = replace(preset, row_model="separate" if preset.row_model == "in_place" else preset.row_model)
        made = replace(
            preset,
            kinds=(kind,),
            columns={**preset.columns, **self.columns},
            alternatives={name: other for name, other in preset.alternatives.items() if name not in self.columns},
            fixed={**({} if self.fixed else preset.fixed), **self.fixed},
            record_length=self.record_length or (0 if self.fixed else preset.record_length),
            values={**preset.values, **values},
            row_roles={**preset.row_roles, **roles},
            needs={kind: preset.needs.get(kind, NEEDS[kind])},
            coded_by_address=preset.coded_by_address and "ncoa_code" not in self.columns,
            lacks="",
        )
        named = {*made.columns, *made.fixed}
        for need in NEEDS[kind]:
            if not named & set(need.split("|")) and not (need.startswith("ncoa_code") and made.coded_by_address):
                raise UsageError(f"{self.path}: names no column for {need.replace('|', ' or ')}")
        if "row_role" in named and not made.row_roles:
            raise UsageError(f"{self.path}: [values.row_role] is missing; it says which value is A, C and H")
        return made


def read_answer_map(path: Path) -> AnswerMap:
    """Read a map: ``[columns]`` ours = "theirs", ``[values.COLUMN]`` theirs = "ours", ``[fixed]`` ours = [from, to].

    Before them may stand ``record_length``, for a fixed file without line ends, and ``encoding``. Ours are the names of
    `schemas.preset.CANONICAL`, or their long forms (``new_address1`` for ``new_addr1``).

    Raises:
        UsageError: no such file, not TOML, a name that is none, or a value of another shape.
    """
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{path}: no such map, or it cannot be read") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"{path}: not TOML: {error}") from error
    for key in said:
        if key not in _KEYS:
            raise UsageError(f"{path}: {key!a} is no part of a map; they are {', '.join(_KEYS)}")
    length = said.get("record_length", 0)
    if not isinstance(length, int) or isinstance(length, bool) or length < 0:
        raise UsageError(f"{path}: record_length is a number of bytes")
    encoding = said.get("encoding", "")
    if not isinstance(encoding, str):
        raise UsageError(f'{path}: encoding is a name, such as "cp1252"')
    fixed = {name: _positions(path, name, said) for name, said in _table(path, said, "fixed", CANONICAL).items()}
    columns = _table(path, said, "columns", CANONICAL)
    if not all(isinstance(theirs, str) and theirs.strip() for theirs in columns.values()) or not (
        columns or fixed or encoding
    ):
        raise UsageError(f'{path}: a map has a table [columns] with lines like: new_addr1 = "New Street"')
    values = _table(path, said, "values", VALUED)
    for name, each in values.items():
        if not isinstance(each, dict) or not all(isinstance(ours, str) for ours in each.values()):
            raise UsageError(f'{path}: [values.{name}] has lines like: "their value" = "ours"')
        if name == "row_role" and not set(each.values()) <= {"A", "C", "H"}:
            raise UsageError(f"{path}: [values.row_role] knows A (no move), C (the new address), H (the old one)")
    return AnswerMap(
        path=path,
        columns={name: theirs.strip() for name, theirs in columns.items()},
        values=values,
        fixed=fixed,
        record_length=length,
        encoding=encoding,
    )


def _table(path: Path, said: dict[str, Any], key: str, known: Iterable[str]) -> dict[str, Any]:
    table = said.get(key, {})
    if not isinstance(table, dict):
        raise UsageError(f"{path}: [{key}] is a table")
    found: dict[str, Any] = {}
    for given, value in table.items():
        name = _LONG_FORMS.get(given.strip().lower(), given.strip().lower())
        if name not in known:
            raise UsageError(f"{path}: [{key}] {given!a} is no column of an answer{near(given, known)}")
        if name in found:
            raise UsageError(f"{path}: [{key}] names {name} twice")
        found[name] = value
    return found


def _positions(path: Path, name: str, said: object) -> tuple[int, int]:
    match said:
        case [int(start), int(end)] if 1 <= start <= end:
            return start, end
    raise UsageError(f"{path}: [fixed] {name} is [from, to], counted from 1, both ends inside")


def near(given: str, known: Iterable[str]) -> str:
    """Return a remedy that names what is spelt most like it, or a few examples."""
    known = sorted(known)
    close = get_close_matches(given.lower(), known, n=3, cutoff=0.5)
    return f"; near it: {', '.join(close)}" if close else f"; such as {', '.join(known[:3])}"
