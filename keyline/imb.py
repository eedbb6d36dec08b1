"""Intelligent Mail barcode: digits to bars and back, by tables.

The 31 digits become one number, its CRC-11 and ten characters of 13 bits; each bit is one half of one of 65 bars.
Bars are written as letters, left to right: T tracker, D descender, A ascender, F full.

Source of everything here: USPS-B-3200, *Intelligent Mail Barcode 4-State Specification*, Rev. H, 2015.
"""

from bisect import bisect_right
from collections.abc import Sequence
from functools import cache, reduce
from operator import getitem, or_, xor
from struct import Struct
from typing import Final, NamedTuple

from keyline.errors import ImbError

# Which character bit each half bar carries: "descender ascender" for bars 1 to 65, letter = character, number = bit.
_BAR_MAP: Final = """
    H2 E3  B10 A0  J12 C8  F5 G11  I9 D1  A1 F12  C5 B8  E4 J11  G3 I10  D9 H6
    F11 B4  I5 C12  J10 A2  H1 G7  D6 E9  A3 I6  G4 C7  B1 J9  H10 F2  E0 D8
    G2 A4  I11 B0  J8 D12  C6 H7  F1 E10  B12 G9  H3 I0  F8 J7  E6 C10  D4 A5
    I4 F7  H11 B9  G0 J6  A6 E8  C1 D2  F9 I12  E11 G1  J5 H4  D3 B2  A7 C0
    B3 E1  G10 D5  I7 J4  C11 F6  A8 H12  E2 I1  F10 D0  J3 A9  G5 C4  H8 B7
    F0 E5  C3 A10  G12 J2  D11 B6  I8 H9  F4 A11  B5 C2  J1 E12  I3 G6  H0 D7
    E7 H5  A12 B11  C9 J0  G8 F3  D10 I2
"""
_BARS: Final = 65
_LETTERS: Final = b"TDAF"  # by descender + 2 * ascender
_TO_LETTER: Final = bytes.maketrans(b"0123", _LETTERS)
_TO_DIGIT: Final = bytes.maketrans(_LETTERS, b"0123")
_UPSIDE_DOWN: Final = bytes.maketrans(b"DA", b"AD")

_ROUTING_LENGTHS: Final = (0, 5, 9, 11)
# An absent ZIP, 00000, 00000-0000 … must differ: each length starts where the one before it ends (section 3.1).
_ROUTING_STARTS: Final = {0: 0, 5: 1, 9: 100_001, 11: 1_000_100_001}
_ROUTING_BEGINS: Final = tuple(_ROUTING_STARTS.values())
_ROUTING_END: Final = 101_000_100_001
_SERIALS: Final = 10**18
_HALF: Final = 1365**4
_INVERTED: Final = 1 << 11  # above the bits of a codeword
_NONE: Final = 1 << 12
_TEN: Final = Struct("<10H")


class Imb(NamedTuple):
    """What a barcode says.

    Attributes:
        barcode_id: 2 digits, the second 0 to 4; ``00`` unless a flat carries an endorsement line.
        stid: 3 digits: class, service, and what to do with undeliverable mail.
        mid: the Mailer ID, 6 digits (first 0 to 8) or 9 (first 9).
        serial: 9 digits with a Mailer ID of 6, 6 with one of 9.
        routing: nothing, ZIP (5), ZIP+4 (9) or ZIP+4 with its delivery point (11).
    """

    barcode_id: str
    stid: str
    mid: str
    serial: str
    routing: str = ""

    @property
    def tracking(self) -> str:
        """The 20 digits of the tracking code."""
        return self.barcode_id + self.stid + self.mid + self.serial

    @property
    def digits(self) -> str:
        """The 20, 25, 29 or 31 digits of the whole barcode."""
        return self.barcode_id + self.stid + self.mid + self.serial + self.routing

    @property
    def bars(self) -> str:
        """The 65 letters of the barcode; `ImbError` as `encode`."""
        return encode(*self)


def encode(barcode_id: str, stid: str, mid: str, serial: str, routing: str = "") -> str:
    """Return the 65 letters of a barcode.

    Args: as the fields of `Imb`. No check digit: POSTNET's correction digit is not part of it.

    Raises:
        ImbError: `reason` is the parameter at fault, `code` the official encoder's. Tested in the official order: a
            part of the tracking code has a wrong length (9), is not all digits (10), the second digit of the barcode
            identifier is above 4 (11), the routing code has a wrong length (12), is not all digits (13). Last comes
            what the official encoder lets pass: a Mailer ID of 6 digits that starts with 9, or one of 9 that does
            not, would be read back as another one (no code).

    Source: USPS-B-3200, section 3; USPS Encoder Test Case Reference Set (return codes).

    >>> encode("01", "234", "567094", "987654321", "01234567891")
    'AADTFFDFTDADTAADAATFDTDDAAADDTDTTDAFADADDDTFFFDDTTTADFAAADFTDAADA'
    """
    rest = stid + mid + serial
    digits = barcode_id + rest + routing
    if not (
        digits.isdigit()
        and digits.isascii()
        and len(barcode_id) == 2
        and len(stid) == 3
        and len(rest) == 18
        and len(mid) == (9 if rest[3] == "9" else 6)
        and barcode_id[1] < "5"
        and len(routing) in _ROUTING_LENGTHS
    ):
        raise _fault(barcode_id, stid, mid, serial, routing)
    start = int(routing) + _ROUTING_STARTS[len(routing)] if routing else 0
    number = (start * 50 + int(barcode_id[0]) * 5 + int(barcode_id[1])) * _SERIALS + int(rest)

    crc_by_byte, patterns, inversions = _encoding_tables()
    crc = reduce(xor, map(getitem, crc_by_byte, number.to_bytes(13, "big")))
    high, j = divmod(number, 636)
    high, low = divmod(high, _HALF)  # two short numbers divide faster than one long one
    low, i = divmod(low, 1365)
    low, h = divmod(low, 1365)
    f, g = divmod(low, 1365)
    high, e = divmod(high, 1365)
    high, d = divmod(high, 1365)
    high, c = divmod(high, 1365)
    a, b = divmod(high, 1365)
    if crc >= 1024:
        a += 659
    bars = reduce(or_, map(getitem, patterns, (a, b, c, d, e, f, g, h, i, j))) ^ inversions[crc & 1023]
    return (b"%065x" % bars).translate(_TO_LETTER).decode()


def decode(bars: str) -> Imb:
    """Return what 65 bars say.

    Raises:
        ImbError: not 65 bars (`bars-length`), a letter other than T, D, A and F (`bars-letter`), a good barcode that
            was read from its other end (`upside-down`), or none at all: a misread bar (`damaged`).

    Source: USPS-B-3200, section 3, in reverse.

    >>> decode("ATTFATTDTTADTAATTDTDTATTDAFDDFADFDFTFFFFFTATFAAAATDFFTDAADFTFDTDT")
    Imb(barcode_id='01', stid='234', mid='567094', serial='987654321', routing='')
    """
    if len(bars) != _BARS:
        raise ImbError("bars-length", f"a barcode has 65 bars, not {len(bars)}")
    if not bars.isascii() or bars.encode().translate(None, _LETTERS):
        raise ImbError("bars-letter", "bars are written with the letters T, D, A and F")
    found = _read_bars(bars.encode())
    if found is not None:
        return found
    # Turned round, an ascender is a descender. Asking whether it reads that way is surer than the orientation bit.
    if _read_bars(bars.encode()[::-1].translate(_UPSIDE_DOWN)) is not None:
        raise ImbError("upside-down", "the barcode was read from its other end")
    raise ImbError("damaged", "a bar is missing or misread")


def from_tracking(tracking: str, routing: str = "") -> Imb:
    """Return the parts of a tracking code: its sixth digit tells how long the Mailer ID is.

    Args:
        tracking: 20 digits.
        routing: 0, 5, 9 or 11 digits.

    Raises:
        ImbError: `tracking` (codes 9 and 10), `barcode_id` (11) or `routing` (12 and 13), in the official order.

    Source: USPS-B-3200, section 2.2; USPS Encoder Test Case Reference Set.

    >>> from_tracking("00314912345678000001", "87110").mid
    '912345678'
    """
    if len(tracking) != 20:
        raise ImbError("tracking", f"a tracking code has 20 digits, not {len(tracking)}", 9)
    if not (tracking.isdigit() and tracking.isascii()):
        raise ImbError("tracking", "a tracking code has digits only", 10)
    if tracking[1] > "4":
        raise ImbError("barcode_id", "the second digit of a barcode identifier is 0 to 4", 11)
    fault = _routing_fault(routing)
    if fault is not None:
        raise fault
    end = 14 if tracking[5] == "9" else 11
    return Imb(tracking[:2], tracking[2:5], tracking[5:end], tracking[end:], routing)


def split_digits(digits: str) -> Imb:
    """Return the parts of a barcode written as digits, as files and scanners give it.

    Args:
        digits: 20, 25, 29 or 31 digits; spaces between and after them are let pass.

    Raises:
        ImbError: as `from_tracking`.

    >>> split_digits("01234567094987654321 87110").routing
    '87110'
    """
    bare = digits.replace(" ", "")
    return from_tracking(bare[:20], bare[20:])


def _fault(barcode_id: str, stid: str, mid: str, serial: str, routing: str) -> ImbError:
    parts = {"barcode_id": barcode_id, "stid": stid, "mid": mid, "serial": serial}
    lengths = {"barcode_id": (2,), "stid": (3,), "mid": (6, 9), "serial": (9,) if len(mid) == 6 else (6,)}
    for name, part in parts.items():
        if len(part) not in lengths[name]:
            wanted = " or ".join(map(str, lengths[name]))
            return ImbError(name, f"{name} has {wanted} digits, not {len(part)}", 9)
    for name, part in parts.items():
        if not (part.isdigit() and part.isascii()):
            return ImbError(name, f"{name} has digits only", 10)
    if barcode_id[1] > "4":
        return ImbError("barcode_id", "the second digit of barcode_id is 0 to 4", 11)
    fault = _routing_fault(routing)
    return fault or ImbError("mid", "a Mailer ID of 9 digits starts with 9, and one of 6 does not")


def _routing_fault(routing: str) -> ImbError | None:
    if len(routing) not in _ROUTING_LENGTHS:
        return ImbError("routing", f"a routing code has 0, 5, 9 or 11 digits, not {len(routing)}", 12)
    if routing and not (routing.isdigit() and routing.isascii()):
        return ImbError("routing", "a routing code has digits only", 13)
    return None


def _read_bars(bars: bytes) -> Imb | None:
    in_character_order, codewords = _decoding_tables()
    # Four bars are a byte; what the bytes give, put together, is ten characters of 16 bits, the upper three empty.
    fours = int(bars.translate(_TO_DIGIT), 4).to_bytes(17, "big")
    whole = reduce(or_, map(getitem, in_character_order, fours))
    a, b, c, d, e, f, g, h, i, j = map(codewords.__getitem__, _TEN.unpack(whole.to_bytes(20, "little")))
    together = a | b | c | d | e | f | g | h | i | j
    if together >= _NONE:  # a character that is in neither table, inverted or not
        return None
    crc = 0
    if together >= _INVERTED:
        crc = (a & 2048) | (b & 2048) << 1 | (c & 2048) << 2 | (d & 2048) << 3 | (e & 2048) << 4
        crc |= (f & 2048) << 5 | (g & 2048) << 6 | (h & 2048) << 7 | (i & 2048) << 8 | (j & 2048) << 9
        crc >>= 11
        a, b, c, d, e = a & 2047, b & 2047, c & 2047, d & 2047, e & 2047
        f, g, h, i, j = f & 2047, g & 2047, h & 2047, i & 2047, j & 2047
    if a >= 659:
        a -= 659
        crc |= 1024
    if a >= 659 or j & 1 or j >= 2 * 636:
        return None
    high = (((a * 1365 + b) * 1365 + c) * 1365 + d) * 1365 + e
    number = (high * _HALF + ((f * 1365 + g) * 1365 + h) * 1365 + i) * 636 + j // 2
    start, tracking = divmod(number, 50 * _SERIALS)
    # The CRC covers 102 bits. Ten good codewords can say more than that, and more than any routing code.
    if start >= _ROUTING_END or crc != reduce(xor, map(getitem, _encoding_tables()[0], number.to_bytes(13, "big"))):
        return None
    first, rest = divmod(tracking, _SERIALS)
    digits = f"{first // 5}{first % 5}{rest:018d}"
    length = _ROUTING_LENGTHS[bisect_right(_ROUTING_BEGINS, start) - 1]
    routing = f"{start - _ROUTING_STARTS[length]:0{length}d}" if length else ""
    end = 14 if digits[5] == "9" else 11
    return Imb(digits[:2], digits[2:5], digits[5:end], digits[end:], routing)


def _crc11(number: int) -> int:
    register = 0x7FF
    for bit in range(101, -1, -1):
        feedback = (register >> 10 ^ number >> bit) & 1
        register = (register << 1 & 0x7FF) ^ (0x735 if feedback else 0)
    return register


def _n_of_13(ones: int) -> list[int]:
    """Return the characters with so many ones, mirrored pairs from the bottom, palindromes from the top."""
    pairs: list[int] = []
    palindromes: list[int] = []
    for value in range(1 << 13):
        if value.bit_count() == ones:
            mirrored = int(f"{value:013b}"[::-1], 2)
            if mirrored > value:
                pairs += [value, mirrored]
            elif mirrored == value:
                palindromes.append(value)
    return pairs + palindromes[::-1]


def _half_bars() -> list[tuple[int, int]]:
    """Return (character, bit) of all 130 half bars: descenders of bars 1 to 65, then ascenders."""
    halves = [(ord(half[0]) - ord("A"), int(half[1:])) for half in _BAR_MAP.split()]
    return halves[::2] + halves[1::2]


@cache  # built at the first barcode, so that importing costs nothing
def _encoding_tables() -> tuple[Sequence[Sequence[int]], Sequence[Sequence[int]], Sequence[int]]:
    """Return CRC by byte place and value, bars by character and codeword, and inverted bars by CRC.

    Bars are a number of 65 hexadecimal digits, one a bar. A CRC is linear over its start value, so the CRC of a
    number is that of its bytes, each in its place, put together.
    """
    nothing = _crc11(0)
    crc_by_byte = []
    for place in range(12, -1, -1):
        table = [0]
        for bit in range(8 * place, 8 * place + 8):
            of_bit = _crc11(1 << bit) ^ nothing
            table += [crc ^ of_bit for crc in table]
        crc_by_byte.append(table)
    crc_by_byte[0] = [crc ^ nothing for crc in crc_by_byte[0]]

    bar_of = [[0] * 13 for _ in range(10)]
    for index, (character, bit) in enumerate(_half_bars()):
        bar_of[character][bit] = (1 if index < _BARS else 2) << 4 * (_BARS - 1 - index % _BARS)
    characters = _n_of_13(5) + _n_of_13(2)
    bits_of = [[bit for bit in range(13) if value >> bit & 1] for value in characters]
    patterns = [[sum([bars[bit] for bit in bits]) for bits in bits_of] for bars in bar_of]
    patterns[9] = patterns[9][::2]  # the last codeword is doubled: its low bit tells which way up the code was read
    inversions = [0]
    for bars in bar_of:
        inversions += [inverted | sum(bars) for inverted in inversions]
    return crc_by_byte, patterns, inversions


@cache
def _decoding_tables() -> tuple[Sequence[Sequence[int]], Sequence[int]]:
    """Return bits in character order by place and value of four bars, and codeword by the 13 bits of a character."""
    bit_of: dict[tuple[int, int], int] = {}
    for index, (character, bit) in enumerate(_half_bars()):
        bit_of[index % _BARS, index // _BARS] = 1 << 16 * character + bit
    in_character_order = []
    for place in range(17):  # the first byte has one bar only
        table = [0]
        for bar in range(4 * place, 4 * place - 4, -1):
            for half in (0, 1):  # a descender is the lower bit of its bar, as in the letters
                table += [bits | bit_of.get((bar, half), 0) for bits in table]
        in_character_order.append(table)
    codewords = [_NONE] * (1 << 13)
    for codeword, value in enumerate(_n_of_13(5) + _n_of_13(2)):
        codewords[value] = codeword
        codewords[value ^ 0x1FFF] = codeword | _INVERTED
    return in_character_order, codewords
