"""`listkeeper suppress`, as an operator uses it."""

from __future__ import annotations

from pathlib import Path

from tests.daemon.commands.mailing import NAMES, make_list
from tests.running import Command

ROWS = "first_name,last_name,address1,zip5\nPaul,Jones,14 OLDHAVEN ST,87110\nAnn,Lee,,87110\n"


def test_a_file_is_loaded_listed_replaced_and_withdrawn(house: Command, desk: Path) -> None:
    make_list(house, desk)
    assert "There is no suppression file yet" in house("suppress", "list").ok().out
    path = desk / "out.csv"
    path.write_text(ROWS, encoding="utf-8")
    how = ("suppress", "add", "client", path, "--source", "Acme CRM", "--client", "Acme Seeds", "--as-of")
    said = house(*how, "2025-11-01").ok().out
    assert "Suppression file 1 (client, Acme CRM) is in force for Acme Seeds: 1 row, matched by individual." in said
    assert "1 row set aside" in said
    assert (desk / "out.rejects.csv").is_file()
    assert "nothing was loaded" in house(*how, "2025-11-01").ok().out
    path.write_text(ROWS.replace("14", "15"), encoding="utf-8")
    told = house(*how, "2025-11-02", "--max-age", 30, "--json").ok().json
    assert (told["status"], told["replaced"], told["scope"]) == ("added", 1, {"client": "Acme Seeds", "list": None})
    listed = house("suppress", "list").ok().out
    assert "Acme CRM" in listed
    assert "withdrawn" in listed
    assert "stale" in listed
    assert "is withdrawn" in house("suppress", "withdraw", 2).ok().out
    states = [each["state"] for each in house("suppress", "list", "--json").ok().json["files"]]
    assert states == ["withdrawn", "withdrawn"]


def test_a_file_without_its_day_or_without_our_columns_ends_as_the_manual_says(house: Command, desk: Path) -> None:
    path = desk / "out.csv"
    path.write_text("Name,Street\nPaul Jones,14 OLDHAVEN ST\n", encoding="utf-8")
    assert house("suppress", "add", "preference", path, "--source", "A").code == 2
    assert house("suppress", "add", "dislike", path, "--source", "A", "--as-of", "2025-11-01").code == 2
    refused = house("suppress", "add", "preference", path, "--source", "A", "--as-of", "2025-11-01", "--json")
    assert (refused.code, refused.json["reason"]) == (65, "header")
    assert not any(name in refused.err for name in NAMES)
    assert house("suppress", "add", "preference", desk / "no.csv", "--source", "A", "--as-of", "2025-11-01").code == 2
