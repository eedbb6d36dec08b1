"""Kept answers of every vendor read as they always did: tests/goldens/vendors/<preset>/."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from daemon.care.answers.answer import opened_answer
from daemon.errors import UsageError
from schemas.preset import Kind
from schemas.vendors import PRESETS
from tests.answers import read, read_whole, refusal

VENDORS = Path(__file__).parents[2] / "goldens" / "vendors"
MAPPED = {"lob_ncoa_export": ("joined.csv", "ncoa"), "peacock_cass": ("answer.csv", "cass")}
SINGLE: dict[str, tuple[Kind, ...]] = {"answer.csv": ("ncoa",), "coded.csv": ("cass",)}  # of our own preset
FILES = sorted(
    path for path in VENDORS.glob("*/*") if path.suffix in (".csv", ".txt", ".dbf") and PRESETS[path.parent.name].usable
)


def kinds_of(path: Path) -> tuple[Kind, ...]:
    return SINGLE[path.name] if path.parent.name == "listkeeper" else PRESETS[path.parent.name].kinds


def told(path: Path, kind: Kind, **how: Any) -> dict[str, Any]:
    answer, rows = read_whole(path, kind, **how)
    facts = ("preset", "container", "row_model", "engine", "certified", "lock", "warnings")
    return {**{name: getattr(answer, name) for name in facts}, "rows": [row._asdict() for row in rows]}


def as_json(said: dict[str, Any]) -> str:
    return json.dumps(said, indent=1, ensure_ascii=False) + "\n"


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_kept_answer_is_recognised_and_reads_as_it_always_did(
    path: Path, golden: Callable[[Path, str], None]
) -> None:
    said = {kind: told(path, kind) for kind in kinds_of(path)}
    assert {each["preset"] for each in said.values()} == {path.parent.name}
    golden(path.with_name(f"{path.name}.rows.json"), as_json(said))


@pytest.mark.parametrize("name", MAPPED)
def test_a_preset_that_lacks_columns_reads_with_a_map(name: str, golden: Callable[[Path, str], None]) -> None:
    file, kind = MAPPED[name]
    path = VENDORS / name / file
    said = {kind: told(path, kind, map_file=path.with_name("map.toml"))}  # type: ignore[arg-type]
    golden(path.with_name(f"{path.name}.rows.json"), as_json(said))


@pytest.mark.parametrize("name", MAPPED)
def test_a_preset_that_lacks_columns_says_what_it_lacks_and_how_to_go_on(name: str) -> None:
    kind: Kind = PRESETS[name].kinds[0]
    path = VENDORS / name / "answer.csv"
    found = refusal(path, kind)
    assert found.reason == "needs-map"
    assert PRESETS[name].lacks in str(found)
    assert "--map MAP.toml" in str(found)
    with pytest.raises(UsageError, match="--map"):
        read(path, kind, preset=name)


def test_there_is_a_golden_of_every_preset_that_works_and_a_refusal_of_every_other() -> None:
    kept = {path.parent.name for path in FILES}
    assert kept == {name for name, preset in PRESETS.items() if preset.usable}
    assert {name for name, preset in PRESETS.items() if not preset.usable} == {*MAPPED, "peacock_suppression"}


def test_there_is_a_golden_of_every_container_and_row_model() -> None:
    found = set()
    for path in FILES:
        with opened_answer(path, kinds_of(path)[0]) as answer:
            found |= {answer.container, answer.row_model}
    assert found == {"csv", "dbf", "fixed", "in_place", "appended_columns", "appended_rows", "separate"}


def test_a_file_without_line_ends_reads_as_one_with_them() -> None:
    with_ends, without = (read(VENDORS / "legacy_fixed_1200" / name, "ncoa") for name in ("answer.txt", "unbroken.txt"))
    assert with_ends[: len(without)] == without


def test_a_table_reads_as_the_same_rows_in_csv() -> None:
    as_csv, as_dbf = (read(VENDORS / "accuzip6" / name, "ncoa") for name in ("answer.csv", "answer.dbf"))
    assert [row[1:] for row in as_csv] == [row[1:] for row in as_dbf]


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_the_preset_may_be_named_as_well(path: Path) -> None:
    kind = kinds_of(path)[0]
    assert read(path, kind, preset=path.parent.name) == read(path, kind)
