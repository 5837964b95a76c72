"""How long to wait after a refusal, so that a troubled other side has peace and no crowd comes back."""

import math
from datetime import timedelta

FIRST_S = 1.0
LONGEST_S = 600.0
# Those who were refused together come back spread over a fifth of the wait.
SPREAD = 0.2


def back_off(refusals: int, retry_after_s: float | None, *, chance: float) -> timedelta:
    """Return what the other side asks for, or 1 s doubled with every earlier refusal, 10 min at most.

    On top comes up to a fifth of it, by `chance` in [0, 1); it is never less than a second nor than asked.
    """
    doubled = min(FIRST_S * 2.0 ** min(refusals, 20), LONGEST_S)
    seconds = doubled if retry_after_s is None else max(FIRST_S, retry_after_s)
    return timedelta(microseconds=math.ceil(seconds * (1 + SPREAD * chance) * 1_000_000))
