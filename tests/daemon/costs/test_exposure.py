"""What Move Update may cost: pieces that went to an address left 95 days to 18 months before."""

from __future__ import annotations

from typing import Any

from tests.daemon.costs.books import Books


def month(books: Books) -> dict[str, Any]:
    (found,) = books.costs()["move_update"]["months"]
    return dict(found)


def test_a_move_that_was_known_and_not_applied_is_told_apart_from_one_found_later(books: Books) -> None:
    books.add("spring", "Acme", "first-class", people=4)
    books.at("2026-10-20")
    books.file(books.move("spring", 1, "2026-04", last_name="SOMEBODY"), day="2026-10-19")  # waits in review
    books.mailed("fall", "spring", "2026-11-01", (1, 2, 3, 4))
    books.at("2026-11-20")
    books.file(
        books.move("spring", 2, "2026-05"),
        books.move("spring", 3, "2026-10"),  # too young to be an error
        books.back("spring", 4),  # no move
    )
    told = month(books)
    assert (told["month"], told["pieces"], told["known"], told["found_later"]) == ("2026-11", 4, 1, 1)
    assert (told["percent"], told["allowed"], told["over"], told["assessment"]) == ("50.000", 0, 2, "0.16")
    assert (told["price"]["price"], told["price"]["historical"]) == ("0.08", True)
    assert told["clients"] == [{"client": "Acme", "pieces": 4, "known": 1, "found_later": 1}]


def test_the_ages_of_an_error_are_95_days_and_18_months(books: Books) -> None:
    books.add("spring", "Acme", "first-class", people=4)
    books.mailed("fall", "spring", "2026-11-01", (1, 2, 3, 4))
    books.file(
        books.move("spring", 1, "2026-07-29"),  # 95 days
        books.move("spring", 2, "2026-07-30"),
        books.move("spring", 3, "2025-05-02"),  # 548 days
        books.move("spring", 4, "2025-05-01"),
    )
    assert month(books)["found_later"] == 2


def test_a_piece_counts_once_however_many_notices_came(books: Books) -> None:
    books.add("spring", "Acme", "first-class", people=4)
    books.mailed("fall", "spring", "2026-11-01", (1, 2))
    move = books.move("spring", 1, "2026-05", last_name="SOMEBODY")
    books.file(move)
    books.file(move, books.move("spring", 3, "2026-05"), day="2026-11-11")  # the other was not mailed
    assert (month(books)["errors"], month(books)["pieces"]) == (1, 2)


def test_a_move_that_was_applied_before_the_mailing_is_no_error(books: Books) -> None:
    books.add("spring", "Acme", "first-class", people=4)
    books.at("2026-10-20")
    books.file(books.move("spring", 1, "2026-05"), day="2026-10-19")
    books.mailed("fall", "spring", "2026-11-01", (1, 2))
    assert month(books)["errors"] == 0


def test_classes_outside_move_update_and_months_without_a_drop_have_no_figure(books: Books) -> None:
    books.add("spring", "Acme", "periodicals", people=4)
    books.mailed("fall", "spring", "2026-11-01", (1, 2))
    told = books.costs()["move_update"]
    assert told["months"] == []
    assert "no drop" in told["why"]


def test_the_price_that_was_entered_goes_before_the_historical_one(books: Books) -> None:
    books.add("spring", "Acme", "marketing", people=4)
    books.mailed("fall", "spring", "2026-11-01", (1, 2))
    books.file(books.move("spring", 1, "2026-05"))
    books.price("move_update_assessment", "0.13")
    assert month(books)["assessment"] == "0.13"
