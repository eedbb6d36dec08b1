"""The service type of a list's barcodes: given by hand and held against the table, or taken from it."""

from __future__ import annotations

from daemon.errors import UsageError
from daemon.lists.known import Known
from schemas.errors import StidError
from schemas.stid import SOURCE, stid_fits, stid_for


def stid_of(known: Known) -> str:
    """Return the STID of a list: the one it was given, else the one that its class and endorsement name.

    Raises:
        UsageError: it has none, and the table does not say which.
    """
    if known.stid:
        return known.stid
    if not (known.mail_class and known.endorsement):
        raise UsageError(
            f"list {known.name} has no STID, and a barcode needs one; "
            f"`listkeeper list change {known.name} --stid NNN` sets it, or --class and --endorsement name it"
        )
    try:
        return stid_for(known.mail_class, known.endorsement, known.option, known.full_service).number
    except StidError as error:
        raise UsageError(f"list {known.name}: {error} ({SOURCE}); {_remedy(known.name, error)}") from error


def stid_warnings(
    *, kind: str, mail_class: str, endorsement: str, option: int | None, stid: str, full_service: bool
) -> list[str]:
    """Return what to tell about the STID of a list; nothing where it has one that fits, or needs none."""
    if stid:
        return stid_fits(stid, mail_class=mail_class, endorsement=endorsement, option=option, full_service=full_service)
    if kind != "mailer":
        return []
    if not (mail_class and endorsement):
        return [
            "no STID given: labels with a barcode will need one "
            "(`listkeeper list change` sets it, or --class and --endorsement name it)"
        ]
    try:
        stid_for(mail_class, endorsement, option, full_service)
    except StidError as error:
        return [f"no STID given, and the {SOURCE} names none: {error}"]
    return []


def _remedy(name: str, error: StidError) -> str:
    option = "--option 1|2 or " if error.reason == "ambiguous" else ""
    return f"`listkeeper list change {name}` with {option}--stid NNN"
