"""Codes of an authenticator app for the journeys (RFC 6238), each used once as the product demands."""

import base64
import hmac
import struct
import time

STEP = 30
_LAST: dict[str, int] = {}


def code_at(seed: str, counter: int) -> str:
    """Six digits: HMAC-SHA-1 of the counter, truncated as RFC 4226, 5.3 says."""
    digest = hmac.digest(base64.b32decode(seed), struct.pack(">Q", counter), "sha1")
    place = digest[-1] & 0x0F
    number = struct.unpack(">I", digest[place : place + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06d}"


def next_code(seed: str) -> str:
    """A code this process has not used yet; waits for the clock where it used the present one and the next."""
    while True:
        present = int(time.time()) // STEP
        counter = max(present, _LAST.get(seed, 0) + 1)
        if counter <= present + 1:
            _LAST[seed] = counter
            return code_at(seed, counter)
        time.sleep(0.5)
