"""What a yes to a question about an engine's answer does. Pure."""

from __future__ import annotations

from typing import Final

from daemon.care.decide import CareRules, Moved, decide_ncoa
from daemon.care.settings import ListCare
from daemon.returns.decide import Answer, Subject
from schemas.notice import Notice
from schemas.standing import Standing

_NEVER: Final = "9999-12-31"  # the operator has seen the date


def accept_ncoa(notice: Notice, subject: Subject, care: ListCare, reason: str) -> Answer:
    """Return what an NCOALink result does once an operator has said yes to the question ``reason``."""
    standing = subject.standing
    if reason == "deceased_addressee":
        standing = alive(standing, "undeliverable")
    return decide_ncoa(
        Moved(notice.code, notice.move_date, notice.new),
        standing,
        subject.here,
        CareRules(care.codes, {}, _NEVER),
        locked=subject.locked,
        changed=reason == "changed_since_sent",
        waved=reason,
    )


def alive(standing: Standing, status: str) -> Standing:
    """Return the standing of someone who was held for deceased, as if a notice had said no more than ``status``."""
    return standing._replace(
        base_status="mailable", base_reason="", status=status, status_by="notice", status_reason=""
    )
