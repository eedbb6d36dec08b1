"""The two papers that prove list care: their labels, and the names of the same facts in a vendor's data form.

A paper is read by its labels alone. Editions move boxes about, letter them anew and wrap their labels, and each
engine prints a facsimile of its own; what does not change is what a box is called.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal, NamedTuple

PaperKind = Literal["3553", "psr"]
ValueKind = Literal["count", "date", "text", "rating", "moves", "end"]


class Label(NamedTuple):
    """One label of a paper.

    Attributes:
        name: canonical name of its value; of a rating the stem of three (``zip4_coded``, ``zip4_from``, ``zip4_to``).
        words: a pattern, without regard to case; a blank in it stands for any few blanks.
        value: ``count``, ``date``, ``text``; ``rating`` (total coded, valid from, valid to); ``moves`` (new addresses
            by their age in months, which the label itself names); ``end``: nothing of ours, it ends what is before it.
    """

    name: str
    words: str
    value: ValueKind


_CERTIFIED = r"cert(?:ified|\.)?"
_AND_VERSION = r"(?: ?(?:&|and) ?ver(?:sion|\.)?)?"

FORM_3553: Final = (
    Label("company", rf"cass {_CERTIFIED} company(?: name)?", "text"),
    Label("software", rf"cass {_CERTIFIED} ?software(?: name)?{_AND_VERSION}", "text"),
    Label("processor", r"list processor(?: ?'? ?s)? name", "text"),
    Label("processed_on", r"date list processed", "date"),
    Label("processed_on", r"master file", "date"),
    Label("database_date", r"date of database (?:product )?used", "date"),
    Label("database_date", r"zip ?\+ ?4 file", "date"),
    Label(
        "list_name",
        r"(?:address )?list name(?: ?(?:or|/) ?id ?(?:no\.?|number|#)?)?(?: \(if using id no\.?,[^)]*\))?",
        "text",
    ),
    Label("lists", r"number of lists", "count"),
    Label("records", r"total (?:number of )?records submitted(?: for processing)?", "count"),
    Label("zip4", r"zip ?\+ ?4 ?/ ?dpv confirmed|zip ?\+ ?4 coded", "rating"),
    Label("zip5", r"(?:5|five)[ -]?digit (?:zip (?:code )?)?coded", "rating"),
    Label("crrt", r"(?:crrt|carrier route) coded", "rating"),
    Label("elot", r"elot (?:assigned|coded)", "rating"),
    Label("z4change", r"z4 ?change (?:processed|coded)", "rating"),
    Label("highrise_default", r"high[ -]?rise default", "count"),
    Label("highrise_exact", r"high[ -]?rise exact", "count"),
    Label("rural_default", r"(?:rr|rural route) default", "count"),
    Label("rural_exact", r"(?:rr|rural route) exact", "count"),
    Label("lacslink", r"lacs ?link", "count"),
    Label("ews", r"ews|early warning system", "count"),
    Label("suitelink", r"suite ?link", "count"),
    Label("", rf"(?:z4 ?change|elot|mass) {_CERTIFIED} ?(?:company(?: name)?|software(?: name)?{_AND_VERSION})", "end"),
    Label("", r"z4 ?change|elot|cris|configuration|cfg|mlocr serial (?:no\.?|number|#)", "end"),
    Label("", r"output rating|validation period|qualitative statistical summary(?: \(qss\))?", "end"),
    Label("", r"mailer'?s signature|date signed|name and address of mailer|ps form 3553|cass summary report", "end"),
)
"""PS Form 3553, CASS Summary Report.

Source: PS Form 3553 of September 2017 and September 2022, and one vendor's facsimile of it.
"""

SUMMARY_REPORT: Final = (
    Label("paf_id", r"(?:customer )?paf ?(?:id(?:entification)?|number)(?: ?(?:no\.?|number|#))?", "text"),
    Label("mailer", r"mailer ?/ ?list owner|mailer company name|list owner(?: name)?|mailer(?: name)?", "text"),
    Label("list_name", r"(?:address )?list (?:name(?: ?(?:/|or) ?id(?: no\.?)?)?|id)", "text"),
    Label("category", r"processing category", "text"),
    Label("pre_processes", r"pre[ -]?process(?:es)?(?: performed)?(?: flag)?", "text"),
    Label("concurrent_processes", r"concurrent[ -]?process(?:es)?(?: performed)?(?: flag)?", "text"),
    Label("post_processes", r"post[ -]?process(?:es)?(?: performed)?(?: flag)?", "text"),
    Label("standard_output", r"standard output(?: returned)?(?: flag)?", "text"),
    Label("matching_logic", r"matching logic(?: applied)?(?: flag)?", "text"),
    Label("data_returned", r"data returned(?: flag)?", "text"),
    Label("mail_class", r"class of mail", "text"),
    Label("processed_on", r"date (?:of )?processing completed|date (?:list )?processed", "date"),
    Label("returned_on", r"date (?:list )?returned(?: to customer)?", "date"),
    Label(
        "records",
        r"(?:total )?(?:number of )?records processed|total processed|records submitted for processing",
        "count",
    ),
    Label(
        "ncoa_matches",
        r"(?:total )?(?:number of )?(?:records )?(?:ncoa ?link match(?:es|ed)|matched(?: to)? ncoa ?link)",
        "count",
    ),
    Label(
        "ank_matches",
        r"(?:total )?(?:number of )?(?:records )?(?:ank ?link match(?:es|ed)|matched(?: to)? ank ?link)",
        "count",
    ),
    Label("zip4_coded", r"(?:total )?(?:number of )?(?:records )?zip ?\+ ?4 coded", "count"),
    Label("dpv_confirmed", r"(?:total )?(?:number of )?(?:records )?dpv confirmed", "count"),
    Label("lacslink", r"(?:total )?(?:number of )?(?:records )?(?:matched(?: to)? )?lacs ?link(?: matches)?", "count"),
    Label(
        "suitelink", r"(?:total )?(?:number of )?(?:records )?(?:matched(?: to)? )?suite ?link(?: matches)?", "count"
    ),
    Label(
        "moves",
        r"(?:moved,? ?)?(?:new address(?:es)? (?:provided )?)?[0-9]{1,2} ?(?:-|to) ?[0-9]{1,2} months?",
        "moves",
    ),
    Label("", r"date processing (?:began|started)|date (?:list )?received|total new addresses(?: provided)?", "end"),
    Label("", r"(?:ncoa ?link )?processing summary report", "end"),
)
"""NCOALink Processing Summary Report. Source: one vendor's documentation of its parts, and an invented print of it."""

LABELS: Final[Mapping[PaperKind, tuple[Label, ...]]] = MappingProxyType({"3553": FORM_3553, "psr": SUMMARY_REPORT})
TITLES: Final[Mapping[PaperKind, str]] = MappingProxyType(
    {"3553": r"\bform\s+3553\b|\bcass\s+summary\s+report\b", "psr": r"\bprocessing\s+summary\s+report\b"}
)
NEEDED: Final[Mapping[PaperKind, tuple[str, ...]]] = MappingProxyType(
    {"3553": ("records", "processed_on", "database_date"), "psr": ("records", "processed_on")}
)
# What only one of the two papers has: by these it is known where its title is missing.
OWN: Final[Mapping[PaperKind, frozenset[str]]] = MappingProxyType(
    {
        "3553": frozenset(("database_date", "lists", "zip4", "zip5", "crrt", "elot", "company", "software")),
        "psr": frozenset(("paf_id", "ncoa_matches", "ank_matches", "dpv_confirmed", "matching_logic", "category")),
    }
)
TOLD: Final[Mapping[str, str]] = MappingProxyType(
    {
        "records": "the total of records",
        "processed_on": "the date processed",
        "database_date": "the date of the ZIP+4 database",
    }
)
"""How a message calls a needed value."""


class DataForm(NamedTuple):
    """The same paper as a vendor's service returns it, as names and values; names without case and punctuation."""

    kind: PaperKind
    names: Mapping[str, str]  # theirs to ours


SERVICE_OBJECTS: Final = (
    DataForm(
        "psr",
        MappingProxyType(
            {
                "customerpafid": "paf_id",
                "mailercompanyname": "mailer",
                "listname": "list_name",
                "processingcategory": "category",
                "preprocessesperformedflag": "pre_processes",
                "concurrentprocessesperformedflag": "concurrent_processes",
                "postprocessesperformedflag": "post_processes",
                "standardoutputreturnedflag": "standard_output",
                "matchinglogicappliedflag": "matching_logic",
                "datareturnedflag": "data_returned",
                "classofmail": "mail_class",
                "dateprocessingcompleted": "processed_on",
                "datelistreturnedtocustomer": "returned_on",
                "totalnumberofrecordsprocessed": "records",
                "totalnumberofrecordsmatchedncoalink": "ncoa_matches",
                "totalnumberofrecordsmatchedanklink": "ank_matches",
                "totalnumberofrecordszip4coded": "zip4_coded",
                "totalnumberofrecordsdpvconfirmed": "dpv_confirmed",
                "totalnumberofrecordsmatchedlacslink": "lacslink",
                "totalnumberofrecordsmatchedsuitelink": "suitelink",
            }
        ),
    ),
    DataForm(
        "3553",
        MappingProxyType(
            {
                "total": "records",
                "zip4": "zip4_coded",
                "zip5": "zip5_coded",
                "crt": "crrt_coded",
                "amsvno": "database_date",
                "today": "processed_on",
                "hexact": "highrise_exact",
                "hdefault": "highrise_default",
                "rexact": "rural_exact",
                "rdefault": "rural_default",
                "lacs": "lacslink",
                "listname": "list_name",
                "listcount": "lists",
            }
        ),
    ),
)
"""The two reports of Service Objects. Its ``TodayP90`` and the like count by the rule before October 2022: left out.

Source: Service Objects, documentation of the NCOA Live report operations.
"""

MOVES_NAMED: Final = r"movednewaddressprovided([0-9]{2})([0-9]{2})"
"""Their counts of new addresses by age in months; only two of the buckets were seen."""

DATES: Final = frozenset(("processed_on", "returned_on", "database_date"))
TEXTS: Final = frozenset(label.name for labels in LABELS.values() for label in labels if label.value == "text")
