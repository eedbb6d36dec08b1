"""`listkeeper costs`, `advise` and `price`, as people and scripts see them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.daemon.commands.mailing import make_list, write_answer
from tests.running import Command


@pytest.fixture
def mailed(house: Command, desk: Path) -> Command:
    """A list of three on Marketing Mail, and the file that came back for it."""
    make_list(house, desk)
    house("list", "change", "spring", "--class", "marketing", "--endorsement", "change", "--option", "1").ok()
    house("apply", write_answer(desk)).ok()
    return house


def test_costs_says_what_came_back_and_what_it_cost(mailed: Command) -> None:
    ran = mailed("costs").ok()
    assert "3: 1 moves, 2 nixies" in ran.out
    assert "3 for $0.42" in ran.out
    assert "manual_notice: $0.50 is historical" in ran.out
    told = mailed("costs", "--json").ok().json
    assert (told["total"]["notices"], told["total"]["cost"]) == (3, "0.42")


def test_costs_of_some_days_of_one_client(mailed: Command) -> None:
    told = mailed("costs", "--client", "Acme Seeds", "--from", "2020-01-01", "--to", "2020-12-31", "--json").ok().json
    assert (told["from"], told["to"], told["client"], told["total"]["notices"]) == (
        "2020-01-01",
        "2020-12-31",
        "Acme Seeds",
        0,
    )
    assert mailed("costs", "--client", "Nobody").code == 2
    assert mailed("costs", "--from", "yesterday").code == 2


def test_advise_shows_every_endorsement_and_the_prices_that_are_missing(mailed: Command) -> None:
    ran = mailed("advise", "spring").ok()
    first_words = {line[:16].strip() for line in ran.out.splitlines()}
    names = {"none", "address 1", "address 2", "forwarding 1", "return 1", "return 2", "> change 1 *", "change 2"}
    assert names <= first_words
    assert "forward_postage: price not entered: listkeeper price add forward_postage" in ran.out
    assert "Stay with change, option 1." in ran.out
    assert "It rests on an assumption" in ran.out
    told = mailed("advise", "spring", "--json").ok().json
    assert told["recommendation"]["name"] == "change, option 1"


def test_advice_that_is_a_change_says_how_to_take_it(mailed: Command) -> None:
    mailed("price", "add", "forward_postage", "--from", "2020-01-01", "--price", "0.20").ok()
    ran = mailed("advise", "spring").ok()
    assert "Choose change, option 2." in ran.out
    assert "listkeeper list change spring --endorsement change --option 2" in ran.err


def test_a_price_is_entered_and_listed(house: Command) -> None:
    said = house("price", "add", "manual_notice", "--from", "2026-07-12", "--price", "$0.85", "--source", "Notice").ok()
    assert "$0.85 from 2026-07-12" in said.out
    assert "Until then $0.50 (historical, Postal Bulletin 22203A, 2007)." in said.out
    told = house("price", "list", "--json").ok().json
    (row,) = [each for each in told["prices"] if each["item"] == "manual_notice" and each["in_force"]]
    assert (row["price"], row["source"], row["entered"]) == ("0.85", "Notice", True)
    shown = house("price", "list").ok().out
    assert "0.85  in force" in shown
    assert max(map(len, shown.partition("Not entered")[0].splitlines())) <= 80


@pytest.mark.parametrize(
    "words", [("acs_coal", "2026-01-01", "1"), ("piece", "soon", "1"), ("piece", "2026-01-01", "much")]
)
def test_a_price_that_is_none_is_wrong_usage(house: Command, words: tuple[str, str, str]) -> None:
    item, day, amount = words
    assert house("price", "add", item, "--from", day, "--price", amount).code == 2
