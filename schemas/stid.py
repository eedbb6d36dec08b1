"""Service types of the Intelligent Mail barcode: what three digits ask for, as a dated table.

Source of the rows: USPS, *STID Table Effective January 21, 2024* (PostalPro), in a public transcription; the four
classes a list is mailed at. A newer table exists: what is not here may still be right, so a number given by hand is
warned about and never refused.
"""

from __future__ import annotations

from functools import cache
from typing import Final, NamedTuple

from schemas.errors import StidError

SOURCE: Final = "USPS STID table effective 2024-01-21"

# Class · who corrects addresses (none, manual: by hand and on paper, barcode: OneCode or Full-Service ACS, traditional:
# ACS by participant code) · endorsement and its option · STID: basic, with IV-MTR tracking, Full-Service, Full-Service
# with tracking · what goes with it: p the endorsement must be printed as well, f postage or a fee is due for what is
# forwarded or returned, n an ACS account is needed and parcels are left out.
_TABLE: Final = """
    first-class none        -           -  300 310 260 270  -
    first-class manual      -           -  700 040 -   -    p
    first-class barcode     address     1  230 220 320 314  -
    first-class barcode     address     2  080 140 081 141  -
    first-class barcode     change      1  504 502 516 514  -
    first-class barcode     change      2  082 240 083 241  -
    first-class barcode     return      2  341 340 343 342  -
    first-class barcode     temp-return 2  345 344 232 222  -
    first-class traditional address     1  501 500 505 503  p
    first-class traditional address     2  507 506 509 508  p
    first-class traditional change      1  517 515 521 519  p
    first-class traditional change      2  510 530 512 511  p
    first-class traditional return      2  535 534 537 536  p
    first-class traditional temp-return 2  543 538 545 544  p
    marketing   none        -           -  301 311 261 271  -
    marketing   manual      -           -  702 042 -   -    p
    marketing   barcode     address     1  090 142 091 143  pf
    marketing   barcode     address     2  334 585 550 548  pf
    marketing   barcode     change      1  092 242 093 243  p
    marketing   barcode     change      2  513 586 567 231  pfn
    marketing   barcode     return      2  272 262 529 587  pf
    marketing   traditional address     1  540 539 542 541  pf
    marketing   traditional address     2  547 546 551 549  pf
    marketing   traditional change      1  560 559 562 561  p
    marketing   traditional change      2  565 564 568 566  pfn
    marketing   traditional return      2  570 569 572 571  pf
    periodicals none        -           -  149 148 147 146  -
    periodicals manual      -           -  704 044 -   -    -
    periodicals barcode     address     -  784 244 038 045  -
    periodicals traditional address     -  600 599 602 601  -
    package     none        -           -  401 451 265 351  -
    package     manual      -           -  706 452 -   -    p
    package     barcode     address     1  424 453 423 353  pf
    package     barcode     address     2  605 454 607 354  pf
    package     barcode     change      1  431 455 430 355  p
    package     barcode     change      2  615 456 617 356  pfn
    package     barcode     return      2  619 457 621 357  pf
    package     traditional address     1  603 458 604 358  pf
    package     traditional address     2  606 459 608 359  pf
    package     traditional change      1  613 460 614 360  p
    package     traditional change      2  616 461 618 361  pfn
    package     traditional return      2  620 462 622 362  pf
"""
_KINDS: Final = ("none", "manual", "barcode", "traditional")


class Stid(NamedTuple):
    """One service type.

    Attributes:
        number: three digits.
        mail_class: first-class, marketing, periodicals or package (Bound Printed Matter).
        correction: `none`, `manual` (on paper, by hand), `barcode` (OneCode ACS; Full-Service ACS with full_service) or
            `traditional` (ACS by participant code).
        endorsement: address, change, return, temp-return; empty where there is none.
        option: 1 or 2; None where the endorsement has no options.
        full_service, iv_mtr: Full-Service mail; tracking by Informed Visibility.
        printed: the endorsement must stand on the piece as well.
        fee: postage or a fee is due for pieces that are forwarded or returned.
        account_needed: an ACS account is needed, and parcels are left out.
    """

    number: str
    mail_class: str
    correction: str
    endorsement: str
    option: int | None
    full_service: bool
    iv_mtr: bool
    printed: bool
    fee: bool
    account_needed: bool


@cache
def stids() -> dict[str, Stid]:
    """Return every service type of the table by its number.

    >>> len(stids()), stids()["082"].endorsement, stids()["082"].option
    (160, 'change', 2)
    """
    found = {}
    for line in _TABLE.strip().splitlines():
        mail_class, correction, endorsement, option, *numbers, more = line.split()
        for place, number in enumerate(numbers):
            if number != "-":
                found[number] = Stid(
                    number,
                    mail_class,
                    correction,
                    endorsement.strip("-"),
                    int(option) if option != "-" else None,
                    place >= 2,
                    place % 2 == 1,
                    *(letter in more for letter in "pfn"),
                )
    return found


def stid_for(mail_class: str, endorsement: str, option: int | None, full_service: bool, iv_mtr: bool = False) -> Stid:
    """Return the one service type that asks for this by barcode (OneCode ACS, or Full-Service ACS).

    Args:
        mail_class: first-class, marketing, periodicals or package.
        endorsement: address, return, change, forwarding or electronic; empty for none.
        option: 1 or 2; None where the class has no options, or only one of them.

    Raises:
        StidError: `none`: the combination does not exist · `ambiguous`: it names several. The message says which
            there are.

    Source: USPS STID table (see the module).

    >>> stid_for("first-class", "change", 2, full_service=False).number
    '082'
    >>> stid_for("marketing", "return", None, full_service=True).number  # there is no option 1
    '529'
    """
    of_class = [
        each
        for each in stids().values()
        if (each.mail_class, each.full_service, each.iv_mtr) == (mail_class, full_service, iv_mtr)
        and each.correction != "traditional"
    ]
    fitting = [each for each in of_class if each.endorsement == endorsement and option in (None, each.option)]
    if len(fitting) == 1:
        return fitting[0]
    asked = _asked(mail_class, endorsement, option, full_service, iv_mtr)
    if fitting:
        raise StidError("ambiguous", f"{asked} names several service types: {_listed(fitting)}")
    same = [each for each in of_class if each.endorsement == endorsement]
    there = f"there are {_listed(same or of_class)}" if of_class else "the table has no such class"
    raise StidError("none", f"{asked} has no service type; {there}")


def stid_fits(
    number: str, *, mail_class: str, endorsement: str, option: int | None, full_service: bool = False
) -> list[str]:
    """Return how a service type given by hand contradicts what a list says of its mail; empty where it does not.

    What the list leaves open contradicts nothing. A number that the table does not have is told, too.

    >>> stid_fits("082", mail_class="first-class", endorsement="address", option=2)
    ['STID 082 is Change Service Requested, the list has address']
    >>> stid_fits("123", mail_class="", endorsement="", option=None)
    ['STID 123 is not in the USPS STID table effective 2024-01-21; look it up in the newest']
    """
    stid = stids().get(number)
    if stid is None:
        return [f"STID {number} is not in the {SOURCE}; look it up in the newest"]
    told = []
    if mail_class and mail_class != stid.mail_class:
        told.append(f"STID {number} is for {stid.mail_class}, the list has {mail_class}")
    if endorsement and stid.correction in ("none", "manual"):
        notices = "no address correction" if stid.correction == "none" else "correction on paper, no electronic notices"
        told.append(f"STID {number} asks for {notices}, the list has {endorsement}")
    elif endorsement and endorsement != stid.endorsement:
        told.append(f"STID {number} is {stid.endorsement.title()} Service Requested, the list has {endorsement}")
    if option is not None and stid.option is not None and option != stid.option:
        told.append(f"STID {number} is option {stid.option}, the list has option {option}")
    if full_service and not stid.full_service:
        told.append(f"STID {number} is not a Full-Service one, the account is")
    return told


def _asked(mail_class: str, endorsement: str, option: int | None, full_service: bool, iv_mtr: bool) -> str:
    parts = [
        mail_class or "a list without a class",
        endorsement or "without endorsement",
        f"option {option}" if option else "",
        "Full-Service" if full_service else "basic service",
        "with tracking" if iv_mtr else "",
    ]
    return ", ".join(part for part in parts if part)


def _listed(found: list[Stid]) -> str:
    told = []
    for each in sorted(found, key=lambda each: (each.endorsement, each.option or 0, _KINDS.index(each.correction))):
        option = f" option {each.option}" if each.option else ""
        manual = ", corrected on paper" if each.correction == "manual" else ""
        told.append(f"{each.number} ({each.endorsement or 'no endorsement'}{option}{manual})")
    return ", ".join(told)
