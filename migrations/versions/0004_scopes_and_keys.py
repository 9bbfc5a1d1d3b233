"""scopes and keys: see the tables of the same concern in backend/oktee."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from tenancy import SCOPE_WORDS, grant, hide_from_scoped, scope, unscope

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


ORDER_TABLES = ("purchase_orders", "order_states", "decisions", "acknowledgements")
"""What speaks of a whole order: with the brands of all its lines, '' for a line whose brand nobody knows."""

WHOLE_ONLY = ("catalog_imports", "catalog_import_errors", "ingest_rejects", "operations", "stock_ledger")
"""Files of the whole catalogue, raw elements, long jobs and the ledger of stock: all or nothing."""

SCOPED = (
    *ORDER_TABLES, *WHOLE_ONLY, "purchase_order_lines", "purchase_order_line_status", "purchase_order_revisions",
    "decision_lines", "items", "item_links", "stock_balances", "vendor_codes", "connection_marketplaces",
    "automation_pauses", "journal_entries", "outbox",
)  # fmt: skip

TOLD_TO_ALL = ("sync.changed", "connection.changed", "automation.changed", "access.changed", "support.changed")
"""Live events that name no order and no product; every other one without an order is kept from people with a scope."""


def brands() -> None:
    """Each line carries its own brand, the order and what speaks of all of it the brands of its lines."""
    empty = sa.text("'{}'::text[]")
    for table in ORDER_TABLES:
        op.add_column(table, sa.Column("brands", postgresql.ARRAY(sa.TEXT()), server_default=empty, nullable=False))
    for column in ("marketplaces", "vendor_codes"):
        op.add_column("items", sa.Column(column, postgresql.ARRAY(sa.TEXT()), server_default=empty, nullable=False))
    # The owner is under row security too: it has no tenant here, so what is already there is told by the settings of it.
    for table in (*ORDER_TABLES, "purchase_order_lines", "decision_lines", "items", "item_links"):
        op.execute(f"alter table {table} no force row level security")
    op.execute(
        """update purchase_order_lines l set brand = d.brand from decision_lines d
        join order_states s on s.organization_id = d.organization_id and s.decision_id = d.decision_id
        where l.organization_id = s.organization_id and l.purchase_order_id = s.purchase_order_id
          and l.sequence = d.sequence and l.brand is distinct from d.brand"""
    )
    for table in ORDER_TABLES:
        key = "id" if table == "purchase_orders" else "purchase_order_id"
        op.execute(
            f"""update {table} t set brands = b.brands from (
                select organization_id, purchase_order_id, array_agg(distinct coalesce(brand, '')) as brands
                from purchase_order_lines group by 1, 2) b
            where t.organization_id = b.organization_id and t.{key} = b.purchase_order_id"""
        )
    op.execute(
        """update items i set marketplaces = k.marketplaces, vendor_codes = k.vendor_codes from (
            select organization_id, item_id, array_agg(distinct marketplace_id) as marketplaces,
                   array_agg(distinct vendor_code) as vendor_codes from item_links group by 1, 2) k
        where i.organization_id = k.organization_id and i.id = k.item_id"""
    )
    for table in (*ORDER_TABLES, "purchase_order_lines", "decision_lines", "items", "item_links"):
        op.execute(f"alter table {table} force row level security")


def policies() -> None:
    """The decision per table is explained in docs/decisions.md."""
    op.execute(SCOPE_WORDS)
    for table in ORDER_TABLES:
        scope(table, marketplace="marketplace_id", vendor_code="vendor_code", brands="brands")
    for table in ("purchase_order_lines", "decision_lines"):
        scope(table, marketplace="marketplace_id", vendor_code="vendor_code", brand="brand")
    scope(
        "purchase_order_line_status",
        where="exists (select 1 from purchase_order_lines l where l.purchase_order_id = "
        "purchase_order_line_status.purchase_order_id and l.sequence = purchase_order_line_status.sequence)",
    )
    # A revision is the whole order as a document: who sees a part of the order sees none of it.
    scope(
        "purchase_order_revisions",
        where="exists (select 1 from purchase_orders o where o.id = purchase_order_revisions.purchase_order_id and "
        "((select scope_words('brands')) is null or o.brands <@ (select scope_words('brands'))::text[]))",
    )
    scope("items", marketplaces="marketplaces", vendor_codes="vendor_codes", brand="brand", shared="''")
    scope("item_links", marketplace="marketplace_id", vendor_code="vendor_code", brand="brand", shared="''")
    scope("stock_balances", marketplace="marketplace_id", vendor_code="vendor_code", brand="brand", shared="null")
    scope("vendor_codes", marketplace="marketplace_id", vendor_code="code")
    scope("connection_marketplaces", marketplace="marketplace_id")
    scope(
        "automation_pauses",
        where="exists (select 1 from vendor_codes v where v.connection_id = automation_pauses.connection_id "
        "and v.code = automation_pauses.vendor_code)",
    )
    scope("journal_entries", marketplace="marketplace_id", vendor_code="vendor_code", brand="brand", check=False)
    told = ", ".join(f"'{topic}'" for topic in TOLD_TO_ALL)
    scope(
        "outbox",
        where=f"topic in ({told}) or exists (select 1 from purchase_orders o "
        "where o.id = (outbox.payload ->> 'order_id')::uuid)",
        check=False,
    )
    for table in WHOLE_ONLY:
        hide_from_scoped(table)


def keys() -> None:
    """API keys: GLOBAL, since a request brings its key before anybody knows whose it is."""
    instant = postgresql.TIMESTAMP(timezone=True)
    op.create_table(
        "api_keys",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("last4", sa.String(), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.TEXT()), nullable=False),
        sa.Column("scope", postgresql.JSONB(none_as_null=True), nullable=True),
        sa.Column("allowed_cidrs", postgresql.ARRAY(postgresql.CIDR()), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", instant, server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", instant, nullable=False),
        sa.Column("last_used_at", instant, nullable=True),
        sa.Column("last_used_address", sa.String(), nullable=True),
        sa.Column("revoked_at", instant, nullable=True),
        sa.Column("revoked_by", sa.Uuid(), nullable=True),
        sa.Column("replaces_id", sa.String(), nullable=True),
        sa.Column("replaced_at", instant, nullable=True),
        sa.Column("warned_at", instant, nullable=True),
        sa.Column("leaked_at", instant, nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_api_keys_organization_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_api_keys_created_by"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_api_keys_owner_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["revoked_by"], ["users.id"], name=op.f("fk_api_keys_revoked_by"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["replaces_id"], ["api_keys.id"], name=op.f("fk_api_keys_replaces_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
    )
    op.create_index("ix_api_keys_organization_id", "api_keys", ["organization_id", "created_at"])
    op.create_index(op.f("ix_api_keys_owner_id"), "api_keys", ["owner_id"])
    grant("api_keys")


def upgrade() -> None:
    op.add_column("memberships", sa.Column("scope", postgresql.JSONB(none_as_null=True), nullable=True))
    brands()
    policies()
    keys()


def downgrade() -> None:
    op.drop_table("api_keys")
    for table in SCOPED:
        unscope(table)
    op.execute("drop function scope_words(text)")
    for column in ("vendor_codes", "marketplaces"):
        op.drop_column("items", column)
    for table in ORDER_TABLES:
        op.drop_column(table, "brands")
    op.drop_column("memberships", "scope")
