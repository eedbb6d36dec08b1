"""`list change`: what a list says of its mail, never its account or its keys."""

from __future__ import annotations

from typing import Any

import pytest

from daemon.errors import UsageError
from daemon.lists.change import change_list
from tests.bureau import Bureau


def test_what_is_given_is_changed_and_the_rest_is_left(bureau: Bureau) -> None:
    change_list(bureau.house, "spring", client="Acme Seeds", mail_class="first-class")
    told = change_list(bureau.house, "spring", stid="300", endorsement="address", option=2)
    assert (told["client"], told["class"], told["stid"]) == ("Acme Seeds", "first-class", "300")
    assert (told["endorsement"], told["option"]) == ("address", 2)


@pytest.mark.parametrize("given", [{}, {"stid": "30"}, {"option": 3}, {"endorsement": "none"}, {"mail_class": "post"}])
def test_nothing_to_change_or_a_value_that_is_none_is_wrong_usage(bureau: Bureau, given: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        change_list(bureau.house, "spring", **given)
    with pytest.raises(UsageError, match="no list"):
        change_list(bureau.house, "autumn", stid="300")


def test_a_mended_file_of_rejects_brings_no_columns_of_ours(bureau: Bureau) -> None:
    bureau.take("record_id,address1,zip5,tier\n1,12 ELM ST,74101,gold\n2,9 OAK,7410,silver\n")
    rejects = next(bureau.folder.glob("*.rejects.csv"))
    mended = rejects.read_text().replace(",7410,", ",74101,")
    assert bureau.take(mended)["added"] == 1
    assert bureau.export().splitlines()[0].endswith(b"needs_cass,tier")
