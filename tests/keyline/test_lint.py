import random
from collections.abc import Iterator

import pytest

from keyline.keylines import make
from keyline.lint import Finding, lint, looks_like_date, looks_like_phone, looks_like_ssn
from keyline.schemes import Scheme

CHANCE = random.Random(9)


def keys_of(bodies: list[str]) -> list[str]:
    return [make(body) for body in bodies]


def test_a_clean_series_has_nothing_to_be_said_about() -> None:
    assert list(lint(keys_of([f"{number:09d}" for number in range(1, 500)]))) == []
    assert list(lint([])) == []


def test_every_fault_is_named_with_its_key_and_place() -> None:
    first, wrong = make("000001"), "0000029"
    assert list(lint([first, wrong, make("0000003"), make("A00002"), "0000 " + first[4:], "x"])) == [
        Finding(1, wrong, "check-digit"),
        Finding(2, make("0000003"), "mixed-length"),
        Finding(3, make("A00002"), "mixed-attribute"),
        Finding(4, "0000 " + first[4:], "duplicate"),
        Finding(5, "x", "character"),
    ]


def test_with_a_scheme_the_first_key_is_held_to_it_too() -> None:
    findings = list(lint([make("ABC12"), make("00001")], Scheme(length=6)))
    assert [(finding.index, finding.reason) for finding in findings] == [(0, "mixed-attribute")]
    findings = list(lint([make("00001")], Scheme(length=10)))
    assert [finding.reason for finding in findings] == ["mixed-length"]


def test_a_mailer_ids_serials_have_no_check_digit_to_be_wrong() -> None:
    keys = ["000000001", "000000002", "000000002", "00000003", "00000000A", ""]
    assert [(finding.index, finding.reason) for finding in lint(keys, Scheme("mailer-serial", 9))] == [
        (2, "duplicate"),
        (3, "mixed-length"),
        (4, "character"),
        (5, "too-short"),
    ]


def test_social_security_numbers_are_reported_once_with_their_count() -> None:
    bodies = [
        f"{CHANCE.randrange(1, 666):03d}{CHANCE.randrange(1, 100):02d}{CHANCE.randrange(1, 10_000):04d}"
        for _ in range(300)
    ]
    keys = keys_of(sorted(set(bodies)))
    assert list(lint(keys)) == [Finding(0, keys[0], "looks-like-ssn", "warning", len(keys))]


def test_telephone_numbers_are_reported_once_with_their_count() -> None:
    keys = keys_of(sorted({f"505{CHANCE.randrange(220, 999)}{CHANCE.randrange(10_000):04d}" for _ in range(300)}))
    (finding,) = lint(keys)
    assert (finding.reason, finding.severity) == ("looks-like-phone", "warning")
    assert finding.count > len(keys) * 0.9


@pytest.mark.parametrize("form", ["{y:04d}{m:02d}{d:02d}", "{m:02d}{d:02d}{y:04d}", "{m:02d}{d:02d}{short:02d}"])
def test_birth_dates_are_reported_once_with_their_count(form: str) -> None:
    days = [(CHANCE.randrange(1930, 2005), CHANCE.randrange(1, 13), CHANCE.randrange(1, 29)) for _ in range(300)]
    keys = keys_of(sorted({form.format(y=y, m=m, d=d, short=y % 100) for y, m, d in days}))
    assert list(lint(keys)) == [Finding(0, keys[0], "looks-like-date", "warning", len(keys))]


@pytest.mark.parametrize(
    ("start", "width"),
    [(1, 9), (1_010_001, 9), (123_450_001, 9), (2_125_550_100, 10), (110_100, 6), (19_631_101, 8), (11_221_900, 8)],
)
def test_a_counted_series_is_never_taken_for_numbers_of_people(start: int, width: int) -> None:
    bodies = [f"{number:0{width}d}" for number in range(start, start + 2000)]
    assert list(lint(keys_of(bodies))) == []
    CHANCE.shuffle(bodies)
    assert list(lint(keys_of(bodies))) == []


def test_a_few_keys_that_could_be_a_persons_number_among_many_say_nothing() -> None:
    bodies = [f"{number:09d}" for number in range(1, 1000)] + ["123456789", "234567890"]
    assert list(lint(keys_of(bodies))) == []


def test_one_key_alone_is_judged_by_its_looks() -> None:
    assert [finding.reason for finding in lint([make("123456789")])] == ["looks-like-ssn"]
    assert list(lint([make("000000042")])) == []


def test_findings_come_while_the_keys_are_still_being_read() -> None:
    def keys() -> Iterator[str]:
        yield "0000029"
        raise AssertionError("read too far")

    assert next(iter(lint(keys()))).reason == "check-digit"


@pytest.mark.parametrize("body", ["000121234", "666121234", "900121234", "123001234", "123120000", "12345678"])
def test_a_number_outside_the_ranges_is_no_social_security_number(body: str) -> None:
    assert not looks_like_ssn(body)


@pytest.mark.parametrize("body", ["1055550123", "5051550123", "5955550123", "9115550123", "5052110123", "505555012"])
def test_a_number_outside_the_plan_is_no_telephone_number(body: str) -> None:
    assert not looks_like_phone(body)


@pytest.mark.parametrize("body", ["19630230", "18991231", "13311963", "003163", "0431639", "20300101"])
def test_a_day_that_is_none_is_no_date(body: str) -> None:
    assert not looks_like_date(body)
