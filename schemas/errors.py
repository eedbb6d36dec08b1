"""What can be wrong with a layout or with one record."""

from __future__ import annotations

from typing import Literal

Reason = Literal["bad_field", "bad_record_type"]


class LayoutError(ValueError):
    """A layout contradicts itself, or a value does not fit its field.

    Attributes:
        layout: name of the layout.
        field: name of the field, or None where the fault is the whole line's.
    """

    def __init__(self, message: str, *, layout: str, field: str | None = None) -> None:
        super().__init__(f"{layout}{'.' + field if field else ''}: {message}")
        self.layout = layout
        self.field = field


class RecordError(ValueError):
    """One record cannot be read. It is rejected; the rest of its file goes on.

    The message names the field and never quotes what stands in it.

    Attributes:
        field: name of the field that cannot be read.
        reason: ``"bad_field"`` or ``"bad_record_type"``.
    """

    def __init__(self, field: str, reason: Reason = "bad_field") -> None:
        super().__init__(f"{field} cannot be read ({reason})")
        self.field = field
        self.reason: Reason = reason


class StidError(ValueError):
    """No one service type fits what is asked.

    Attributes:
        reason: ``"none"`` or ``"ambiguous"``.
    """

    def __init__(self, reason: Literal["none", "ambiguous"], message: str) -> None:
        super().__init__(message)
        self.reason = reason
