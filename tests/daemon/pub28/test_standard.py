"""Delivery lines in the form of Publication 28."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from daemon.pub28 import designators, suffixes
from daemon.pub28.standard import clean, standardise

LINES = {
    # case, punctuation, accents
    "123 main st.": "123 MAIN ST",
    "  123   Main,  St ": "123 MAIN ST",
    "12 O'Hanlon Ct": "12 OHANLON CT",
    "7 Peñasco Rd": "7 PENASCO RD",
    "39.2 Mesa Rd": "39.2 MESA RD",
    "112-10 Bluestem Rd": "112-10 BLUESTEM RD",
    "123 1/2 Main St": "123 1/2 MAIN ST",
    "N6W23001 Saltbush Rd": "N6W23001 SALTBUSH RD",
    # suffixes
    "5 Lanternfish Avenue": "5 LANTERNFISH AVE",
    "5 Lanternfish Avnue": "5 LANTERNFISH AVE",
    "5 Owl Creek Crossing": "5 OWL CREEK XING",
    "789 Main Avenue Drive": "789 MAIN AVENUE DR",
    "789 Main Ave Dr": "789 MAIN AVENUE DR",
    "4 Hot Spgs Rd": "4 HOT SPRINGS RD",
    "4 Lake Shore Drive": "4 LAKE SHORE DR",
    "8 Broadway": "8 BROADWAY",
    # directionals
    "1 North Saltbush Street": "1 N SALTBUSH ST",
    "1 Saltbush Street Southwest": "1 SALTBUSH ST SW",
    "1 Saltbush St N.W.": "1 SALTBUSH ST NW",
    "1 north east Saltbush st": "1 NE SALTBUSH ST",
    "1 South East Street": "1 S EAST ST",
    "1 North Avenue": "1 NORTH AVE",
    "1 Avenue E": "1 AVENUE E",
    "1 Bay Dr W": "1 BAY DR W",
    # units
    "9 Oak St Apartment 4": "9 OAK ST APT 4",
    "9 Oak St, Apt. #4-B": "9 OAK ST APT 4-B",
    "9 Oak St Apt4b": "9 OAK ST APT 4B",
    "9 Oak St Suite 200": "9 OAK ST STE 200",
    "9 Oak St # 12": "9 OAK ST # 12",
    "9 Oak St #12": "9 OAK ST # 12",
    "9 Oak St Bldg 2 Unit C": "9 OAK ST BLDG 2 UNIT C",
    "9 Oak St 2nd Floor": "9 OAK ST FL 2",
    "9 Oak St Floor 2": "9 OAK ST FL 2",
    "9 Oak St Rear": "9 OAK ST REAR",
    "9 Oak St Penthouse": "9 OAK ST PH",
    "9 Side Ave": "9 SIDE AVE",
    "9 Front St": "9 FRONT ST",
    "10 Main St PMB 234": "10 MAIN ST PMB 234",
    "10 Main St PMB 234 Ste 11": "10 MAIN ST STE 11 PMB 234",
    # boxes
    "P.O. Box 11": "PO BOX 11",
    "P.O.Box 11": "PO BOX 11",
    "Post Office Box #11": "PO BOX 11",
    "POB 11": "PO BOX 11",
    "Box 11": "PO BOX 11",
    "Drawer L": "PO BOX L",
    "Firm Caller 8": "PO BOX 8",
    "PO BOX": "PO BOX",
    # rural and highway contract routes
    "R.R. #03, Box 98D": "RR 3 BOX 98D",
    "RR03 BOX 98D": "RR 3 BOX 98D",
    "Rural Route 2 Box 18": "RR 2 BOX 18",
    "RFD 2 Box 18": "RR 2 BOX 18",
    "RT 2 BOX 18": "RR 2 BOX 18",
    "RR 2 Box 18 Bluestem Dairy Rd": "RR 2 BOX 18",
    "Star Route 4 Box 45": "HC 4 BOX 45",
    "HC68 Box 23A": "HC 68 BOX 23A",
    "Highway Contract Route 72 Box 5": "HC 72 BOX 5",
    # General Delivery, military
    "gen. delivery": "GENERAL DELIVERY",
    "PSC 802, Box 74": "PSC 802 BOX 74",
    "Unit 2050 Box 4190": "UNIT 2050 BOX 4190",
    "CMR 415 BX 3": "CMR 415 BOX 3",
    # highways
    "1200 CR 1185": "1200 COUNTY ROAD 1185",
    "1200 County Hwy 60E": "1200 COUNTY HIGHWAY 60E",
    "500 FM RD 187": "500 FM 187",
    "500 Farm to Market 187": "500 FM 187",
    "22 I-10 East": "22 INTERSTATE 10 E",
    "22 Hwy 11 Bypass": "22 HIGHWAY 11 BYP",
    "22 Hwy 66 Frontage Road": "22 HIGHWAY 66 FRONTAGE RD",
    "5 SR 220": "5 STATE ROAD 220",
    "5 SR MM": "5 STATE ROUTE MM",
    "5 St Hwy 9": "5 STATE HIGHWAY 9",
    "5 US 70": "5 US HIGHWAY 70",
    "5 TSR 45": "5 TOWNSHIP ROAD 45",
    # nothing to stand on
    "Main Street": "MAIN ST",
    "": "",
}
KINDS = {"P": "PO BOX 11", "R": "RR 2 BOX 18", "H": "HC 4 BOX 45", "G": "GEN DEL", "M": "PSC 802 BOX 74", "S": "1 A ST"}

WORDS = sorted(
    {*designators.DIRECTIONALS, *designators.UNITS, *designators.BOX_WORDS, *suffixes.SUFFIXES}
    | {word for line in (*LINES, *designators.HIGHWAYS) for word in line.upper().split()}
    | {"A17", "CALLE", "URB", "-", "/", "2ND", "TO", "O"}
)
line = st.lists(st.sampled_from(WORDS), max_size=7).map(" ".join)
likely = st.builds("{} {}".format, st.integers(1, 99999), line)


@pytest.mark.parametrize(("given_line", "standard"), LINES.items())
def test_a_line_is_written_as_publication_28_has_it(given_line: str, standard: str) -> None:
    assert standardise(given_line).line == standard
    assert standardise(standard).line == standard


@pytest.mark.parametrize(("kind", "given_line"), KINDS.items())
def test_the_kind_of_an_address_is_told(kind: str, given_line: str) -> None:
    assert standardise(given_line).kind == kind


def test_a_second_line_that_is_only_a_unit_goes_to_the_end_of_the_first() -> None:
    found = standardise("9 Oak Street", "Apt 4")
    assert (found.line, found.second, found.unit) == ("9 OAK ST APT 4", "", "APT 4")
    kept = standardise("9 Oak Street", "Attn. Dispatch")
    assert (kept.line, kept.second) == ("9 OAK ST", "ATTN DISPATCH")
    again = standardise("9 Oak Street Apt 4", "Apartment 4")
    assert (again.line, again.second) == ("9 OAK ST APT 4", "")


def test_a_second_line_that_is_the_delivery_line_changes_places() -> None:
    found = standardise("Copperkettle Tower", "9 Oak Street")
    assert (found.line, found.second) == ("9 OAK ST", "COPPERKETTLE TOWER")


def test_an_urbanization_has_its_own_line_and_begins_with_urb() -> None:
    found = standardise("Urb. Las Amapolas", "150 Calle A", state="PR")
    assert (found.line, found.second, found.urbanization) == ("150 CALLE A", "", "URB LAS AMAPOLAS")
    assert standardise("150 Calle A", "", "Las Amapolas", "PR").urbanization == "URB LAS AMAPOLAS"
    assert standardise("1000 Avenida Clavel", state="PR").line == "1000 AVE CLAVEL"


def test_every_suffix_has_one_abbreviation_that_stands_for_itself() -> None:
    assert all(suffixes.SUFFIXES[short] == short for short in suffixes.SUFFIXES.values())
    assert all(suffixes.SUFFIXES[name] == short for short, name in suffixes.NAMES.items())
    assert len(suffixes.NAMES) > 200


@settings(max_examples=400, deadline=None)
@given(line | likely, line | st.just(""), st.sampled_from(["", "LAS AMAPOLAS"]), st.sampled_from(["NM", "PR"]))
@example("4 N 39.2 APT4 SR TRLRS NO", "", "", "NM")
@example("REAR", "123 2ND", "", "NM")
@example("12-A 1/2", "PMB US APT-4", "", "NM")
def test_standardising_what_is_standard_changes_nothing(first: str, second: str, urb: str, state: str) -> None:
    once = standardise(first, second, urb, state)
    assert standardise(once.line, once.second, once.urbanization, state) == once


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_cleaned_and_cleaning_it_again_changes_nothing(text: str) -> None:
    cleaned = clean(text)
    assert cleaned.isascii()
    assert clean(cleaned) == cleaned
    standardise(text, text)
