"""The telling of a journey: each step printed with its time, and the one way to say what failed."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Failed(Exception):
    """The journey cannot go on; the text says what was expected and what was found."""


class Story:
    """Steps of one journey. `step` prints what was done and how long it took since the step before."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._began = self._last = time.monotonic()

    @property
    def seconds(self) -> float:
        """Since the journey began."""
        return time.monotonic() - self._began

    def step(self, text: str) -> None:
        now = time.monotonic()
        print(f"{now - self._last:6.1f} s  {text}", flush=True)
        self._last = now

    def note(self, text: str) -> None:
        """Something seen on the way, without a time of its own."""
        print(f"          {text}", flush=True)


def expect(condition: object, sentence: str) -> None:
    """Raises Failed with the sentence when the condition does not hold."""
    if not condition:
        raise Failed(sentence)


def wait_for(what: str, look: Callable[[], T | None], *, within: float, every: float = 0.4) -> T:
    """Look until something is found. Raises Failed when it takes too long."""
    deadline = time.monotonic() + within
    while True:
        found = look()
        if found is not None:
            return found
        if time.monotonic() > deadline:
            raise Failed(f"waited {within:.0f} s for {what}")
        time.sleep(every)
