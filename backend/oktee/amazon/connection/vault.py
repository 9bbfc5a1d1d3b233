"""The vault: secrets of a connection under its organization's data key (trust/OAUTH 3, kit/keyring)."""

from oktee.journal.sealed import open_sealed, read
from oktee.kit.keyring.data_keys import ready
from oktee.kit.keyring.secrets import destroy, keep, seal

__all__ = ["destroy", "keep", "open_sealed", "read", "ready", "seal"]
