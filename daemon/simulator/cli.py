"""The `listkeeper-simulator` command: parse, call one function, print."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NoReturn, cast

from daemon.errors import HouseError, family_of
from daemon.simulator.answer import FAULTS, Fault, Kind, Request
from daemon.simulator.coding import ENGINE
from daemon.simulator.moves import read_moves
from daemon.simulator.run import answer_file
from daemon.simulator.watch import watch

_WARNING = (
    "A simulation to learn on: NOT CASS certified, no NCOALink data, no USPS data below the ZIP. Its codes are "
    "invented, and no postage may be claimed under them."
)


def main() -> NoReturn:
    """Run the command that ``sys.argv`` names and exit.

    0 done, 1 a bug, 2 wrong usage, 65 the file was refused, 75 try again later, 78 an operator must act.
    """
    os.umask(0o077)  # what we write is about people
    raise SystemExit(run(sys.argv[1:]))


def run(words: Sequence[str]) -> int:
    """Run the command that these words name. Returns its exit code."""
    arguments = _parser().parse_args(words)
    try:
        return _watch(arguments) if arguments.command == "watch" else _answer(arguments)
    except HouseError as error:
        return _failed(error)
    except OSError as error:
        known = family_of(error)
        if known is None:
            raise
        return _failed(known)


def _answer(arguments: argparse.Namespace) -> int:
    kind: Kind = arguments.command
    request = _request(arguments, _moves(arguments))()
    _say(f"{ENGINE}: {kind} {arguments.source}")
    _say(answer_file(kind, arguments.source, arguments.answer, arguments.report, request))
    return 0


def _watch(arguments: argparse.Namespace) -> int:
    request = _request(arguments, _moves(arguments))
    _say(f"{ENGINE}: watching {arguments.inbox}")
    return watch(arguments.inbox, arguments.outbox, request, _say, once=arguments.once, every=arguments.every)


def _moves(arguments: argparse.Namespace) -> Mapping[str, Mapping[str, str]] | None:
    path = getattr(arguments, "moves", None)
    return None if path is None else read_moves(path)


def _request(arguments: argparse.Namespace, moves: Mapping[str, Mapping[str, str]] | None) -> Callable[[], Request]:
    given: dict[str, Any] = vars(arguments)

    def request() -> Request:
        return Request(
            as_of=given["as_of"] or date.today(),
            seed=given["seed"],
            movers=given.get("movers", 12),
            moves=moves,
            every_code=given.get("every_code", False),
            fault=cast("Fault | None", given["fault"]),
        )

    return request


def _failed(error: HouseError) -> int:
    print(f"listkeeper-simulator: {error}", file=sys.stderr)
    return error.exit_code


def _say(sentence: str) -> None:
    print(sentence, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="listkeeper-simulator", description=f"A simulated address engine. {_WARNING}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="cass|ncoa|watch")
    cass = _command(commands, "cass", "Standardise and code the addresses of a file.")
    ncoa = _command(commands, "ncoa", "Say who of a file has moved.")
    folder = _command(commands, "watch", "Answer every file that is put into a folder.")
    for each, paper in ((cass, "PS Form 3553"), (ncoa, "Processing Summary Report")):
        each.add_argument(
            "source", type=Path, metavar="IN.csv", help="the file, with the columns that Listkeeper sends"
        )
        each.add_argument("answer", type=Path, metavar="OUT.csv", help="where to write the answer")
        each.add_argument("--report", type=Path, metavar="REPORT.txt", help=f"write a paper in the form of a {paper}")
    for each in (ncoa, folder):
        each.add_argument(
            "--movers", type=_percent, default=12.0, metavar="PERCENT", help="how many have moved; default 12"
        )
        each.add_argument("--moves", type=Path, metavar="MOVES.csv", help="answer these moves, and no other")
        each.add_argument("--every-code", action="store_true", help="give the first records each return code in turn")
    folder.add_argument("--inbox", type=Path, required=True, metavar="DIR", help="where files are put")
    folder.add_argument("--outbox", type=Path, required=True, metavar="DIR", help="where answers appear")
    folder.add_argument("--once", action="store_true", help="answer what is there, and end")
    folder.add_argument("--every", type=_seconds, default=0.5, metavar="SECONDS", help="how often to look; default 0.5")
    return parser


def _command(commands: Any, name: str, what: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(
        name, help=f"{what} Not CASS certified.", description=f"{what} {_WARNING}"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="another seed, another chance; default 0")
    parser.add_argument("--as-of", type=_day, metavar="DATE", help="the day of processing, 2026-11-20; default today")
    parser.add_argument("--fault", choices=FAULTS, metavar="|".join(FAULTS), help="go wrong in this way, to learn on")
    return parser


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text} is no date; write it as 2026-11-20") from error


def _percent(text: str) -> float:
    value = _number(text)
    if not 0 <= value <= 100:
        raise argparse.ArgumentTypeError("a share lies between 0 and 100")
    return value


def _seconds(text: str) -> float:
    value = _number(text)
    if not 0.01 <= value <= 3600:
        raise argparse.ArgumentTypeError("name 0.01 to 3600 seconds")
    return value


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text} is no number") from error
