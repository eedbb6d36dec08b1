"""The manual says what the code does: nothing undocumented, nothing out of date, no dead link, no invented command."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
import typer.main

from daemon import config
from scripts.make_docs.__main__ import faults, pages
from scripts.make_docs.commands import every_command, silent
from scripts.make_docs.text import DOCS, ROOT, words

PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *DOCS.rglob("*.md")])
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(#[^)\s]*)?\)")
CALL = re.compile(r"(?:^|\$ |`)(listkeeper [^`\n]*)", re.MULTILINE)
MODULE = re.compile(r"\b(?:daemon|keyline|schemas|scripts|tests)/[\w/]+\.py\b")
MODULES_OF_OTHERS = {"daemon/daemon.py", "daemon/pidfile.py"}


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_every_command_setting_reason_and_layout_is_documented() -> None:
    assert faults(words()) == []


def test_the_reference_pages_are_up_to_date() -> None:
    stale = [
        shown(path)
        for path, text in pages(words()).items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    assert stale == [], "run `make docs`"


@pytest.mark.parametrize(
    ("section", "name"),
    [
        ("set_aside", "wrong-count"),
        ("set_aside", "nested-zip"),
        ("input", "encoding"),
        ("key", "check-digit"),
        ("review", "name_differs"),
        ("kept", "superseded"),
        ("status", "vacant"),
        ("settings", "acs.zip_password"),
    ],
)
def test_what_has_no_words_and_words_that_nothing_uses_are_caught(section: str, name: str) -> None:
    said = words()
    said[section]["no-such-thing"] = said[section].pop(name)
    found = faults(said)
    assert any(f"[{section}] has no {name}" in fault for fault in found)
    assert any(f"[{section}] no-such-thing" in fault for fault in found)


def test_a_command_without_help_is_caught() -> None:
    app = typer.Typer()

    @app.command()
    def mute(name: str) -> None: ...

    found = list(silent({"listkeeper mute": typer.main.get_command(app)}))
    assert "command listkeeper mute: no help" in found
    assert "command listkeeper mute: name has no help" in found


def test_the_readme_begins_with_demo_and_test() -> None:
    blocks = FENCE.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    commands = [line.split("#")[0].strip() for _, text in blocks for line in text.splitlines() if line.strip()]
    assert commands[:2] == ["make demo", "make test"]


@pytest.mark.parametrize("path", PAGES, ids=shown)
def test_every_link_leads_somewhere(path: Path) -> None:
    dead = [
        target
        for target, _ in LINK.findall(path.read_text(encoding="utf-8"))
        if not target.startswith(("http://", "https://")) and not (path.parent / target).exists()
    ]
    assert dead == []


@pytest.mark.parametrize("path", PAGES, ids=shown)
def test_every_command_in_the_manual_is_one(path: Path) -> None:
    commands = every_command()
    wrong = [fault for call in CALL.findall(path.read_text(encoding="utf-8")) for fault in faults_of(call, commands)]
    assert wrong == []


def faults_of(call: str, commands: dict[str, object]) -> Iterator[str]:
    """What is wrong with one quoted call: its command, or an option that the command does not have."""
    words_of = call.partition(" #")[0].split()
    names = [name for name in commands if words_of[: name.count(" ") + 1] == name.split()]
    groups = {name.rsplit(" ", 1)[0] for name in commands} | {"listkeeper"}
    if not names:
        if " ".join(word for word in words_of if not word.startswith("-")) not in groups:
            yield f"{call}: no such command"
        return
    options = {option for each in commands[names[0]].params for option in each.opts}  # type: ignore[attr-defined]
    for word in words_of:
        option = word.strip("[]").split("=")[0]
        if option.startswith("--") and option not in {*options, "--help"}:
            yield f"{call}: {names[0]} has no {option}"


@pytest.mark.parametrize("path", PAGES, ids=shown)
def test_every_setting_in_the_manual_is_understood(path: Path, tmp_path: Path) -> None:
    for language, text in FENCE.findall(path.read_text(encoding="utf-8")):
        if language == "toml" and "[columns]" not in text:
            (tmp_path / config.FILE).write_text(text, encoding="utf-8")
            config.load(tmp_path)


@pytest.mark.parametrize("path", PAGES, ids=shown)
def test_every_module_in_the_manual_is_there(path: Path) -> None:
    named = set(MODULE.findall(path.read_text(encoding="utf-8"))) - MODULES_OF_OTHERS
    assert [name for name in sorted(named) if not (ROOT / name).is_file()] == []


def test_every_column_of_a_list_file_is_explained() -> None:
    from daemon.lists.columns import COLUMNS

    page = (DOCS / "howto" / "import-a-list.md").read_text(encoding="utf-8")
    assert [column for column in COLUMNS if f"`{column}`" not in page] == []
