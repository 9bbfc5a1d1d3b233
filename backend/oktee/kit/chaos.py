"""A named place where a test may kill or freeze this process, to prove that this loses and doubles nothing."""

import os
import signal
from collections import Counter

from oktee.kit.settings import settings

_passes: Counter[str] = Counter()


def point(name: str) -> None:
    """Die here by SIGKILL when `chaos_point` is `name`, or `name:N` on the N-th pass; freeze by SIGSTOP on the first pass
    when it is `stop:name`. Production refuses the setting."""
    wanted = settings().chaos_point
    if wanted is None:
        return
    if wanted == f"stop:{name}":
        _passes[name] += 1
        if _passes[name] == 1:
            os.kill(os.getpid(), signal.SIGSTOP)
        return
    place, _, number = wanted.partition(":")
    if place != name:
        return
    _passes[name] += 1
    if _passes[name] == int(number or 1):
        os.kill(os.getpid(), signal.SIGKILL)
