"""What can be wrong with a key, a barcode or a label line. Callers look at `reason`, never at the message."""


class KeylineError(Exception):
    """A key that cannot be one, or cannot be made.

    Attributes:
        reason: a fixed word. For a keyline one of `character`, `too-short`, `too-long`, `no-check-digit`,
            `all-zeros`, `check-digit`, `delimiter`; the functions of other modules name theirs.
        message: a sentence for people. It may quote a key; it never quotes other text, which could be a name.
    """

    def __init__(self, reason: str, message: str = "") -> None:
        # Both go to Exception so that the error survives pickling on its way out of a worker process.
        super().__init__(reason, message)
        self.reason = reason
        self.message = message or reason

    def __str__(self) -> str:
        return self.message


class ImbError(KeylineError):
    """An Intelligent Mail barcode that cannot be written or read.

    Attributes:
        reason: the field at fault, named as the parameters are (`barcode_id`, `stid`, `mid`, `serial`, `routing`,
            `tracking`); of bars `bars-length`, `bars-letter`, `upside-down` or `damaged`.
        code: the return code of the official encoder (9 to 13); None where it has none.
    """

    def __init__(self, reason: str, message: str = "", code: int | None = None) -> None:
        super().__init__(reason, message)
        self.code = code

    def __reduce__(self) -> tuple[type["ImbError"], tuple[str, str, int | None]]:
        return type(self), (self.reason, self.message, self.code)


class LabelLineError(KeylineError):
    """A label line that cannot be printed, or that is not what it should be.

    Attributes:
        reason: `participant-code` (not seven capital letters, or another one's), `no-fill` (fewer than two
            asterisks would be left) or `character` (a control character would break the label).
    """
