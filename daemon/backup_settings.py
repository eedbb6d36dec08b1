"""The settings as a backup keeps them: without anything that could be a secret."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from daemon import config
from daemon.errors import OperatorError

NAMES_OF_SECRETS = re.compile(r"(^|_)(password|private_key|secret|token)$")
REMOVED = "REMOVED"
LONG = 6  # characters; what is shorter may stand elsewhere by chance
TOKEN = re.compile(r"[A-Za-z0-9_~.%=+-]{20,}")  # a part of a web address that nobody types by hand


def without_secrets(home: Path, text: str) -> tuple[str, list[str]]:
    """Return the text of `listkeeper.toml` without secrets, and the paths of the keys that lost something.

    A secret is only named in it, and such a name stays as long as it leads to a secret here; one that leads nowhere
    may be the password itself. Web addresses lose user, password, query and long parts of their path. Comments stay,
    but for those which repeat what was taken out.

    >>> without_secrets(Path(), 'url = "https://a:b@host/hook?key=1"  # ours')
    ('url = "https://host/hook"  # ours', ['url'])
    """
    removed: list[str] = []
    for path, key, value in list(_texts(tomllib.loads(text))):
        kept = _kept(home, path, key, value)
        if kept == value:
            continue
        removed.append(path)
        text = _replaced(text, value, kept)
    return (text, removed) if _is_clean(home, text) else ("# Not kept: a secret is written with escapes.\n", removed)


def _replaced(text: str, value: str, kept: str) -> str:
    text = re.sub(rf"([\"']){re.escape(value)}\1", lambda found: f"{found[1]}{kept}{found[1]}", text)
    return text.replace(value, kept) if len(value) >= LONG else text  # wherever else it is repeated


def _is_clean(home: Path, text: str) -> bool:
    try:
        told = list(_texts(tomllib.loads(text)))
        return all(value in (REMOVED, _kept(home, path, key, value)) for path, key, value in told)
    except tomllib.TOMLDecodeError:
        return False


def _kept(home: Path, path: str, key: str, value: str) -> str:
    if NAMES_OF_SECRETS.search(key):
        try:
            config.secret(home, value, path)
        except OperatorError:
            return REMOVED
        return value
    if "://" not in value:
        return value
    try:
        parts = urlsplit(value)
        host = parts.netloc.rpartition("@")[2]
        route = "/".join(REMOVED if TOKEN.fullmatch(step) else step for step in parts.path.split("/"))
    except ValueError:
        return REMOVED
    return urlunsplit((parts.scheme, host, route, "", ""))


def _texts(value: object, path: str = "", key: str = "") -> Iterator[tuple[str, str, str]]:
    """Yield path, key and value of every text in the settings."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _texts(each, f"{path}.{name}" if path else name, name)
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _texts(each, f"{path}[{index}]", key)
    elif isinstance(value, str):
        yield path, key, value
