"""What `listkeeper.toml` may say of list care: `[care]`, and `[list.NAME.care]` for one list."""

from __future__ import annotations

from datetime import date, time
from typing import Annotated, Literal

from pydantic import Field

from daemon.setting_types import Name, Table, Texts, TimeOfDay

CareStatus = Literal["keep", "held", "undeliverable", "removed", "review"]
FactStatus = Literal["mailable", "held", "undeliverable"]
NcoaCode = Annotated[str, Field(pattern=r"^([0-9]{2}|A)$")]


class Care(Table):
    """How list care is done where a list says nothing of its own.

    Attributes:
        cass, ncoa: name of the adapter that due jobs go to; None: the operator is told, and does it by hand.
        at: when the daemon looks for what is due.
        watch: start what is due, or tell the operator; false where lists are cared for elsewhere.
        paf: ``automatic``: no job goes out to an engine without a live PAF, a file written for the operator says so in
            a warning; ``always``: no file is written either.
        cass_every_months, ncoa_every_months: a list is due again after so many months, drop or not.
        recode_percent: CASS is due where more of a list than this came in since the last run, or waits for coding.
        again_days: records held until NCOALink has tried them are tried again after so many days; nothing is sent
            twice in fewer days for the same reason.
        carrier_route_cap_days: how long after the run a list that is mailed by carrier route may be mailed; 0: as
            long as any other.
        purge_days: how long a broker or agent keeps what came from NCOALink.
    """

    cass: Name | None = None
    ncoa: Name | None = None
    at: TimeOfDay = time(1, 0)
    watch: bool = True
    paf: Literal["automatic", "always"] = "automatic"
    cass_every_months: Annotated[int, Field(ge=1, le=12)] = 2
    ncoa_every_months: Annotated[int, Field(ge=1, le=24)] = 6
    recode_percent: Annotated[int, Field(ge=0, le=100)] = 5
    again_days: Annotated[int, Field(ge=1, le=60)] = 7
    carrier_route_cap_days: Annotated[int, Field(ge=0, le=180)] = 90
    purge_days: Annotated[int, Field(ge=1, le=45)] = 45


class ListCare(Table):
    """How one list is cared for.

    Attributes:
        watch: as that of the house, for this list; None: as there.
        next_drop: the day of the next mailing, which the CASS window and the Move Update stamps are held against.
        cass_cap_days: a client's stricter cap: days after the run; None: the rule's own window.
        carrier_route: the list is mailed at carrier-route prices, which has a cap of its own.
        codes: NCOALink return code to what it does to mail, where that is not the default.
        vacant, no_stat, cmra: what such an address means for mail.
        also_ncoa: status reasons of undeliverable records that go to NCOALink as well.
    """

    cass: Name | None = None
    ncoa: Name | None = None
    watch: bool | None = None
    next_drop: date | None = None
    cass_cap_days: Annotated[int, Field(ge=1, le=400)] | None = None
    carrier_route: bool = False
    codes: dict[NcoaCode, CareStatus] = {}
    vacant: FactStatus = "mailable"
    no_stat: FactStatus = "mailable"
    cmra: FactStatus = "mailable"
    also_ncoa: Texts = ()
