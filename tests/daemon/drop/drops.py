"""Drops made by hand, row by row, for what is told of them: two lists, jobs with papers, every disposition."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from daemon.care.jobs import Job, open_job, step
from daemon.db import Store, writing
from daemon.drop.manifest import make_manifest
from daemon.drop.state import DISPOSITIONS, STEPS
from daemon.lists.known import find_list
from tests.bureau import Bureau

CODED = {"address1": "12 ELM ST", "city": "TULSA", "state": "OK", "zip5": "74101", "zip4": "1234"}
CODED |= {"delivery_point": "12"}
CHECKED = "2026-11-20T09:30:00+00:00"
# Which record ends where: disposition, step, reason, also, survivor.
FATES: dict[str, tuple[str, str, str, str, str]] = {
    "S1": ("mailable", "", "", "", ""),
    "S2": ("mailable", "", "", "", ""),
    "S3": ("rejected", "cass", "no_cass", "move_update_expired", ""),
    "S4": ("rejected", "dpv", "dpv_not_confirmed", "", ""),
    "S5": ("held", "ncoa", "ncoa_pending", "", ""),
    "S6": ("suppressed", "suppression", "preference", "deceased", ""),
    "S7": ("suppressed", "internal", "converted", "", ""),
    "A1": ("duplicate", "dedupe", "household", "", "S1"),
    "A2": ("mailable", "", "", "", ""),
    "A3": ("rejected", "ncoa", "move_update_expired", "", ""),
}


def furnish(bureau: Bureau) -> None:
    """Two lists of Acme: `spring` from two files, `autumn` from one."""
    bureau.create("spring")
    bureau.create("autumn")
    take(bureau, "spring", [name for name in FATES if name in ("S1", "S2", "S3")], "first.csv")
    take(bureau, "spring", [name for name in FATES if name[0] == "S" and name > "S3"], "second.csv")
    take(bureau, "autumn", [name for name in FATES if name[0] == "A"], "autumn.csv")


def take(bureau: Bureau, name: str, ids: Sequence[str], file: str, **columns: str) -> None:
    """Take a file of so many records in."""
    from daemon.lists.load import import_file

    people = [{"record_id": each, "first_name": "Wilhelmina", "last_name": "Smythe"} | CODED | columns for each in ids]
    import_file(bureau.house, name, bureau.file(people, file))


def care(
    bureau: Bureau, name: str, kind: str, *, certified: bool = True, day: str = "2026-11-18", dpv: str = ""
) -> Job:
    """A job that was sent and applied on a day, with its paper; ``dpv`` codes the list's records in their order."""
    with writing(bureau.house.engine) as store:
        job = open_job(
            store, bureau.house, find_list(store, name), kind=kind, adapter="engine", adapter_kind="manual", why="drop"
        )
        rows = store.all("SELECT id, address_id FROM addressee WHERE list_id = :list ORDER BY id", list=job.list_id)
        first = max(store.next_id("decision"), store.next_id("coding"))
        batch = _batch(store, job, day, first, len(rows))
        if kind == "cass":
            _code(store, job, rows, dpv or "Y" * len(rows), first)
        _paper(store, job, kind, len(rows), dpv or "Y" * len(rows))
        facts: dict[str, Any] = {"processed_on": day, "batch_id": batch, "sent": len(rows), "engine": "Engine 9.1"}
        if kind == "cass":
            facts |= {"database_date": "2026-11-01", "valid_to": "2027-02-28"}
        return step(store, job, "applied", certified=certified, **facts)


def _batch(store: Store, job: Job, day: str, first: int, many: int) -> int:
    batch = store.next_id("batch")
    columns = ("id", "kind", "job_id", "status", "file", "applied_at", "read", "moved", "suppressed", "held", "kept",
               "review", "rejected", "answered", "member", "sha256", "content_sha256", "archived", "layout", "customer",
               "shipment", "create_date", "result", "first_decision", "last_decision", "first_change", "last_change",
               "manifest")  # fmt: skip
    result = json.dumps({"lists": {job.list: {"kept": many}}, "kept": many})
    row = (batch, job.kind, job.id, "applied", "answer.csv", f"{day}T10:00:00+00:00", many, 0, 0, 0, many, 0, 0, 0, "",
           f"{batch:064}", "", "", "", "", "", "", result, first, first + many - 1, 0, 0, "")  # fmt: skip
    store.load("batch", columns, [row])
    return batch


def _code(store: Store, job: Job, rows: Sequence[tuple[int, int]], dpv: str, first: int) -> None:
    names = ("check_digit", "elot", "record_type", "dpv_footnotes", "cmra", "vacant", "no_stat", "no_stat_reason",
             "lacslink", "suitelink", "rdi", "ews", "footnotes")  # fmt: skip
    columns = ("id", "addressee_id", "address_id", "job_id", "dpv", "mailable", "automation", *names)
    coded = [
        (first + at, *row, job.id, word, word != "N", word == "Y", *("" for _ in names))
        for at, (row, word) in enumerate(zip(rows, dpv, strict=True))
    ]
    store.load("coding", columns, coded)


def _paper(store: Store, job: Job, kind: str, many: int, dpv: str) -> None:
    fields: dict[str, Any] = {"certified": True, "records": many}
    if kind == "cass":
        fields["zip4_coded"] = sum(word != "N" for word in dpv)
    number = store.next_id("paper")
    of = ("3553", "3553.pdf") if kind == "cass" else ("psr", "psr.txt")
    row = (number, job.id, *of, f"{number:064}", "archive/x", json.dumps(fields), "2026-11-18T10:00:00+00:00")
    store.load("paper", ("id", "job_id", "kind", "file", "sha256", "archived", "fields", "at"), [row])


def drop(bureau: Bureau, name: str = "autumn-offer", *, state: str = "checked", **more: Any) -> dict[str, Any]:
    """A drop of both lists as its check would have left it; its result."""
    with writing(bureau.house.engine) as store:
        number = store.next_id("mail_drop")
        lists = [find_list(store, each) for each in ("spring", "autumn")]
        values = {"mail_date": "2026-12-01", "offer": "FALL26", "dedupe": "household", "quantity": 5} | more
        told = result(name, values)
        columns = ("id", "name", "client", "offer", "mail_date", "mail_class", "dedupe", "quantity", "state",
                   "created_at", "checked_at", "scope", "result", "mailed_on")  # fmt: skip
        row = (number, name, "Acme", values["offer"], values["mail_date"], "marketing", values["dedupe"],
               values["quantity"], state, "2026-11-20T09:00:00+00:00", CHECKED, "", json.dumps(told),
               values["mail_date"] if state == "mailed" else None)  # fmt: skip
        store.load("mail_drop", columns, [row])
        store.load(
            "drop_list", ("drop_id", "position", "list_id"), [(number, at, each.id) for at, each in enumerate(lists, 1)]
        )
        who = {row[0]: row[1:] for row in store.all("SELECT record_id, id, list_id, address_id, status FROM addressee")}
        store.load(
            "drop_row",
            (
                "drop_id",
                "addressee_id",
                "list_id",
                "step",
                "disposition",
                "reason",
                "also",
                "survivor_id",
                "address_id",
                "status",
            ),
            [
                (number, *who[each][:2], at, fate, reason, also, who[survivor][0] if survivor else None, *who[each][2:])
                for each, (fate, at, reason, also, survivor) in FATES.items()
            ],
        )
        return told


def result(name: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """What the check told of `FATES`."""
    reasons: dict[str, dict[str, int]] = {}
    for fate, _step, reason, _also, _survivor in FATES.values():
        if fate != "mailable":
            of = reasons.setdefault(fate, {})
            of[reason] = of.get(reason, 0) + 1
    steps, left = [], len(FATES)
    for each in STEPS:
        removed = sum(fate[1] == each for fate in FATES.values())
        steps.append({"step": each, "in": left, "out": left - removed, "removed": removed, "ok": True, "why": ""})
        left -= removed
    steps[1] |= {"ok": False, "why": "one delivery point in ten"}
    override = {"operator": "R. Vance", "reason": "the client insists", "at": CHECKED}
    steps[1]["override"] = override
    manifest = make_manifest(
        drop={"drop": name, "client": "Acme"},
        read=len(FATES),
        by_disposition={each: sum(fate[0] == each for fate in FATES.values()) for each in DISPOSITIONS},
        reasons=reasons,
        lists=[_of_list("spring", "S"), _of_list("autumn", "A")],
        steps=steps,
        overrides=[{"step": "dpv", **override}],
        seeds=1,
        gross={"preference": 1, "deceased": 1, "converted": 1},
        hashes={"records": "c" * 64},
        tools={"listkeeper": "0.1.0"},
        settings={"dedupe": values["dedupe"]},
    )
    flat = {reason: count for of in reasons.values() for reason, count in of.items()}
    return {"drop": name, "state": "checked", "steps": steps, "manifest": manifest, "reasons": flat, "warnings": []}


def _of_list(name: str, letter: str) -> dict[str, Any]:
    own = [fate[0] for record, fate in FATES.items() if record[0] == letter]
    return {"list": name, "read": len(own), **{each: own.count(each) for each in DISPOSITIONS}}


def labels(bureau: Bureau, count: int, name: str = "autumn-offer", form: str = "csv") -> None:
    """A label file of the drop."""
    with writing(bureau.house.engine) as store:
        of, lists = store.one(
            "SELECT id, (SELECT min(id) FROM mailing_list) FROM mail_drop WHERE name = :name", name=name
        ) or (0, 0)
        row = (
            store.next_id("label_run"),
            lists,
            f"/srv/out/labels.{form}",
            "d" * 64,
            "2026-11-21T08:00:00+00:00",
            form,
            count,
            of,
        )
        store.load("label_run", ("id", "list_id", "file", "sha256", "at", "format", "labels", "drop_id"), [row])
        accounts = [row[0] for row in store.all("SELECT id FROM account")]
        pieces = (
            [(accounts[0], f"{at:09}", of, at, "2026-12-01") for at in range(1, count + 1)] if form == "csv" else []
        )
        store.load("piece", ("account_id", "serial", "drop_id", "addressee_id", "used_on"), pieces)


def suppression(bureau: Bureau, as_of: str = "2026-10-15", most: int | None = 60, kind: str = "preference") -> None:
    """A suppression file in the register."""
    with writing(bureau.house.engine) as store:
        facts = {"id": store.next_id("suppression_file"), "kind": kind, "source": "Preference Service",
                 "licence": "L-1", "as_of": as_of, "max_age_days": most, "level": "individual",
                 "client": "", "list_id": None,
                 "file": "mps.csv", "sha256": "e" * 64, "read": 5_000, "rejected": 3, "keys": 4_997, "named": False,
                 "loaded_at": "2026-11-01T08:00:00+00:00", "withdrawn_at": None, "told": 9999}  # fmt: skip
        store.load("suppression_file", tuple(facts), [tuple(facts.values())])
