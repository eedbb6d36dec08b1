"""What the settings say of engines: adapters that are named, folders that are watched, programs that are started."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import Any

from daemon import config
from daemon.care.adapters.settings import AnyAdapter, CommandAdapter, HotFolderAdapter
from daemon.care.jobs import MANUAL
from daemon.checks.finding import Finding, Visit

CHECK = "engines"


def engines(visit: Visit) -> Iterator[Finding]:
    """Is every adapter there that care is to go to, and can each hand files over?"""
    known = {adapter.name: adapter for adapter in visit.settings.adapters}
    of_lists = [(f"list.{name}.care", each.care) for name, each in visit.settings.lists.items()]
    for where, care in (("care", visit.settings.care), *of_lists):
        yield from _named(where, care, known)
    for adapter in visit.settings.adapters:
        if isinstance(adapter, HotFolderAdapter):
            yield from (_folder(visit, adapter, which) for which in ("inbox", "outbox"))
        elif isinstance(adapter, CommandAdapter):
            yield _program(visit, adapter)


def _named(where: str, care: Any, known: dict[str, AnyAdapter]) -> Iterator[Finding]:
    for kind in ("cass", "ncoa"):
        name = getattr(care, kind)
        if name in (None, MANUAL):
            continue
        if name not in known:
            told = f"{where}.{kind}: there is no adapter {name}"
            yield Finding(CHECK, "fail", told, "add an [[adapter]] of that name, or correct it")
        elif kind not in known[name].does:
            told = f"{where}.{kind}: adapter {name} does no {kind}"
            yield Finding(CHECK, "fail", told, "correct `does` of the adapter, or name another")


def _folder(visit: Visit, adapter: HotFolderAdapter, which: str) -> Finding:
    folder = config.inside(visit.home, getattr(adapter, which))
    where = f"adapter {adapter.name}: {which} {folder}"
    if not folder.is_dir():
        if folder.is_relative_to(visit.home):
            return Finding(CHECK, "ok", f"{where}: is made with the first job")
        return Finding(CHECK, "fail", f"{where}: there is no such folder", f"make it, or correct {which}")
    # What was taken out of the outbox is moved or deleted there, unless it is left.
    writes = which == "inbox" or adapter.after != "leave"
    rights = os.R_OK | os.X_OK | (os.W_OK if writes else 0)
    if not os.access(folder, rights):
        return Finding(CHECK, "fail", f"{where}: may not be used", "give this user the folder")
    return Finding(CHECK, "ok", f"{where}: may be {'read and written' if writes else 'read'}")


def _program(visit: Visit, adapter: CommandAdapter) -> Finding:
    program = adapter.command[0]
    wanted = str(config.inside(visit.home, program)) if "/" in program else program
    if shutil.which(wanted, path=adapter.env.get("PATH")) is None:
        told = f"adapter {adapter.name}: there is no program {program}, or it may not be run"
        return Finding(CHECK, "fail", told, "install it, or correct `command`")
    return Finding(CHECK, "ok", f"adapter {adapter.name}: {program} is there")
