"""Which provider wraps data keys in this process, and who opens a blob of another one during a change of provider."""

from functools import cache
from typing import TYPE_CHECKING

from oktee.kit.crypto import Unsealable
from oktee.kit.keyring.local import LocalProvider
from oktee.kit.keyring.port import KekProvider
from oktee.kit.settings import Settings, settings

if TYPE_CHECKING:
    from oktee.kit.keyring.aws_kms import AwsKms
    from oktee.kit.keyring.vault_transit import VaultTransit


@cache
def provider() -> KekProvider:
    """The provider that the settings name; it wraps everything new. Tests that change it call `provider.cache_clear()`."""
    return remote(settings()) or LocalProvider()


def remote(options: Settings) -> "AwsKms | VaultTransit | None":
    """The provider outside this process, None for `local`. Raises RuntimeError where a setting is missing."""
    if options.kek_provider == "aws-kms":
        from oktee.kit.keyring.aws_kms import AwsKms  # boto3 is heavy: only who uses it waits for it

        return AwsKms(tuple(options.kek_aws_keys), region=options.kek_aws_region, endpoint=options.kek_aws_endpoint)
    if options.kek_provider == "vault-transit":
        from oktee.kit.keyring.vault_transit import VaultTransit

        if options.kek_vault_address is None:
            raise RuntimeError("the transit provider needs KEK_VAULT_ADDRESS")
        return VaultTransit(
            options.kek_vault_address, options.kek_vault_key, token=options.kek_vault_token,
            token_file=options.kek_vault_token_file, namespace=options.kek_vault_namespace,
            mount=options.kek_vault_mount,
        )  # fmt: skip
    return None


async def unwrap(blob: bytes, bound_to: bytes) -> bytes:
    """By the provider whose version byte the blob carries. Raises Unsealable, KeysUnavailable."""
    return await maker_of(blob).unwrap(blob, bound_to)


def maker_of(blob: bytes) -> KekProvider:
    """The provider that made this blob. Raises Unsealable when this process knows none."""
    for each in (provider(), LocalProvider()):
        if blob[:1] == each.version:
            return each
    raise Unsealable("unknown version of a wrapped key: no provider of this process made it")
