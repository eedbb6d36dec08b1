"""The page of the commands, from the command line itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import typer.main

from daemon.cli import app
from scripts.make_docs.text import page, table

# As an operator meets them; what is not named here comes after.
ORDER = ("list", "labels", "inspect", "plan", "apply", "batch", "undo", "review", "why", "keyline", "imb")


def walk(command: Any, path: str = "listkeeper") -> Iterator[tuple[str, Any]]:
    """Yield every command that does something, by what one types."""
    for name in getattr(command, "commands", {}):
        below = command.commands[name]
        if hasattr(below, "commands"):
            yield from walk(below, f"{path} {name}")
        else:
            yield f"{path} {name}", below


def every_command() -> dict[str, Any]:
    """Return every command by what one types."""
    found = dict(walk(typer.main.get_command(app)))
    place = {name: number for number, name in enumerate(ORDER)}
    return dict(sorted(found.items(), key=lambda item: place.get(item[0].split()[1], len(ORDER))))


def silent(commands: Mapping[str, Any]) -> Iterator[str]:
    """Yield a sentence for each command, argument or option without a help text."""
    for path, command in commands.items():
        if not command.help:
            yield f"command {path}: no help"
        for parameter in command.params:
            if not parameter.help:
                yield f"command {path}: {parameter.name} has no help"


def commands_page() -> str:
    """Return the page of every command."""
    parts = ["`listkeeper --help` and `-h` after any command say the same. Every command but `demo` works on the home."]
    for path, command in every_command().items():
        lines = [f"## {path}", "```\n" + _usage(path, command) + "\n```", _plain(command.help)]
        rows = [(f"`{_called(each)}`", _meaning(each)) for each in command.params]
        parts += [*lines, table(("", ""), rows)] if rows else lines
    return page("Commands", *parts)


def _usage(path: str, command: Any) -> str:
    said = [path]
    for each in command.params:
        if each.param_type_name == "argument":
            name = f"{each.metavar}{'…' if each.nargs == -1 else ''}"
            said.append(name if each.required else f"[{name}]")
        elif each.required:
            said.append(_called(each))
    return " ".join([*said, "[OPTIONS]"])


def _called(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return f"{parameter.metavar}"
    return " ".join(part for part in (", ".join(parameter.opts), parameter.metavar) if part)


def _meaning(parameter: Any) -> str:
    said = _plain(parameter.help)
    default = parameter.default
    if parameter.param_type_name == "option" and isinstance(default, str) and default:
        said = f"{said} Default: {default}."
    return said


def _plain(text: str) -> str:
    """Take the terminal's markup out: what is bold there is code here."""
    text = re.sub(r"\[bold\](.*?)\[/\]", r"`\1`", text.strip().replace("\\[", "["))
    return re.sub(r"\n[ ]*", "\n", text)
