"""How an account's keys are made, and which keys can be its own.

A participant code carries keylines of one length and one attribute; a Mailer ID carries serials of 9 or 6 digits
without a check digit. A `Scheme` says which, and from what: a running number, the client's own id, or a match code.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, get_args

from keyline.checkdigit import ALGORITHMS
from keyline.errors import KeylineError
from keyline.keylines import Attribute, body_attribute, make

Source = Literal["serial", "record-id", "match-code", "mailer-serial"]

_closing_digit: Final = ALGORITHMS["mod10"]
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_NOT_KEPT: Final = {
    "numeric": re.compile(r"[^0-9]+"),
    "alpha": re.compile(r"[^A-Z]+"),
    "alphanumeric": re.compile(r"[^0-9A-Z]+"),
}
# Letters that Unicode does not take apart into a plain letter and its accent.
_UNACCENTED: Final = str.maketrans({"Æ": "AE", "Œ": "OE", "Ø": "O", "Ł": "L", "Đ": "D", "Ð": "D", "Þ": "TH", "ẞ": "SS"})
_COLUMN: Final = re.compile(r"\s*([A-Za-z_]\w*)\s*:\s*([0-9]{1,2})\s*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Scheme:
    """How the keys of one account are made.

    Attributes:
        source: `serial` (a running number), `record-id` (the client's own), `match-code` (from columns), or
            `mailer-serial` (a Mailer ID's serial: no check digit).
        length: 4 to 16, check digit included; of a `mailer-serial` 9 or 6.
        attribute: `numeric`, `alpha` or `alphanumeric`; of a `mailer-serial` `numeric`.
        match_code: columns and how many characters of each; of a `match-code` only. What they leave of the body is
            for a running number.

    Raises:
        KeylineError: `scheme-source`, `scheme-length`, `scheme-attribute` or `scheme-match-code`: no such scheme.

    Source: USPS Publication 8A, "Keyline"; USPS-B-3200, section 2.2 (serial number).
    """

    source: Source = "serial"
    length: int = 10
    attribute: Attribute = "numeric"
    match_code: tuple[tuple[str, int], ...] = ()

    def __post_init__(self) -> None:
        if self.source not in get_args(Source):
            raise KeylineError("scheme-source", f"a key is made from one of {', '.join(get_args(Source))}")
        if self.attribute not in get_args(Attribute):
            raise KeylineError("scheme-attribute", f"the attribute is one of {', '.join(get_args(Attribute))}")
        if self.source == "mailer-serial":
            if self.length not in (6, 9):
                raise KeylineError("scheme-length", f"a Mailer ID's serial has 9 or 6 digits, not {self.length}")
            if self.attribute != "numeric":
                raise KeylineError("scheme-attribute", "a Mailer ID's serial is numeric")
        elif not 4 <= self.length <= 16:
            raise KeylineError("scheme-length", f"a keyline has 4 to 16 characters, not {self.length}")
        if (self.source == "match-code") != bool(self.match_code):
            raise KeylineError("scheme-match-code", "a match code, and nothing else, names its columns")
        if any(not column or width < 1 for column, width in self.match_code):
            raise KeylineError("scheme-match-code", "each column of a match code gives at least one character")
        if self.running_width < 0:
            raise KeylineError(
                "scheme-match-code",
                f"the columns give {self.body_length - self.running_width} characters; "
                f"a keyline of {self.length} has room for {self.body_length} and its check digit",
            )

    @property
    def body_length(self) -> int:
        """How many characters the check digit closes; of a `mailer-serial` the whole key."""
        return self.length if self.source == "mailer-serial" else self.length - 1

    @property
    def running_width(self) -> int:
        """How many characters of the body are left for a match code's running number."""
        return self.body_length - sum(width for _, width in self.match_code)


def parse_match_code(text: str) -> tuple[tuple[str, int], ...]:
    """Return the columns of a match code and their widths.

    Raises:
        KeylineError: `scheme-match-code`: it is not written as `column:width,column:width`.

    >>> parse_match_code("zip5:5,last_name:4,address1:4")
    (('zip5', 5), ('last_name', 4), ('address1', 4))
    """
    found = [_COLUMN.fullmatch(part) for part in text.split(",")]
    columns = tuple((match[1].lower(), int(match[2])) for match in found if match)
    if len(columns) != len(found) or any(width < 1 for _, width in columns):
        raise KeylineError("scheme-match-code", "a match code is written as column:width, with commas between")
    return columns


def serial_key(scheme: Scheme, number: int) -> str:
    """Return the key of a running number.

    Numeric: zero-filled. Alpha: counted in letters (1 is ``AAB`` in a body of three). Alphanumeric: a letter that
    goes on when the digits after it are used up (``A99`` is followed by ``B00``), so that every body has both.

    Args:
        number: from 1; a numeric keyline of zeros alone is none.

    Raises:
        KeylineError: `serial`: below 1, or more than the length has room for.

    >>> serial_key(Scheme(length=10), 37)
    '0000000372'
    >>> serial_key(Scheme("mailer-serial", 9), 37)
    '000000037'
    """
    width = scheme.body_length
    if number < 1:
        raise KeylineError("serial", "running numbers start from 1")
    if scheme.attribute == "numeric":
        body = f"{number:0{width}d}"
    elif scheme.attribute == "alpha":
        body = _in_letters(number, width)
    else:
        body = _in_letter_and_digits(number, width)
    if len(body) != width:
        raise KeylineError("serial", f"a key of {scheme.length} has no room for running number {number}")
    return body if scheme.source == "mailer-serial" else make(body)


def record_id_key(scheme: Scheme, record_id: str) -> str:
    """Return the key of a client's own id, which must come through whole: nothing is cut, nothing left out.

    Blanks are taken out and letters made capitals. Numeric and alphanumeric ids are zero-filled on the left; an alpha
    id has no such filling and must have the length of the body.

    Raises:
        KeylineError: a character that no key of this account has (`character`), an id that is too long or, alpha, too
            short (`too-long`, `too-short`), an alphanumeric body without a letter or without a digit (`attribute`),
            zeros alone (`all-zeros`).

    Source: USPS Publication 8A, "Keyline": numeric keylines are zero-filled; one attribute per participant code.

    >>> record_id_key(Scheme("record-id", 10), "4711")
    '0000047118'
    """
    width = scheme.body_length
    bare = record_id.replace(" ", "")
    allowed = bare.isascii() and bool(bare)  # before upper(), which makes plain letters of some that are not
    bare = bare.upper()
    if not allowed or _NOT_KEPT[scheme.attribute].search(
        bare if scheme.attribute == "numeric" else _with_letters(bare)
    ):
        raise KeylineError("character", f"the id has a character that no {scheme.attribute} key has, or none at all")
    if len(bare) > width:
        raise KeylineError("too-long", f"the id has {len(bare)} characters; a key of {scheme.length} takes {width}")
    if scheme.attribute == "alpha":
        if len(bare) < width:
            raise KeylineError("too-short", f"the id has {len(bare)} characters; an alpha key needs all {width}")
        return make(bare)
    body = bare.rjust(width, "0")
    if body_attribute(body) != scheme.attribute:
        raise KeylineError("attribute", "an alphanumeric key needs a letter and a digit")
    if not body.strip("0"):
        raise KeylineError("all-zeros", "a key is never all zeros")
    return body if scheme.source == "mailer-serial" else make(body)


def match_code_body(scheme: Scheme, row: Mapping[str, str]) -> str:
    """Return what a row's columns give to its match code; the running number comes after it.

    Of each column only what the attribute allows is taken (letters and digits; of a numeric scheme the digits, of an
    alpha one the letters), as capitals without accents, cut to its width and filled on the right: with ``X`` in an
    alpha scheme, else with ``0``. An alphanumeric code that would end up without a letter is filled with ``X`` too.

    Raises:
        KeylineError: `column`: the row has no such column.

    >>> scheme = Scheme("match-code", 16, "alphanumeric", parse_match_code("zip5:5,last_name:4,address1:4"))
    >>> match_code_body(scheme, {"zip5": "87110", "last_name": "O'Día", "address1": "12 Elm"})
    '87110ODIA12EL'
    """
    drop = _NOT_KEPT[scheme.attribute]
    taken = []
    for column, width in scheme.match_code:
        try:
            text = row[column]
        except KeyError:
            raise KeylineError("column", f"the match code needs a column {column}") from None
        taken.append((drop.sub("", _capitals(text))[:width], width))
    fill = "X" if scheme.attribute == "alpha" else "0"
    if scheme.attribute == "alphanumeric" and not any(text.strip("0123456789") for text, _ in taken):
        fill = "X"
    return "".join([text.ljust(width, fill) for text, width in taken])


def match_code_key(scheme: Scheme, body: str, running: int = 0) -> str:
    """Return the key of a match code.

    The running number fills what the columns leave, zero-filled, or in an alpha scheme counted in letters (0 is
    ``AA``). Where an alphanumeric code has no letter, the running number brings it (0 is ``A0``).

    Args:
        body: as `match_code_body` gives it.
        running: from 0; the caller counts up until the key is its account's only one.

    Raises:
        KeylineError: no room for this running number (`serial`), a body that is not the scheme's (`body`), an
            alphanumeric key that would have no letter or no digit (`attribute`), zeros alone (`all-zeros`).
    """
    width = scheme.running_width
    if len(body) + width != scheme.body_length:
        raise KeylineError("body", f"a match code of this account has {scheme.body_length - width} characters")
    if running < 0:
        raise KeylineError("serial", "running numbers start from 0")
    if not width:
        number = str(running or "")
    elif scheme.attribute == "alpha":
        number = _in_letters(running, width)
    elif scheme.attribute == "alphanumeric" and body.isdigit():
        number = _in_letter_and_digits(running, width)
    else:
        number = f"{running:0{width}d}"
    if len(number) != width:
        raise KeylineError("serial", f"the match code leaves {width} characters, too few for running number {running}")
    whole = body + number
    if body_attribute(whole) != scheme.attribute:
        raise KeylineError("attribute", f"the match code does not give an {scheme.attribute} key")
    return make(whole)


def accepts(scheme: Scheme, key: str) -> Literal["foreign", "check-digit"] | None:
    """Say why an incoming key cannot be this account's; None when it can be.

    First length and attribute (`foreign`), then the check digit (`check-digit`; a Mailer ID's serial has none). That
    somebody has the key is for the caller to find: letters share values, so a good check digit proves little.

    Source: USPS Publication 8A, "Keyline": one length and one attribute per participant code.

    >>> accepts(Scheme(length=10), "0000000018"), accepts(Scheme(length=10), "0000000019")
    (None, 'check-digit')
    >>> accepts(Scheme(length=10), "JLSTMS67969")
    'foreign'
    """
    bare = key.replace(" ", "")
    if len(bare) != scheme.length:
        return "foreign"
    if scheme.source == "mailer-serial":
        return None if bare.isdigit() and bare.isascii() else "foreign"
    body = bare[:-1]
    try:
        digit = _closing_digit(body)
    except KeylineError:
        return "foreign"
    if body_attribute(body) != scheme.attribute:
        return "foreign"
    return None if bare[-1] == digit else "check-digit"


def _capitals(text: str) -> str:
    if text.isascii():
        return text.upper()
    return unicodedata.normalize("NFKD", text.upper().translate(_UNACCENTED)).upper()


def _in_letters(number: int, width: int) -> str:
    letters = ""
    while number or len(letters) < width:
        number, place = divmod(number, 26)
        letters = _LETTERS[place] + letters
    return letters


def _in_letter_and_digits(number: int, width: int) -> str:
    letter, digits = divmod(number, 10 ** (width - 1))
    tail = f"{digits:0{width - 1}d}" if width > 1 else ""
    return _in_letters(letter, 1) + tail


def _with_letters(text: str) -> str:
    return text.replace("/", "A")  # a slash counts with the letters
