"""A reader who goes away early (`listkeeper plan FILE | head`) is no fault: the rest is written to nobody."""

from __future__ import annotations

import io
import os
import sys


class Patient(io.TextIOWrapper):
    """Standard output that lets its reader go. What the command ends with stays true."""

    def write(self, text: str, /) -> int:
        """Write, or not, where nobody reads any more."""
        try:
            return super().write(text)
        except BrokenPipeError:
            self._to_nobody()
            return len(text)

    def flush(self) -> None:
        """Flush, or not."""
        try:
            super().flush()
        except BrokenPipeError:
            self._to_nobody()

    def _to_nobody(self) -> None:
        nobody = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nobody, self.fileno())
        os.close(nobody)


def be_patient() -> None:
    """Make the process's own stdout patient; one that something else has put in its place is left alone."""
    out = sys.stdout
    if out is sys.__stdout__ and isinstance(out, io.TextIOWrapper):
        encoding, errors, terminal = out.encoding, out.errors, out.isatty()
        sys.stdout = Patient(out.detach(), encoding=encoding, errors=errors, line_buffering=terminal)
