import json
import random
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import zint
from hypothesis import given
from hypothesis import strategies as st

from keyline.errors import ImbError, KeylineError
from keyline.imb import Imb, decode, encode, from_tracking, split_digits

VECTORS = json.loads((Path(__file__).parent / "vectors/imb.json").read_text(encoding="utf-8"))
BY_TRACKING = VECTORS["specification"] + VECTORS["usps_reference_set"] + VECTORS["usps_encoder_tool"]
EXAMPLE = ("01", "234", "567094", "987654321", "01234567891")


def digits(count: int) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=count, max_size=count)


trackings = st.tuples(digits(1), st.sampled_from("01234"), digits(18)).map("".join)
routings = st.one_of(st.just(""), digits(5), digits(9), digits(11))


def fault_of(call: Any, *arguments: str) -> tuple[str, int | None]:
    with pytest.raises(ImbError) as caught:
        call(*arguments)
    return caught.value.reason, caught.value.code


def drawn_by_zint(imb: Imb) -> str:
    symbol = zint.Symbol()
    symbol.symbology = zint.Symbology.USPS_IMAIL
    symbol.encode(imb.tracking + ("-" + imb.routing if imb.routing else ""))
    # Eight modules a byte, lowest bit first; every other module is the gap between two bars.
    above, _, below = (int.from_bytes(row, "little") for row in symbol.encoded_data.tolist()[:3])
    return "".join("TDAF"[(below >> bar & 1) + 2 * (above >> bar & 1)] for bar in range(0, 130, 2))


@pytest.mark.parametrize("vector", BY_TRACKING, ids=lambda vector: f"{vector['tracking']}-{vector['routing']}")
def test_every_published_barcode_is_written_and_read(vector: dict[str, str]) -> None:
    imb = from_tracking(vector["tracking"], vector["routing"])
    assert imb.bars == vector["bars"]
    assert decode(vector["bars"]) == imb
    assert (imb.tracking, imb.digits) == (vector["tracking"], vector["tracking"] + vector["routing"])


@pytest.mark.parametrize("vector", VECTORS["generated"], ids=lambda vector: vector["bars"][:12])
def test_every_generated_barcode_is_written_and_read_by_its_parts(vector: dict[str, str]) -> None:
    parts = tuple(vector[name] for name in Imb._fields)
    assert encode(*parts) == vector["bars"]
    assert decode(vector["bars"]) == parts
    assert split_digits("".join(parts)) == parts


@pytest.mark.parametrize("vector", VECTORS["rejects"], ids=lambda vector: f"case {vector['case']}")
def test_what_the_official_encoder_refuses_is_refused_with_its_code(vector: dict[str, Any]) -> None:
    field = {9: "tracking", 10: "tracking", 11: "barcode_id", 12: "routing", 13: "routing"}[vector["code"]]
    assert fault_of(from_tracking, vector["tracking"], vector["routing"]) == (field, vector["code"])


@pytest.mark.parametrize("vector", VECTORS["undecodable"], ids=lambda vector: vector["why"])
def test_bars_that_say_nothing_are_refused(vector: dict[str, str]) -> None:
    fault_of(decode, vector["bars"])


def test_the_example_of_the_interface_holds() -> None:
    bars = "AADTFFDFTDADTAADAATFDTDDAAADDTDTTDAFADADDDTFFFDDTTTADFAAADFTDAADA"
    assert encode(*EXAMPLE) == bars
    assert decode(bars) == EXAMPLE


@pytest.mark.parametrize(
    ("change", "reason", "code"),
    [
        ({"barcode_id": "1"}, "barcode_id", 9),
        ({"stid": "2345"}, "stid", 9),
        ({"mid": "56709"}, "mid", 9),
        ({"mid": "5670941"}, "mid", 9),
        ({"serial": "987654"}, "serial", 9),
        ({"mid": "912345678"}, "serial", 9),
        ({"barcode_id": "x1"}, "barcode_id", 10),
        ({"stid": "23\u0664"}, "stid", 10),
        ({"mid": "56709O"}, "mid", 10),
        ({"serial": "98765432 "}, "serial", 10),
        ({"barcode_id": "05"}, "barcode_id", 11),
        ({"routing": "0123"}, "routing", 12),
        ({"routing": "87110-1234"}, "routing", 12),
        ({"routing": "8711O"}, "routing", 13),
        ({"routing": "\u0661" * 5}, "routing", 13),
        ({"mid": "967094"}, "mid", None),
        ({"mid": "812345678", "serial": "987654"}, "mid", None),
    ],
)
def test_a_refusal_names_the_field_and_the_official_code(change: dict[str, str], reason: str, code: int | None) -> None:
    parts = Imb(*EXAMPLE)._replace(**change)
    assert fault_of(encode, *parts) == (reason, code)


def test_of_several_faults_the_official_encoder_s_first_is_named() -> None:
    assert fault_of(encode, "05", "234", "56709X", "98765432", "1") == ("serial", 9)
    assert fault_of(encode, "05", "234", "56709X", "987654321", "1") == ("mid", 10)
    assert fault_of(encode, "05", "234", "967094", "987654321", "1") == ("barcode_id", 11)
    assert fault_of(encode, "01", "234", "967094", "987654321", "X") == ("routing", 12)
    assert fault_of(encode, "01", "234", "967094", "987654321", "X1234") == ("routing", 13)


def test_the_sixth_digit_of_a_tracking_code_tells_how_long_the_mailer_id_is() -> None:
    assert from_tracking("00314912345678000001") == ("00", "314", "912345678", "000001", "")
    assert from_tracking("00314812345678000001") == ("00", "314", "812345", "678000001", "")


def test_digits_from_a_file_may_have_blanks_and_any_of_four_lengths() -> None:
    assert split_digits("01234567094987654321           ").routing == ""
    assert split_digits("01 234 567094 987654321 01234567891") == EXAMPLE
    assert fault_of(split_digits, "0123456709498765432") == ("tracking", 9)
    assert fault_of(split_digits, "012345670949876543211") == ("routing", 12)
    assert fault_of(split_digits, "") == ("tracking", 9)


def test_a_zip_of_zeros_is_another_barcode_than_no_zip() -> None:
    written = {encode(*EXAMPLE[:4], "0" * length) for length in (0, 5, 9, 11)}
    assert len(written) == 4
    assert {len(decode(bars).routing) for bars in written} == {0, 5, 9, 11}


@given(trackings, routings)
def test_what_is_written_is_read_back(tracking: str, routing: str) -> None:
    imb = from_tracking(tracking, routing)
    assert len(imb.bars) == 65
    assert decode(imb.bars) == imb == split_digits(imb.digits)


@given(trackings, routings)
def test_a_barcode_read_from_its_other_end_is_told_from_a_damaged_one(tracking: str, routing: str) -> None:
    turned = from_tracking(tracking, routing).bars[::-1].translate(str.maketrans("DA", "AD"))
    assert fault_of(decode, turned) == ("upside-down", None)


@given(trackings, routings, st.integers(0, 64), st.sampled_from("TDAF"))
def test_one_misread_bar_is_never_taken_for_another_barcode(tracking: str, routing: str, bar: int, letter: str) -> None:
    bars = from_tracking(tracking, routing).bars
    misread = bars[:bar] + letter + bars[bar + 1 :]
    if misread == bars:
        return
    assert fault_of(decode, misread) == ("damaged", None)


@given(st.text("TDAF", min_size=65, max_size=65))
def test_any_65_bars_are_read_or_refused(bars: str) -> None:
    try:
        said = decode(bars)
    except ImbError as refusal:
        reason = refusal.reason
    else:
        reason = "damaged" if said.bars == bars else "another barcode"
    assert reason in {"damaged", "upside-down"}


@given(st.text(max_size=70))
def test_any_text_for_bars_or_digits_is_refused_in_the_family_of_keyline_errors(text: str) -> None:
    for call in (decode, split_digits):
        with suppress(KeylineError):
            assert call(text)


@pytest.mark.parametrize(
    ("bars", "reason"),
    [("", "bars-length"), ("A" * 64, "bars-length"), ("a" * 65, "bars-letter"), ("\u0410" * 65, "bars-letter")],
)
def test_bars_are_65_of_four_letters(bars: str, reason: str) -> None:
    assert fault_of(decode, bars) == (reason, None)


def test_another_encoder_draws_the_same_bars() -> None:
    chance = random.Random(65)
    for length in (0, 5, 9, 11):
        for _ in range(500):
            routing = "".join(chance.choices("0123456789", k=length))
            tracking = f"{chance.randrange(10)}{chance.randrange(5)}{chance.randrange(10**18):018d}"
            imb = from_tracking(tracking, routing)
            assert imb.bars == drawn_by_zint(imb)


@pytest.mark.parametrize("digit", ["0", "9"])
@pytest.mark.parametrize("length", [0, 5, 9, 11])
def test_the_smallest_and_the_largest_number_are_drawn_alike_by_another_encoder(digit: str, length: int) -> None:
    imb = from_tracking(digit + ("4" if digit == "9" else "0") + digit * 18, digit * length)
    assert imb.bars == drawn_by_zint(imb)
    assert decode(imb.bars) == imb
