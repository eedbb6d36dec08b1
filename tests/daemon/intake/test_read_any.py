"""Any file at all is read to a balanced end, or set aside."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daemon.errors import SetAsideError
from daemon.intake.read import NotificationFile
from schemas.layout import Family
from tests.builders import (
    FAMILIES,
    V02,
    Detail,
    Place,
    coa,
    nixie,
    notification,
    some_account,
    write_file,
)
from tests.reading import Folder, one_coa, one_nixie, small


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_a_summary_before_the_end_is_refused(tmp_path: Path) -> None:
    with NotificationFile(write_file(tmp_path / "f.dat", [one_nixie()])) as file, pytest.raises(RuntimeError):
        _ = file.summary


def test_a_file_may_be_scanned_again(tmp_path: Path) -> None:
    with NotificationFile(write_file(tmp_path / "f.dat", [one_nixie(), one_coa()])) as file:
        assert list(file.scan()) == list(file.scan())
        assert file.summary.details == 2


def test_records_across_the_chunks_of_reading_are_whole(folder: Folder) -> None:
    records = [one_nixie(keyline=f"{number:09d}") for number in range(4000)]  # 2.8 MB
    for content in (notification(V02, records), notification(V02, records, line_end=b"")):
        read = folder.read(content)
        assert [notice.key for notice in read.notices] == [f"{number:09d}" for number in range(4000)]


quick = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def survives(folder: Folder, content: bytes) -> None:
    """Read whatever this is: it is read to a balanced end, or set aside."""
    with suppress(SetAsideError):
        read = folder.read(content)
        assert read.summary.details == len(read.found) == len(read.notices) + len(read.rejects)
        both_passes = [(notice.line, notice.kind, notice.account, notice.key) for notice in read.notices]
        assert both_passes == [(line, kind, account, key) for line, _, kind, account, key in read.found if kind]


@quick
@given(content=st.binary(max_size=3000))
def test_any_bytes_are_read_or_set_aside(content: bytes, folder: Folder) -> None:
    survives(folder, content)


@quick
@given(
    family=st.sampled_from(FAMILIES),
    damage=st.lists(st.tuples(st.integers(0, 2200), st.binary(max_size=12)), min_size=1, max_size=6),
    cut=st.one_of(st.none(), st.integers(0, 2200)),
)
def test_any_damage_to_a_good_file_is_read_around_or_set_aside(
    family: Family, damage: list[tuple[int, bytes]], cut: int | None, folder: Folder
) -> None:
    content = small(family)
    for at, noise in damage:
        content = content[:at] + noise + content[at + len(noise) :]
    survives(folder, content if cut is None else content[:cut])


def texts(size: int) -> st.SearchStrategy[str]:
    return st.text("ABCXYZ0189 /-", max_size=size).map(str.strip)


details = st.one_of(
    st.builds(
        coa,
        account=st.sampled_from(["BYOBOFN", "567094", "901234567"]),
        keyline=texts(16),
        move_date=st.sampled_from(["", "2026-05", "2026-05-17", "2019-01-31"]),
        move_type=st.sampled_from("FIB"),
        code=st.sampled_from(["", "G", "K", "W", "Z"]),
        last_name=texts(20),
        first_name=texts(15),
        old=st.builds(Place, number=texts(10), street=texts(28), city=texts(28), zip5=st.just("87110")),
        new=st.builds(Place, number=texts(10), street=texts(20), city=texts(28), zip5=st.sampled_from(["", "80202"])),
        fees=st.lists(st.tuples(st.sampled_from(["000501", "000502"]), st.sampled_from([0, 60, 210])), max_size=6),
    ),
    st.builds(
        nixie,
        account=st.sampled_from(["BYOBOFN", "567094", "901234567"]),
        keyline=texts(16),
        code=st.sampled_from("AEILMNPQRSUVBDXZ"),
        type_of_acs=st.sampled_from("TOFI"),
        fees=st.lists(st.tuples(st.sampled_from(["000501", "000502"]), st.sampled_from([0, 60, 210])), max_size=6),
    ),
)


@quick
@given(records=st.lists(details, max_size=6))
def test_every_file_that_is_written_closes_and_reads_back(records: list[Detail], folder: Folder) -> None:
    read = folder.read(notification(V02, records))
    assert read.summary.warnings == () or all("disagree" in text for text in read.summary.warnings)
    assert read.summary.counted == read.summary.header_fee == sum(mills for r in records for _, mills in r.fees)
    assert [notice.kind for notice in read.notices] == [record.kind for record in records]
    for record, notice, found in zip(records, read.notices, read.found, strict=True):
        assert (notice.account, notice.code) == (record.account, record.values["deliverability_code"])
        assert notice.key == record.values["keyline_sequence_serial_number"].replace(" ", "")
        assert found == (notice.line, found[1], notice.kind, notice.account, notice.key)


@pytest.mark.slow
def test_ten_thousand_random_files_close(folder: Folder) -> None:
    random = Random(20260520)
    for family in FAMILIES:
        account = some_account(family)
        records = [one_coa(account=account, code=code) for code in ("", "K", "W")]
        records += [one_nixie(account=account, code=code) for code in "AQRZ"]
        for _ in range(2500):
            chosen = random.choices(records, k=random.randrange(6))
            summary = folder.read(notification(family, chosen)).summary
            assert summary.details == summary.coa + summary.nixie == len(chosen)
            assert summary.coa == sum(record.kind == "coa" for record in chosen)
