"""What every process of OKTee does first."""

import gc
import logging
import resource
from collections.abc import Iterator
from contextlib import contextmanager


def harden() -> None:
    """No core dump, which would hold keys; and Authlib keeps code verifiers out of the log (it names them at DEBUG)."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for name in ("authlib", "httpx", "httpcore", "botocore", "urllib3"):
        logging.getLogger(name).setLevel(logging.WARNING)


def collect_seldom() -> None:
    """For a process that decides in batches, once everything is loaded: look for garbage that holds itself less often.

    A batch makes hundreds of thousands of small values that no cycle holds. At Python's own pace, after every 700 of them,
    looking for cycles among them takes a third of the time of a decision and finds none; after every 50,000 still a tenth.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 10, 10)


@contextmanager
def loading() -> Iterator[None]:
    """While the code of a process is loaded, which stays until its end: looking through it again and again for what may be
    thrown away is a quarter of the time that a start takes."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
