"""An answer of an outside engine, NCOALink or CASS: whose it is, and its rows, cut and cleaned.

The container is found from the bytes (a dBase table by its head, fixed width by its length, else CSV), the vendor from
the header. Nothing here decides anything, and nothing touches the database.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from daemon.care.answers.answer_map import AnswerMap, near, read_answer_map
from daemon.care.answers.cass_rows import CassReading
from daemon.care.answers.containers import Container, CsvContainer, DbfContainer, FixedContainer, fits_fixed, is_dbf
from daemon.care.answers.ncoa_rows import NcoaReading
from daemon.care.answers.recognise import Bound, bind, fitting, recognise
from daemon.errors import SetAsideError, UsageError
from daemon.intake.incoming import digest_of, told_name
from daemon.lists.source import opened
from schemas.cass import CassRow
from schemas.ncoalink import NcoaRow
from schemas.preset import Kind, Preset, RowModel
from schemas.vendors import PRESETS

UNCERTIFIED = "not cass certified"
_HEAD = 1 << 16
_SPOKEN = {"ncoa": "NCOALink", "cass": "CASS"}


class AnswerFile:
    """An answer whose vendor is known.

    Attributes:
        name: of the file, without its folder.
        kind: ``ncoa`` or ``cass``.
        preset: the name of the preset; ``map`` where a user's map alone says what is what.
        container: ``csv``, ``dbf`` or ``fixed``.
        row_model: see `schemas.preset.ROW_MODELS`.
        columns: the header.
        engine: the ``engine`` column of the first row, "" where there is none.
        size: of the file in bytes.
    """

    def __init__(self, path: Path, kind: Kind, container: Container, bound: Bound, name: str) -> None:
        self._path, self._bound, self._open = path, bound, container
        self.name, self.kind, self.size = name, kind, path.stat().st_size
        self.preset, self.container, self.columns = bound.preset.name, container.kind, container.columns
        self.row_model: RowModel = bound.preset.row_model
        self._reading: NcoaReading | CassReading | None = None
        self._digest = ""
        self.engine = self._first_engine()

    def _first_engine(self) -> str:
        place = self._bound.places.get("engine")
        if place is None:
            return ""
        for _line, texts in self._open.rows([place, None]):
            return texts[0]
        return ""

    @property
    def sha256(self) -> str:
        """The hash of the bytes. At any time; the first time costs a pass over the file."""
        self._digest = self._digest or digest_of(self._path)
        return self._digest

    @property
    def done(self) -> int:
        """Bytes of the file that `rows` has read so far."""
        return self._open.done

    @property
    def warnings(self) -> list[str]:
        """What was noticed; complete once the rows are at their end."""
        return [*self._open.warnings, *(self._reading.warnings if self._reading else ())]

    @property
    def certified(self) -> bool:
        """False where an ``engine`` column says that it is not: the first row's, and any that was read so far."""
        engines = {self.engine, *(self._reading.engines if self._reading else ())}
        return not any(UNCERTIFIED in engine.lower() for engine in engines)

    @property
    def lock(self) -> str:
        """The flag by which the engine says that it has locked itself, in the rows read so far; "" for none."""
        return self._reading.lock if self._reading else ""

    def rows(self) -> Iterator[NcoaRow | CassRow]:
        """Yield the rows as they stand; each call begins anew.

        Raises:
            SetAsideError: ``broken-row``, ``truncated-answer``, ``encoding``, ``no-record-id``. Then no row of the
                answer may count.
        """
        make = NcoaReading if self.kind == "ncoa" else CassReading
        self._reading = make(self._bound, self.name)
        return self._reading.rows(self._open)


@contextmanager
def opened_answer(
    path: Path,
    kind: Kind,
    *,
    preset: str | None = None,
    map_file: Path | None = None,
    encoding: str = "utf-8",
    name: str | None = None,
) -> Iterator[AnswerFile]:
    """Open an answer, as far as its vendor and its columns.

    Args:
        kind: of the job that it answers.
        preset: its name; None: found from the header.
        map_file: a user's map of the columns: alone where it names all that is needed, else on top of the preset that
            is named or that the header shows.
        encoding: of the texts, where the map names none.
        name: what the file is called in a refusal, where it does not lie under its own name.

    Raises:
        UsageError: there is no such file, preset, map or encoding, or the preset does not go with the kind.
        OperatorError: the file may not be read.
        SetAsideError: ``empty``, ``header``, ``unknown-answer``, ``ambiguous-answer``, ``needs-map``,
            ``missing-column``; of a row, see `AnswerFile.rows`.
    """
    name = name or told_name(path)
    mapped = read_answer_map(map_file) if map_file is not None else None
    encoding = (mapped.encoding if mapped else "") or encoding
    with opened(path, encoding):  # whoever may not read it, or names no encoding, hears so in the words of the lists
        pass
    named = _named(preset, kind, mapped) if preset is not None else None
    if mapped is not None:
        if named is None and not mapped.whole(kind):
            fits = fitting(_container(path, kind, None, encoding, name), kind)
            named = fits[0].preset if len(fits) == 1 else None
        named = mapped.over(named, kind)
    container = _container(path, kind, named, encoding, name)
    if named is None:
        bound = recognise(container, kind, name)
    else:
        bound = bind(named, kind, container, frozenset(mapped.columns if mapped else ()))
    _refuse_what_is_missing(bound, name, map_file)
    yield AnswerFile(path, kind, container, bound, name)


def _named(name: str, kind: Kind, mapped: AnswerMap | None) -> Preset:
    preset = PRESETS.get(name)
    if preset is None:
        raise UsageError(f"--preset: there is no preset {name!a}{near(name, PRESETS)}")
    if not preset.usable and mapped is None:
        raise UsageError(f"--preset {name}: {preset.lacks}; then name the columns with --map MAP.toml")
    if kind not in preset.kinds and mapped is None:
        raise UsageError(f"--preset {name}: it is no answer of {_SPOKEN[kind]}, and the job is one")
    return preset


def _container(path: Path, kind: Kind, named: Preset | None, encoding: str, name: str) -> Container:
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if head[:4] == b"PK\x03\x04":
        message = "it is a zip; unpack it and apply the answer in it"
        raise SetAsideError(message, reason="unknown-answer", file=name)
    if named is not None and named.fixed:
        return FixedContainer(path, named.fixed, named.record_length, encoding, name)
    if is_dbf(head):
        return DbfContainer(path, encoding, name)
    if named is None:
        for preset in PRESETS.values():
            if kind in preset.kinds and preset.fixed and fits_fixed(head, path.stat().st_size, preset.record_length):
                return FixedContainer(path, preset.fixed, preset.record_length, encoding, name)
    return CsvContainer(path, encoding, name)


def _refuse_what_is_missing(bound: Bound, name: str, map_file: Path | None) -> None:
    if bound.missing:
        theirs = ", ".join(dict.fromkeys(theirs for _ours, theirs in bound.missing))
        whose = f"{map_file.name} and preset {bound.preset.name}" if map_file else f"preset {bound.preset.name}"
        raise SetAsideError(
            f"columns that {whose} need are not there: {theirs}; is it the right answer? "
            "Where the vendor calls them otherwise, name them with --map MAP.toml",
            reason="missing-column",
            file=name,
            field=bound.missing[0][0],
        )
    if bound.twice:
        message = "the column stands in the header more than once, and nobody can tell which is meant"
        raise SetAsideError(message, reason="header", file=name, line=1, field=bound.twice)
