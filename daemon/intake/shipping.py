"""The shipping notice's data: what USPS says it sent and charged, product by product."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from pathlib import Path
from typing import NamedTuple

from daemon.errors import SetAsideError

COLUMNS = 11  # indicator, customer, ACS date, shipment, mailer id, title, product, description, quantity, unit, total
PLAUSIBLE = 10**12


class ShippingRow(NamedTuple):
    """One product line of a shipping notice. Money is whole mills (thousandths of a dollar)."""

    product_code: str  # six digits where it is a number
    description: str
    quantity: int
    unit_cost_mills: int
    total_mills: int


def read_shipping_data(path: Path) -> list[ShippingRow]:
    """Read an ``SD`` file: CSV with one heading row, quoted or not. Rows that are empty are passed over.

    Raises:
        SetAsideError: reason ``bad-shipping-data`` with the line: too few columns, or a quantity
            or an amount that is none.

    Source: acs-file-formats, section 4.
    """
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    reader = csv.reader(io.StringIO(text, newline=""), skipinitialspace=True)
    rows = []
    try:
        for number, cells in enumerate(reader):
            if number > 0 and any(cell.strip() for cell in cells):
                rows.append(_row([cell.strip() for cell in cells]))
    except (csv.Error, ValueError, InvalidOperation) as error:
        message = "is not a row of shipping data: eleven columns, the last three numbers"
        raise SetAsideError(message, reason="bad-shipping-data", file=path.name, line=reader.line_num) from error
    return rows


def compare_shipping_data(rows: Iterable[ShippingRow], charges: Mapping[str, tuple[int, int]]) -> list[str]:
    """Say where the shipping data and the records differ: a warning a product, none where they agree.

    Args:
        rows: what `read_shipping_data` gave; a product may have several rows, one a mailer.
        charges: product code → number of times charged and mills, added up over the records.

    >>> compare_shipping_data([ShippingRow("000123", "COA", 2, 210, 420)], {"123": (2, 420)})
    []
    >>> compare_shipping_data([ShippingRow("000123", "COA", 2, 210, 420)], {})
    ['product 000123: the shipping data says 2 for 0.42, the records say 0 for 0.00']
    """
    said = _added_up((row.product_code, row.quantity, row.total_mills) for row in rows)
    counted = _added_up((code, count, mills) for code, (count, mills) in charges.items())
    return [
        f"product {code}: the shipping data says {_said(said.get(code))}, the records say {_said(counted.get(code))}"
        for code in sorted(said.keys() | counted.keys())
        if said.get(code, (0, 0)) != counted.get(code, (0, 0))
    ]


def check_shipping_data(path: Path, charges: Mapping[str, tuple[int, int]]) -> list[str]:
    """Read and compare in one step; shipping data that cannot be read is a warning too, since it changes nobody."""
    try:
        return compare_shipping_data(read_shipping_data(path), charges)
    except SetAsideError as error:
        return [f"{error}; the charges were not compared with it"]


def shipping_total(path: Path) -> int | None:
    """Return what the shipping data charges in all, in mills; None where it cannot be read."""
    try:
        return sum(row.total_mills for row in read_shipping_data(path))
    except SetAsideError:
        return None


def _row(cells: list[str]) -> ShippingRow:
    if len(cells) < COLUMNS:
        raise ValueError(len(cells))
    code, description, quantity, unit_cost, total = cells[6:COLUMNS]
    return ShippingRow(_product(code), description, _count(quantity), _mills(unit_cost), _mills(total))


def _product(code: str) -> str:
    return code.zfill(6) if code.isascii() and code.isdigit() else code


def _count(text: str) -> int:
    count = _number(text)
    if count != int(count):
        raise ValueError
    return int(count)


def _mills(text: str) -> int:
    return int((_number(text.replace("$", "")) * 1000).quantize(Decimal(1), ROUND_HALF_UP))


def _number(text: str) -> Decimal:
    number = Decimal(text.replace(",", "").strip() or "x")
    if not number.is_finite() or abs(number) > PLAUSIBLE:
        raise ValueError
    return number


def _added_up(parts: Iterable[tuple[str, int, int]]) -> dict[str, tuple[int, int]]:
    totals: dict[str, tuple[int, int]] = {}
    for code, count, mills in parts:
        before = totals.get(_product(code), (0, 0))
        totals[_product(code)] = (before[0] + count, before[1] + mills)
    return totals


def _said(total: tuple[int, int] | None) -> str:
    count, mills = total or (0, 0)
    dollars = Decimal(mills) / 1000
    return f"{count} for {dollars:.2f}" if mills % 10 == 0 else f"{count} for {dollars:.3f}"
