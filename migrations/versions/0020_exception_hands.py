"""What is said of an exception is for those who may see it: all of its brands have to be theirs, as with the exception."""

from collections.abc import Sequence

from alembic import op
from tenancy import scope, unscope

revision: str = "0020"
down_revision: str | None = "0019"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

WHOLE = "{kind} <> 'exception' or (select scope_words('brands')) is null or brands <@ (select scope_words('brands'))::text[]"
"""A line's cause may name what stands beside it: whoever sees a part of an order does not see it."""


def _told(*, whole: bool) -> None:
    """The policy of notifications, as it was made (0011), with or without the further condition."""
    anywhere = "marketplace_id is null and vendor_code is null and brands = '{}'"
    parts = " and ".join(
        f"((select scope_words('{part}')) is null or {test})"
        for part, test in (
            ("marketplaces", "notifications.marketplace_id = any ((select scope_words('marketplaces'))::text[])"),
            ("vendor_codes", "notifications.vendor_code = any ((select scope_words('vendor_codes'))::text[])"),
            ("brands", "notifications.brands && (select scope_words('brands'))::text[]"),
        )
    )
    rule = f"(({anywhere}) or ({parts}))"
    scope("notifications", where=f"{rule} and ({WHOLE.format(kind='object_type')})" if whole else rule)


def upgrade() -> None:
    unscope("matters")
    scope(
        "matters", marketplace="marketplace_id", vendor_code="vendor_code", brands="brands",
        where=WHOLE.format(kind="kind"),
    )  # fmt: skip
    unscope("notifications")
    _told(whole=True)


def downgrade() -> None:
    # The owner is subject to row security as well, and no tenant is set here.
    for table, kind in (("matters", "kind"), ("notifications", "object_type")):
        op.execute(f"alter table {table} no force row level security")
        op.execute(f"delete from {table} where {kind} = 'exception'")
        op.execute(f"alter table {table} force row level security")
    unscope("matters")
    scope("matters", marketplace="marketplace_id", vendor_code="vendor_code", brands="brands")
    unscope("notifications")
    _told(whole=False)
