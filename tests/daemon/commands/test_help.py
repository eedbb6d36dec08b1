"""The command as a whole: help that teaches, errors by family, quick to start."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from daemon import cli as command_line
from tests.daemon.commands.mailing import make_list
from tests.running import Command, run_here


def every_command() -> list[tuple[str, ...]]:
    """Return the words of every command and group there is."""

    def walk(command: object, words: tuple[str, ...]) -> list[tuple[str, ...]]:
        found = [words] if words else []
        for name, child in getattr(command, "commands", {}).items():
            found += walk(child, (*words, name))
        return found

    return walk(typer.main.get_command(command_line.app), ())


ROOT = Path(__file__).parents[3]
GROUPS = [
    *(("list",), ("batch",), ("review",), ("keyline",), ("imb",), ("feeds",), ("host",), ("paf",), ("care",)),
    *(("return",), ("client",), ("suppress",), ("price",), ("drop",)),
]


def test_every_command_of_the_manual_is_there() -> None:
    lists = {("list", name) for name in ("create", "change", "import", "export", "show", "lock", "unlock", "seed")}
    keys = {("keyline", name) for name in ("make", "check", "lint")} | {("imb", "encode"), ("imb", "decode")}
    files = {("inspect",), ("plan",), ("apply",), ("undo",), ("batch", "list"), ("batch", "show")}
    asked = {("review", name) for name in ("list", "accept", "reject")} | {("why",), ("labels",)}
    asked |= {("return", "add"), ("return", "scan")}
    house = {("demo",), ("doctor",), ("backup",), ("restore",), ("run",), ("jobs",)}
    house |= {("feeds", "status"), ("replay",), ("host", "trust")}
    proofs = {("paf", name) for name in ("add", "list", "withdraw")} | {("proof",)}
    clients = {("client", "report")} | {("suppress", name) for name in ("add", "list", "withdraw")}
    costs = {("costs",), ("advise",), ("price", "add"), ("price", "list")}
    care = {("care", name) for name in ("status", "run", "jobs", "cancel", "retry", "approve")}
    mailing = ("create", "check", "show", "list", "rows", "release", "labels", "mailed", "report")
    drops = {("drop", name) for name in mailing} | clients | costs
    assert set(every_command()) == {*GROUPS, *lists, *keys, *files, *asked, *house, *proofs, *care, *drops}


@pytest.mark.parametrize("words", every_command(), ids=" ".join)
def test_help_has_a_summary_an_example_and_no_line_over_eighty(words: tuple[str, ...]) -> None:
    ran = run_here((*words, "--help"), {"COLUMNS": "80", "NO_COLOR": "1", "TERMINAL_WIDTH": "80"}).ok()
    assert f"Usage: listkeeper {' '.join(words)}" in ran.out
    assert max(map(len, ran.out.splitlines())) <= 80
    if words not in GROUPS:
        assert f"listkeeper {' '.join(words)}" in ran.out.partition("Example:")[2]
        if words not in (("list", "show"), ("batch", "list")):
            assert "…" not in ran.out, "a column was cut"


def test_help_starts_quickly() -> None:
    # Processor time: how long it takes by the clock depends on who else is at work.
    assert min(_seconds("--help") for _ in range(3)) < 0.4


def test_help_loads_no_database() -> None:
    program = "import sys, daemon.cli; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, encoding="utf-8", check=True)
    heavy = {"sqlalchemy", "sqlmodel", "alembic", "psycopg", "pydantic", "structlog", "rich.table", "pyzipper"}
    assert heavy & set(ran.stdout.split()) == set()


def _seconds(*words: str) -> float:
    before = os.times()
    subprocess.run([sys.executable, "-m", "daemon", *words], cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def test_completion_of_commands_and_lists_works(cli: Command, desk: Path) -> None:
    make_list(cli, desk)

    def complete(*words: str) -> list[str]:
        line = {"_LISTKEEPER_COMPLETE": "complete_bash", "COMP_WORDS": " ".join(words), "COMP_CWORD": "2"}
        return cli(env=line).out.split()

    assert "import" in complete("listkeeper", "list", "im")
    assert complete("listkeeper", "labels", "spr") == ["spring"]


def test_version_says_which(house: Command) -> None:
    assert house("--version").ok().out.startswith("listkeeper 0.")


def test_a_wrong_word_is_wrong_usage_and_json_stays_one_document(house: Command) -> None:
    ran = house("appply", "x", "--json")
    assert ran.code == 2
    assert ran.json["exit_code"] == 2
    assert house("list").code == 2


def test_settings_that_cannot_be_read_end_with_78_and_the_remedy(house: Command, home: Path) -> None:
    (home / "listkeeper.toml").write_text("[schedule]\naply = 'x'\n", encoding="utf-8")
    ran = house("list", "show", "--json")
    assert ran.code == 78
    assert "schedule.aply" in ran.json["error"]
    assert "schedule.aply" in ran.err


def test_a_database_that_is_busy_ends_with_75(capsys: pytest.CaptureFixture[str]) -> None:
    from daemon.errors import TryAgainError

    error = TryAgainError("another Listkeeper is writing")
    assert command_line._failed(error, as_json=False) == 75
    assert "another Listkeeper" in capsys.readouterr().err


def test_a_bug_ends_with_1_and_its_message_tells_nobody_a_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("LISTKEEPER_DEBUG", raising=False)
    assert command_line._bug(ValueError("MARY SMITH"), as_json=True) == 1
    said = capsys.readouterr()
    assert "ValueError" in said.err
    assert "MARY" not in said.err + said.out
    monkeypatch.setenv("LISTKEEPER_DEBUG", "1")
    command_line._bug(ValueError("told to who asks for it"), as_json=False)
    assert "ValueError: told to who asks for it" in capsys.readouterr().err


def test_a_reader_who_goes_away_early_changes_nothing_about_the_exit_code(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_text("0000000018\n" * 5000)  # thousands of duplicates: far more than a pipe holds
    command = [sys.executable, "-m", "daemon", "keyline", "lint", str(path), "--json"]
    running = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert running.stdout is not None
    running.stdout.readline()
    running.stdout.close()
    assert running.wait(30) == 65
    assert running.stderr is not None
    assert running.stderr.read() == b""
    running.stderr.close()
