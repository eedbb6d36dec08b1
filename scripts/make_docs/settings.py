"""The page of the settings, from the models that check them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, time, timedelta
from decimal import Decimal
from itertools import groupby
from types import UnionType
from typing import Any, Literal, NamedTuple, Union, get_args, get_origin

from daemon.settings import Settings
from scripts.make_docs.text import page, table


class Setting(NamedTuple):
    """One key of `listkeeper.toml`."""

    section: str
    key: str  # whole, as messages have it
    told: str  # what kind of value
    default: str


KINDS = ("feed", "adapter")  # tables of which there are several, each of some kind


def settings() -> list[Setting]:
    """Return every setting there is, a section after the other."""
    return list(_fields(Settings, "", ""))


def _fields(model: Any, path: str, section: str) -> Iterator[Setting]:
    for name, field in model.model_fields.items():
        key = f"{path}{field.alias or name}"
        models = list(_models(field.annotation))
        several = key in KINDS or key == "adapter[].step"
        many = "[]" if several else ".NAME" if key in ("list", "client") else ".CODE" if name == "policy" else ""
        for below in models:
            within = section or (f"[[{key}]] of kind {_kind(below)}" if key in KINDS else f"[{key}{many}]")
            yield from _fields(below, f"{key}{many}.", within)
        if not models:
            default = "needed" if field.is_required() else _written(field.default)
            yield Setting(section, key, _told(field.annotation), default)


def _kind(feed: Any) -> str:
    return str(get_args(feed.model_fields["kind"].annotation)[0])


def _models(annotation: Any) -> Iterator[Any]:
    if hasattr(annotation, "model_fields"):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)


def _told(annotation: Any) -> str:
    origin, parts = get_origin(annotation), [part for part in get_args(annotation) if part is not type(None)]
    if origin is Literal:
        return ", ".join(f"`{part}`" for part in parts)
    if origin in (Union, UnionType):
        return " or ".join(_told(part) for part in parts)
    if origin is tuple:
        return f"list of: {_told(parts[0])}"
    if origin is dict:
        return f"table of: {_told(parts[1])}"
    if origin is not None:  # Annotated
        return _told(parts[0])
    return {
        str: "text",
        int: "whole number",
        bool: "`true`, `false`",
        date: "day, as 2026-12-24",
        Decimal: 'dollars, as "25.00"',
        time: 'time, as "02:30"',
        timedelta: 'time span, as "15m"',
    }[annotation]


def _written(value: Any) -> str:
    if value is None or value == {}:
        return "–"
    if isinstance(value, time):
        return f'`"{value:%H:%M}"`'
    if isinstance(value, timedelta):
        return f'`"{int(value.total_seconds()) // 60}m"`'
    if isinstance(value, bool | Decimal):
        return f"`{str(value).lower()}`"
    if isinstance(value, dict):
        return f"`{{ {', '.join(f'{name} = {chr(34)}{each}{chr(34)}' for name, each in value.items())} }}`"
    if isinstance(value, tuple):
        return f"`[{', '.join(f'{chr(34)}{each}{chr(34)}' for each in value)}]`"
    return f'`"{value}"`' if isinstance(value, str) else f"`{value}`"


def wordless(said: dict[str, Any]) -> Iterator[str]:
    """Yield a sentence for each setting without words, and for words without a setting."""
    known = {setting.key for setting in settings()}
    yield from (f"docs/words.toml: [settings] has no {key}" for key in sorted(known - said["settings"].keys()))
    yield from (f"docs/words.toml: [settings] {key} is no setting" for key in sorted(said["settings"].keys() - known))


def _section(section: str, of_section: list[Setting], said: dict[str, Any]) -> str:
    later = next((text for name, text in said["later"].items() if re.match(rf"\[+{re.escape(name)}\b", section)), "")
    rows = [
        (
            f"`{each.key.partition('[].')[2] if '[]' in each.key else each.key}`",
            _meaning(each, said),
            each.told,
            each.default,
        )
        for each in of_section
    ]
    parts = [
        f"## {section}",
        *([f"*{later}*"] if later else []),
        table(("key", "what it says", "value", "default"), rows),
    ]
    return "\n\n".join(parts)


def _meaning(setting: Setting, said: dict[str, Any]) -> str:
    later = said["later"].get(setting.key)
    return f"{said['settings'][setting.key]}{f' *{later}*' if later else ''}"


def settings_page(said: dict[str, Any]) -> str:
    """Return the page of every setting."""

    sections = [(section, list(of)) for section, of in groupby(settings(), lambda each: each.section)]
    return page(
        "Settings",
        "`listkeeper.toml` in the home; it may be missing, and so may every table in it. A key that we do not know, a "
        "value of the wrong kind or a missing secret ends every command with 78, with the key's path and the remedy. "
        "A secret is never a value here: it is the name of a file below the home, or of a systemd credential.",
        "```toml\n"
        '[acs]\nzip_password = "keys/acs-zip"        # the file <home>/keys/acs-zip holds it\n\n'
        '[schedule]\ntime_zone = "America/Denver"\n\n'
        '[list.spring]\nlarge_change_percent = 30\npolicy = { Q = "undeliverable", R = { strikes = 3 } }\n```',
        *(_section(section, of_section, said) for section, of_section in sections),
        "## The environment\n\n"
        "Two variables come before it: `LISTKEEPER_HOME`, the home, else the unit's state folder, else the user's data "
        "folder; and `LISTKEEPER_DATABASE_URL`, `sqlite:///PATH` or `postgresql+psycopg://USER@HOST/DATABASE`, else "
        "`listkeeper.db` in the home.",
    )
