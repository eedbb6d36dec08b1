"""What `why` tells of the drops an addressee was mailed in: the label files, the pieces, the day they went out."""

from __future__ import annotations

from typing import Any

from daemon.db import Store


def mailings(store: Store, number: int) -> list[tuple[int, dict[str, Any]]]:
    """Return each label file of a drop that an addressee was in, or the drop alone where it went out without.

    Pairs of the drop's id and the entry of the story; `said` names the drop, its day and offer, and the piece's serial.
    """
    drops = store.all(
        """SELECT d.id, d.name, d.mail_date, d.offer, d.mailed_on, p.serial, r.list_id
        FROM mail_drop d CROSS JOIN drop_row r
        LEFT JOIN piece p ON p.drop_id = d.id AND p.addressee_id = r.addressee_id
        WHERE r.drop_id = d.id AND r.addressee_id = :id AND r.disposition = 'mailable'
        AND d.state IN ('released', 'mailed') ORDER BY d.id""",
        id=number,
    )
    told = []
    for drop, name, day, offer, mailed_on, serial, list_id in drops:
        said = f"drop {name} of {day}, offer {offer}" + (f", piece {serial}" if serial else "")
        note = f"mailed on {mailed_on}" if mailed_on else None
        runs = store.all(
            "SELECT at, file, sha256 FROM label_run WHERE drop_id = :drop AND list_id = :list ORDER BY id",
            drop=drop,
            list=list_id,
        )
        for at, file, sha256 in runs:
            entry = {"at": at, "what": "labels", "said": said, "file": file, "sha256": sha256, "note": note}
            told.append((drop, entry))
        if mailed_on and not runs:  # the day is all that is known
            told.append((drop, {"at": f"{mailed_on}T00:00:00+00:00", "what": "mailed", "said": said, "note": note}))
    return told
