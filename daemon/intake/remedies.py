"""What an operator does about a file that was set aside, by the reason's name."""

from __future__ import annotations

_AGAIN = "fetch it once more from where it came and put it into the feed"
_REPLAY = "then `listkeeper replay {file}`"

_REMEDIES = {
    "wrong-password": f"Check the zip password of the feed (zip_password in listkeeper.toml), {_REPLAY}.",
    "password-needed": f"Give the feed a zip_password in listkeeper.toml, {_REPLAY}.",
    "no-account": "Set up the account with `listkeeper list create … --account CODE`, " + _REPLAY + ".",
    "foreign-customer": "If the customer number is yours, add it to [acs] customers in listkeeper.toml, "
    + _REPLAY
    + ".",
    "same-shipment": "Find out which of the two files is right; undo the batch of the wrong one, " + _REPLAY + ".",
    "large-change": "Look at `listkeeper plan`; if it is right, `listkeeper replay {file} --accept-large-change`.",
    "unknown-version": "Keep the file; it needs a newer Listkeeper, " + _REPLAY + ".",
    "bad-name": "Rename the file and put it into the feed again.",
    "vanished": "Put the file into the feed again; if its batch stands, nothing is done twice.",
}
_DAMAGED = (
    "The file is damaged or cut short; " + _AGAIN + ". `listkeeper inspect` shows how far it can be read. Do not mend "
    "it by hand: its counts are the proof that nothing is missing."
)
_DAMAGES = frozenset(
    (
        *("corrupt-zip", "truncated-record", "mixed-lengths", "mixed-versions", "wrong-count", "two-headers"),
        *("no-header", "header-not-first", "unreadable-header", "cr-only", "empty-file", "unknown-length"),
    )
)
_OTHERWISE = "Look at it with `listkeeper inspect`; when the cause is gone, `listkeeper replay {file}`."


def what_to_do(reason: str, file: str) -> str:
    """Return the remedy as a sentence an operator can follow.

    >>> what_to_do("wrong-count", "P1.021")[:27]
    'The file is damaged or cut '
    """
    remedy = _DAMAGED if reason in _DAMAGES else _REMEDIES.get(reason, _OTHERWISE)
    return remedy.replace("{file}", file)
