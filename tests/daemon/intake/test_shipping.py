"""The shipping notice's data, and how it is held against what the records charge."""

from __future__ import annotations

from pathlib import Path

import pytest

from daemon.errors import SetAsideError
from daemon.intake.shipping import ShippingRow, check_shipping_data, compare_shipping_data, read_shipping_data

HEADING = "Indicator,Customer,ACS Date,Shipment,MID,Title,Product,Description,Quantity,Unit Cost,Total Cost"
QUOTED = '"D","123456","20260517","7","567094","SPRING, EARLY","000123","COA","1,200","$0.2100","$252.00"'
BARE = "D,123456,20260517,7,,,124,NIXIE,4,.21,.84"


def written(tmp_path: Path, *lines: str, end: str = "\r\n", encoding: str = "utf-8") -> Path:
    path = tmp_path / "P12345620SD.327"
    path.write_bytes("".join(line + end for line in lines).encode(encoding))
    return path


def test_rows_are_read_with_and_without_quotes(tmp_path: Path) -> None:
    assert read_shipping_data(written(tmp_path, HEADING, QUOTED, BARE, "", " , ")) == [
        ("000123", "COA", 1200, 210, 252_000),
        ("000124", "NIXIE", 4, 210, 840),
    ]


@pytest.mark.parametrize(("end", "encoding"), [("\n", "utf-8"), ("\r", "utf-8-sig"), ("\r\n", "latin-1")])
def test_any_line_end_and_encoding_is_read(end: str, encoding: str, tmp_path: Path) -> None:
    assert read_shipping_data(
        written(tmp_path, HEADING, BARE.replace("NIXIE", "NIXÉ"), end=end, encoding=encoding)
    ) == [("000124", "NIXÉ", 4, 210, 840)]


def test_a_heading_alone_and_an_empty_file_have_no_rows(tmp_path: Path) -> None:
    assert read_shipping_data(written(tmp_path, HEADING)) == []
    assert read_shipping_data(written(tmp_path)) == []


@pytest.mark.parametrize(
    "row",
    [
        "D,123456",
        BARE.replace(",4,", ",four,"),
        BARE.replace(",4,", ",4.5,"),
        BARE.replace(".84", "NaN"),
        BARE.replace(".84", "1e999999"),
        BARE.replace(".84", ""),
        BARE.replace("NIXIE", "x" * 200000),
    ],
)
def test_a_row_that_cannot_be_read_is_named_by_its_line(row: str, tmp_path: Path) -> None:
    with pytest.raises(SetAsideError) as caught:
        read_shipping_data(written(tmp_path, HEADING, BARE, row))
    assert (caught.value.reason, caught.value.line) == ("bad-shipping-data", 3)


def test_products_are_added_up_before_they_are_compared() -> None:
    rows = [ShippingRow("000123", "COA", 2, 210, 420), ShippingRow("000123", "COA", 1, 210, 210)]
    assert compare_shipping_data(rows, {"000123": (3, 630)}) == []
    assert compare_shipping_data(rows, {"123": (3, 630)}) == []


def test_every_product_that_differs_is_named_on_either_side() -> None:
    rows = [ShippingRow("000123", "COA", 2, 210, 420), ShippingRow("000124", "NIXIE", 1, 55, 55)]
    assert compare_shipping_data(rows, {"000123": (2, 440), "000125": (1, 1000)}) == [
        "product 000123: the shipping data says 2 for 0.42, the records say 2 for 0.44",
        "product 000124: the shipping data says 1 for 0.055, the records say 0 for 0.00",
        "product 000125: the shipping data says 0 for 0.00, the records say 1 for 1.00",
    ]


def test_shipping_data_that_cannot_be_read_is_a_warning(tmp_path: Path) -> None:
    (warning,) = check_shipping_data(written(tmp_path, HEADING, "D,1"), {})
    assert warning.startswith("P12345620SD.327 line 2: ")
    assert check_shipping_data(written(tmp_path, HEADING, BARE), {"000124": (4, 840)}) == []
