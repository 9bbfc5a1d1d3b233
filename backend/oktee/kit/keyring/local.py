"""The provider `local`: the key-encryption keys are those of the key file."""

from oktee.kit.crypto import VERSION, kek, key_id_of


class LocalProvider:
    """In memory and never away, so no call waits."""

    version = VERSION

    async def wrap(self, data_key: bytes, bound_to: bytes) -> bytes:
        return kek().wrap(data_key, bound_to)

    async def unwrap(self, blob: bytes, bound_to: bytes) -> bytes:
        return kek().unwrap(blob, bound_to)

    async def kek_ids(self) -> tuple[str, ...]:
        keys = kek()
        keys.refresh()
        return (str(keys.active), *(str(name) for name in keys.keys if name != keys.active))

    def kek_of(self, blob: bytes) -> str:
        return str(key_id_of(blob))
