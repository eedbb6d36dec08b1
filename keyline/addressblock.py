"""The lines of an address block: participant code, endorsement line (OEL), keyline, and who the piece is for."""

import re
from typing import Final

from keyline.errors import LabelLineError
from keyline.keylines import printed

_FILL: Final = re.compile(r"[* ]*\*")
_PARTICIPANT_LINE: Final = re.compile(r"#([A-Z]{7})(?:[* ]+(.*))?", re.DOTALL)
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_CODE_WIDTH: Final = 9  # the mark, seven letters, and the blank before the fill


def participant_line(code: str, oel: str = "", width: int | None = None) -> str:
    """Return the first line of an ACS label: the participant code, joined with the endorsement line if there is one.

    The code takes the place of the first nine columns of the line's fill, so the line keeps its width and its text
    its place. The text is never cut, moved or changed; blanks at the line's end are not part of it.

    Args:
        code: seven capital letters.
        oel: the endorsement line as the presort software gives it: fill of asterisks (or asterisks and blanks), then
            its text. One that already begins with this code is returned as it is.
        width: of the finished line; without it that of the endorsement line. A line without fill can be joined only
            when a width is given.

    Raises:
        LabelLineError: `participant-code`: not seven capital letters, or the line carries another one · `no-fill`:
            fewer than two asterisks would be left · `character`: a control character would break the label.

    Source: USPS Publication 28, section 341; Postal Bulletin 22179 (DMM 507.3.2.3): on the top line, not compressed.

    >>> participant_line("BYOBOFN", "**************** 5-DIG 87110")
    '#BYOBOFN ******* 5-DIG 87110'
    >>> participant_line("BYOBOFN", "ECRLOT**C-001", width=30)
    '#BYOBOFN ********ECRLOT**C-001'
    """
    if not _is_code(code):
        raise LabelLineError("participant-code", "a participant code is seven capital letters")
    line = _as_printed(oel)
    if not line:
        return f"#{code}"
    if line[0] == "#":
        if read_participant_line(line)[0] != code:
            raise LabelLineError("participant-code", f"the endorsement line carries another code than {code}")
        return line
    match = _FILL.match(line)
    fill = match[0] if match else ""
    text = line[len(fill) :]
    if not match and width is None:
        raise LabelLineError("no-fill", "the endorsement line has no asterisks in front that could make room")
    room = (len(line) if width is None else width) - _CODE_WIDTH - len(text)
    kept = fill.rjust(room, "*")[-room:] if room > 0 else ""
    if kept.count("*") < 2:
        raise LabelLineError("no-fill", f"with {code} in front fewer than two asterisks would be left; never a cut")
    return f"#{code} {kept}{text}"


def read_participant_line(line: str) -> tuple[str, str]:
    """Return the participant code of a first line, and the text of its endorsement line or nothing.

    The text is whatever follows the fill: the presort software owns it.

    Raises:
        LabelLineError: `participant-code`: the line does not begin with a mark and seven capital letters.

    Source: USPS Publication 28, section 341, Sample Business Address Format, line 1.

    >>> read_participant_line("#BYNHKRB*********5-DIGIT 55112")
    ('BYNHKRB', '5-DIGIT 55112')
    """
    match = _PARTICIPANT_LINE.fullmatch(line.strip(" "))
    if not match:
        raise LabelLineError("participant-code", "the line does not begin with # and seven capital letters")
    return match[1], match[2] or ""


def name_line(prefix: str = "", first: str = "", middle: str = "", last: str = "", suffix: str = "") -> str:
    """Return a name as it stands on a label: its parts with single blanks between, what is empty left out."""
    return " ".join(f"{prefix} {first} {middle} {last} {suffix}".split())


def last_line(city: str = "", state: str = "", zip5: str = "", zip4: str = "") -> str:
    """Return ``CITY ST ZIP5-ZIP4``, what is empty left out.

    Source: USPS Publication 28, section 211 (last line of the address).

    >>> last_line("ALBUQUERQUE", "NM", "87110", "1234"), last_line("ALBUQUERQUE", "NM", "87110")
    ('ALBUQUERQUE NM 87110-1234', 'ALBUQUERQUE NM 87110')
    """
    zipcode = f"{zip5}-{zip4}" if zip5 and zip4 else zip5
    return " ".join(f"{city} {state} {zipcode}".split())


def block_lines(
    *,
    code: str = "",
    keyline: str = "",
    oel: str = "",
    name: str = "",
    company: str = "",
    urbanization: str = "",
    address2: str = "",
    address1: str = "",
    city: str = "",
    state: str = "",
    zip5: str = "",
    zip4: str = "",
    width: int | None = None,
) -> tuple[str, ...]:
    """Return the lines of an address block from the top: at most eight, none of them empty.

    With a participant code: the code, joined with the endorsement line · the keyline · name · company · urbanization
    · second and first address line · city, state and ZIP. Without one (a Mailer ID, whose barcode carries the key):
    the endorsement line as it is, no keyline, then the same.

    Args:
        code: the participant code; empty for a Mailer ID.
        keyline: bare, check digit included; empty for a Mailer ID.
        width: as `participant_line`.

    Raises:
        LabelLineError: as `participant_line`; `participant-code` also for a keyline without one; `character` for a
            control character in any line. Line breaks and tabs are not refused: they become a blank.
        KeylineError: as `keyline.keylines.check`.

    Source: USPS Publication 28, sections 341 and 356 (order of lines); Publication 8A, "Keyline".
    """
    if code:
        top = participant_line(code, oel, width)
    elif keyline:
        raise LabelLineError("participant-code", "a keyline is printed below its participant code only")
    else:
        top = oel if _as_printed(oel) else ""
    last = last_line(city, state, zip5, zip4)
    texts = [name, company, urbanization, address2, address1, last]
    if not "".join(texts).isprintable():
        texts = [_on_one_line(text) for text in texts]
    bare = [text.strip(" ") for text in texts]
    return tuple([line for line in (top, printed(keyline) if keyline else "", *bare) if line])


def _is_code(code: str) -> bool:
    return len(code) == 7 and code.isascii() and code.isalpha() and code.isupper()


def _as_printed(oel: str) -> str:
    if not oel.isprintable() and _CONTROL.search(oel):
        raise LabelLineError("character", "the endorsement line has a control character, which would break the label")
    return oel.rstrip(" ")


def _on_one_line(text: str) -> str:
    line = " ".join(text.split())
    if _CONTROL.search(line):
        raise LabelLineError("character", "a line has a control character, which would break the label")
    return line
