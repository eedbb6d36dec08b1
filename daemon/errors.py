"""What can go wrong, by what happens next.

The caller catches a family, never reads a message. Facts are attributes; a
message names file, line and field and never quotes a person's name or address.
"""

from __future__ import annotations

import errno


class HouseError(Exception):
    """Anything this project raises on purpose. ``exit_code`` is what the command ends with."""

    exit_code = 1


class UsageError(HouseError):
    """The command was called wrongly: an unknown list, a file that does not exist."""

    exit_code = 2


class TryAgainError(HouseError):
    """Nothing has changed. Wait, then do the same again."""

    exit_code = 75


class SetAsideError(HouseError):
    """This file or record needs a person. Nothing of it was applied; go on with the next.

    Attributes:
        reason: a short name of the fault that never changes, e.g. ``"wrong-count"``.
        file: name of the file, without its folder.
        line: line number from 1, or None where the fault is the whole file's.
        field: name of the field, or None.
    """

    exit_code = 65

    def __init__(
        self, message: str, *, reason: str, file: str = "", line: int | None = None, field: str | None = None
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.file = file
        self.line = line
        self.field = field

    def __str__(self) -> str:
        where = [self.file] if self.file else []
        if self.line is not None:
            where.append(f"line {self.line}")
        if self.field is not None:
            where.append(f"field {self.field}")
        message = super().__str__()
        return f"{' '.join(where)}: {message}" if where else message


class OperatorError(HouseError):
    """Pause this work until someone changes something. The message ends with the remedy."""

    exit_code = 78


def family_of(error: OSError) -> HouseError | None:
    """Return what the machine's own refusal means for the work; None where it may be a bug.

    A full disk passes; a folder that may not be written waits for someone.
    """
    where = f"{error.filename}: " if isinstance(error.filename, str) else ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return TryAgainError(f"{where}the disk is full; nothing half done is kept. Free some space and try again")
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return OperatorError(f"{where}may not be written; nothing half done is kept. Give this user the right")
    return None
