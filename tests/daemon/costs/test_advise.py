"""Which endorsement: what each would bring back and cost, on a history that can be figured by hand."""

from __future__ import annotations

from typing import Any

import pytest

from daemon.costs.advise import advise
from daemon.errors import UsageError
from tests.daemon.costs.books import Books


def thousand(books: Books, mail_class: str, **options: Any) -> None:
    """Of 1,000 pieces 10 movers of this year came back, 6 of months 13 to 18, and 8 that could not be delivered."""
    books.add("spring", "Acme", mail_class, people=24, **options)
    books.labels("spring", 1000)
    months = ["2026-08"] * 10 + ["2025-09"] * 6
    moves = [books.move("spring", person, month) for person, month in enumerate(months, 1)]
    gone = [books.move("spring", person, "2026-08", code="K", new=None) for person in (17, 18)]
    back = [books.back("spring", person, "Q") for person in range(19, 25)]
    books.file(*moves, *gone, *back)


def options(told: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in told["options"]}


def test_first_class_comes_to_what_was_figured_by_hand(books: Books) -> None:
    thousand(books, "first-class", endorsement="change", option=1)
    told = advise(books.house, "spring")
    assert [each["per_thousand"] for each in told["history"]["periods"]] == ["10.0", "6.0", "8.0"]
    assert told["history"]["enough"]
    change1, change2 = options(told)["change, option 1"], options(told)["change, option 2"]
    assert (change1["chosen"], change2["chosen"]) == (True, False)
    # 24 electronic notices at 0.06; option 1 throws away the ten that could have been forwarded, at 0.65 each.
    assert (change1["fees_per_thousand"], change1["net_per_thousand"]) == ("1.44", "7.94")
    assert (change2["fees_per_thousand"], change2["net_per_thousand"]) == ("1.44", "1.44")
    assert (change2["told_per_thousand"], change2["forwarded_per_thousand"]) == ("24.0", "10.0")
    assert (change2["fees_for_list"], change2["saving_of_chosen"]) == ("0.03", "-0.16")
    assert told["recommendation"]["endorsement"] in ("address", "change")
    assert told["recommendation"]["option"] == 2
    assert told["recommendation"]["change"]


def test_pieces_that_have_to_be_entered_by_hand_need_a_price_of_their_own(books: Books) -> None:
    thousand(books, "first-class", endorsement="address", option=1)
    before = options(advise(books.house, "spring"))
    assert not before["address, option 1"]["complete"]
    assert before["address, option 1"]["unpriced"] == ["hand_entry"]
    assert before["address, option 1"]["saving_of_chosen"] is None
    books.price("hand_entry", "0.30")
    after = options(advise(books.house, "spring"))
    # Ten notices at 0.06, 14 pieces at 0.30.
    assert (after["address, option 1"]["fees_per_thousand"], after["address, option 1"]["complete"]) == ("4.80", True)
    # Nothing is told of ten who moved; 14 come back as pieces.
    assert (after["none"]["fees_per_thousand"], after["none"]["net_per_thousand"]) == ("4.20", "10.70")


def test_marketing_mail_pays_the_weighted_fee_for_returns(books: Books) -> None:
    thousand(books, "marketing", endorsement="change", option=1)
    books.price("single_piece", "0.73")
    books.price("forward_postage", "0.73")
    told = advise(books.house, "spring")
    by_name = options(told)
    # 10 times 0.25; 14 times (0.25 + 1.81), 2.472 times 0.73 being 1.80456.
    assert by_name["address, option 2"]["fees_per_thousand"] == "31.34"
    # 10 times (0.25 + 0.73), 14 times 0.25.
    assert by_name["change, option 2"]["fees_per_thousand"] == "13.30"
    # 24 times 0.25, and ten lost pieces at 0.65.
    assert (by_name["change, option 1"]["fees_per_thousand"], by_name["change, option 1"]["net_per_thousand"]) == (
        "6.00",
        "12.50",
    )
    # Nothing told of 24, ten of them lost already.
    assert (by_name["none"]["fees_per_thousand"], by_name["none"]["net_per_thousand"]) == ("0.00", "22.10")
    assert told["recommendation"]["name"] == "change, option 1"
    assert not told["recommendation"]["change"]
    assert by_name["none"]["saving_of_chosen"] == "0.23"  # 9.60 for 1,000, for 24


def test_a_missing_price_is_never_hidden(books: Books) -> None:
    thousand(books, "marketing", endorsement="change", option=1)
    told = advise(books.house, "spring")
    by_name = options(told)
    assert by_name["return, option 1"]["unpriced"] == ["hand_entry", "single_piece"]
    assert by_name["change, option 2"]["unpriced"] == ["forward_postage"]
    entered = {each["item"]: each["enter"] for each in told["missing_prices"]}
    assert entered["single_piece"] == "listkeeper price add single_piece --from DATE --price PRICE"
    assert not told["recommendation"]["firm"]
    assert any("forward_postage" in sentence for sentence in told["recommendation"]["why"])


def test_electronic_notices_stand_against_the_same_by_hand(books: Books) -> None:
    thousand(books, "marketing", endorsement="change", option=1)
    told = advise(books.house, "spring")["electronic_or_manual"]
    assert (told["notices_per_thousand"], told["electronic_per_thousand"], told["manual_per_thousand"]) == (
        "24.0",
        "6.00",
        "12.00",
    )
    assert told["saved_for_list"] == "0.14"  # 0.576 notices, 0.25 apart


def test_with_too_little_history_the_article_s_share_is_a_marked_assumption(books: Books) -> None:
    books.add("spring", "Acme", "first-class")
    books.labels("spring", 499)
    told = advise(books.house, "spring")
    assert not told["history"]["enough"]
    assert told["history"]["assumed"]["percent"] == [11, 14]
    assert [each["per_thousand"] for each in told["history"]["periods"]] == ["125.0", "0.0", "0.0"]
    assert not told["recommendation"]["firm"]
    assert any("499 pieces" in note for note in told["notes"])


def test_returns_that_are_not_assumed_make_no_endorsement_look_cheap(books: Books) -> None:
    books.add("spring", "Acme", "marketing", endorsement="change", option=1)
    for item in ("single_piece", "forward_postage", "hand_entry"):
        books.price(item, "0.20")
    told = advise(books.house, "spring")
    assert {each["name"] for each in told["options"] if each["complete"]} == {
        "none", "change, option 1", "change, option 2",
    }  # fmt: skip
    assert told["recommendation"]["name"] == "change, option 2"


def test_a_price_that_is_missing_is_told_where_nothing_has_come_back_yet(books: Books) -> None:
    books.add("spring", "Acme", "marketing")
    by_name = options(advise(books.house, "spring"))
    assert by_name["address, option 2"]["unpriced"] == ["single_piece"]


def test_few_returns_of_many_pieces_are_too_little_as_well(books: Books) -> None:
    books.add("spring", "Acme", "first-class", people=19)
    books.labels("spring", 5000)
    books.file(*(books.back("spring", person) for person in range(1, 20)))
    assert "19 of 5,000" in advise(books.house, "spring")["history"]["why"]


def test_what_the_present_endorsement_hides_is_said(books: Books) -> None:
    thousand(books, "first-class", endorsement="forwarding")
    told = advise(books.house, "spring")
    assert told["history"]["unseen"] == ["months 1-12"]
    assert any("months 1-12" in note for note in told["notes"])


def test_full_service_is_free_and_present(books: Books) -> None:
    books.accounts["spring"] = "567094"
    thousand(books, "first-class", endorsement="change", option=2, full_service=True)
    told = advise(books.house, "spring")
    change = options(told)["change, option 2"]
    assert (told["service"], change["fees_per_thousand"], change["historical"]) == ("full-service", "0.00", [])


def test_periodicals_have_periods_of_their_own(books: Books) -> None:
    books.add("spring", "Acme", "periodicals", people=24)
    books.labels("spring", 1000)
    moves = [books.move("spring", person, "2026-10") for person in range(1, 13)]
    books.file(*moves, *(books.move("spring", person, "2024-05") for person in range(13, 25)))
    periods = advise(books.house, "spring")["history"]["periods"]
    assert [(each["period"], each["notices"]) for each in periods] == [
        ("first 60 days", 12),
        ("later", 12),
        ("no move known", 0),
    ]


def test_electronic_service_requested_is_what_the_profile_says(books: Books) -> None:
    books.add("spring", "Acme", "marketing", endorsement="electronic")
    told = advise(books.house, "spring")
    assert told["chosen"] is None
    assert any("ACS profile" in note for note in told["notes"])


def test_a_list_without_a_class_is_told_how_to_get_one(books: Books) -> None:
    books.add("spring", "Acme", None)
    with pytest.raises(UsageError, match="list change spring --class"):
        advise(books.house, "spring")
