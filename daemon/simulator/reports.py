"""The papers that come with an answer, as text: in the form of a PS Form 3553 and of a Processing Summary Report.

They are none, and their first line says so. The labels are those of the real ones, so that what reads these reads
those.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

from daemon.simulator.answer import CassTally, NcoaTally
from daemon.simulator.coding import ENGINE

HEADING: Final = "SIMULATED - NOT CASS CERTIFIED"
_AGES: Final = ((0, 3), (4, 6), (7, 12), (13, 18), (19, 48))


def end_of_month(day: date, later: int) -> date:
    """Return the last day of the month that many months after a day's own.

    >>> end_of_month(date(2022, 10, 1), 3)
    datetime.date(2023, 1, 31)
    """
    months = day.year * 12 + day.month + later
    return date(months // 12, months % 12 + 1, 1) - timedelta(days=1)


def cass_report(name: str, tally: CassTally, as_of: date, *, wrong_totals: bool = False) -> str:
    """Return the report of a CASS run, with the labels of PS Form 3553 (September 2022).

    The data count as released on the first of the month. Since October 2022 data released in month R may be used
    until the end of R+2, and mail goes out under it until the end of R+3; mail with a 5-digit ZIP only, for 180 days.
    """
    released = as_of.replace(day=1)
    mailed = f"Valid From {_day(released)}   Valid To {_day(end_of_month(released, 3))}"
    five = f"Valid From {_day(released)}   Valid To {_day(released + timedelta(days=180))}"
    off = 1 if wrong_totals else 0
    ratings = (
        ("ZIP+4/DPV Confirmed", tally.coded + off, mailed),
        ("5-Digit Coded", tally.zip5, five),
        ("CRRT Coded", tally.routes, mailed),
        ("eLOT Assigned", tally.elots, mailed),
    )
    return _paper(
        "CASS Summary Report, in the form of PS Form 3553",
        "A. Software",
        _facts(
            {
                "CASS Certified Company Name": "none (simulated, not CASS certified)",
                "CASS Certified Software Name and Version": ENGINE,
            }
        ),
        "B. List",
        _facts(
            {
                "List Processor's Name": "none (simulated)",
                "Date List Processed - Master File": _day(as_of),
                "Date of Database Product Used - ZIP+4 File": _day(released),
                "List Name or ID No.": name,
                "Number of Lists": 1,
                "Total Records Submitted for Processing": tally.records + off,
            }
        ),
        f"C. Output (matching allowed until {_day(end_of_month(released, 2))})",
        [f"{label:<22}  Total Coded {count}   {valid}" for label, count, valid in ratings],
        "E. Qualitative Statistical Summary",
        _facts(
            {
                "High Rise Default": tally.high_rise_default,
                "High Rise Exact": tally.high_rise_exact,
                "RR Default": tally.rural_default,
                "RR Exact": tally.rural_exact,
                "LACSLink": tally.lacslink,
                "EWS": tally.ews,
                "SuiteLink": tally.suitelink,
            }
        ),
    )


def ncoa_report(name: str, tally: NcoaTally, as_of: date, months: list[str], *, wrong_totals: bool = False) -> str:
    """Return the report of an NCOALink run, with the labels of a Processing Summary Report.

    Args:
        months: the months that were looked back over, the latest first.
    """
    off = 1 if wrong_totals else 0
    return _paper(
        "Processing Summary Report, in the form of NCOALink's",
        "Customer",
        _facts(
            {
                "PAF ID": "",
                "Mailer/List Owner": "none (simulated)",
                "List Name": name,
                "Processing Category": "Normal",
                "Software": ENGINE,
            }
        ),
        "Processing",
        _facts(
            {
                "Matching Logic": "Standard (business, individual, family)",
                "Class of Mail": "not stated",
                "Date Processing Completed": _day(as_of),
                "Date Returned": _day(as_of),
            }
        ),
        "Counts",
        _facts(
            {
                "Total Records Processed": tally.records + off,
                "NCOALink Matches": tally.matches + off,
                "ANKLink Matches": tally.codes["77"],
                "ZIP+4 Coded": tally.zip4,
                "DPV Confirmed": tally.zip4,
                "LACSLink": 0,
                "SuiteLink": 0,
            }
        ),
        "New addresses, by the age of the move",
        _facts({f"{low}-{high} Months": _between(tally, months[low : high + 1]) for low, high in _AGES}),
    )


def _between(tally: NcoaTally, months: list[str]) -> int:
    return sum(tally.new_addresses[month] for month in months)


def _day(day: date) -> str:
    return f"{day:%m/%d/%Y}"


def _facts(facts: Mapping[str, object]) -> list[str]:
    return [f"{label:<46}  {value}".rstrip() for label, value in facts.items()]


def _paper(title: str, *parts: str | list[str]) -> str:
    lines = [HEADING, title, ENGINE]
    for part in parts:
        lines += ["", part] if isinstance(part, str) else part
    return "\n".join([*lines, "", HEADING, ""])
