"""Every column that holds sealed blobs. A house test compares it with the tables: what is missing here never rotates."""

from typing import Final

from oktee.kit.crypto import aad
from oktee.kit.keyring.sealed_columns import SealedColumn, tenant

OF_ORGANIZATION: Final = (
    SealedColumn(
        "secrets", "blob", ids=("id",), names=("kind", "owner_id", "version"), key_column="dek_id",
        bound_to=lambda organization_id, kind, owner_id, version: aad(kind, organization_id, owner_id, version),
    ),
    SealedColumn(
        "connection_tokens", "access_blob", ids=("connection_id",), names=("connection_id", "version"),
        bound_to=tenant("access_token"),
    ),
    SealedColumn(
        "ingest_rejects", "payload", ids=("id",), names=("id",),
        bound_to=lambda organization_id, reject_id: aad("ingest_reject", organization_id, reject_id, 1),
    ),
)  # fmt: skip
"""Under the data key of their organization. Stored files are found by their rows (stored_objects)."""

OF_HOUSE: Final = (
    SealedColumn(
        "applications", "secret_blob", ids=("id",), names=("region", "client_id"),
        bound_to=lambda region, client_id: aad("application_secret", region, client_id),
    ),
    SealedColumn(
        "factors", "seed_blob", ids=("id",), names=("user_id", "id"),
        bound_to=lambda user_id, factor_id: aad("totp_seed", user_id, factor_id),
    ),
    SealedColumn("mails", "body_blob", ids=("id",), names=("id",), bound_to=lambda mail_id: aad("mail", mail_id)),
    SealedColumn(
        "staff_users", "totp_blob", ids=("id",), names=("id",),
        bound_to=lambda staff_id: aad("staff_totp_seed", staff_id),
    ),
)  # fmt: skip
"""Of no organization: under the active key of the key file."""

PASSING: Final = {"amazon_arrivals.state_blob"}
"""Sealed for minutes: they lapse long before a key may be forgotten."""
