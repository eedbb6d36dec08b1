"""What each code does on each list: the code tables' defaults under the list's own settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from schemas.codes import DELIVERABILITY_COA, DELIVERABILITY_NIXIE


class Rule(NamedTuple):
    """What one deliverability code does once all the questions before it are answered."""

    status: str  # held | undeliverable | removed | deceased | keep | review
    reason: str
    strikes: int = 1  # on how many different days it must come


_TABLES = (*DELIVERABILITY_COA.values(), *DELIVERABILITY_NIXIE.values())

# Retired letters read as their heirs (MTAC work group 136).
READS_AS = {code.code: code.reads_as for code in _TABLES if code.reads_as}


def rules_for(policy: Mapping[str, object] | None = None) -> dict[str, Rule]:
    """Return the rule of every known code, with one list's settings laid over the defaults.

    Args:
        policy: code to a status word, or to an object with ``status`` and ``strikes``.
    """
    rules = {
        code.code: Rule(code.status, code.reason, code.strikes)
        for code in _TABLES
        if code.code and code.status and not code.reads_as
    }
    for letter, own in (policy or {}).items():
        code = READS_AS.get(letter, letter)
        rule = rules[code]
        if isinstance(own, str):
            rules[code] = rule._replace(status=own)
        else:
            rules[code] = rule._replace(
                status=getattr(own, "status", None) or rule.status,
                strikes=getattr(own, "strikes", None) or rule.strikes,
            )
    return rules
