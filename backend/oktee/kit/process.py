"""What every process of OKTee does first."""

import logging
import resource


def harden() -> None:
    """No core dump, which would hold keys; and Authlib keeps code verifiers out of the log (it names them at DEBUG)."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for name in ("authlib", "httpx", "httpcore", "botocore", "urllib3"):
        logging.getLogger(name).setLevel(logging.WARNING)
