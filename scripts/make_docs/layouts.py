"""The pages of the file formats: every layout field by field, and every code."""

from __future__ import annotations

from schemas.acs import FAMILIES
from schemas.codes import TABLES, Code
from schemas.layout import Family, Field
from scripts.make_docs.text import page, table

SETTLED = {"verified": "", "single": "one source", "inferred": "inferred"}


def formats_page() -> str:
    """Return the page that leads to the others."""
    rows = [
        (f"[{family.name}]({family.name}.md)", family.length, family.version or "–", family.header.source)
        for family in FAMILIES
    ]
    return page(
        "File formats",
        "The notification files of the USPS that we read. Which one a file is, its content says, never its name: a "
        "header of one of these lengths, and on 700 characters the version in positions 2 and 3. Lines end in CRLF or "
        "LF, or not at all.",
        table(("layout", "characters", "version", "source"), rows),
        "What the codes mean and do: [codes](codes.md). What NCOALink and CASS engines give back: "
        "[answers](answers.md). A client's list file: "
        "[import a list](../howto/import-a-list.md). The label file: [print labels](../howto/print-labels.md).",
    )


def layout_page(family: Family) -> str:
    """Return the page of one family of layouts."""
    parts = [
        f"Records of {family.length} characters. Positions count from 1, both ends inside. N: digits, zero-filled; "
        "A: letters; AN: printable ASCII. *Rests on* is blank where two independent sources agree."
    ]
    for title, layout in (("Header", family.header), ("Change of address", family.coa), ("Nixie", family.nixie)):
        rows = [
            (f"`{row.name}`", f"{row.start}–{row.end}", row.length, row.kind, _values(row), SETTLED[row.confidence])
            for row in layout.fields
        ]
        parts.append(f"## {title}\n\nSource: {layout.source}.")
        parts.append(table(("field", "positions", "length", "kind", "what it holds", "rests on"), rows))
    return page(family.name, *parts)


def _values(row: Field) -> str:
    said = []
    if row.table:
        said.append(f"[{row.table}](codes.md#{row.table})")
    elif row.values:
        said.append(" ".join(f"`{value}`" if value else "blank" for value in row.values))
    if row.date:
        said.append(row.date)
    if row.implied_decimals:
        said.append("cents" if row.implied_decimals == 2 else f"{row.implied_decimals} decimals")
    if row.blank_ok:
        said.append("may be blank")
    if row.note:
        said.append(row.note)
    return "; ".join(said)


def codes_page() -> str:
    """Return the page of every code."""
    parts = [
        "A record is never dropped because of a code that is not here: it becomes a question. What a deliverability "
        "code does is the default; [a list may have its own](../howto/per-list-policy.md)."
    ]
    for name, codes in TABLES.items():
        decides = name.startswith("deliverability")
        heads = ["code", "meaning", *(["what it does"] if decides else []), "rests on"]
        rows = []
        for code in codes.values():
            rests = "; ".join(part for part in (code.source, SETTLED[code.confidence]) if part)
            rows.append(
                [f"`{code.code}`" if code.code else "blank", code.meaning, *([_does(code)] if decides else []), rests]
            )
        parts.append(f"## {name}\n\n{table(heads, rows)}")
    return page("Codes", *parts)


def _does(code: Code) -> str:
    outcome = code.outcome if not code.status or code.outcome == code.status else f"{code.outcome}: {code.status}"
    said = f"{outcome}, `{code.reason}`"
    if code.strikes > 1:
        said += f", the {code.strikes}nd time" if code.strikes == 2 else f", at {code.strikes} times"
    return f"{said}; reads as `{code.reads_as}`" if code.reads_as else said
