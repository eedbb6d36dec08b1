"""Which city a ZIP belongs to: the offline table of the package `zipcodes`, made into dictionaries once.

It knows ZIPs, cities and states and nothing below: no street and no house number.
"""

from __future__ import annotations

from functools import cache
from typing import Final, NamedTuple

from daemon.pub28.standard import clean

STATES: Final = (
    *("AA", "AE", "AK", "AL", "AP", "AR", "AS", "AZ", "CA", "CO", "CT", "DC", "DE", "FL", "FM", "GA", "GU", "HI", "IA"),
    *("ID", "IL", "IN", "KS", "KY", "LA", "MA", "MD", "ME", "MH", "MI", "MN", "MO", "MP", "MS", "MT", "NC", "ND", "NE"),
    *("NH", "NJ", "NM", "NV", "NY", "OH", "OK", "OR", "PA", "PR", "PW", "RI", "SC", "SD", "TN", "TX", "UT", "VA", "VI"),
    *("VT", "WA", "WI", "WV", "WY"),
)
_WRITTEN_OUT: Final = {
    **{"ST": "SAINT", "STE": "SAINTE", "FT": "FORT", "MT": "MOUNT", "PT": "POINT", "N": "NORTH", "S": "SOUTH"},
    **{"E": "EAST", "W": "WEST", "HTS": "HEIGHTS", "SPGS": "SPRINGS", "BCH": "BEACH", "LK": "LAKE", "VLG": "VILLAGE"},
    **{"CTR": "CENTER", "TWP": "TOWNSHIP", "JCT": "JUNCTION", "FLS": "FALLS", "PK": "PARK", "IS": "ISLAND"},
}


class Zip(NamedTuple):
    """One ZIP: its city, state, kind (S ordinary, P post office boxes, U one organisation, M military), other names."""

    zip5: str
    city: str
    state: str
    kind: str
    accepted: tuple[str, ...]
    refused: tuple[str, ...]


class Found(NamedTuple):
    """City, state and ZIP as they should be, and the footnotes that say what was changed.

    ``zip`` is None where they do not fit together; then all is as it was given.
    """

    city: str
    state: str
    zip5: str
    zip: Zip | None
    footnotes: str


class Places:
    """The table, asked by ZIP or by city."""

    def __init__(self) -> None:
        import zipcodes

        self.by_zip: dict[str, Zip] = {}
        self.ordinary: dict[str, list[Zip]] = {}  # by state, where people live; in the order of their ZIPs
        self._by_city: dict[tuple[str, str], str] = {}  # "" where a city has several
        for state in STATES:  # state by state, so that the table never lies in memory twice
            rows = zipcodes.filter_by(state=state, active=True)  # type: ignore[no-untyped-call]
            for row in sorted(rows, key=lambda row: row["zip_code"]):
                self._add(
                    Zip(
                        row["zip_code"],
                        row["city"].upper().replace("-", " "),
                        state,
                        row["zip_code_type"][0],
                        tuple(map(str.upper, row["acceptable_cities"])),
                        tuple(map(str.upper, row["unacceptable_cities"])),
                    )
                )

    def _add(self, found: Zip) -> None:
        self.by_zip[found.zip5] = found
        if found.kind != "U":  # an organisation's own ZIP is not where its city is
            for name in (found.city, *found.accepted):
                key = (_folded(name), found.state)
                self._by_city[key] = "" if key in self._by_city else found.zip5
        if found.kind == "S" and found.state not in ("AA", "AE", "AP", "PR", "VI"):
            self.ordinary.setdefault(found.state, []).append(found)

    def find(self, city: str, state: str, zip5: str) -> Found:
        """Return what fits together of city, state and ZIP.

        The ZIP leads: a city of the same state that is not one of its own gives way to the standard one (``B#``, or
        ``U#`` for a name that the USPS knows and does not want). Without a ZIP that is one, a city that has only one
        ZIP gives it (``A#``); one that has several does not (``I#``). A ZIP of another state, or a city that nobody
        knows, is an error (``C#``).
        """
        city, state = city.upper(), state.upper()
        known = self.by_zip.get(zip5)
        if known is not None and state == known.state and city == known.city:
            return Found(city, state, zip5, known, "")
        return self._corrected(clean(city), clean(state), zip5.strip(), known)

    def _corrected(self, city: str, state: str, zip5: str, known: Zip | None) -> Found:
        known = known or self.by_zip.get(zip5)
        if known is None:
            only = self._by_city.get((_folded(city), state))
            if only is None:
                return Found(city, state, zip5, None, "C#")
            if not only:
                return Found(city, state, zip5, None, "I#")
            return Found(self._named(city, self.by_zip[only]), state, only, self.by_zip[only], "A#")
        if state not in ("", known.state):
            return Found(city, state, zip5, None, "C#")
        if city == known.city or city in known.accepted:
            return Found(city, known.state, known.zip5, known, "" if state else "B#")
        footnote = "U#" if city in known.refused else "B#"
        return Found(self._named(city, known), known.state, known.zip5, known, footnote)

    def _named(self, city: str, known: Zip) -> str:
        """The city under the name that it was meant by, where the ZIP has that name."""
        folded = _folded(city)
        return next((name for name in (known.city, *known.accepted) if _folded(name) == folded), known.city)


def _folded(city: str) -> str:
    return " ".join(_WRITTEN_OUT.get(word, word) for word in city.split())


@cache
def places() -> Places:
    """Return the table; it is read on the first call."""
    return Places()
