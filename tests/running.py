"""How tests call the `listkeeper` command, and what they get back."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import traceback
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

SECONDS = 120  # a command that takes longer in a test hangs


@dataclass(frozen=True)
class Ran:
    """What one command did: exit code, and everything it said."""

    args: tuple[str, ...]
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON document on stdout. Anything beside it is a failure."""
        return json.loads(self.out)

    def ok(self) -> Ran:
        """Itself, where the command ended with 0; otherwise a failure that shows what was said."""
        assert self.code == 0, f"{self}"
        return self

    def __str__(self) -> str:
        said = f"listkeeper {' '.join(self.args)}: exit {self.code}"
        return f"{said}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"


Command = Callable[..., Ran]  # command("list", "show", "spring", "--json")


def environment(home: Path, database_url: str | None) -> dict[str, str]:
    """The few variables a command sees: what a service would have, and nothing of the person testing."""
    env = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "SYSTEMROOT") if name in os.environ}
    env |= {"LISTKEEPER_HOME": str(home), "LANG": "C.UTF-8", "NO_COLOR": "1", "COLUMNS": "160"}
    if database_url is not None:
        env["LISTKEEPER_DATABASE_URL"] = database_url
    return env


def run_process(args: tuple[object, ...], env: Mapping[str, str], desk: Path, stdin: str | None) -> Ran:
    """Run the real command in a process of its own."""
    words = tuple(map(str, args))
    done = subprocess.run(
        [sys.executable, "-m", "daemon", *words],
        env=dict(env),
        cwd=desk,
        input=stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        capture_output=True,
        encoding="utf-8",
        timeout=SECONDS,
        check=False,
    )
    return Ran(words, done.returncode, done.stdout, done.stderr)


def run_here(args: tuple[object, ...], env: Mapping[str, str]) -> Ran:
    """Run the command in this process: the same `main`, without the start-up time."""
    from daemon.cli import main

    words = tuple(map(str, args))
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    code: object = 0
    with (
        mock.patch.dict(os.environ, dict(env), clear=True),
        mock.patch.object(sys, "argv", ["listkeeper", *words]),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as end:
            code = end.code
        except Exception:  # what the interpreter would do with it
            traceback.print_exc()
            code = 1
    if code is None:
        code = 0
    elif not isinstance(code, int):
        err.write(f"{code}\n")
        code = 1
    return Ran(words, code, *(stream.buffer.getvalue().decode() for stream in (out, err)))  # type: ignore[attr-defined]
