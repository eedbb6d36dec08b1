"""The page of the reasons, and whether each has its words."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from daemon.returns.write import NO_CANDIDATE, WITH_CANDIDATE, WOULD_DO
from schemas.codes import DELIVERABILITY_COA, DELIVERABILITY_NIXIE
from schemas.ncoalink import RETURN_CODES
from scripts.make_docs.text import page, sources, table

SECTIONS = ("set_aside", "answer", "input", "key", "rejected", "review", "kept", "status")
DECIDES = ("daemon/returns/", "daemon/care/")
BY_HAND = ("daemon/intake/shipping.py", "daemon/returns/paper")  # in the corridor's folders, and no return file
MAKING = ("scheme-", "attribute", "body", "column", "length")  # faults of a scheme: told by their message alone


def reasons_page(said: dict[str, Any]) -> str:
    """Return the page of every reason that the commands give."""
    asks = (
        f"{WITH_CANDIDATE.format(list='LIST', record_id='RECORD_ID')}; where there is no one candidate: {NO_CANDIDATE}"
    )
    two = ("reason", "what it is", "what to do")
    return page(
        "Reasons",
        "Every reason that the commands give. The names never change; `--json` has them as `reason`.",
        "## A notification file is set aside\n\nNothing of it is applied, the command ends with 65, and the message "
        "names file, line and field.",
        table(two, ((f"`{name}`", *both) for name, both in said["set_aside"].items())),
        "## An engine's answer is refused, or its job fails\n\nNothing of it is applied, the command ends with 65, and "
        "the job stays open: the right answer to it can still be applied.",
        table(two, ((f"`{name}`", *both) for name, both in said["answer"].items())),
        "## A list, an endorsement file or a key is refused\n\nThe command ends with 65.",
        table(two, ((f"`{name}`", *both) for name, both in said["input"].items())),
        "## A key, a barcode or a label line is none",
        table(("reason", "what it is"), ((f"`{name}`", text) for name, text in said["key"].items())),
        "## A record of a good file cannot be read\n\nIt counts as rejected; the rest of the file goes on.",
        table(("reason", "what it is"), ((f"`{name}`", text) for name, text in said["rejected"].items())),
        "## A question waits for a person\n\n`listkeeper review list` shows what was seen.",
        table(
            ("reason", "how to judge it", "what `review accept` does"),
            ((f"`{name}`", text, WOULD_DO.get(name, asks)) for name, text in said["review"].items()),
        ),
        "## A record is kept\n\nIt is accounted for and changes nothing.",
        table(("reason", "because"), ((f"`{name}`", text) for name, text in said["kept"].items())),
        "## An addressee's status reason",
        table(("reason", "what it says"), ((f"`{name}`", text) for name, text in said["status"].items())),
    )


def reasons_in_code() -> Iterator[tuple[str, str, str]]:
    """Yield (section of the words, reason, module) of every reason that stands where it is raised or decided."""
    for codes in (DELIVERABILITY_COA, DELIVERABILITY_NIXIE):
        for code in codes.values():
            yield "status" if code.status else "kept", code.reason, "schemas/codes.py"
    for code in RETURN_CODES.values():
        yield "kept" if code.treatment in ("none", "near") else "status", code.reason, "schemas/ncoalink.py"
    for module, tree in sources():
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            yield from ((section, reason, module) for section, reason in _named(call, module))


def _named(call: ast.Call, module: str) -> Iterator[tuple[str, str]]:
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    first = call.args[0].value if call.args and isinstance(call.args[0], ast.Constant) else None
    given = {each.arg: each.value.value for each in call.keywords if isinstance(each.value, ast.Constant)}
    if name == "SetAsideError" and "reason" in given:
        corridor = module.startswith(("daemon/intake/", "daemon/returns/")) and not module.startswith(BY_HAND)
        section = "answer" if module.startswith("daemon/care/") else "set_aside" if corridor else "input"
        yield section, str(given["reason"])
    elif isinstance(first, str):
        if name == "refuse" and module == "daemon/intake/unpack.py":
            yield "set_aside", first
        elif name in ("review", "kept") and len(call.args) == 1 and module.startswith(DECIDES):
            yield name, first
        elif name in ("KeylineError", "ImbError", "LabelLineError") and not first.startswith(MAKING):
            yield "key", first


def missing_words(said: dict[str, Any]) -> Iterator[str]:
    """Yield a sentence for each reason of the code that has no words."""
    for section, reason, module in sorted(set(reasons_in_code())):
        if reason not in said[section]:
            yield f"docs/words.toml: [{section}] has no {reason} ({module})"


def left_over(said: dict[str, Any]) -> Iterator[str]:
    """Yield a sentence for each reason that has words and stands nowhere in the code."""
    used = {
        node.value
        for _, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    for section in SECTIONS:
        for reason in said[section]:
            if reason not in used:
                yield f"docs/words.toml: [{section}] {reason} stands nowhere in the code"
