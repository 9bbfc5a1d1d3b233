"""A process that outlives the demo only to end what the demo left behind: started first, it waits for the demo's end.

Its standard input is a pipe from the demo: `+ target signal` for each process to end, `- target` when one has ended.
The pipe closes with the demo, however that died (kill -9 too), and then what is still on the list is signalled. A
target is a process id, or minus the id of a process group. Works alike on Linux and macOS.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time

PATIENCE = 10.0
"""Seconds between the signal and the kill."""


class Leash:
    """The demo's end of the pipe."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "oktee.demo.leash"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C in the terminal must not reach it
            text=True,
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    def hold(self, target: int, number: int) -> None:
        """From now on this process (or group, when negative) ends with the demo."""
        self._say(f"+ {target} {number}")

    def release(self, target: int) -> None:
        """It has ended: its id may be used again by somebody else."""
        self._say(f"- {target}")

    def close(self) -> None:
        """Let go; whatever is still held ends now."""
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.wait()

    def _say(self, line: str) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()


def main() -> None:
    """Read until the pipe closes, then end what is left."""
    held: dict[int, int] = {}
    for line in sys.stdin:
        word, target, *rest = line.split()
        if word == "+":
            held[int(target)] = int(rest[0])
        else:
            held.pop(int(target), None)
    for target, number in held.items():
        _signal(target, number)
    deadline = time.monotonic() + PATIENCE
    while held and time.monotonic() < deadline:
        held = {target: number for target, number in held.items() if _signal(target, 0)}
        time.sleep(0.05)
    for target in held:
        _signal(target, signal.SIGKILL)


def _signal(target: int, number: int) -> bool:
    """Whether there was somebody to signal."""
    try:
        os.kill(target, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


if __name__ == "__main__":
    main()
