"""The manifest of a drop: every record counted, and every sum held against its neighbours. Pure.

A manifest whose sums do not close cannot be made, so it cannot be kept, printed or released.

Source: the trade's reconciliation of a mailing, input to press; PS Form 3553 boxes B6 and C, and the records processed
of NCOALink's Processing Summary Report.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

from daemon.drop.state import DISPOSITIONS
from daemon.errors import HouseError

VERSION: Final = 1


class UnbalancedDropError(HouseError):
    """The sums of a drop do not close. Nothing of it may go to the press, and nobody's word changes that.

    Attributes:
        inequalities: a sentence for each sum that does not close.
    """

    def __init__(self, inequalities: Sequence[str]) -> None:
        super().__init__(f"the manifest does not close: {'; '.join(inequalities)}")
        self.inequalities = tuple(inequalities)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What became of every record of one drop. Making one whose sums do not close raises `UnbalancedDropError`.

    Attributes:
        drop: name, client, offer, dates, class and level of the drop.
        read: records of its lists; unreadable: none, since a list holds nothing that was not read.
        reasons: for each disposition, how many records each reason has; of ``mailable`` it may say nothing.
        lists: ``{"list", "read", "rejected", "held", "suppressed", "duplicate", "mailable"}`` for each list.
        steps: ``{"step", "in", "out", "removed", "ok", "why"}`` in the order in which they ran.
        layers: ``{"reason", "gross", "net"}``: whom a reason would have taken, and whom it was the first to take.
        engines: ``{"kind", "job", "list", "sent", "returned", "form_3553_records", "form_3553_coded",
            "psr_records", …}`` for each job in force; None where there is no such paper.
        withdrawn: mailable, and taken out by hand before the press.
        seeds: people of the bureau's own who are printed beside the list and are in none of its counts.
    """

    drop: Mapping[str, Any]
    read: int
    unreadable: int
    rejected: int
    held: int
    suppressed: int
    duplicate: int
    mailable: int
    withdrawn: int
    mailed: int
    seeds: int
    print_output: int
    reasons: Mapping[str, Mapping[str, int]]
    lists: Sequence[Mapping[str, Any]]
    steps: Sequence[Mapping[str, Any]]
    layers: Sequence[Mapping[str, Any]]
    engines: Sequence[Mapping[str, Any]]
    overrides: Sequence[Mapping[str, Any]]
    hashes: Mapping[str, str]
    tools: Mapping[str, Any]
    settings: Mapping[str, Any]

    def __post_init__(self) -> None:
        if found := inequalities(self.told()):
            raise UnbalancedDropError(found)

    def told(self) -> dict[str, Any]:
        """Return it ready for JSON, its keys always in the same order."""
        return {"version": VERSION, **{each.name: _plain(getattr(self, each.name)) for each in fields(self)}}


def make_manifest(
    *,
    drop: Mapping[str, Any],
    read: int,
    by_disposition: Mapping[str, int],
    reasons: Mapping[str, Mapping[str, int]],
    lists: Sequence[Mapping[str, Any]],
    steps: Sequence[Mapping[str, Any]],
    engines: Sequence[Mapping[str, Any]] = (),
    overrides: Sequence[Mapping[str, Any]] = (),
    seeds: int = 0,
    gross: Mapping[str, int] | None = None,
    hashes: Mapping[str, str] | None = None,
    tools: Mapping[str, Any] | None = None,
    settings: Mapping[str, Any] | None = None,
    withdrawn: int = 0,
) -> dict[str, Any]:
    """Return the manifest of a drop, ready for JSON.

    Args:
        by_disposition: how many records each of `DISPOSITIONS` has; one that is not named has none.
        gross: by reason, whom it would have taken had nothing come before it; without it, whom it took.

    Raises:
        UnbalancedDropError: a sum does not close; each that does not is named.
    """
    if unknown := sorted(set(by_disposition) - set(DISPOSITIONS)):
        raise UnbalancedDropError([f"there is no disposition {each!r}" for each in unknown])
    net: Counter[str] = Counter()
    for of in reasons.values():  # one reason may lead to several dispositions
        net.update(of)
    hits = net | dict(gross or {})
    counts = {name: by_disposition.get(name, 0) for name in DISPOSITIONS}
    mailed = counts["mailable"] - withdrawn
    return Manifest(
        drop=drop,
        read=read,
        unreadable=0,
        **counts,
        withdrawn=withdrawn,
        mailed=mailed,
        seeds=seeds,
        print_output=mailed + seeds,
        reasons={name: dict(sorted(reasons.get(name, {}).items())) for name in DISPOSITIONS if reasons.get(name)},
        lists=lists,
        steps=steps,
        layers=[{"reason": name, "gross": hits[name], "net": net.get(name, 0)} for name in sorted(hits)],
        engines=engines,
        overrides=overrides,
        hashes=hashes or {},
        tools=tools or {},
        settings=settings or {},
    ).told()


def inequalities(facts: Mapping[str, Any]) -> list[str]:
    """Return a sentence for each sum of a manifest that does not close, and none where all do.

    Args:
        facts: a manifest as `Manifest.told` gives it; ``labels`` may be beside it: ``{"file", "labels"}`` for each
            label file that was written for the whole drop.

    >>> whole = dict(read=3, unreadable=0, rejected=1, held=0, suppressed=0, duplicate=0, mailable=2, withdrawn=0,
    ...              mailed=2, seeds=1, print_output=3, reasons={"rejected": {"no_cass": 1}}, lists=[], steps=[])
    >>> inequalities(whole), inequalities(whole | {"print_output": 2})
    ([], ['print output: 2 to print, 2 mailed and 1 seeds'])
    """
    return [*_sums(facts), *_of_reasons(facts), *_of_lists(facts), *_of_steps(facts), *_of_engines(facts)] + [
        f"labels: {run['labels']:,} in {run['file']}, {facts['print_output']:,} to print"
        for run in facts.get("labels", ())
        if run["labels"] != facts["print_output"]
    ]


def _sums(facts: Mapping[str, Any]) -> Iterator[str]:
    """Yield which of the sums from the list to the press are wrong."""
    counts = ("read", "unreadable", *DISPOSITIONS, "withdrawn", "mailed", "seeds", "print_output")
    yield from (f"{name.replace('_', ' ')}: {facts[name]:,} cannot be" for name in counts if facts[name] < 0)
    parsed = facts["read"] - facts["unreadable"]
    placed = sum(facts[name] for name in DISPOSITIONS)
    if placed != parsed:
        told = ", ".join(f"{facts[name]:,} {name}" for name in DISPOSITIONS)
        yield f"records: {parsed:,} of the lists, {placed:,} with a disposition ({told})"
    if facts["mailed"] != facts["mailable"] - facts["withdrawn"]:
        yield f"mailed: {facts['mailed']:,} mailed, {facts['mailable']:,} mailable and {facts['withdrawn']:,} withdrawn"
    if facts["print_output"] != facts["mailed"] + facts["seeds"]:
        yield (
            f"print output: {facts['print_output']:,} to print, {facts['mailed']:,} mailed and {facts['seeds']:,} seeds"
        )


def _of_reasons(facts: Mapping[str, Any]) -> Iterator[str]:
    """Yield the dispositions whose reasons do not add up, and the reasons that took more than they met."""
    for name in DISPOSITIONS[:-1]:
        found = sum(facts["reasons"].get(name, {}).values())
        if found != facts[name]:
            yield f"reasons: {facts[name]:,} {name}, {found:,} with a reason"
    for layer in facts.get("layers", ()):
        if layer["gross"] < layer["net"]:
            yield f"layer {layer['reason']}: {layer['net']:,} removed, {layer['gross']:,} met"


def _of_lists(facts: Mapping[str, Any]) -> Iterator[str]:
    lists = facts["lists"]
    for name in ("read", *DISPOSITIONS):
        if all(name in each for each in lists) and lists and sum(each[name] for each in lists) != facts[name]:
            yield f"lists: {sum(each[name] for each in lists):,} {name} in the lists, {facts[name]:,} in all"


def _of_steps(facts: Mapping[str, Any]) -> Iterator[str]:
    """Yield the steps whose records do not go on into the next."""
    came, before = facts["read"], "the lists"
    for step in facts["steps"]:
        if step["in"] != came:
            yield f"step {step['step']}: {step['in']:,} came in, {came:,} came out of {before}"
        if step["out"] != step["in"] - step["removed"]:
            yield f"step {step['step']}: {step['in']:,} in, {step['removed']:,} removed, {step['out']:,} out"
        came, before = step["out"], step["step"]
    if facts["steps"] and came != facts["mailable"]:
        yield f"steps: {came:,} came out of {before}, {facts['mailable']:,} mailable"


# What must be as many as were sent: what came back, and what the papers say.
_ENGINE: Final = (
    ("returned", "came back"),
    ("form_3553_records", "submitted by its PS Form 3553 (B6)"),
    ("psr_records", "processed by its Processing Summary Report"),
)


def _of_engines(facts: Mapping[str, Any]) -> Iterator[str]:
    for job in facts.get("engines", ()):
        name = f"job {job['job']}"
        for key, told in _ENGINE:
            if job.get(key) is not None and job[key] != job["sent"]:
                yield f"{name}: {job['sent']:,} sent, {job[key]:,} {told}"
        coded, submitted = job.get("form_3553_coded"), job.get("form_3553_records")
        if coded is not None and submitted is not None and coded > submitted:
            yield f"{name}: {coded:,} coded by its PS Form 3553 (C.a), {submitted:,} submitted (B6)"


def _plain(value: object) -> Any:
    """Return a value as JSON has it, keys in the order they were given."""
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, Iterable) and not isinstance(value, str) else value
