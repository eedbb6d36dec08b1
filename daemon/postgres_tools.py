"""Postgres's own programs for backups, `pg_dump` and `pg_restore`: found, called, their faults put into families."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from sqlalchemy.engine import URL

from daemon.errors import OperatorError, TryAgainError

# Where distributions put the programs of each version, should PATH have none or too old ones.
ELSEWHERE = ("usr/lib/postgresql/*/bin", "usr/pgsql-*/bin", "usr/local/pgsql/bin")
_FAULTS: tuple[tuple[str, type[OperatorError | TryAgainError], str], ...] = (
    (r"No space left|disk is full", TryAgainError, "the disk is full; free some space and try again"),
    (
        r"lock timeout|canceling statement|could not obtain lock",
        TryAgainError,
        "another session holds the tables; try again when it is done",
    ),
    (
        r"connection to server|could not connect|server closed the connection|the database system is",
        TryAgainError,
        "the database server cannot be reached; try again when it runs",
    ),
    (r"version mismatch", OperatorError, "the server is newer than this program; install the client of its version"),
    (
        r"unsupported version",
        OperatorError,
        "the backup was made by a newer program; install the client of its version",
    ),
    (r"permission denied|must be owner", OperatorError, "this user may not do it; use the owner of the database"),
)


def program(name: str, at_least: int) -> Path:
    """Return the program of that name and at least that major version: the first on PATH, else the newest elsewhere.

    Raises:
        OperatorError: there is none; the message says what to install.
    """
    on_path = [Path(folder) / name for folder in os.environ.get("PATH", "").split(os.pathsep) if folder]
    elsewhere = [path / name for pattern in ELSEWHERE for path in Path("/").glob(pattern)]
    versions = {path: _major(path) for path in on_path + elsewhere if os.access(path, os.X_OK)}
    for path in [*on_path, *sorted(elsewhere, key=lambda path: versions.get(path, 0), reverse=True)]:
        if versions.get(path, 0) >= at_least:
            return path
    raise OperatorError(
        f"{name} of Postgres {at_least} or newer is not installed; "
        f"install postgresql-client-{at_least}, or put its folder on PATH"
    )


@lru_cache(maxsize=64)
def _major(path: Path) -> int:
    try:
        said = subprocess.run(  # noqa: S603 - a program of the distribution's or of PATH
            [path, "--version"], capture_output=True, encoding="utf-8", timeout=10, check=False
        ).stdout
    except (OSError, subprocess.TimeoutExpired, UnicodeDecodeError):
        return 0
    found = re.search(r"(\d+)", said.partition(")")[2])
    return int(found[1]) if found else 0


def call(path: Path, *words: str, url: URL | None = None) -> str:
    """Run one of the programs and return what it printed.

    Args:
        url: the database it works on; its password travels by environment and not on the command line.

    Raises:
        TryAgainError, OperatorError: it failed. What it said is not quoted, since it may quote a row;
            `LISTKEEPER_DEBUG=1` shows it.
    """
    env = dict(os.environ) | {"LC_ALL": "C"}
    if url is not None:
        words = (*words, f"--dbname={_conninfo(url)}", "--no-password")
        if url.password:
            env["PGPASSWORD"] = str(url.password)
    done = subprocess.run(  # noqa: S603 - the same, and no shell
        [path, *words], env=env, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", errors="replace",
        check=False,
    )  # fmt: skip
    if done.returncode == 0:
        return done.stdout
    if os.environ.get("LISTKEEPER_DEBUG") == "1":
        sys.stderr.write(done.stderr)
    for pattern, family, what in _FAULTS:
        if re.search(pattern, done.stderr):
            raise family(f"{path.name}: {what}")
    raise OperatorError(f"{path.name} ended with {done.returncode}; LISTKEEPER_DEBUG=1 shows what it said")


def _conninfo(url: URL) -> str:
    from psycopg.conninfo import make_conninfo

    return make_conninfo("", **dict(_parameters(url)))


def _parameters(url: URL) -> Iterator[tuple[str, str]]:
    known = url.translate_connect_args(username="user", database="dbname")
    known.pop("password", None)
    yield from ((name, str(value)) for name, value in known.items())
    for name, value in url.query.items():
        if name != "password":
            yield name, value if isinstance(value, str) else ",".join(value)
