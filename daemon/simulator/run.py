"""Answering one file into one file, with the paper that goes with it and the fault that was asked for."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TextIO

from daemon.durable import atomic_writer
from daemon.errors import UsageError
from daemon.simulator.answer import Kind, Request, answer_cass, answer_ncoa
from daemon.simulator.moves import Movers
from daemon.simulator.reports import cass_report, ncoa_report

FAILED = 3  # what the command ends with under the fault `exit`


def answer_file(kind: Kind, source: Path, answer: Path, report: Path | None, request: Request) -> str:
    """Answer a file. Returns a sentence for the terminal.

    Both files are there whole or not at all, and the answer last: when it is there, so is the report. The faults are
    the exception, as they are meant to be.

    Raises:
        UsageError: the file is not there, or two of the paths are the same.
        SetAsideError: it is not what was agreed on.
    """
    if len({path.resolve() for path in (source, answer, report) if path}) < (3 if report else 2):
        raise UsageError("the file, its answer and its report need a path each")
    if request.fault == "exit":
        raise SystemExit(FAILED)
    while request.fault == "hang":
        time.sleep(3600)
    with atomic_writer(answer) as stream:
        paper, sentence = write_answer(kind, source, stream, request)
        if report is not None:
            with atomic_writer(report) as file:
                file.write(paper)
        if request.fault == "half":
            halve(stream)
    return sentence


def write_answer(kind: Kind, source: Path, stream: TextIO, request: Request) -> tuple[str, str]:
    """Write the answer of a file to a stream. Returns its paper, and a sentence for the terminal.

    Raises:
        UsageError: the file is not there, or a fault was asked for that this kind of answer does not have.
        SetAsideError: it is not what was agreed on.
    """
    wrong = request.fault == "wrong-totals"
    name = source.stem
    if kind == "cass":
        cass = answer_cass(source, stream, request)
        sentence = f"{cass.records:,} records, {cass.coded:,} of them coded"
        return cass_report(name, cass, request.as_of, wrong_totals=wrong), f"{sentence} (simulated, not CASS certified)"
    if request.fault == "lock":
        raise UsageError("an NCOALink answer has no lock flag; --fault lock is for cass")
    ncoa = answer_ncoa(source, stream, request)
    months = Movers(request.as_of).months
    sentence = f"{ncoa.records:,} records, {ncoa.matches:,} of them moved"
    return ncoa_report(
        name, ncoa, request.as_of, months, wrong_totals=wrong
    ), f"{sentence} (simulated, not CASS certified)"


def halve(stream: TextIO) -> None:
    """Cut a file that is being written to half of its bytes."""
    stream.flush()
    os.truncate(stream.fileno(), os.fstat(stream.fileno()).st_size // 2)
