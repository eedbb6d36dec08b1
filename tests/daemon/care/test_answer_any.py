"""Whatever bytes come as an answer: rows, or a refusal; never a crash, and never a row too few."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daemon.care.answers.answer import opened_answer
from daemon.care.answers.texts import CONTROL, iso_date
from daemon.errors import SetAsideError
from schemas.preset import Kind, fold
from schemas.vendors import PRESETS
from tests.answers import CASS_HEAD, MOVED, NCOA_HEAD, Answers

VENDORS = Path(__file__).parents[2] / "goldens" / "vendors"
KEPT = sorted(path for path in VENDORS.glob("*/*") if path.suffix in (".csv", ".txt", ".dbf"))
quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
cell = st.text(st.characters(blacklist_categories=["Cs"]), max_size=12)


@pytest.fixture
def answers(tmp_path: Path) -> Answers:
    return Answers(tmp_path)


def rows_or_refusal(path: Path, kind: Kind, encoding: str = "utf-8") -> int | None:
    try:
        with opened_answer(path, kind, encoding=encoding) as answer:
            rows = list(answer.rows())
    except SetAsideError:
        return None
    for row in rows:
        assert row.record_id
        assert all(isinstance(value, str) for value in row[1:])
        assert not CONTROL.search("".join(row[1:]))
    return len(rows)


@quick
@given(content=st.binary(max_size=300), kind=st.sampled_from(["ncoa", "cass"]))
def test_any_bytes_are_rows_or_a_refusal(answers: Answers, content: bytes, kind: Kind) -> None:
    rows_or_refusal(answers.bytes(content), kind)


@quick
@given(path=st.sampled_from(KEPT), data=st.data(), kind=st.sampled_from(["ncoa", "cass"]))
def test_a_damaged_answer_is_rows_or_a_refusal(answers: Answers, path: Path, data: st.DataObject, kind: Kind) -> None:
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=2))
    end = data.draw(st.integers(0, len(content)))
    rows_or_refusal(answers.bytes(bytes(content[:end])), kind, data.draw(st.sampled_from(["utf-8", "cp1252"])))


@quick
@given(rows=st.lists(st.lists(cell, min_size=10, max_size=10), max_size=5), cass=st.booleans())
def test_every_row_of_a_whole_answer_is_yielded_whatever_is_in_it(
    answers: Answers, rows: list[list[str]], cass: bool
) -> None:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(CASS_HEAD if cass else NCOA_HEAD)
    writer.writerows([[f"r{number}", *row[1:]] for number, row in enumerate(rows)])
    path = answers.bytes(out.getvalue().encode())
    assert rows_or_refusal(path, "cass" if cass else "ncoa") == len(rows)


@quick
@given(size=st.integers(1, 400), path=st.sampled_from([path for path in KEPT if path.suffix != ".csv"]))
def test_a_cut_off_answer_of_fixed_records_never_reads_as_a_whole_one(answers: Answers, size: int, path: Path) -> None:
    whole = path.read_bytes()
    line_end = 2 if path.name == "answer.txt" else 1  # a line end, or the mark at the end of a table
    if size <= line_end and path.name != "unbroken.txt":
        return
    assert rows_or_refusal(answers.bytes(whole[:-size]), "ncoa") is None


@given(text=st.text(max_size=12))
def test_a_date_is_one_or_none(text: str) -> None:
    found = iso_date(text)
    assert found is None or found == "" or (len(found) in (7, 10) and found[4] == "-" and found[:2] in ("19", "20"))


@given(text=st.text(max_size=20))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    "path",
    [path for path in KEPT if path.name == "answer.csv" and PRESETS[path.parent.name].usable],
    ids=lambda path: path.parent.name,
)
def test_the_order_of_the_columns_does_not_matter(answers: Answers, path: Path) -> None:
    name = path.parent.name
    rows = list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"))))
    out = io.StringIO()
    csv.writer(out).writerows(row[::-1] for row in rows)
    kind: Kind = PRESETS[name].kinds[0]
    with opened_answer(path, kind) as one, opened_answer(answers.bytes(out.getvalue().encode()), kind) as other:
        assert one.preset == other.preset == name
        assert list(one.rows()) == list(other.rows())


def test_memory_stays_flat_however_many_rows_there_are(answers: Answers) -> None:
    import tracemalloc

    line = ",".join(["{}", *list(MOVED.values())[1:]])
    path = answers.bytes((",".join(MOVED) + "\n" + "\n".join(map(line.format, range(60_000))) + "\n").encode())
    with opened_answer(path, "ncoa") as answer:
        rows = answer.rows()
        next(rows)
        tracemalloc.start()
        try:
            count = sum(1 for _row in rows)
            _now, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert count == 59_999
    assert peak < 3_000_000
