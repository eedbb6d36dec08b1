"""What an operator does about a job that has failed, by the reason's name."""

from __future__ import annotations

from typing import Final

_RETRY: Final = "`listkeeper care retry {job}`"
_LOOK: Final = (
    "Look at the vendor's site. If the job is there, fetch its answer and `listkeeper apply ANSWER --job {job}`; if it "
    f"is not, {_RETRY} sends the file again."
)
_ANSWER: Final = (
    "The answer is kept: {answer}. When the cause is gone, `listkeeper apply {answer} --job {job}`; to ask the engine "
    f"once more, {_RETRY}."
)

REMEDIES: Final = {
    "submit-unknown": _LOOK,
    "start-unknown": _LOOK,
    "interrupted": f"See in the engine's log how far it came, then {_RETRY}.",
    "timed-out": (
        "See why the engine gave no answer, or raise the adapter's timeout. If the answer comes after all, "
        f"`listkeeper apply ANSWER --job {{job}}`; else {_RETRY}."
    ),
    "engine-failed": f"Mend what the engine complains of, then {_RETRY}.",
    "no-answer": f"Correct the adapter's command or answer, then {_RETRY}.",
    "two-answers": f"Make the adapter's answer fit one file, then {_RETRY}.",
    "refused": f"Correct the step in listkeeper.toml, then {_RETRY}.",
    "bad-reply": "Correct the step in listkeeper.toml. " + _LOOK,
    "no-price": "Correct cost in listkeeper.toml. " + _LOOK,
    "too-large": "Look at what the vendor sends. " + _LOOK,
    "large-change": (
        "Look at `listkeeper plan {answer} --job {job}`; if it is right, `listkeeper apply {answer} --job {job} "
        "--accept-large-change`."
    ),
    "engine-locked": f"Ask the vendor to unlock the engine, then {_RETRY}.",
}


def what_to_do(reason: str, job: int, answer: str = "") -> str:
    """Return the remedy as a sentence an operator can follow.

    Args:
        answer: where the answer lies, if there is one.

    >>> what_to_do("interrupted", 7)
    "See in the engine's log how far it came, then `listkeeper care retry 7`."
    """
    otherwise = _ANSWER if answer else f"When the cause is gone, {_RETRY}."
    return REMEDIES.get(reason, otherwise).replace("{job}", str(job)).replace("{answer}", answer)
