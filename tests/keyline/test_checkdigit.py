import json
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyline.checkdigit import ALGORITHMS, ALPHABET, mod10, postnet_digit
from keyline.errors import KeylineError

VECTORS = json.loads((Path(__file__).parent / "vectors/keylines.json").read_text(encoding="utf-8"))
POSTNET = json.loads((Path(__file__).parent / "vectors/imb.json").read_text(encoding="utf-8"))["postnet"]

bodies = st.text(ALPHABET, min_size=3, max_size=15)
numeric_bodies = st.text("0123456789", min_size=3, max_size=15)


def by_the_publication(body: str) -> str:
    """The five steps of Publication 8A, one after the other."""
    total = 0
    for place, character in enumerate(body, start=1):
        value = ord(character) % 16
        if place % 2:
            value *= 2
        while value > 9:
            value = sum(int(digit) for digit in str(value))
        total += value
    return str((10 - total % 10) % 10)


@pytest.mark.parametrize("vector", VECTORS["published"] + VECTORS["generated"], ids=lambda vector: vector["body"])
def test_every_known_body_is_closed_by_its_known_digit(vector: dict[str, str]) -> None:
    assert mod10(vector["body"]) == vector["keyline"][-1]


@given(bodies)
def test_the_tables_say_what_the_publication_says_step_by_step(body: str) -> None:
    assert mod10(body) == by_the_publication(body)


@given(st.text(max_size=20))
def test_any_text_has_a_digit_or_a_reason(body: str) -> None:
    wrong = set(body) - set(ALPHABET)
    if not wrong and 3 <= len(body) <= 15:
        assert mod10(body) in "0123456789"
        return
    with pytest.raises(KeylineError) as caught:
        mod10(body)
    assert caught.value.reason == ("character" if wrong else "too-short" if len(body) < 3 else "too-long")


@pytest.mark.parametrize(
    "body", ["ANIT 028", "#ANIT", "anit", "12\t4", "\u0661\u0662\u0663", "ABC\u00a0D", "N" * 14 + "a"]
)
def test_a_character_without_a_value_is_refused(body: str) -> None:
    with pytest.raises(KeylineError) as caught:
        mod10(body)
    assert caught.value.reason == "character"


@given(numeric_bodies, st.data())
def test_one_wrong_digit_in_a_numeric_body_is_always_found(body: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(body) - 1))
    wrong = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != body[place]]))
    assert mod10(body[:place] + wrong + body[place + 1 :]) != mod10(body)


def test_swapped_neighbours_in_a_numeric_body_are_found_in_98_of_100() -> None:
    chance = random.Random(8)
    found = tried = 0
    while tried < 20_000:
        body = f"{chance.randrange(10**9):09d}"
        place = chance.randrange(8)
        if body[place] != body[place + 1]:
            swapped = body[:place] + body[place + 1] + body[place] + body[place + 2 :]
            tried += 1
            found += mod10(swapped) != mod10(body)
    assert 0.97 < found / tried < 0.99


def test_one_wrong_character_in_an_alphanumeric_body_is_found_in_nine_of_ten() -> None:
    chance = random.Random(8)
    found = 0
    for _ in range(20_000):
        body = "".join(chance.choices(ALPHABET, k=9))
        place = chance.randrange(9)
        wrong = chance.choice(ALPHABET.replace(body[place], ""))
        found += mod10(body[:place] + wrong + body[place + 1 :]) != mod10(body)
    assert 0.90 < found / 20_000 < 0.94


def test_mod10_is_the_only_algorithm_there_is() -> None:
    assert dict(ALGORITHMS) == {"mod10": mod10}


@pytest.mark.parametrize("vector", POSTNET, ids=lambda vector: vector["digits"])
def test_every_known_postnet_barcode_has_its_known_correction_digit(vector: dict[str, str]) -> None:
    assert postnet_digit(vector["digits"]) == str(vector["correction_digit"])


@pytest.mark.parametrize(
    ("digits", "reason"),
    [("", "length"), ("1234", "length"), ("123456", "length"), ("1234x", "character"), ("\u0661" * 5, "character")],
)
def test_what_is_no_postnet_barcode_has_no_correction_digit(digits: str, reason: str) -> None:
    with pytest.raises(KeylineError) as caught:
        postnet_digit(digits)
    assert caught.value.reason == reason
