"""The labels of a drop: whom it mails, in which order, and what a presort may not do."""

from __future__ import annotations

from hashlib import sha256

import pytest

from daemon.db import writing
from daemon.errors import SetAsideError, UsageError
from daemon.labels.drop_labels import write_drop_labels
from daemon.labels.proof import write_drop_proof
from keyline.imb import decode
from keyline.keylines import read
from tests.bureau import A, B, Bureau
from tests.released import labels, release

OEL = "**************** 5-DIG 87110"


def take(bureau: Bureau, name: str, *ids: str, **more: str) -> None:
    bureau.take([{"record_id": each, "first_name": "ADA", "last_name": "NORR"} | A | more for each in ids], name)


def test_the_mailable_records_of_the_drop_and_nobody_else(bureau: Bureau) -> None:
    take(bureau, "spring", "2", "10", "1")
    take(bureau, "spring", "3", status="held")
    release(bureau)
    take(bureau, "spring", "4")
    result, rows = labels(bureau)
    assert [row["record_id"] for row in rows] == ["1", "10", "2"]
    assert (result["labels"], result["lists"], result["rejected"]) == (3, {"spring": 3}, 0)
    digest = sha256((bureau.folder / "fall.csv").read_bytes()).hexdigest()
    noted = bureau.all(
        "SELECT r.file, r.sha256, r.labels, d.name FROM label_run r JOIN mail_drop d ON d.id = r.drop_id"
    )
    assert noted == [("fall.csv", digest, 3, "fall")]


@pytest.mark.parametrize("state", ["draft", "checked", "blocked", "mailed"])
def test_only_a_released_drop_is_labelled(bureau: Bureau, state: str) -> None:
    take(bureau, "spring", "1")
    release(bureau, state=state)
    with pytest.raises(UsageError, match="released"):
        labels(bureau)
    assert not (bureau.folder / "fall.csv").exists()


def test_who_moved_or_is_not_mailable_since_the_check_gets_no_label(bureau: Bureau) -> None:
    take(bureau, "spring", "1", "2", "3")
    release(bureau)
    bureau.lowered("deceased", "deceased", "1")
    bureau.notice("2", B)
    result, rows = labels(bureau)
    assert [row["record_id"] for row in rows] == ["3"]
    assert [(each["record_id"], each["reason"].split(";")[0]) for each in result["skipped"]] == [
        ("1", "it is deceased now"),
        ("2", "it has another address now"),
    ]


def test_lists_stand_in_the_order_given_each_under_its_own_code(bureau: Bureau) -> None:
    bureau.create("autumn", account="BXNHJVF", keyline_length=8)
    bureau.create("members", account="567094", stid="082")
    take(bureau, "spring", "1", "2")
    take(bureau, "autumn", "1")
    take(bureau, "members", "9")
    release(bureau, lists=("members", "spring", "autumn"))
    result, rows = labels(bureau)
    assert [row["line1"] for row in rows] == ["ADA NORR", "#BYOBOFN", "#BYOBOFN", "#BXNHJVF"]
    assert result["lists"] == {"members": 1, "spring": 2, "autumn": 1}
    assert decode(rows[0]["imb"]).serial == rows[0]["keyline"]
    assert all(read(row["line2"]) == row["keyline"] for row in rows[1:])
    alone, rows = labels(bureau, only="autumn")
    assert (alone["labels"], [row["line1"] for row in rows]) == (1, ["#BXNHJVF"])
    with pytest.raises(UsageError, match="no list winter"):
        labels(bureau, only="winter")


def test_a_presorts_order_and_lines_are_kept(bureau: Bureau) -> None:
    take(bureau, "spring", "1", "2", "3")
    release(bureau)
    _, rows = labels(bureau, oel=f"record_id,oel\n3,{OEL}\n1,{OEL}\n2,\n")
    assert [(row["record_id"], row["line1"]) for row in rows] == [
        ("3", "#BYOBOFN ******* 5-DIG 87110"),
        ("1", "#BYOBOFN ******* 5-DIG 87110"),
        ("2", "#BYOBOFN"),
    ]


def test_a_presort_of_several_lists_says_which(bureau: Bureau) -> None:
    bureau.create("autumn", account="BXNHJVF")
    take(bureau, "spring", "1", "2")
    take(bureau, "autumn", "1")
    release(bureau, lists=("spring", "autumn"))
    with pytest.raises(SetAsideError, match="list, record_id, oel"):
        labels(bureau, oel="record_id,oel\n1,\n2,\n")
    with pytest.raises(SetAsideError, match="no list of this drop"):
        labels(bureau, oel="list,record_id,oel\nwinter,1,\n")
    result, rows = labels(bureau, oel=f"list,record_id,oel\nspring,2,\nautumn,1,{OEL}\nspring,1,\n")
    assert [row["line1"] for row in rows] == ["#BYOBOFN", "#BXNHJVF ******* 5-DIG 87110", "#BYOBOFN"]
    assert result["lists"] == {"spring": 2, "autumn": 1}


@pytest.mark.parametrize(
    ("presort", "reason", "line", "says"),
    [
        ("1,\n2,\n", "presort-lost", None, "1 mailable records of the drop are missing; the first is 3"),
        ("", "presort-lost", None, "3 mailable records of the drop are missing; the first is 1"),
        ("1,\n2,\n3,\n8,\n9,\n", "presort-invented", 5, "8: no mailable record of the drop; the presort has 2"),
        ("1,\n2,\n3,\n4,\n", "presort-invented", 5, "4: no mailable record"),
        ("1,\n2,\n3,\n2,\n", "repeated", 5, "2: stands in the file already"),
    ],
)
def test_a_presort_that_lost_invented_or_repeated_records_is_refused_with_how_many_and_the_first(
    bureau: Bureau, presort: str, reason: str, line: int | None, says: str
) -> None:
    take(bureau, "spring", "1", "2", "3")
    take(bureau, "spring", "4", status="held")
    release(bureau)
    with pytest.raises(SetAsideError, match=says) as error:
        labels(bureau, oel=f"record_id,oel\n{presort}")
    assert (error.value.reason, error.value.line) == (reason, line)
    assert not (bureau.folder / "fall.csv").exists()
    assert bureau.value("SELECT count(*) FROM label_run") == 0


def test_keylines_of_two_lengths_under_one_code_are_refused(bureau: Bureau) -> None:
    take(bureau, "spring", "1", "2")
    with writing(bureau.house.engine) as store:
        store.run("UPDATE addressee SET keyline = '00000018' WHERE record_id = '2'")
    release(bureau)
    with pytest.raises(SetAsideError, match="8 to 10 characters") as error:
        labels(bureau)
    assert error.value.reason == "mixed-length"


@pytest.mark.parametrize(("format_", "says"), [("fixed", b"#0000 0000 18#"), ("zpl", b"^XA"), ("pdf", b"%PDF")])
def test_a_drop_is_written_in_every_format(bureau: Bureau, format_: str, says: bytes) -> None:
    take(bureau, "spring", "1", "2")
    release(bureau)
    path = bureau.folder / f"labels.{format_}"
    result = write_drop_labels(bureau.house, "fall", path, format=format_)
    assert (result["labels"], result["format"]) == (2, format_)
    assert says in path.read_bytes()
    assert bureau.all("SELECT format, labels FROM label_run") == [(format_, 2)]


def test_records_that_do_not_fit_are_counted_with_their_own_list(bureau: Bureau) -> None:
    bureau.create("autumn", account="BXNHJVF")
    take(bureau, "spring", "1", "2")
    take(bureau, "autumn", "1", company="X" * 60)
    take(bureau, "autumn", "3")
    release(bureau, lists=("spring", "autumn"))
    result = write_drop_labels(bureau.house, "fall", bureau.folder / "labels.zpl", format="zpl")
    assert (result["labels"], result["lists"], result["rejected"]) == (3, {"spring": 2, "autumn": 1}, 1)


def test_the_proof_of_a_drop_shows_the_serials_that_will_be_printed(empty_bureau: Bureau) -> None:
    empty_bureau.create(account="567094", stid="082")
    take(empty_bureau, "spring", "1", "2")
    release(empty_bureau)
    told = write_drop_proof(empty_bureau.house, "fall", empty_bureau.folder / "proof.pdf")
    assert (told["labels"], told["shown"], told["faults"]) == (2, 2, 0)
    assert empty_bureau.value("SELECT count(*) FROM label_run") == 0
    shown = empty_bureau.all("SELECT serial FROM piece ORDER BY serial")
    result, rows = labels(empty_bureau)
    assert result["serials"] == 0
    assert [(row["keyline"],) for row in rows] == shown


def test_without_a_drop_or_an_stid_nothing_is_written(empty_bureau: Bureau) -> None:
    with pytest.raises(UsageError, match="no drop"):
        labels(empty_bureau)
    empty_bureau.create(account="567094")
    take(empty_bureau, "spring", "1")
    release(empty_bureau)
    with pytest.raises(UsageError, match="--stid"):
        labels(empty_bureau)
    assert empty_bureau.value("SELECT count(*) FROM piece") == 0
