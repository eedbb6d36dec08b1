"""The talk at the scan screen: a key, then a letter or a new address, piece after piece; then the tally and a yes.

It is told and asks in lines, so that a scanner that types, a person, and a script in a pipe can all hold it.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, Protocol

from daemon.db import reading
from daemon.errors import HouseError, SetAsideError
from daemon.lists.known import find_list
from daemon.returns.paper import apply_papers, plan_papers
from daemon.returns.paper_entry import LETTERS, Entry, FieldError, entry_of, reason_code
from daemon.returns.paper_key import Found, find, read_key
from daemon.returns.paper_printed import Printed, printed
from daemon.returns.paper_session import Session, interrupted, new_session
from daemon.returns.report import PILES
from daemon.wiring import House
from schemas.codes import DELIVERABILITY_COA, DELIVERABILITY_NIXIE

MOVED: Final = {"m": "individual", "mf": "family", "mb": "business"}
NO_RECEPTACLE: Final = "mr"  # the letter M is taken
_LAST_LINE: Final = re.compile(r"(.*[^\s,])[\s,]+([A-Za-z]{2})[\s,]+([0-9]{5}(?:[ -]?[0-9]{4})?)", re.ASCII)
_TAKE_BACK: Final = re.compile(r"u\s*([0-9]{1,6})?", re.IGNORECASE)
_OLD_ZIP: Final = re.compile(r"z\s*([0-9]{5})", re.IGNORECASE)
_MOST = 10  # records that are told one by one before the yes


class Screen(Protocol):
    """Where the talk is held."""

    terminal: bool  # a person sits there, who can be asked

    def ask(self, prompt: str) -> str:
        """Return a line without its end; EOFError where there is none any more."""

    def say(self, text: str = "", style: str = "") -> None:
        """Tell a line."""

    def ring(self) -> None:
        """Make a sound: something was not taken."""


class How(NamedTuple):
    """What is settled before the first piece."""

    on: str  # the day the pieces came back
    yes: bool = False  # apply without asking
    accept_large_change: bool = False
    prefix: str = ""  # what the scanner types before and after each code
    suffix: str = ""


class Leave(Exception):  # noqa: N818 - no error: the piece is left out
    """The piece in hand is left out."""


def scan_returns(house: House, name: str | None, screen: Screen, how: How) -> dict[str, Any]:
    """Hold one session; return what `apply` tells of a file, with ``session`` and ``entries``.

    ``status`` is also ``nothing`` (no entry was made), ``waiting`` (kept for the next one, nothing applied) or
    ``discarded``.

    Args:
        name: the list; None where each key says it.

    Raises:
        UsageError: there is no such list.
        TryAgainError, OperatorError: the spool or the database fails; the entries made before are kept.
    """
    if name is not None:
        with reading(house.engine) as store:
            find_list(store, name)
    try:
        session = _session(house, name, screen)
    except (EOFError, KeyboardInterrupt):
        return _told(None, "nothing")
    with session:
        try:
            _Talk(house, name, screen, how, session).run()
            return _end(house, name, screen, how, session)
        except KeyboardInterrupt:
            screen.say()
            return _told(session, "waiting" if session.entries else "nothing")


def _session(house: House, name: str | None, screen: Screen) -> Session:
    """Return the interrupted session that is gone on with, or a new one."""
    for session in interrupted(house, name):
        what = f"A session of {session.started_at[:16].replace('T', ' ')} was interrupted after "
        screen.say(f"{what}{_some(session.entries)}; none of it is applied.", "yellow")
        if not screen.terminal:
            screen.say("It goes on.")
            return session
        answer = _choice(screen, "Go on with it? y yes, n leave it for later, d discard it> ", "ynd")
        if answer == "y":
            return session
        if answer == "d":
            session.finish()
        session.close()
    return new_session(house, name)


@dataclass
class _Talk:
    house: House
    name: str | None
    screen: Screen
    how: How
    session: Session
    seen: dict[tuple[str, str], int] = field(default_factory=dict)  # account and key, to the line of the entry

    def run(self) -> None:
        """Take piece after piece until a line that says it is over."""
        for entry in self.session.entries.values():
            try:
                found, _piece = self._find(entry.key, entry.on)
            except HouseError:  # told with the tally
                continue
            self.seen[found.account, found.key] = entry.line
        of = f" of list {self.name}" if self.name else ""
        self.screen.say(f"Returns on paper{of}. Scan a key, then say why it came back: a letter, or m for moved.")
        self.screen.say("? shows the letters, u takes the last one back, a point or Enter ends.", "dim")
        ahead, missed = "", False
        while True:
            try:
                text, ahead = ahead or self._cleaned(self.screen.ask(f"{len(self.session.entries) + 1} scan> ")), ""
            except EOFError:
                return
            if text == "" and missed:  # some scanners end a code with two line ends
                missed = False
            elif text in ("", "."):
                return
            elif not self._command(text):
                try:
                    missed, ahead = False, self._piece(text)
                except Leave:
                    missed = True
                except EOFError:
                    self.screen.say("the last piece was not entered: it had no reason yet", "yellow")
                    return

    def _cleaned(self, text: str) -> str:
        text = text.strip("\r\n\t \x00\x02\x03")
        return text.removeprefix(self.how.prefix).removesuffix(self.how.suffix).strip()

    def _command(self, text: str) -> bool:
        if text == "?":
            _help(self.screen)
        elif text.lower() == "l":
            for number, entry in enumerate(self.session.entries.values(), 1):
                self.screen.say(f"{number:>5}  {entry.key:<20}  {entry.said}")
        elif match := _TAKE_BACK.fullmatch(text):
            self._take_back(int(match[1]) if match[1] else len(self.session.entries))
        else:
            return False
        return True

    def _take_back(self, number: int) -> None:
        lines = list(self.session.entries)
        if not 1 <= number <= len(lines):
            self._refuse("there is no such entry; l lists them")
            return
        entry = self.session.entries[lines[number - 1]]
        self.session.take_back(entry.line)
        self.seen = {key: line for key, line in self.seen.items() if line != entry.line}
        self.screen.say(f"     taken back: {entry.key}, {entry.said}", "yellow")

    def _find(self, text: str, on: str, old_zip: str = "") -> tuple[Found, Printed]:
        with reading(self.house.engine) as store:
            found = find(store, read_key(text), self.name, on)
            return found, printed(store, found, on, old_zip)

    def _piece(self, text: str) -> str:
        """Take one piece; return what was scanned instead of an answer, as the next one."""
        try:
            found, piece = self._find(text, self.how.on)
        except SetAsideError as error:
            self._refuse(f"{error.reason}: {str(error).removeprefix('field key: ')}")
            raise Leave from error
        self._show(found, piece)
        line = self.seen.get((found.account, found.key))
        earlier = self.session.entries.get(line) if line is not None else None
        if earlier is not None:
            self._refuse(f"scanned before: {earlier.said}. Enter leaves it so; another reason takes its place")
        entry, ahead = self._why(read_key(text).kept, found, earlier)
        if entry is not None:
            entry = self.session.enter(entry)
            self.seen[found.account, found.key] = entry.line
            if earlier is not None:
                self.session.take_back(earlier.line)
            self.screen.say(f"     {entry.said}", "green")
        return ahead

    def _why(self, key: str, found: Found, earlier: Entry | None) -> tuple[Entry | None, str]:
        values = {"key": key, "on": self.how.on}
        while True:
            text = self._cleaned(self.screen.ask("   why> "))
            word = text.lower()
            if not text and earlier is None:
                continue
            if not text:
                return None, ""
            if word == "x":
                self.screen.say("     left out", "yellow")
                raise Leave
            if word == "?":
                _help(self.screen)
            elif match := _OLD_ZIP.fullmatch(text):
                values["old_zip"] = match[1]
                self.screen.say(f"     the piece bears ZIP {match[1]}")
            elif word in MOVED:
                entry = self._moved(values | {"move_type": "" if word == "m" else MOVED[word]})
                if entry is not None:
                    return entry, ""
            else:
                try:
                    code = "M" if word == NO_RECEPTACLE else reason_code(text)
                    return entry_of(0, self.how.on, values | {"reason": code}), ""
                except FieldError:
                    if self._is_next(text, found, earlier):
                        return None, text

    def _is_next(self, text: str, found: Found, earlier: Entry | None) -> bool:
        """Say whether a key was scanned where a reason was asked for, and the piece in hand needs none."""
        try:
            other, _piece = self._find(text, self.how.on)
        except HouseError:
            self._refuse("no such reason; ? shows them, x leaves the piece out")
            return False
        if (other.account, other.key) == (found.account, found.key):
            return False  # the trigger was pulled twice
        if earlier is None:
            self._refuse("first say why the piece before it came back, or x to leave it out; then scan this one again")
        return earlier is not None

    def _moved(self, values: dict[str, str]) -> Entry | None:
        """Ask for a new address as the yellow label has it; None where the operator goes back."""
        while True:
            line = self._cleaned(self.screen.ask("   new address> "))
            if line.lower() == "x":
                return None
            if line.upper().startswith("URB ") and "urbanization" not in values:
                values = values | {"urbanization": line}
                continue
            if " " not in line:
                self._refuse("an address line, such as 7 NEWHAVEN RD APT 2; x goes back")
                continue
            last = self._cleaned(self.screen.ask("   city ST ZIP> "))
            if last.lower() == "x":
                return None
            match = _LAST_LINE.fullmatch(last)
            if match is None:
                self._refuse("city, state and ZIP in one line, such as TAOS NM 87571-1111; once more from the address")
                continue
            moved = self._cleaned(self.screen.ask("   moved (YYYY-MM or YYYY-MM-DD, Enter: not known)> "))
            place = {"address1": line, "city": match[1], "state": match[2], "zip5": match[3], "moved": moved}
            try:
                return entry_of(0, self.how.on, values | place)
            except FieldError as error:
                self._refuse(f"{error}; once more from the address")

    def _show(self, found: Found, piece: Printed) -> None:
        status = "" if found.status == "mailable" else f"  [{found.status}: {found.status_reason}]"
        self.screen.say(f"     {found.list} {found.record_id}  {found.name}{status}", "bold")
        self.screen.say(f"     {found.address}")
        if piece.address1 and not found.address.startswith(piece.address1):
            self.screen.say(f"     the piece was mailed to {piece.address1}, {piece.city} {piece.state} {piece.zip5}")
        if piece.young:
            self.screen.say(f"     new since {piece.young}: where the piece bears another ZIP, type z and that ZIP")

    def _refuse(self, text: str) -> None:
        self.screen.ring()
        self.screen.say(f"     {text}", "yellow")


def _end(house: House, name: str | None, screen: Screen, how: How, session: Session) -> dict[str, Any]:
    """Tell the tally, ask, and apply."""
    if not session.entries:
        session.finish()
        return _told(session, "nothing")
    plan = plan_papers(house, name, session.papers)
    large = any(text.startswith("apply would stop") for text in plan.get("warnings", ()))
    accept = how.accept_large_change
    if plan["status"] == "planned":
        _tally(screen, plan)
    if not how.yes and plan["status"] == "planned":
        try:
            answer = _yes(screen, large and not accept)
        except EOFError:
            return _told(session, "waiting")
        if answer == "d":
            session.finish()
            return _told(session, "discarded")
        if answer == "n":
            return _told(session, "waiting") | {"said": "no"}
        accept = accept or answer == "yes"
    result = apply_papers(house, name, session.papers, accept_large_change=accept)
    if result["status"] in ("applied", "repeat"):
        session.finish()
    return result | {"session": session.path.name, "entries": len(session.entries)}


def _yes(screen: Screen, large: bool) -> str:
    if not large:
        return _choice(screen, "Apply them? y yes, n not now: they are kept, d discard them> ", "ynd")
    while True:
        answer = screen.ask("So large a change? yes in full to apply it, n not now, d discard them> ").strip().lower()
        if answer in ("yes", "n", "d"):
            return answer
        screen.ring()


def _choice(screen: Screen, prompt: str, letters: str) -> str:
    while True:
        answer = screen.ask(prompt).strip().lower()[:1]
        if answer and answer in letters:
            return answer
        screen.ring()


def _tally(screen: Screen, plan: dict[str, Any]) -> None:
    screen.say()
    screen.say(f"{plan['read']} to apply:", "bold")
    counts = Counter((each["outcome"], each["reason"]) for each in plan["records"])
    for (outcome, reason), count in sorted(counts.items(), key=lambda each: (PILES.index(each[0][0]), each[0][1])):
        screen.say(f"{count:>6}  {outcome if outcome == reason else f'{outcome}: {reason}'}")
    asked = [each for each in plan["records"] if each["outcome"] in ("review", "rejected")]
    for each in asked[:_MOST]:
        who = f"{each['list']} {each['record_id']}".strip() or f"line {each['line']}"
        screen.say(f"        {who}: {each['outcome']} {each['reason']}", "cyan")
    for text in plan["warnings"]:
        screen.say(f"warning: {text}", "yellow")


def _help(screen: Screen) -> None:
    for letter in LETTERS:
        code = (DELIVERABILITY_COA if letter in "KG" else DELIVERABILITY_NIXIE)[letter]
        screen.say(f"     {NO_RECEPTACLE if letter == 'M' else letter.lower():<3} {code.meaning}")
    screen.say("     m   moved: the new address is asked for; mf the whole family, mb a business")
    screen.say("     z 87110  the piece bears this ZIP, not the one shown; then the reason")
    screen.say("     x   leave the piece out    u, u 3  take the last entry back, or the third    l  list them")
    screen.say("     . or Enter ends: the tally comes, and nothing is applied before you say yes")


def _told(session: Session | None, status: str) -> dict[str, Any]:
    kept = session.path.name if session is not None and status == "waiting" else None
    entries = len(session.entries) if session is not None else 0
    return {"batch": None, "status": status, "kind": "paper", "session": kept, "entries": entries}


def _some(entries: dict[int, Entry]) -> str:
    return f"{len(entries)} entr{'y' if len(entries) == 1 else 'ies'}"
