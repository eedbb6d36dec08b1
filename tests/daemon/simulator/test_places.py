"""Cities and ZIPs that fit together, and what becomes of those that do not."""

from __future__ import annotations

import pytest

from daemon.simulator.places import places

CASES = [
    (("ALBUQUERQUE", "NM", "87110"), ("ALBUQUERQUE", "NM", "87110"), ""),
    (("Albuquerque", "nm", "87110"), ("ALBUQUERQUE", "NM", "87110"), ""),
    (("TAOS", "NM", "87110"), ("ALBUQUERQUE", "NM", "87110"), "B#"),  # another city's ZIP
    (("", "", "87110"), ("ALBUQUERQUE", "NM", "87110"), "B#"),
    (("St. Louis", "MO", "63101"), ("SAINT LOUIS", "MO", "63101"), "B#"),
    (("BELLEVILLE", "IL", "62269"), ("BELLEVILLE", "IL", "62269"), ""),  # a second name that the ZIP has
    (("AGANA", "GU", "96910"), ("HAGATNA", "GU", "96910"), "U#"),  # a name that the USPS does not want
    (("APO", "AE", "09012"), ("APO", "AE", "09012"), ""),
    (("TAOS", "NM", ""), ("TAOS", "NM", "87571"), "A#"),  # a city with one ZIP
    (("TAOS", "NM", "00000"), ("TAOS", "NM", "87571"), "A#"),
    (("ALBUQUERQUE", "NM", ""), ("ALBUQUERQUE", "NM", ""), "I#"),  # one with several
    (("NOWHERE", "NM", ""), ("NOWHERE", "NM", ""), "C#"),
    (("ALBUQUERQUE", "CA", "87110"), ("ALBUQUERQUE", "CA", "87110"), "C#"),
]


@pytest.mark.parametrize(("given", "fits", "footnotes"), CASES)
def test_the_zip_leads_and_a_footnote_says_what_was_changed(
    given: tuple[str, str, str], fits: tuple[str, str, str], footnotes: str
) -> None:
    found = places().find(*given)
    assert (found.city, found.state, found.zip5) == fits
    assert found.footnotes == footnotes
    assert (found.zip is None) == (footnotes in ("C#", "I#"))


@pytest.mark.parametrize(("given", "_fits", "_footnotes"), CASES)
def test_what_fits_together_is_left_alone(given: tuple[str, str, str], _fits: object, _footnotes: object) -> None:
    once = places().find(*given)
    again = places().find(once.city, once.state, once.zip5)
    assert again[:4] == once[:4]


def test_every_state_has_places_and_people_live_in_ordinary_ones() -> None:
    assert len(places().by_zip) > 40_000
    assert len(places().ordinary) > 50
    assert {each.kind for state in places().ordinary.values() for each in state} == {"S"}
