"""What an API key looks like: `okt_<live|test>_<id>_<secret>_<checksum>`; made, read and hashed here, stored nowhere.

The prefix lets secret scanners find a key, the checksum lets a typing error cost no query. Of the secret only an HMAC under
a pepper is kept, which is derived from the installation's key file and is not in the database (trust/OAUTH 6).
"""

import hmac
import re
import secrets
import string
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Self

from oktee.kit.crypto import kek
from oktee.kit.settings import settings

DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase
ID_CHARACTERS = string.digits + string.ascii_lowercase
ID_LENGTH, SECRET_LENGTH, CHECKSUM_LENGTH = 10, 43, 6
"""43 of 62 characters are 256 bits."""
PATTERN = re.compile(
    rf"okt_(live|test)_([0-9a-z]{{{ID_LENGTH}}})_([0-9A-Za-z]{{{SECRET_LENGTH}}})_([0-9A-Za-z]{{{CHECKSUM_LENGTH}}})"
)


@dataclass(frozen=True, slots=True)
class KeyWords:
    """A key taken apart. The secret is in no representation of it."""

    mode: str
    id: str
    secret: str = field(repr=False)

    @classmethod
    def make(cls) -> Self:
        """A new key, of this installation's mode."""
        return cls(mode(), _random(ID_CHARACTERS, ID_LENGTH), _random(DIGITS, SECRET_LENGTH))

    @classmethod
    def read(cls, given: str) -> Self | None:
        """None when it is no key, or was mistyped."""
        found = PATTERN.fullmatch(given)
        if found is None:
            return None
        words = cls(found[1], found[2], found[3])
        return words if hmac.compare_digest(words.checksum().encode(), found[4].encode()) else None

    def checksum(self) -> str:
        number = int.from_bytes(sha256(f"okt_{self.mode}_{self.id}_{self.secret}".encode()).digest()[:8], "big")
        return "".join(DIGITS[number // 62**n % 62] for n in range(CHECKSUM_LENGTH))

    def full(self) -> str:
        """The key itself: shown once to the person who made it, and kept nowhere."""
        return f"okt_{self.mode}_{self.id}_{self.secret}_{self.checksum()}"

    def hash(self) -> bytes:
        """What is stored of the secret."""
        return hmac.digest(kek().derive("api-key"), f"{self.mode}/{self.id}/{self.secret}".encode(), "sha256")

    def matches(self, stored: bytes | None) -> bool:
        """In constant time; an unknown id takes as long as a wrong secret."""
        return hmac.compare_digest(self.hash(), stored or bytes(32)) and stored is not None


def mode() -> str:
    """Keys of a production installation are `live`; nobody's test key opens it."""
    return "live" if settings().env == "production" else "test"


def shown(key_mode: str, key_id: str, last4: str) -> str:
    """How a key is named where it must not be shown."""
    return f"okt_{key_mode}_{key_id}…{last4}"


def _random(characters: str, length: int) -> str:
    return "".join(secrets.choice(characters) for _ in range(length))
