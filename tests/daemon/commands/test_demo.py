"""`demo`: the year of one list on invented data, and what it leaves to try commands on."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import shlex
import time
import zipfile
from datetime import date, datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from daemon.care.jobs import FOLDER
from daemon.demo import data, post_office
from daemon.demo.care import EARLY, GONE, PENDING, RESCUE
from daemon.demo.data import SIZE, first_file, people
from daemon.demo.story import tell_story
from daemon.simulator.coding import COLUMNS, Coder
from daemon.simulator.invent import STREETS
from daemon.simulator.places import places
from schemas.cass import DELIVERABLE
from tests.running import Ran, run_here, run_process

PILES = ("moved", "suppressed", "held", "kept", "review", "rejected")
UNCERTIFIED = "not CASS certified"


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """The demo, run once for all of these tests; on SQLite whatever the environment says."""
    home = tmp_path_factory.mktemp("demo") / "home"
    env = {"LISTKEEPER_DATABASE_URL": "postgresql+psycopg://nobody@127.0.0.1:1/nothing"}
    return run_here(("demo", "--home", home, "--json"), env)


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """The demo as it is printed, by a process of its own, in a folder that it chooses."""
    desk = tmp_path_factory.mktemp("printed")
    started = time.monotonic()
    ran = run_process(("demo",), {"TMPDIR": str(desk), "PATH": "/usr/bin"}, desk, None).ok()
    assert time.monotonic() - started < 30
    return ran


def results(told: Ran) -> dict[str, Any]:
    return {step["name"]: step["result"] for step in told.ok().json["steps"]}


def ask(told: Ran, *words: str) -> Any:
    """What a command says of the home that the demo has left."""
    return run_here((*words, "--json"), {"LISTKEEPER_HOME": told.json["home"]}).ok().json


def status_of(told: Ran, record_id: str) -> tuple[str, str]:
    now = ask(told, "why", "spring", record_id)["now"]
    return now["status"], now["status_reason"]


def test_it_goes_from_the_list_to_the_proof(told: Ran) -> None:
    steps = [step["name"] for step in told.ok().json["steps"]]
    assert steps == [
        *("create", "import", "cass-out", "cass-engine", "cass-back", "paf", "ncoa-out", "ncoa-engine", "ncoa-back"),
        *("labels", "plan", "apply", "why", "review", "accept", "correct", "undo", "again", "night", "due"),
        *("cycle-out", "cycle-engine", "cycle-back", "rescue-out", "rescue-engine", "rescue-back"),
        *("next-out", "next-engine", "next-back", "path", "year", "proof"),
    ]
    assert set(told.json) == {"home", "seconds", "files", "steps", "summary"}
    found = results(told)
    assert (found["import"]["added"], found["import"]["rejected"]) == (SIZE, 2)
    assert found["apply"]["status"] == found["again"]["status"] == "applied"
    assert found["undo"]["undone"]
    assert [each["record_id"] for each in found["undo"]["conflicts"]] == ["S0018"]


def test_every_code_and_every_kind_of_end_is_in_it(told: Ran) -> None:
    apply = results(told)["apply"]
    assert all(apply[pile] for pile in PILES)
    assert apply["read"] == sum(apply[pile] for pile in PILES)
    reasons = set(apply["reasons"])
    assert reasons >= {
        *("moved", "already_there", "foreign_move", "incomplete_new_address", "moved_left_no_address"),
        *("po_box_closed", "deceased", "attempted_not_known", "no_such_number", "no_such_street", "vacant"),
        *("no_mail_receptacle", "first_strike", "refused", "forwarding_order_expired", "insufficient_address"),
        *("illegible", "in_dispute", "temporarily_away", "future_move", "repeat", "superseded", "older_than_ours"),
        *("unknown_account", "no_keyline", "foreign_keyline", "bad_check_digit", "unknown_keyline"),
        *("name_differs", "old_address_differs", "unknown_code", "bad_field"),
    }
    inspected = ask(told, "inspect", str(_zip(told)))
    letters = {each["code"] for each in inspected["codes"]["nixie"]}
    assert letters == set("AEILMNPQRSUV") | set("BDXT")
    assert {each["code"] for each in inspected["codes"]["coa"]} == {"", "G", "K", "W"}
    assert [each["kind"] for each in inspected["companions"]] == ["CB", "SD", "SN"]
    assert inspected["warnings"] == []


def test_its_charges_agree_with_its_shipping_data(told: Ran) -> None:
    apply = results(told)["apply"]
    charges = apply["charges"]
    assert charges["counted"] == charges["header"] != "0.00"
    assert len(apply["warnings"]) == 1  # the record that cannot be read


@cache
def lost() -> set[str]:
    """Whose address the simulator does not confirm."""
    coder, dpv, zip4 = Coder(places()), COLUMNS.index("dpv"), COLUMNS.index("std_zip4")
    found = set()
    for person in people():
        place = person.place
        coded = coder.code((place.line.title(), "", "", place.city, place.state, place.zip5, person.company))
        if coded[dpv] not in DELIVERABLE or not coded[zip4]:
            found.add(person.record_id)
    return found


def test_the_simulator_confirms_most_addresses_and_those_of_everybody_in_the_story() -> None:
    assert 0 < len(lost()) < SIZE / 20
    assert not lost() & {f"S{number:04}" for number in (*range(1, 36), *range(61, 66), *range(101, 125))}


def test_who_cannot_be_found_is_held_and_gets_no_label(told: Ran) -> None:
    found = results(told)
    coded = found["cass-back"]
    assert coded["reasons"]["dpv_not_confirmed"] == coded["held"] == coded["read"] - coded["coding"]["coded"]
    assert coded["held"] == len(lost())
    with (Path(told.json["home"]) / "demo/spring-labels.csv").open(encoding="utf-8", newline="") as file:
        labels = {row["record_id"] for row in csv.DictReader(file)}
    assert len(labels) == found["labels"]["labels"]
    assert lost() - set(EARLY)
    assert not labels & (lost() - set(EARLY))  # those of EARLY have moved to an address that was found


def test_every_count_of_every_answer_closes(told: Ran) -> None:
    found = results(told)
    for name in ("cass", "ncoa", "cycle", "rescue", "next"):
        out, back = found[f"{name}-out"], found[f"{name}-back"]
        assert back["read"] == out["sent"] == sum(back[pile] for pile in PILES) == sum(back["reasons"].values())
        assert back["job"] == out["job"]
    (record,) = ask(told, "care", "status", "spring")["lists"]
    shown = ask(told, "list", "show", "spring")
    assert sum(shown["status"].values()) == shown["size"] > SIZE
    assert record["records"] == shown["size"] - shown["status"]["removed"] - shown["status"]["deceased"]


def test_what_is_due_is_said_with_the_reason(told: Ran) -> None:
    (known,) = results(told)["due"]["lists"]
    due = {each["kind"]: each for each in known["due"]}
    assert due["cass"]["due"]
    assert due["ncoa"]["due"]
    assert (due["cass"]["reason"], due["ncoa"]["reason"]) == ("cycle", "rescue")
    assert known["held"]["forwarding_order_expired"] == len(post_office.EXPIRED)


def test_the_held_are_rescued_or_removed_with_the_reason(told: Ran) -> None:
    found = results(told)
    back, held = found["rescue-back"], len(post_office.EXPIRED)
    assert found["again"]["reasons"]["forwarding_order_expired"] == held == 6
    assert (back["moved"], back["suppressed"]) == (2, 3)
    ends = {record_id: status_of(told, record_id) for record_id in post_office.EXPIRED}
    for record_id, code in RESCUE.items():
        if code in ("A", "66"):
            assert ends[record_id] == ("mailable", "moved")
            sent_to = {entry["to"] for entry in ask(told, "why", "spring", record_id)["history"] if entry["to"]}
            assert len(sent_to) > 1
    assert ends[GONE] == ("removed", "moved_left_no_address")
    assert [ends[record_id] for record_id in post_office.EXPIRED if record_id not in RESCUE] == [
        ("removed", "ncoa_no_match")
    ] * 2


def test_the_pending_one_stays_held_until_the_next_round_and_why_tells_the_whole_path(told: Ran) -> None:
    found = results(told)
    path = found["path"]
    assert (path["record_id"], path["now"]["status"]) == (PENDING, "mailable")
    assert path["now"]["stamp"]["certified"] is False
    said = [entry for entry in path["history"] if entry["what"] == "notice" and not entry["undone"]]
    nixie, pending, rescued = (
        next(entry for entry in said if (entry["said"] or "").startswith(words))
        for words in ("nixie Q", "NCOALink 66", "NCOALink A")
    )
    assert said.index(nixie) < said.index(pending) < said.index(rescued)
    assert (nixie["status"], nixie["file"], nixie["batch"]) == ("held", _zip(told).name, found["again"]["batch"])
    assert pending["outcome"] == "kept"
    assert (rescued["outcome"], rescued["batch"]) == ("moved", found["next-back"]["batch"])
    assert rescued["from"] != rescued["to"] == path["now"]["address"]


def test_the_year_has_a_job_for_every_clock_and_today_is_its_last_day(told: Ran) -> None:
    found = results(told)
    jobs = found["year"]["jobs"]
    assert {job["state"] for job in jobs} == {"applied"}
    assert not any(job["certified"] for job in jobs)
    coded = [date.fromisoformat(job["created_at"][:10]) for job in jobs if job["kind"] == "cass"]
    assert max(later - earlier for earlier, later in pairwise(coded)) <= timedelta(days=62)
    assert coded[-1] - coded[0] > timedelta(days=250)
    proof = found["proof"]
    assert proof["drop"] == proof["written_at"][:10]
    (known,) = proof["lists"]
    assert known["move_update"]["valid"] == known["move_update"]["mailable"]
    assert known["cass"]["holds_on_drop"]
    assert known["paf"]["paf"] == found["paf"]["paf"]


def test_the_proof_opens_its_sums_agree_and_it_names_nobody(told: Ran) -> None:
    proof = results(told)["proof"]
    content = (Path(told.json["home"]) / proof["file"]).read_bytes()
    assert hashlib.sha256(content).hexdigest() == proof["sha256"]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    sums = dict(line.split("  ")[::-1] for line in members.pop("SHA256SUMS").decode().splitlines())
    assert sums == {name: hashlib.sha256(member).hexdigest() for name, member in members.items()}
    assert len(members) + 1 == proof["members"]
    assert not _named(b"\n".join(members.values()).decode())
    assert UNCERTIFIED.upper() in members["summary.txt"].decode()


def test_no_log_and_no_report_names_anybody(told: Ran) -> None:
    home = Path(told.json["home"])
    assert len(_named((home / "demo/spring.csv").read_text(encoding="utf-8"))) > 40  # it would be seen
    assert not _named(told.err)
    reports = [path for path in (home / "reports").rglob("*") if path.is_file()]
    of_jobs = [path for path in (home / FOLDER).rglob("*") if path.is_file() and path.name != "sent.csv"]
    assert len(reports) >= len(results(told)["year"]["jobs"])
    for path in (*reports, *of_jobs):
        assert not _named(path.read_text(encoding="utf-8")), path


def test_the_files_stay_and_every_command_it_names_works_on_them(told: Ran) -> None:
    home = Path(told.ok().json["home"])
    assert {"demo/spring.csv", "demo/spring.rejects.csv", "demo/spring-labels.csv", "demo/3553-1.txt"} <= set(
        told.json["files"]
    )
    env = {"LISTKEEPER_HOME": str(home)}
    assert ask(told, "plan", str(_zip(told)))["status"] == "repeat"
    for words in (
        ("list", "show", "spring"),
        ("batch", "list"),
        ("batch", "show", "3"),
        ("review", "list"),
        ("why", "spring", "S0109"),
        ("care", "status", "spring"),
        ("care", "jobs"),
        ("paf", "list"),
        ("run", "--once"),
        ("doctor",),
    ):
        run_here(words, env).ok()


def test_the_simulators_command_gives_the_very_files_that_were_applied(
    told: Ran, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from daemon.simulator.cli import run

    monkeypatch.chdir(told.json["home"])
    commands = {step["name"]: step["command"] for step in told.json["steps"]}
    for name in ("cass-engine", "rescue-engine"):
        program, kind, sent, answer, *options = shlex.split(commands[name])
        assert program == "listkeeper-simulator"
        report = options[options.index("--report") + 1]
        options[options.index("--report") + 1] = str(tmp_path / f"{kind}.txt")
        assert run([kind, sent, str(tmp_path / f"{kind}.csv"), *options]) == 0
        assert (tmp_path / f"{kind}.csv").read_bytes() == Path(answer).read_bytes()
        assert (tmp_path / f"{kind}.txt").read_bytes() == Path(report).read_bytes()


@pytest.mark.parametrize("day", ["2028-02-29T00:02", "2027-01-01T23:58"])
def test_it_can_be_told_on_any_day(tmp_path: Path, day: str) -> None:
    end = datetime.fromisoformat(day).astimezone()
    steps = {each["name"]: each["result"] for each in tell_story(tmp_path / "home", end=end)["steps"]}
    (known,) = steps["proof"]["lists"]
    assert steps["proof"]["drop"] == steps["proof"]["written_at"][:10] == day[:10]
    assert known["move_update"]["valid"] == known["move_update"]["mailable"]
    assert [due["reason"] for due in steps["due"]["lists"][0]["due"]] == ["cycle", "rescue"]
    assert steps["night"]["due"]["moved"] == 1


def test_the_same_people_each_time_and_none_of_them_real() -> None:
    assert first_file("2026-01-01") == first_file("2026-01-01")
    assert len({person.record_id for person in [*people(), *data.added(1), *data.added(2)]}) == SIZE + 2 * data.ADDED
    assert sum(bool(person.company) for person in people()) == SIZE // 8


def test_it_never_touches_a_home_that_holds_lists(told: Ran) -> None:
    ran = run_here(("demo", "--home", told.json["home"]), {})
    assert ran.code == 2
    assert "new home" in ran.err


def test_printed_it_is_short_and_says_at_its_end_what_happened(printed: Ran) -> None:
    steps, rest = printed.out.split("-- What happened, and where to look next\n")
    assert len(printed.out.splitlines()) <= 170
    assert max(map(len, steps.splitlines())) <= 100
    summary = rest.split("\n\n")[0].splitlines()
    assert [line.split()[0] for line in summary] == [str(number) for number in range(1, 15)]
    home = re.search(r"export LISTKEEPER_HOME=(\S+); cd (\S+)", printed.out)
    assert home is not None
    assert home[1] == home[2]
    assert (Path(home[1]) / "demo/spring-proof.zip").is_file()


def test_whatever_the_simulator_said_is_printed_as_not_certified(printed: Ran) -> None:
    commands = re.split(r"^\$ ", printed.out.replace(" \\\n  ", " "), flags=re.MULTILINE)[1:]
    said = [
        each for each in commands if re.match(r"listkeeper(-simulator| apply demo/\w+-\d| care (status|jobs))", each)
    ]
    assert len(said) == 10
    for each in said:
        assert UNCERTIFIED in each, each
    assert "NOT CASS CERTIFIED" in commands[-1]
    assert re.search(r"Simulated, not CASS certified", printed.out.split("-- What happened")[1])


def test_every_printed_command_is_whole_and_one_of_the_steps(told: Ran, printed: Ran) -> None:
    commands = re.findall(r"^\$ (.+)$", printed.out.replace(" \\\n  ", " "), flags=re.MULTILINE)
    steps = [step["command"] for step in told.json["steps"]]
    assert commands
    assert set(commands) < set(steps)
    untold = set(steps) - set(commands)
    assert all(command.startswith("listkeeper-simulator ") for command in untold)


def _zip(told: Ran) -> Path:
    (name,) = (name for name in told.ok().json["files"] if name.startswith("demo/P") and name.endswith(".zip"))
    return Path(told.json["home"]) / name


def _named(text: str) -> set[str]:
    """The names and streets of the list that a text tells."""
    names = {name.lower() for name in (*data.LAST_NAMES, *data.COMPANY_NAMES, *data.STREETS, *STREETS)}
    words = text.lower()
    return {name for name in names if re.search(rf"\b{re.escape(name)}\b", words)}
