"""What `why` tells of list care: when an addressee was sent out, what the engines said, and what holds today."""

from __future__ import annotations

from typing import Any, Final

from daemon.care.facts import UNCERTIFIED
from daemon.care.jobs import MANUAL
from daemon.db import Store
from schemas.ncoalink import RETURN_CODES

KINDS: Final = {"ncoa": "NCOALink", "cass": "CASS"}
_DPV: Final = {
    "Y": "delivery point confirmed",
    "D": "building confirmed, the unit is missing",
    "S": "building confirmed, the unit is not",
    "N": "no such delivery point",
    "R": "nothing is delivered there",
    "": "no match, not put to DPV",
}


def said(kind: str, code: str, move_type: str, move_date: str) -> str:
    """Say what an engine answered, in a few words.

    >>> said("ncoa", "02", "I", "2026-05"), said("cass", "Y", "", "")
    ('NCOALink 02 I of 2026-05: moved, left no address', 'CASS, DPV Y: delivery point confirmed')
    """
    if kind == "cass":
        return f"CASS, DPV {code or 'blank'}: {_DPV.get(code, f'{code} is not known')}"
    known = RETURN_CODES.get(code)
    letter = f" {move_type}" if move_type else ""
    of = f" of {move_date}" if move_date else ""
    return f"NCOALink {code or 'without a code'}{letter}{of}: {known.meaning if known else 'the code is not known'}"


def sendings(store: Store, number: int) -> list[tuple[int, dict[str, Any]]]:
    """Return when an addressee went out to an engine: the job, and the entry of the story."""
    rows = store.all(
        """SELECT j.id, j.kind, j.created_at, j.file, j.sha256, j.adapter, j.certified, f.address1, f.city, f.state,
        f.zip5, f.zip4
        FROM care_job j CROSS JOIN care_sent s CROSS JOIN address f
        WHERE s.job_id = j.id AND s.addressee_id = :id AND f.id = s.address_id ORDER BY j.id""",
        id=number,
    )
    return [
        (
            job,
            {
                "at": at,
                "what": "sent",
                "said": f"{KINDS[kind]}, job {job}{'' if adapter == MANUAL else f' by {adapter}'}",
                "file": file,
                "sha256": sha256,
                "to": row,
                "note": None if certified else UNCERTIFIED,
            },
        )
        for job, kind, at, file, sha256, adapter, certified, *row in rows
    ]


def care_now(store: Store, number: int) -> dict[str, Any]:
    """Return the coding of an addressee's present address and its Move Update stamp; None where there is none."""
    coding = store.one(
        """SELECT k.dpv, k.dpv_footnotes, k.vacant, k.no_stat, k.cmra, k.rdi, j.processed_on, j.id, j.certified
        FROM addressee a JOIN coding k ON k.address_id = a.address_id AND k.undone_at IS NULL
        JOIN care_job j ON j.id = k.job_id WHERE a.id = :id ORDER BY k.id DESC LIMIT 1""",
        id=number,
    )
    stamp = store.one(
        """SELECT t.method, t.processed_on, j.id, j.certified FROM addressee a JOIN address d ON d.id = a.address_id
        JOIN stamp t ON t.addressee_id = a.id AND t.place_id = d.place_id AND t.void_at IS NULL
        JOIN care_job j ON j.id = t.job_id WHERE a.id = :id ORDER BY t.processed_on DESC, t.id DESC LIMIT 1""",
        id=number,
    )
    names = ("dpv", "footnotes", "vacant", "no_stat", "cmra", "rdi", "processed_on", "job", "certified")
    return {
        "coding": _named(names, coding),
        "stamp": _named(("method", "processed_on", "job", "certified"), stamp),
    }


def _named(names: tuple[str, ...], row: tuple[Any, ...] | None) -> dict[str, Any] | None:
    if row is None:
        return None
    told = dict(zip(names, row, strict=True))
    return told | {"certified": bool(told["certified"])}
