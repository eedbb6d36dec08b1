"""The year of a client: its drops, who said what of its lists, the runs, the costs; nobody else's."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from pypdf import PdfReader

from daemon.db import writing
from daemon.drop.year import client_report, write_client_report
from daemon.errors import UsageError
from tests.bureau import Bureau
from tests.daemon.drop import drops
from tests.running import Command


@pytest.fixture
def bureau(database_url: str, home: Path, desk: Path) -> Iterator[Bureau]:
    """A bureau with a mailed drop of Acme, a checked one, one of last year, and a client Brown."""
    bureau = Bureau.on(database_url, home, desk)
    drops.furnish(bureau)
    bureau.create("other", client="Brown")
    drops.care(bureau, "spring", "cass", dpv="YDYNYYY")
    drops.care(bureau, "autumn", "ncoa", certified=False)
    drops.drop(bureau, "september", state="mailed", mail_date="2026-09-12")
    drops.drop(bureau, "december")
    drops.drop(bureau, "long-ago", state="mailed", mail_date="2025-12-31")
    yield bureau
    bureau.house.engine.dispose()


def test_the_drops_of_the_year_add_up_to_what_was_mailed(bureau: Bureau) -> None:
    told = client_report(bureau.house, "Acme")
    assert (told["year"], [each["drop"] for each in told["drops"]]) == (2026, ["september", "december"])
    totals = told["totals"]
    assert (totals["drops"], totals["read"], totals["mailable"], totals["print_output"]) == (1, 10, 3, 4)
    assert sum(totals["reasons"].values()) == totals["read"] - totals["mailable"]
    assert [each["drop"] for each in client_report(bureau.house, "Acme", 2025)["drops"]] == ["long-ago"]


def test_what_told_of_moves_is_counted_by_source_while_it_stands(bureau: Bureau) -> None:
    with writing(bureau.house.engine) as store:
        result = {"lists": {"spring": {"moved": 3, "suppressed": 1}, "other": {"moved": 50}}}
        columns = ("kind", "status", "file", "applied_at", "result")
        names = ", ".join(columns)
        for kind, status, at in (
            ("acs", "applied", "2026-03-01"),
            ("acs", "undone", "2026-03-02"),
            ("acs", "applied", "2025-03-01"),
        ):
            number = store.next_id("batch")
            store.run(
                f"""INSERT INTO batch (id, {names}, member, sha256, content_sha256, archived, layout, customer,
                shipment, create_date, read, moved, suppressed, held, kept, review, rejected, answered, first_decision,
                last_decision, first_change, last_change, manifest) VALUES (:id, :kind, :status, 'f', :at, :result,
                :mark, :mark, :mark, '', '', :mark, '', '', 54, 53, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, '')""",
                **{"id": number, "kind": kind, "status": status, "at": f"{at}T01:00:00+00:00"},
                result=json.dumps(result),
                mark=f"{number:064}",
            )
    sources = {each["source"]: each for each in client_report(bureau.house, "Acme")["sources"]}
    assert (sources["acs"]["batches"], sources["acs"]["moved"], sources["acs"]["suppressed"]) == (1, 3, 1)
    assert (sources["cass"]["kept"], sources["ncoa"]["kept"]) == (7, 3)


def test_runs_and_rates_stand_in_the_order_of_their_days(bureau: Bureau) -> None:
    told = client_report(bureau.house, "Acme")
    assert [(each["kind"], each["list"], each["rate"], each["certified"]) for each in told["care"]] == [
        ("cass", "spring", 85.7, True),
        ("ncoa", "autumn", None, False),
    ]
    points = [(each["day"], each["what"], each["percent"]) for each in told["deliverability"]]
    assert points == [("2026-09-12", "mailable", 30.0), ("2026-11-18", "coded", 85.7), ("2026-12-01", "mailable", 30.0)]
    assert client_report(bureau.house, "Brown")["care"] == []


def test_costs_are_those_of_the_client(bureau: Bureau) -> None:
    costs = client_report(bureau.house, "Acme")["costs"]
    assert [each["client"] for each in costs["clients"]] == ["Acme"]
    assert {each["list"] for each in costs["clients"][0]["lists"]} == {"spring", "autumn"}


@pytest.mark.parametrize("form", ["pdf", "html", "json"])
def test_it_is_printed_the_same_twice_and_names_nobody(bureau: Bureau, form: str) -> None:
    path = bureau.folder / f"acme.{form}"
    write_client_report(bureau.house, "Acme", path, 2026)
    first = path.read_bytes()
    bureau.on_day("2027-02-01")
    write_client_report(bureau.house, "Acme", path, 2026)
    assert path.read_bytes() == first
    text = first.decode("utf-8", "replace")
    if form == "pdf":
        text = " ".join(" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(first)).pages)
    for word in ("september", "not CASS certified" if form == "json" else "Not CASS certified: job 2", "Acme"):
        assert word in text
    assert not [word for word in ("wilhelmina", "smythe", "elm st", "Brown") if word in text]


def test_a_client_or_year_that_there_is_not_is_wrong_usage(bureau: Bureau) -> None:
    with pytest.raises(UsageError, match="there is no client 'Nobody'"):
        client_report(bureau.house, "Nobody")
    with pytest.raises(UsageError, match="--year: 26"):
        client_report(bureau.house, "Acme", 26)
    with pytest.raises(UsageError, match=r"a report is a \.pdf"):
        write_client_report(bureau.house, "Acme", bureau.folder / "acme.txt")


def test_the_command_prints_it_and_writes_it(house: Command, desk: Path) -> None:
    house("list", "create", "spring", "--client", "Acme Seeds", "--account", "BYOBOFN").ok()
    said = house("client", "report", "Acme Seeds", "--year", "2026").ok()
    assert said.out.startswith("Acme Seeds, 2026\n")
    assert house("client", "report", "Acme Seeds", "acme.pdf", "--json").ok().json["format"] == "pdf"
    assert (desk / "acme.pdf").read_bytes().startswith(b"%PDF")
    assert house("client", "report", "Nobody").code == 2
