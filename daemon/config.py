"""The home, its settings, its secrets by name, and the address of its database.

Everything wrong with them is an OperatorError (exit 78) that names the key and the remedy
and never shows a value: a value may be a password typed into the wrong place.
"""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path

import platformdirs
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from daemon.errors import OperatorError
from daemon.settings import ListSettings, PolicyRule, Settings

__all__ = [
    "ListSettings",
    "PolicyRule",
    "Settings",
    "database_url",
    "home_folder",
    "inside",
    "load",
    "prepare_home",
    "secret",
]

FILE = "listkeeper.toml"
SUBFOLDERS = ("spool", "archive", "reports", "labels")
SECRET_BYTES = 1 << 20
POSTGRES = "postgresql+psycopg://"
SQLITE = "sqlite:///"

EXPECTED = {
    "string_type": "should be text in quotes",
    "string_too_short": "is empty; write something or leave the key out",
    "int_type": "should be a whole number without quotes",
    "tuple_type": 'should be a list; write it like ["…", "…"]',
    "dict_type": "should be a table",
    "missing": "missing; add it",
    "too_short": "is empty; name at least one",
}

KINDS = {
    "feed": 'write kind = "sftp", "folder" or "epf"',
    "adapter": 'write kind = "hot-folder", "command", "http", "sftp", "simulated" or "manual"',
}


def home_folder() -> Path:
    """Say where everything lies: LISTKEEPER_HOME, else the unit's StateDirectory, else the user's data folder.

    The folder need not exist; `prepare_home` makes it.
    """
    named = os.environ.get("LISTKEEPER_HOME") or os.environ.get("STATE_DIRECTORY", "").split(":")[0]
    if named:
        return Path(named).expanduser().absolute()
    return platformdirs.user_data_path("listkeeper", appauthor=False)


def prepare_home(home: Path) -> Path:
    """Create the home and its folders where they are missing, each with mode 0700. Returns the home.

    What is there already keeps its mode.

    Raises:
        OperatorError: it is not a folder, or may not be written.
    """
    try:
        for folder in (home, *(home / name for name in SUBFOLDERS)):
            if not folder.is_dir():
                folder.mkdir(mode=0o700, parents=folder == home)
    except (FileExistsError, NotADirectoryError) as error:
        raise OperatorError(f"{home}: something in its way is no folder; move it or set LISTKEEPER_HOME") from error
    except OSError as error:
        if isinstance(error, PermissionError) or error.errno == 30:  # EROFS
            message = f"{home}: may not be written; give this user the folder or set LISTKEEPER_HOME"
            raise OperatorError(message) from error
        raise
    return home


def database_url(home: Path) -> str:
    """Say which database holds the lists: LISTKEEPER_DATABASE_URL, else `listkeeper.db` in the home.

    A relative SQLite path starts at the home, wherever the command was called.

    Raises:
        OperatorError: it is neither ``sqlite:///PATH`` nor ``postgresql+psycopg://…``. The address
            itself is not shown, since it may hold a password.
    """
    url = os.environ.get("LISTKEEPER_DATABASE_URL") or f"{SQLITE}{home / 'listkeeper.db'}"
    if url.startswith(POSTGRES) and len(url) > len(POSTGRES):
        return url
    path, mark, options = url.removeprefix(SQLITE).partition("?")
    if url.startswith(SQLITE) and path and path != ":memory:" and not path.startswith("file:"):
        return f"{SQLITE}{home / path}{mark}{options}"
    raise OperatorError(
        "LISTKEEPER_DATABASE_URL: not a database we keep lists in; "
        "write sqlite:///PATH or postgresql+psycopg://USER@HOST/DATABASE"
    )


def load(home: Path) -> Settings:
    """Read `listkeeper.toml` of a home; without one, every setting has its default.

    Secrets are names and are not looked up here: a missing one is found when it is used.

    Raises:
        OperatorError: not TOML, an unknown key or a wrong value. Every fault is told at once,
            one a line, each with its key's path: ``feed[0].pasword: unknown key; did you mean "password"?``
    """
    path = home / FILE
    try:
        text = path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return Settings()
    except UnicodeDecodeError as error:
        raise OperatorError(f"{path}: not UTF-8 at byte {error.start}; save it as UTF-8") from error
    except OSError as error:
        raise OperatorError(f"{path}: cannot be read ({error.strerror}); make it a file this user may read") from error
    try:
        values = tomllib.loads(text.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError as error:
        raise OperatorError(f"{path}: not TOML: {_without_values(str(error))}; correct it there") from error
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        faults = [_fault(detail) for detail in error.errors(include_url=False, include_input=False)]
        raise OperatorError(f"{path}: " + "\n".join(faults)) from error


def inside(home: Path, name: str) -> Path:
    """Turn a path of the settings into one to open: a relative one starts at the home."""
    return home / Path(name).expanduser()


def secret(home: Path, name: str, key: str = "secret") -> bytes:
    """Return a secret's bytes without the line end that closes them.

    A systemd credential of that name comes first ($CREDENTIALS_DIRECTORY), then a file below the home.

    Args:
        name: what the settings say: ``"keys/acs-zip"`` or the name of a credential.
        key: the path of the key that names it, for the message.

    Raises:
        OperatorError: there is no such secret, or it is empty, or may not be read. The name is
            not shown: it may be the password itself, typed into the wrong place.
    """
    places = [inside(home, name)]
    credentials = os.environ.get("CREDENTIALS_DIRECTORY")
    if credentials and re.fullmatch(r"[^/\0]+", name) and name not in (".", ".."):
        places.insert(0, Path(credentials) / name)
    for place in places:
        try:
            with place.open("rb") as file:
                content = file.read(SECRET_BYTES)
        except PermissionError as error:
            raise OperatorError(f"{key}: the secret it names may not be read; give this user the file") from error
        except (OSError, ValueError):
            continue
        content = content.removesuffix(b"\n").removesuffix(b"\r")
        if not content:
            raise OperatorError(f"{key}: the secret it names is empty; write it into the file")
        return content
    raise OperatorError(
        f"{key}: names no file in the home and no systemd credential; put the secret into a file "
        "(chmod 600) or add LoadCredential= to the unit, and write that name"
    )


def _fault(detail: ErrorDetails) -> str:
    """One line for one fault: the key's path, what is wrong, the remedy."""
    context = detail.get("ctx", {})
    location = list(detail["loc"])
    if len(location) > 2 and location[0] in KINDS:
        del location[2]  # pydantic's own note of which kind of feed it took: ("feed", 0, "sftp", "host")
    if detail["type"] == "unknown_key":
        location += context["key"].split(".") if isinstance(context["key"], str) else [context["key"]]
    elif detail["type"].startswith("union_tag"):
        location.append("kind")
    path = context.get("at") or _written(location)
    return f"{path or FILE}: {_said(detail)}"


def _written(location: list[int | str]) -> str:
    path = ""
    for part in location:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else part
    return path


def _said(detail: ErrorDetails) -> str:
    context = detail.get("ctx", {})
    if detail["type"] in ("union_tag_not_found", "union_tag_invalid"):
        what = "missing" if detail["type"] == "union_tag_not_found" else "unknown kind"
        return f"{what}; {KINDS[str(detail['loc'][0])]}"
    if detail["type"] in EXPECTED:
        return EXPECTED[detail["type"]]
    if detail["type"] == "literal_error":
        return f"should be one of {context['expected']}"
    if detail["type"] in ("greater_than_equal", "less_than_equal"):
        bound = context.get("ge", context.get("le"))
        return f"should be {'at least' if 'ge' in context else 'at most'} {bound}"
    if detail["type"] == "string_pattern_mismatch":
        return f"is not written as it must be ({context['pattern']})"
    return detail["msg"]


def _without_values(message: str) -> str:
    """What tomllib says and where, without the piece of text it may quote."""
    return re.sub(r"'[^']*'|\"[^\"]*\"", "a character", message)
