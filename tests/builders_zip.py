"""Zips as they come, and as nobody should send them. ZipCrypto is written here, since Python only reads it."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import pyzipper

PASSWORD = b"Acs-2026-Walnut-18"


def header(details: int = 0, length: int = 700) -> bytes:
    """A header line of the right length for its layout; what is in it is not for the envelope to judge."""
    start = {700: b"H02123456", 427: b"H123456", 559: b"H123456"}[length]
    return (start + b"20260517" + b"%010d" % details).ljust(length) + b"\r\n"


def shipment(number: str = "P12345620.327", lines: int = 3) -> dict[str, bytes]:
    """The four kinds of member of one shipment."""
    stem, day = number.split(".")
    heading = b"Indicator,Customer,ACS Date,Shipment,MID,Title,Product,Description,Quantity,Unit Cost,Total Cost\r\n"
    return {
        number: header(lines) + b"".join((b"D02%09d" % n).ljust(700) + b"\r\n" for n in range(lines)),
        f"{stem}SN.{day}": b"SHIPPING NOTICE\r\nCUSTOMER 123456\r\n",
        f"{stem}SD.{day}": heading
        + b'"D","123456","20260517","7","567094","SPRING","000123","COA","3","0.2100","0.63"\r\n',
        f"{stem}CB.{day}": heading,
    }


def plain(members: Mapping[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip without a password."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, compression)
    return out.getvalue()


def aes(members: Mapping[str, bytes], password: bytes = PASSWORD, bits: int = 256) -> bytes:
    """A zip encrypted by AES."""
    out = io.BytesIO()
    with pyzipper.AESZipFile(out, "w", compression=zipfile.ZIP_DEFLATED, encryption=pyzipper.WZ_AES) as archive:
        archive.setpassword(password)
        archive.setencryption(pyzipper.WZ_AES, nbits=bits)
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


class _Keys:
    """The three keys of ZipCrypto (APPNOTE.TXT, section 6.1)."""

    def __init__(self, password: bytes) -> None:
        self.one, self.two, self.three = 0x12345678, 0x23456789, 0x34567890
        for byte in password:
            self.turn(byte)

    def turn(self, byte: int) -> None:
        self.one = ~zlib.crc32(bytes([byte]), ~self.one & 0xFFFFFFFF) & 0xFFFFFFFF
        self.two = ((self.two + (self.one & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
        self.three = ~zlib.crc32(bytes([self.two >> 24]), ~self.three & 0xFFFFFFFF) & 0xFFFFFFFF

    def encrypt(self, content: bytes) -> bytes:
        out = bytearray()
        for byte in content:
            mask = self.three | 2
            out.append(byte ^ ((mask * (mask ^ 1)) >> 8 & 0xFF))
            self.turn(byte)
        return bytes(out)


def zipcrypto(members: Mapping[str, bytes], password: bytes = PASSWORD) -> bytes:
    """A zip encrypted the old way, as PKWARE's programs write it."""
    out, directory = bytearray(), bytearray()
    for name, content in members.items():
        deflate = zlib.compressobj(wbits=-15)
        packed = deflate.compress(content) + deflate.flush()
        crc = zlib.crc32(content)
        body = _Keys(password).encrypt(bytes(range(11)) + bytes([crc >> 24]) + packed)
        raw = name.encode("ascii")
        common = struct.pack("<5H3L2H", 20, 1, 8, 0, 0x21, crc, len(body), len(content), len(raw), 0)
        directory += b"PK\x01\x02" + struct.pack("<H", 20) + common + struct.pack("<3H2L", 0, 0, 0, 0, len(out)) + raw
        out += b"PK\x03\x04" + common + raw + body
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, len(members), len(members), len(directory), len(out), 0)
    return bytes(out + directory + end)


def renamed(content: bytes, old: str, new: str) -> bytes:
    """The same zip with another name of the same length in it: names that no honest program writes."""
    assert len(old.encode()) == len(new.encode())
    return content.replace(old.encode(), new.encode())


def bomb(path: Path, name: str = "P12345620.327", size: int = 64 << 20) -> Path:
    """A file that begins as a notification file and goes on with blanks for as long as it is told."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open(name, "w", force_zip64=True) as out:
        out.write(header())
        blanks = b" " * (1 << 20)
        for _ in range(size >> 20):
            out.write(blanks)
    return path
