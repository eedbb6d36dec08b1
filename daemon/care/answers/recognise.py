"""Whose answer a file is, and which of its columns is what: by its header, never by its name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from daemon.care.answers.containers import Container
from daemon.errors import SetAsideError
from schemas.cass import OUTGOING
from schemas.preset import CANONICAL, CASS, CODED, NCOA, NEEDS, RESULT, TOLD, Kind, Preset, fold
from schemas.vendors import PRESETS, SYNONYMS

_PREFIX: Mapping[Kind, str] = {"ncoa": "new_", "cass": "std_"}
_AS_SENT = (("in_addr1", "address1"), ("in_zip5", "zip5"))


class _Header:
    """The names of an answer's columns, as they stand and folded."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names
        self.exact: dict[str, list[int]] = defaultdict(list)
        self.folded: dict[str, list[int]] = defaultdict(list)
        for place, name in enumerate(names):
            self.exact[name].append(place)
            self.folded[fold(name)].append(place)

    def find(self, theirs: str, *, folded: bool) -> list[int]:
        """Return the places of a column: one, none, or those that cannot be told apart."""
        exact = self.exact.get(theirs, [])
        return exact if len(exact) == 1 or not folded else self.folded.get(fold(theirs), [])


@dataclass(frozen=True, slots=True)
class Bound:
    """A preset, held against a header.

    Attributes:
        places: of the columns that are there, by canonical name. The address that this kind of answer is about
            stands under the names without a prefix.
        missing: what is needed and not there: our name for it, and the vendor's.
        twice: a column that is needed and stands there more than once.
        apart: that address has columns of its own; else they hold whatever address the vendor has at last.
    """

    preset: Preset
    places: Mapping[str, int]
    missing: tuple[tuple[str, str], ...]
    twice: str
    apart: bool


def bind(preset: Preset, kind: Kind, container: Container, mapped: frozenset[str] = frozenset()) -> Bound:
    """Hold a preset against the columns of a file.

    Args:
        mapped: canonical names that a user's map has given; each must be there.
    """
    places: dict[str, int] = {}
    unclear: dict[str, str] = {}  # what stands there more than once, and the vendor's name for it
    header = _Header(container.columns)
    if container.kind == "fixed":
        places = {name: place for place, name in enumerate(container.columns)}
    else:
        for name in dict.fromkeys((*preset.columns, *preset.alternatives)):
            for theirs in (preset.columns.get(name, ""), *preset.alternatives.get(name, ())):
                ours = theirs in OUTGOING
                found = header.find(theirs, folded=ours or preset.match == "folded") if theirs else []
                if len(found) == 1:
                    places[name] = found[0]
                elif found and name not in TOLD:
                    unclear[name] = theirs
                if found:
                    break
    there = places.keys() | unclear.keys()
    missing = [(name, preset.columns.get(name, name)) for name in sorted(mapped - there)]
    for need in preset.needs.get(kind, NEEDS[kind]):
        names = need.split("|")
        if not there & set(names) and not mapped.intersection(names):
            missing.append((names[0], preset.columns.get(names[0], names[0])))
    if preset.row_model == "in_place" and container.kind != "fixed" and "zip9" in places:
        beside = fold(header.names[places["zip4"]]) if "zip4" in places and "zip4" not in mapped else ""
        if beside == "zip4" and fold(header.names[places["zip9"]]) != "zip5":
            del places["zip4"]  # the vendor's own column has the ZIP+4; ours beside it is what was sent
    elif preset.row_model != "in_place":
        taken = set(places.values())
        for name, sent in _AS_SENT:
            found = header.find(sent, folded=True)
            if name not in places and len(found) == 1 and found[0] not in taken:
                places[name] = found[0]
    plain, apart = _of_kind(places, kind)
    return Bound(preset, plain, tuple(missing), next(iter(unclear.values()), ""), apart)


def _of_kind(places: dict[str, int], kind: Kind) -> tuple[dict[str, int], bool]:
    """Return the places with the address that the answer is about under the plain names, and `Bound.apart`."""
    prefix = _PREFIX[kind]
    zips = (f"{prefix}zip5", f"{prefix}zip9", f"{prefix}lastline")
    if f"{prefix}addr1" not in places or not any(name in places for name in zips):
        return places, False
    plain = {name: place for name, place in places.items() if name not in (*RESULT, *CODED)}
    for name in (*RESULT, *CODED):
        if (place := places.get(f"{prefix}{name}")) is not None:
            plain[name] = place
    return plain, True


def fitting(container: Container, kind: Kind) -> list[Bound]:
    """Return the presets that fit a file best: whose needs are all there, and none has more of them."""
    found: list[tuple[int, Bound]] = []
    for preset in PRESETS.values():
        if kind not in preset.kinds or container.kind not in preset.containers:
            continue
        bound = bind(preset, kind, container)
        if bound.missing or (preset.alone and not _alone(preset, container.columns)):
            continue
        found.append((len(preset.needs[kind]), bound))
    most = max((needs for needs, _bound in found), default=0)
    return [bound for needs, bound in found if needs == most]


def _alone(preset: Preset, columns: tuple[str, ...]) -> bool:
    known = {fold(name) for name in (*OUTGOING, *preset.columns.values())}
    return all(fold(column) in known for column in columns)


def recognise(container: Container, kind: Kind, name: str) -> Bound:
    """Return the one preset whose columns a file has.

    Raises:
        SetAsideError: ``unknown-answer``, with the map that could be; ``ambiguous-answer``; ``needs-map`` where
            it is recognised and its columns are not enough; ``header`` where there is none.
    """
    if any(column.replace("-", "").replace(".", "").isdigit() for column in container.columns):
        raise SetAsideError("the first row is no header: it has a number in it", reason="header", file=name, line=1)
    found = fitting(container, kind)
    if len(found) > 1:
        names = ", ".join(sorted(bound.preset.name for bound in found))
        message = f"it could be any of {names}; say which with --preset"
        raise SetAsideError(message, reason="ambiguous-answer", file=name)
    if not found:
        raise SetAsideError(
            f"no preset knows these columns as an answer of {_SPOKEN[kind]}; {_suggestion(container.columns, kind)}",
            reason="unknown-answer",
            file=name,
        )
    (bound,) = found
    if not bound.preset.usable:
        message = (
            f"it looks like {bound.preset.title}, and {bound.preset.lacks}; then name the columns with --map MAP.toml"
        )
        raise SetAsideError(message, reason="needs-map", file=name)
    return bound


_SPOKEN: Mapping[Kind, str] = {"ncoa": "NCOALink", "cass": "CASS"}


def _suggestion(columns: tuple[str, ...], kind: Kind) -> str:
    """Return the map that the names of the columns suggest; nobody maps by it unasked."""
    guessed: dict[str, str] = {}
    for ours, theirs in _guesses(kind):
        for column in columns:
            if column not in guessed.values() and ours not in guessed and fold(column).replace("_", "") == theirs:
                guessed[ours] = column
    if not guessed:
        return (
            'write a map of them, [columns] with lines like new_addr1 = "New Street", and name it with --map MAP.toml'
        )
    lines = ", ".join(f'{ours} = "{theirs}"' for ours, theirs in guessed.items())
    return f"they could be [columns] {lines}; check that, write it into a MAP.toml and name it with --map"


def _guesses(kind: Kind) -> list[tuple[str, str]]:
    """Return what a folded name without its ``_`` may mean, likeliest first."""
    if kind == "ncoa":
        said = [(ours, theirs) for ours, all_theirs in SYNONYMS.items() for theirs in all_theirs]
        names = [name for name in CANONICAL if name in NCOA or name.startswith("new_")]
    else:
        said = [("record_id", theirs) for theirs in SYNONYMS["record_id"]]
        names = [name for name in CANONICAL if name in CASS or name.startswith("std_")]
        for preset in PRESETS.values():
            if "ncoa" not in preset.kinds:
                said += [(ours, fold(theirs).replace("_", "")) for ours, theirs in preset.columns.items()]
    return said + [(name, name.replace("_", "")) for name in sorted(names)]
