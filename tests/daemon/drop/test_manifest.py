"""A manifest whose sums do not close cannot be made, and each sum that does not is named."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.drop.manifest import UnbalancedDropError, inequalities, make_manifest
from daemon.drop.state import DISPOSITIONS, STEPS
from daemon.errors import HouseError

COUNTS = st.fixed_dictionaries({name: st.integers(0, 10**7) for name in DISPOSITIONS})
SUMS = ("read", *DISPOSITIONS, "withdrawn", "mailed", "seeds", "print_output")
JOB = {"kind": "cass", "job": 7, "list": "spring", "sent": 9, "returned": 9}
JOB |= {"form_3553_records": 9, "form_3553_coded": 8, "psr_records": None}


def given_of(counts: dict[str, int], **more: Any) -> dict[str, Any]:
    """What a check would give for these counts: every record of one list, each disposition at a step of its own."""
    left, steps = sum(counts.values()), []
    taken = dict(
        zip(
            STEPS, (counts["rejected"], counts["held"], 0, counts["suppressed"], 0, counts["duplicate"], 0), strict=True
        )
    )
    for step, removed in taken.items():
        steps.append({"step": step, "in": left, "out": left - removed, "removed": removed, "ok": True, "why": ""})
        left -= removed
    return {
        "drop": {"drop": "fall"},
        "read": sum(counts.values()),
        "by_disposition": counts,
        "reasons": {name: {f"{name}_why": counts[name]} for name in DISPOSITIONS[:-1]},
        "lists": [{"list": "spring", "read": sum(counts.values()), **counts}],
        "steps": steps,
        "engines": [dict(JOB)],
    } | more


WITHOUT = "reasons: 2 suppressed, 0 with a reason"
PILED = "1 rejected, 1 held, 2 suppressed, 1 duplicate, 4 mailable"
SMALL = {"rejected": 1, "held": 1, "suppressed": 2, "duplicate": 1, "mailable": 4}


@given(COUNTS, st.integers(0, 100))
def test_what_closes_is_made_and_its_sums_hold(counts: dict[str, int], seeds: int) -> None:
    told = make_manifest(**given_of(counts, seeds=seeds))
    assert told["read"] == sum(told[name] for name in DISPOSITIONS)
    assert told["print_output"] == told["mailed"] + seeds == told["mailable"] + seeds
    assert inequalities(told) == []
    assert json.loads(json.dumps(told)) == told


@given(COUNTS, st.sampled_from(SUMS), st.integers(-5, 5).filter(bool))
def test_no_sum_can_be_off_by_any_number_without_being_found(counts: dict[str, int], name: str, by: int) -> None:
    told = make_manifest(**given_of(counts, seeds=3))
    assert inequalities(told | {name: told[name] + by}) != []


@given(COUNTS, st.sampled_from(DISPOSITIONS), st.integers(-3, 3).filter(bool))
def test_a_manifest_that_does_not_close_cannot_be_made(counts: dict[str, int], name: str, by: int) -> None:
    facts = given_of(counts)
    with pytest.raises(UnbalancedDropError) as caught:
        make_manifest(**facts | {"by_disposition": counts | {name: counts[name] + by}})
    assert isinstance(caught.value, HouseError)
    assert caught.value.inequalities


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"read": 10}, f"records: 10 of the lists, 9 with a disposition ({PILED})"),
        ({"reasons": {"rejected": {"x": 1}, "held": {"x": 1}, "duplicate": {"x": 1}}}, WITHOUT),
        ({"gross": {"suppressed_why": 1}}, "layer suppressed_why: 2 removed, 1 met"),
        ({"lists": [{"list": "spring", "read": 8}]}, "lists: 8 read in the lists, 9 in all"),
        ({"engines": [JOB | {"returned": 8}]}, "job 7: 9 sent, 8 came back"),
        ({"engines": [JOB | {"form_3553_records": 10}]}, "job 7: 9 sent, 10 submitted by its PS Form 3553 (B6)"),
        ({"engines": [JOB | {"psr_records": 8}]}, "job 7: 9 sent, 8 processed by its Processing Summary Report"),
        ({"engines": [JOB | {"form_3553_coded": 10}]}, "job 7: 10 coded by its PS Form 3553 (C.a), 9 submitted (B6)"),
        ({"withdrawn": 5}, "mailed: -1 cannot be"),
        ({"by_disposition": SMALL | {"lost": 1}}, "there is no disposition 'lost'"),
    ],
)  # fmt: skip
def test_each_sum_that_does_not_close_is_named(change: dict[str, Any], told: str) -> None:
    with pytest.raises(UnbalancedDropError) as caught:
        make_manifest(**given_of(SMALL) | change)
    assert caught.value.inequalities[0] == told
    assert told in str(caught.value)


def test_what_leaves_a_step_must_come_into_the_next() -> None:
    facts = given_of(SMALL)
    steps = [dict(step) for step in facts["steps"]]
    steps[2]["in"] += 1
    with pytest.raises(UnbalancedDropError, match="step ncoa: 8 came in, 7 came out of dpv"):
        make_manifest(**facts | {"steps": steps})
    with pytest.raises(UnbalancedDropError, match="steps: 5 came out of suppression, 4 mailable"):
        make_manifest(**facts | {"steps": facts["steps"][:4]})


def test_each_label_file_must_have_every_piece() -> None:
    told = make_manifest(**given_of(SMALL, seeds=2))
    assert inequalities(told | {"labels": [{"file": "a.csv", "labels": 6}]}) == []
    short = [{"file": "a.csv", "labels": 6}, {"file": "b.zpl", "labels": 5}]
    assert inequalities(told | {"labels": short}) == ["labels: 5 in b.zpl, 6 to print"]


def test_the_keys_stand_in_one_order_whatever_order_they_are_given_in() -> None:
    facts = given_of(SMALL, gross={"b": 1, "a": 2})
    turned = facts | {"reasons": dict(reversed(facts["reasons"].items())), "gross": {"a": 2, "b": 1}}
    turned["by_disposition"] = dict(reversed(SMALL.items()))
    assert json.dumps(make_manifest(**facts)) == json.dumps(make_manifest(**turned))


def test_a_layer_tells_whom_it_met_and_whom_it_was_the_first_to_take() -> None:
    told = make_manifest(**given_of(SMALL, gross={"suppressed_why": 4, "deceased": 1}))
    layers = {each["reason"]: (each["gross"], each["net"]) for each in told["layers"]}
    assert layers["suppressed_why"] == (4, 2)
    assert layers["deceased"] == (1, 0)
    assert layers["rejected_why"] == (1, 1), "of whom nothing is said, it met those it took"
