"""Release a drop: the last look, and an operator's word for what is not in order. Never for the sums themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from daemon.db import in_bulk, writing
from daemon.drop.check import run_check
from daemon.drop.state import STEPS, DropBlockedError, changed_since, find_drop, must_be
from daemon.errors import UsageError
from daemon.wiring import House


class Override(NamedTuple):
    """One step that is to hold nothing back, on whose word and why."""

    step: str
    operator: str
    reason: str


def release_drop(house: House, name: str, overrides: Sequence[Override] = ()) -> dict[str, Any]:
    """Release a checked drop, or a blocked one by an operator's word; return what the check told and became of it.

    An override of ``cass``, ``dpv`` or ``ncoa`` lets the records through that the step had taken out; of another step,
    it lets the drop go although that step is not in order. Both are on the manifest. With overrides the drop is
    checked once more, in the same transaction.

    Raises:
        UsageError: no such drop or step, no operator or reason, an override of the manifest, or it is released already.
        DropBlockedError: a step is not in order, or the lists have changed since the check.
    """
    for each in overrides:
        if each.step not in STEPS:
            raise UsageError(f"--override: {each.step!r} is no step; the steps are {', '.join(STEPS)}")
        if each.step == "manifest":
            raise UsageError("--override: nobody's word makes numbers reconcile; find out why they do not")
        if not each.operator.strip() or not each.reason.strip():
            raise UsageError("--override: needs --operator, who says so, and --reason, why")
    with writing(house.engine) as store, in_bulk():
        drop = find_drop(store, name)
        must_be(drop, "checked", "blocked", to="released")
        if (changed := changed_since(store, drop)) is not None:
            raise DropBlockedError(
                f"drop {name} is not as it was checked: {changed}; `listkeeper drop check {name}`, then release it"
            )
        at, told = house.stamp(), drop.result
        if overrides:
            words = [{**each._asdict(), "at": at} for each in overrides]
            store.load(
                "drop_override",
                ("drop_id", "step", "operator", "reason", "at"),
                [(drop.id, each.step, each.operator.strip(), each.reason.strip(), at) for each in overrides],
            )
            told = run_check(house, store, drop, words)
        if told["state"] != "checked":
            faults = "; ".join(
                f"{step['step']}: {step['why']}" for step in told["steps"] if not step["ok"] and "override" not in step
            )
            raise DropBlockedError(
                f"drop {name} is blocked: {faults}. Put it right and check again, or release it with --override STEP "
                "--operator WHO --reason TEXT"
            )
        store.run("UPDATE mail_drop SET state = 'released', released_at = :at WHERE id = :id", at=at, id=drop.id)
        return {**told, "state": "released", "released_at": at}
