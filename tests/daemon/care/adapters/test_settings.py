"""What an `[[adapter]]` may say, and how a fault in it is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from daemon import config
from daemon.care.adapters.settings import HttpAdapter
from daemon.errors import OperatorError
from tests.vendor_service import Vendor

HEAD = '[[adapter]]\nname = "engine"\n'
HOT = f'{HEAD}kind = "hot-folder"\ninbox = "in"\noutbox = "out"\n'
COMMAND = f'{HEAD}kind = "command"\n'
WEB = Vendor("https://vendor.example").settings()


def fault_of(home: Path, toml: str) -> str:
    """What is said of these settings."""
    (home / config.FILE).write_text(toml)
    with pytest.raises(OperatorError) as told:
        config.load(home)
    return str(told.value).removeprefix(f"{home / config.FILE}: ")


@pytest.mark.parametrize(
    ("toml", "told"),
    [
        (HEAD, 'adapter[0].kind: missing; write kind = "hot-folder", "command"'),
        (f'{HEAD}kind = "fax"', 'adapter[0].kind: unknown kind; write kind = "hot-folder"'),
        (f'{HOT}ansver = "x"', 'adapter[0].ansver: unknown key; did you mean "answer"?'),
        (f'{HOT}answer = "result.csv"', "adapter[0].answer: should have {token} in it"),
        (f'{HOT}reports = ["{{tokken}}"]', "adapter[0].reports[0]: should have {token} in it"),
        (f'{HEAD}kind = "hot-folder"\ninbox = "x"\noutbox = "x/"', "adapter[0]: inbox and outbox are one folder"),
        (f'{HOT}timeout = "soon"', "adapter[0].timeout: should be a number and a unit"),
        (f"{HOT}{HOT}", "adapter[1].name: a feed, another adapter or the operator has this name"),
        (HOT.replace("engine", "manual"), "adapter[0].name: a feed, another adapter or the operator has this name"),
        (f'{COMMAND}command = []', "adapter[0].command: is empty"),
        (f'{COMMAND}command = ["x", "{{inn}}"]', "adapter[0].command[1]: {inn} is no name we fill in; the names are"),
        (f'{COMMAND}command = ["x"]\nexit_codes = {{ "zero" = "done" }}', "is not written as it must be"),
        (f'{COMMAND}command = ["x"]\nexit_codes = {{ "0" = "fine" }}', "should be one of 'done', 'again'"),
        (WEB.replace("https://", "http://"), "adapter[0]: url would send people's addresses readable for all"),
        (WEB.replace('secret = "keys/vendor"', ""), "adapter[0]: step[0]: {secret} is not known there"),
        (WEB.replace('take = { guid = "job.guid" }', ""), "adapter[0]: step[1]: {remote.guid} is not known there"),
        (WEB.replace('does = "download"', 'does = "report"'), "adapter[0]: step: the first submits, exactly one"),
        (WEB.replace('secret = "keys/vendor"', "budget = 25.0"), "adapter[0].budget: should be dollars in quotes"),
        (WEB.replace('does = "poll"', 'does = "start"'), "adapter[0].step[1]: done says when a poll has ended"),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_its_key_and_a_remedy(tmp_path: Path, toml: str, told: str) -> None:
    assert told in fault_of(tmp_path, toml)


def test_an_adapter_has_defaults_that_are_safe(tmp_path: Path) -> None:
    (tmp_path / config.FILE).write_text(WEB)
    (adapter,) = config.load(tmp_path).adapters
    assert isinstance(adapter, HttpAdapter)
    assert (adapter.budget, adapter.timeout.total_seconds(), adapter.does) == (0, 86400, ("cass", "ncoa"))
