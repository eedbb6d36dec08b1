"""The words of a paper's file, whatever it is: text, or a PDF that has its text in it."""

from __future__ import annotations

import io

from daemon.errors import SetAsideError

MOST_BYTES = 20_000_000
MOST_PAGES = 20
MOST_CHARACTERS = 200_000  # a paper is two pages
HEAD = 1024  # bytes in which a PDF says what it is


def texts_of(content: bytes, file: str) -> list[str]:
    """Return the text of a file; of a PDF twice: as it lies on the page, and in the order in which it was written.

    Text is UTF-8 (with or without a byte order mark), UTF-16 with one, or else cp1252.

    Raises:
        SetAsideError: ``unreadable-paper``: damaged, encrypted, a picture without text, no text at all, too large.
    """
    if len(content) > MOST_BYTES:
        raise _unreadable(file, f"has {len(content):,} bytes, which no paper has")
    texts = _of_pdf(content, file) if b"%PDF-" in content[:HEAD] else [_of_text(content, file)]
    for text in texts:
        if len(text) > MOST_CHARACTERS:
            raise _unreadable(file, f"has {len(text):,} characters, which no paper has")
    return texts


def _of_text(content: bytes, file: str) -> str:
    encodings = ("utf-16",) if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text and text.strip():
            return text
        break
    raise _unreadable(file, "is neither text nor a PDF" if content.strip() else "is empty")


def _of_pdf(content: bytes, file: str) -> list[str]:
    from pypdf import PasswordType, PdfReader  # felt at the start of every command that needs none

    try:
        reader = PdfReader(io.BytesIO(content))
        # Many are locked against changes only, and open without a password.
        if reader.is_encrypted and reader.decrypt("") == PasswordType.NOT_DECRYPTED:
            raise _unreadable(file, "is encrypted; save it without a password")
        pages = reader.pages[:MOST_PAGES]
        texts = [
            "\n".join(page.extract_text(extraction_mode="layout") for page in pages),
            "\n".join(page.extract_text() for page in pages),
        ]
    except SetAsideError:
        raise
    except Exception as error:  # pypdf raises whatever a damaged file makes it stumble over
        raise _unreadable(file, "is a damaged PDF; fetch it again, in binary mode") from error
    if not any(text.strip() for text in texts):
        raise _unreadable(file, "is a PDF without text, a picture of the paper; ask the engine for its own file")
    return texts


def _unreadable(file: str, what: str) -> SetAsideError:
    return SetAsideError(f"the paper {what}", reason="unreadable-paper", file=file)
