"""The price table: what was entered before what ships, the newest that had begun, and never a guess."""

from __future__ import annotations

import pytest

from daemon.costs.prices import Prices, list_prices, price_of
from daemon.db import reading
from daemon.errors import UsageError
from schemas.prices import CLASSES, ITEMS, SHIPPED, base_of, weighted_fee
from tests.daemon.costs.books import Books


def price(books: Books, item: str, on: str) -> int | None:
    with reading(books.house.engine) as store:
        return price_of(store, item, on)


def test_what_ships_is_history_by_its_days(books: Books) -> None:
    assert price(books, "acs_traditional_coa", "2007-05-13") == 210
    assert price(books, "acs_traditional_coa", "2007-05-14") == 250
    assert price(books, "acs_traditional_coa:first-class", "2007-05-14") == 60
    assert [price(books, "manual_notice", day) for day in ("2002-08-31", "2002-09-01", "2007-05-14")] == [
        None,
        700,
        500,
    ]
    assert [price(books, "move_update_assessment", day) for day in ("2017-12-31", "2018-01-01")] == [70, 80]


def test_no_price_is_invented(books: Books) -> None:
    for item in ("single_piece", "forward_postage", "return_package", "hand_entry"):
        assert price(books, item, "2026-11-20") is None


def test_the_operator_s_row_goes_before_what_ships_from_its_day_on(books: Books) -> None:
    books.price("manual_notice", "0.85", "2026-07-12")
    assert price(books, "manual_notice", "2026-07-11") == 500
    assert price(books, "manual_notice", "2026-07-12") == 850
    books.price("manual_notice", "0.86", "2026-07-12")  # a correction of the same day
    assert price(books, "manual_notice", "2026-11-20") == 860


def test_the_price_of_a_class_goes_before_the_general_one_and_the_entered_before_both(books: Books) -> None:
    def found(mail_class: str) -> int | None:
        with reading(books.house.engine) as store:
            row = Prices.of(store).find("acs_traditional_coa", "2026-11-20", mail_class)
        return row.mills if row else None

    assert [found(each) for each in ("first-class", "marketing")] == [60, 250]
    books.price("acs_traditional_coa", "0.42")
    assert [found(each) for each in ("first-class", "marketing")] == [420, 420]
    books.price("acs_traditional_coa:first-class", "0.065")
    assert [found(each) for each in ("first-class", "marketing")] == [65, 420]


def test_the_table_says_which_row_is_in_force_and_what_is_missing(books: Books) -> None:
    books.price("manual_notice", "0.85", "2026-07-12")
    books.price("manual_notice", "0.95", "2027-01-01")
    told = list_prices(books.house)
    manual = [(row["from"], row["price"], row["in_force"]) for row in told["prices"] if row["item"] == "manual_notice"]
    assert manual == [
        (None, "0.50", False),
        (None, "0.75", False),
        ("2002-09", "0.70", False),
        ("2007-05-14", "0.50", False),
        ("2026-07-12", "0.85", True),
        ("2027-01-01", "0.95", False),
    ]
    missing = {row["item"] for row in told["missing"]}
    assert "acs_traditional_coa" in missing  # only a historical one
    assert {"manual_notice", "acs_full_service"}.isdisjoint(missing)


@pytest.mark.parametrize(
    ("item", "amount", "day"),
    [
        ("acs_coal", "0.42", "2026-01-01"),
        ("manual_notice:second-class", "0.42", "2026-01-01"),
        ("manual_notice", "-1", "2026-01-01"),
        ("manual_notice", "0.0005", "2026-01-01"),
        ("manual_notice", "nan", "2026-01-01"),
        ("manual_notice", "1e9", "2026-01-01"),
        ("manual_notice", "0,42", "2026-01-01"),
        ("manual_notice", "0.42", "12/07/2026"),
    ],
)
def test_a_slip_of_the_hand_is_wrong_usage(books: Books, item: str, amount: str, day: str) -> None:
    with pytest.raises(UsageError):
        books.price(item, amount, day)
    assert books.value("SELECT count(*) FROM price") == 0


def test_every_row_that_ships_is_of_an_item_and_has_its_source() -> None:
    for row in SHIPPED:
        base, _, mail_class = row.item.partition(":")
        assert base in ITEMS
        assert mail_class in ("", *CLASSES)
        assert row.source
        assert row.mills >= 0
    assert [base_of(row.item) for row in SHIPPED if not row.historical] == ["acs_full_service"]


def test_the_weighted_fee_is_rounded_up_to_a_cent() -> None:
    assert [weighted_fee(mills) for mills in (0, 10, 730, 1000)] == [0, 30, 1810, 2480]
