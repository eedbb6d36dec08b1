"""What a list looks like today: counts, keys, coding rate, cycle dates."""

from __future__ import annotations

from typing import Any

from daemon.care.cycles import coding_rate
from daemon.care.facts import UNCERTIFIED, processed, runs_of
from daemon.db import Store, reading
from daemon.lists.known import Known, find_list, key_facts
from daemon.wiring import House
from schemas.codes import STRENGTH


def show_list(house: House, name: str) -> dict[str, Any]:
    """Return one list: counts by status and by reason, account and keys, coding rate, cycle dates.

    ``coding.rate`` is the percentage of mailable and held records with a delivery point, rounded down to a tenth;
    None, like its grade, where there are no such records. A date is None where the thing has not happened yet;
    ``cycle.note`` says where a run was not CASS certified.

    Raises:
        UsageError: no such list.
    """
    with reading(house.engine) as store:
        known = find_list(store, name)
        counts = store.all(
            "SELECT status, status_reason, count(*) FROM addressee WHERE list_id = :list GROUP BY 1, 2 ORDER BY 1, 2",
            list=known.id,
        )
        status = dict.fromkeys(STRENGTH, 0)
        reasons: dict[str, int] = {}
        for of_status, reason, count in counts:
            status[of_status] = status.get(of_status, 0) + count
            if reason:
                reasons[reason] = reasons.get(reason, 0) + count
        return {
            **_facts(known),
            "class": known.mail_class,
            "endorsement": known.endorsement,
            "option": known.option,
            "stid": known.stid,
            "full_service": known.full_service,
            "keyline": key_facts(known.scheme),
            "next_serial": known.next_serial,
            "columns": list(known.extra_columns),
            "status": status,
            "reasons": reasons,
            "coding": _coding(store, known),
            "cycle": _cycle(store, known),
        }


def all_lists(house: House) -> dict[str, Any]:
    """Return ``{"lists": [{"list", "client", "account", "kind", "size"}]}``, by name."""
    with reading(house.engine) as store:
        names = sorted(name for (name,) in store.all("SELECT name FROM mailing_list"))
        return {"lists": [_facts(find_list(store, name)) for name in names]}


def _facts(known: Known) -> dict[str, Any]:
    return {
        "list": known.name,
        "client": known.client,
        "account": known.code,
        "kind": known.kind,
        "size": known.size,
    }


def _coding(store: Store, known: Known) -> dict[str, Any]:
    of, coded, waiting = store.all(
        """SELECT count(*), coalesce(sum(CASE WHEN d.delivery_point <> '' THEN 1 ELSE 0 END), 0),
        coalesce(sum(CASE WHEN a.needs_cass THEN 1 ELSE 0 END), 0)
        FROM addressee a CROSS JOIN address d
        WHERE a.list_id = :list AND d.id = a.address_id AND a.status IN ('mailable', 'held')""",
        list=known.id,
    )[0]
    rate = coding_rate(coded, of)
    return {"of": of, "coded": coded, "needs_cass": waiting, "rate": rate.percent, "grade": rate.grade}


def _cycle(store: Store, known: Known) -> dict[str, str | None]:
    runs = runs_of(store, known)
    return {
        "last_import": store.value("SELECT max(at) FROM import_run WHERE list_id = :list", list=known.id),
        "last_batch": store.value(
            """SELECT b.applied_at FROM batch b WHERE b.status = 'applied' AND EXISTS (
            SELECT 1 FROM decision d WHERE d.id BETWEEN b.first_decision AND b.last_decision AND d.list_id = :list)
            ORDER BY b.id DESC LIMIT 1""",
            list=known.id,
        ),
        "last_labels": store.value("SELECT max(at) FROM label_run WHERE list_id = :list", list=known.id),
        "last_cass": processed(runs.cass).isoformat() if runs.cass else None,
        "last_ncoalink": processed(runs.ncoa).isoformat() if runs.ncoa else None,
        "note": None if all(run is None or run.certified for run in runs) else UNCERTIFIED,
    }
