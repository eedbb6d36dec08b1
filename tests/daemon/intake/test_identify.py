"""A file is known by its content alone."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.errors import SetAsideError
from daemon.intake.identify import identify, shape_of
from schemas.layout import Family
from tests.builders import FAMILIES, V02, coa, nixie, notification, some_account

FILES = {
    family.name: notification(family, [coa(account=some_account(family)), nixie(account=some_account(family))])
    for family in FAMILIES
}


def every_family(test: object) -> object:
    return pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)(test)  # type: ignore[arg-type]


def reason_of(content: bytes) -> str:
    with pytest.raises(SetAsideError) as caught:
        shape_of(content[:4096], "some.dat")
    assert caught.value.file == "some.dat"
    return caught.value.reason


@every_family
def test_each_family_is_told_by_its_length_and_version(family: Family, tmp_path: Path) -> None:
    path = tmp_path / "P00000099.000"  # the name says another year: it is not asked
    path.write_bytes(FILES[family.name])
    assert identify(path) == family


@every_family
def test_line_ends_may_be_crlf_or_lf_or_missing(family: Family) -> None:
    content = FILES[family.name]
    assert shape_of(content.replace(b"\r\n", b"\n"), "").family == family
    assert shape_of(content.replace(b"\r\n", b""), "") == (family, family.length)
    assert shape_of(content.replace(b"\r\n", b"  "), "") == (family, family.length + 2)


@every_family
def test_a_header_alone_is_a_file(family: Family) -> None:
    header = notification(family, [])
    for content in (header, header.rstrip(b"\r\n"), header.replace(b"\r\n", b"  ")):
        assert shape_of(content, "").family == family


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty-file"),
        (b"\r\n\r\n", "empty-file"),
        (FILES["singlesource_v02"].replace(b"\r\n", b"\r"), "cr-only"),
        (FILES["singlesource_v02"].replace(b"\r\n", b"X\r\n"), "unknown-length"),
        (FILES["singlesource_v02"][:300], "unknown-length"),
        (FILES["singlesource_v02"].replace(b"H02", b"H03"), "unknown-version"),
        (FILES["singlesource_v02"].replace(b"H02", b"H  "), "unknown-version"),
        (FILES["singlesource_v02"].split(b"\r\n", 1)[1], "no-header"),
        (b"PK\x03\x04 and so on", "not-a-notification-file"),
        (b"Household,Name\r\n1,2\r\n", "not-a-notification-file"),
        (b"record_id,status\n", "not-a-notification-file"),
    ],
    ids=range(11),
)
def test_what_is_not_read_is_refused_with_a_reason(content: bytes, reason: str) -> None:
    assert reason_of(content) == reason


def test_an_unknown_version_is_refused_in_words_an_operator_understands() -> None:
    with pytest.raises(SetAsideError, match="file version 03 is not known; this release reads 01 and 02"):
        shape_of(FILES["singlesource_v02"].replace(b"H02", b"H03"), "")


def test_digits_of_the_customer_number_are_never_taken_for_a_version() -> None:
    content = notification(FAMILIES[2], [], customer="030303")
    assert shape_of(content, "").family.name == "traditional_427"


def test_a_header_further_down_is_said_to_be_not_first(tmp_path: Path) -> None:
    lines = FILES["singlesource_v02"].split(b"\r\n")
    path = tmp_path / "turned.dat"
    path.write_bytes(b"\r\n".join([lines[1], lines[0], lines[2], b""]))
    with pytest.raises(SetAsideError) as caught:
        identify(path)
    assert caught.value.reason == "header-not-first"


@given(st.binary(max_size=1500))
def test_any_bytes_are_identified_or_set_aside(content: bytes) -> None:
    with suppress(SetAsideError):
        shape_of(content, "")


@given(st.binary(max_size=30), st.sampled_from(sorted(FILES)), st.integers(0, 1500))
def test_any_damage_leaves_a_file_identified_or_set_aside(noise: bytes, name: str, at: int) -> None:
    content = FILES[name]
    with suppress(SetAsideError):
        shape_of(content[:at] + noise + content[at + len(noise) :], "")


def test_version_02_is_what_we_write_by_default() -> None:
    assert V02.version == "02"
