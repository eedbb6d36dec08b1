"""Kept files read as they always did: tests/goldens/<layout>/."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from schemas.acs import FAMILIES
from schemas.notice import NewAddress
from tests.reading import Read

GOLDENS = Path(__file__).parents[2] / "goldens"
FILES = sorted(path for family in FAMILIES for path in (GOLDENS / family.name).glob("*.txt"))


def new_address(new: NewAddress) -> dict[str, Any]:
    """What a return file gives of a new address; it has no second line and no carrier route."""
    told = new._asdict()
    assert (told.pop("address2"), told.pop("carrier_route")) == ("", "")
    return told


def read_as_json(path: Path) -> dict[str, Any]:
    read = Read(path)
    return {
        "layout": read.family.name,
        "header": read.header._asdict() | {"groups": {name: list(group) for name, group in read.header.groups.items()}},
        "notices": [
            notice._asdict() | {"new": new_address(notice.new) if notice.new is not None else None}
            for notice in read.notices
        ],
        "rejects": [reject._asdict() for reject in read.rejects],
        "charges": {"counted": read.summary.counted, "header": read.summary.header_fee},
        "products": [list(product) for product in read.summary.products],
        "warnings": list(read.summary.warnings),
    }


def test_there_is_a_golden_of_every_layout() -> None:
    assert {path.parent.name for path in FILES} == {
        "singlesource_v01",
        "singlesource_v02",
        "traditional_427",
        "onecode_legacy_559",
    }


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_kept_file_reads_as_it_always_did(path: Path, golden: Callable[[Path, str], None]) -> None:
    golden(path.with_suffix(".notices.json"), json.dumps(read_as_json(path), indent=1) + "\n")
