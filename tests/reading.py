"""How tests read a notification file to its end, and the records they read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from daemon.errors import SetAsideError
from daemon.intake.read import NotificationFile, Summary
from schemas.layout import Family
from schemas.notice import Notice
from tests.builders import (
    FAMILIES,
    V02,
    Detail,
    Place,
    coa,
    family_named,
    nixie,
    notification,
    some_account,
)

TRADITIONAL, LEGACY = family_named("traditional_427"), family_named("onecode_legacy_559")
KEY = "123456789"  # fits every layout
SIX, NINE = "0123456709498765432101234567891", "01234987654321123456"  # barcodes, by length of the Mailer ID
OLD = Place(number="12", pre_directional="N", street="SAMPLE", suffix="AVE", city="OLDTOWN", state="NM", zip5="87110")
NEW = Place(
    number="7",
    street="INVENTED",
    unit_designator="APT",
    unit_number="4",
    city="NEWTOWN",
    state="CO",
    zip5="80202",
    zip4="1234",
    delivery_point="56",
)


def one_coa(**more: Any) -> Detail:
    return coa(**{"account": "BYOBOFN", "keyline": KEY, "old": OLD, "new": NEW, "last_name": "EXAMPLE", **more})


def one_nixie(**more: Any) -> Detail:
    return nixie(**{"account": "BYOBOFN", "keyline": KEY, "old_zip": "87110", **more})


class Read:
    """A file read to its end: every tuple, every notice, what was rejected and the summary."""

    def __init__(self, path: Path) -> None:
        with NotificationFile(path) as file:
            self.family, self.header = file.family, file.header
            self.found = list(file.scan())
            self.rejects = file.rejects
            self.summary: Summary = file.summary
            self.notices: list[Notice] = [file.notice_at(line, at) for line, at, kind, _, _ in self.found if kind]


class Folder:
    """Writes files and reads them."""

    def __init__(self, path: Path) -> None:
        self.path = path / "file.dat"

    def read(self, content: bytes) -> Read:
        self.path.write_bytes(content)
        return Read(self.path)

    def refusal(self, content: bytes) -> SetAsideError:
        with pytest.raises(SetAsideError) as caught:
            self.read(content)
        assert caught.value.file == "file.dat"
        return caught.value


def every_family(test: object) -> object:
    return pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)(test)  # type: ignore[arg-type]


def small(family: Family = V02) -> bytes:
    return notification(family, [one_coa(account=some_account(family)), one_nixie(account=some_account(family))])
