"""The page of the answers of outside engines: every preset with its columns."""

from __future__ import annotations

from collections.abc import Iterator

from daemon.care.answers.ncoa_rows import FLAG_CODES
from schemas.ncoalink import RETURN_CODES
from schemas.preset import CANONICAL, NEEDS, ROW_MODELS, TOLD, Preset
from schemas.vendors import PRESETS
from scripts.make_docs.text import page, table

KINDS = {"ncoa": "NCOALink", "cass": "CASS"}


def answers_page() -> str:
    """Return the page of every preset."""
    rows = [
        (
            f"[{preset.name}](#{preset.name})",
            preset.title,
            " and ".join(KINDS[kind] for kind in preset.kinds) or "neither",
            ", ".join(preset.containers) if preset.usable else "needs a map",
        )
        for preset in PRESETS.values()
    ]
    codes = [(f"`{code.code}`", code.meaning, code.treatment, f"`{code.reason}`") for code in RETURN_CODES.values()]
    flags = ", ".join(f"`{flag}` for `{code}`" for flag, code in FLAG_CODES.items())
    needs = [
        f"{KINDS[kind]}: {', '.join(' or '.join(f'`{name}`' for name in need.split('|')) for need in each)}."
        for kind, each in NEEDS.items()
    ]
    names = ", ".join(f"`{name}`" for name in sorted(CANONICAL - {*TOLD}))
    return page(
        "Answers of outside engines",
        "What NCOALink and CASS engines give back, and how we read it. Whose answer a file is, its columns say: a "
        "preset is recognised when all the columns that it needs are there. Where several fit, `--preset NAME` "
        "decides; where none does, a map: `--map MAP.toml`.",
        table(("preset", "whose", "answers for", "containers"), rows),
        "A header is compared folded: small letters, every run of other characters one `_`, none at the ends; *exact* "
        "where a preset says so. Our own columns may pass through the engine beside the vendor's.",
        "How the rows of an answer stand:",
        table(("rows", "which means"), ((f"`{model}`", text) for model, text in ROW_MODELS.items())),
        "## A map",
        'A map is a TOML file: `[columns]` with lines ours = "theirs"; `[values.COLUMN]` with lines "theirs" = "ours"; '
        "for lines of fixed width `[fixed]` with lines ours = [from, to]. Before them may stand `record_length`, where "
        'there are no line ends, and `encoding`, such as "cp1252", where the texts are not UTF-8. On top of a preset '
        "it needs to name only what differs.",
        f"What every answer must have. {' '.join(needs)}",
        f"Ours are: {names}. The new address is `new_…`, the standardised one `std_…`; a vendor that has only one "
        "address in a row has it without either.",
        "## Return codes of NCOALink",
        f"Where there is no code, a match flag stands for one: {flags}. Where both are there and disagree, the code "
        "counts, and the record is noted as `flag-disagrees`.",
        table(("code", "meaning", "does", "reason"), codes),
        *(part for preset in PRESETS.values() for part in _preset(preset)),
    )


def _preset(preset: Preset) -> Iterator[str]:
    yield f"## {preset.name}"
    kinds = " and ".join(KINDS[kind] for kind in preset.kinds)
    facts = [f"{preset.title}. Rests on: {preset.source} (confidence {preset.confidence})."]
    if preset.usable:
        facts.append(f"Read as {kinds}; {preset.match} headers; rows `{preset.row_model}`.")
        if preset.move_date_format:
            facts.append(f"The move date is {preset.move_date_format}.")
    else:
        facts.append(f"Not read without a map: {preset.lacks}.")
    yield " ".join((*facts, *preset.notes))
    if preset.fixed:
        places = ((f"`{name}`", f"{start}–{end}") for name, (start, end) in preset.fixed.items())
        yield f"Records of {preset.record_length} characters. Positions count from 1, both ends inside."
        yield table(("ours", "positions"), places)
    elif preset.columns:
        needed = {name for each in preset.needs.values() for need in each for name in need.split("|")}
        yield table(
            ("ours", "theirs", "needed"),
            (
                (f"`{name}`", _theirs(preset, name, theirs), "yes" if name in needed else "")
                for name, theirs in preset.columns.items()
            ),
        )


def _theirs(preset: Preset, name: str, theirs: str) -> str:
    return " or ".join(f"`{header}`" for header in dict.fromkeys((theirs, *preset.alternatives.get(name, ()))))
