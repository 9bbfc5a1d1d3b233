"""The first purchase order: every table from sign-in to the proof that Amazon saw the answer."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from tenancy import GLOBAL_TABLES, grant, protect

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TENANT_TABLES = (
    "acknowledgements",
    "automation_pauses",
    "catalog_import_errors",
    "catalog_imports",
    "connection_marketplaces",
    "connection_tokens",
    "connections",
    "decision_lines",
    "decisions",
    "idempotency_keys",
    "ingest_rejects",
    "item_links",
    "items",
    "journal_entries",
    "journal_heads",
    "module_settings",
    "operations",
    "order_states",
    "organization_deks",
    "outbox",
    "purchase_order_line_status",
    "purchase_order_lines",
    "purchase_order_revisions",
    "purchase_orders",
    "secrets",
    "stock_balances",
    "stock_ledger",
    "streams",
    "sync_runs",
    "sync_windows",
    "vendor_codes",
)


def work_queue() -> None:
    """Durable work (kit/work.py). Not ORM: its statements are the guarantees. The lease stays out of the index."""
    op.execute("create sequence work_fence")  # never reused: fence + 1 would restart when a row is deleted
    op.execute(
        """create table work (
            kind text not null, organization_id uuid not null, key text not null, queue text not null,
            due_at timestamptz not null, lease_until timestamptz, again_at timestamptz,
            fence bigint not null default 0, attempts int not null default 0,
            parked_at timestamptz, last_error text,
            constraint pk_work primary key (organization_id, kind, key)
        ) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0)"""
    )
    op.execute("create index work_next on work (queue, due_at)")
    op.execute("revoke all on sequence work_fence from oktee_app")
    op.execute("grant usage on sequence work_fence to oktee_app")


def journal_partitions() -> None:
    """One partition a month to the end of 2029; what falls outside lands in the default one, so nothing is lost."""
    for year in range(2026, 2030):
        for month in range(1, 13):
            until = f"{year + month // 12}-{month % 12 + 1:02d}-01"
            op.execute(
                f"create table journal_entries_{year}_{month:02d} partition of journal_entries "
                f"for values from ('{year}-{month:02d}-01 00:00+00') to ('{until} 00:00+00')"
            )
            op.execute(f"revoke all on journal_entries_{year}_{month:02d} from oktee_app")
    op.execute("create table journal_entries_other partition of journal_entries default")
    op.execute("revoke all on journal_entries_other from oktee_app")


def rights() -> None:
    """Tenant tables are protected; GLOBAL ones get plain grants; the journal is append-only for the runtime role."""
    for table in TENANT_TABLES:
        protect(table)
    for table in sorted(GLOBAL_TABLES):
        grant(table)
    for table in ("journal_entries", "stock_ledger"):
        grant(table, append_only=True)


def upgrade() -> None:
    op.create_table(
        "applications",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("application_id", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("secret_blob", sa.LargeBinary(), nullable=False),
        sa.Column("roles", postgresql.ARRAY(sa.TEXT()), nullable=False),
        sa.Column("token_url", sa.String(), nullable=False),
        sa.Column("endpoint", sa.String(), nullable=False),
        sa.Column("consent_url", sa.String(), nullable=False),
        sa.Column("draft", sa.Boolean(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("rejected_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_applications")),
        sa.UniqueConstraint("region", "client_id", name=op.f("uq_applications_region_client_id")),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column(
            "organization_id",
            sa.Uuid(),
            server_default=sa.text("nullif(current_setting('app.organization_id', true), '')::uuid"),
            nullable=False,
        ),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("response", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "key", name=op.f("pk_idempotency_keys")),
    )
    op.create_table(
        "inbox",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("dedupe_key", sa.String(), nullable=False),
        sa.Column("endpoint_id", sa.String(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("raw_hash", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("received_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("handled_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
        sa.UniqueConstraint("source", "dedupe_key", name=op.f("uq_inbox_source_dedupe_key")),
    )
    op.create_index("ix_inbox_status_received_at", "inbox", ["status", "received_at"], unique=False)
    op.create_table(
        "inbox_quarantine",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("endpoint_id", sa.String(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("received_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox_quarantine")),
    )
    op.create_table(
        "items",
        sa.Column(
            "organization_id",
            sa.Uuid(),
            server_default=sa.text("nullif(current_setting('app.organization_id', true), '')::uuid"),
            nullable=False,
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sku", sa.String(), nullable=False),
        sa.Column("gtin", sa.String(), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("brand", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("replaced_by_sku", sa.String(), nullable=True),
        sa.Column("case_pack", sa.Integer(), nullable=False),
        sa.Column("safety_stock", sa.Integer(), nullable=False),
        sa.Column("moq", sa.Integer(), nullable=True),
        sa.Column("lead_time_days", sa.Integer(), nullable=True),
        sa.Column("handling_days", sa.Integer(), nullable=True),
        sa.Column("image_url", sa.String(), nullable=True),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("as_of", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_items")),
        sa.UniqueConstraint("organization_id", "sku", name="uq_items_sku"),
    )
    op.create_index("ix_items_gtin", "items", ["organization_id", "gtin"], unique=False)
    op.create_table(
        "journal_entries",
        sa.Column(
            "organization_id",
            sa.Uuid(),
            server_default=sa.text("nullif(current_setting('app.organization_id', true), '')::uuid"),
            nullable=False,
        ),
        sa.Column("at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("log", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("actor_type", sa.String(), nullable=False),
        sa.Column("actor_id", sa.String(), nullable=True),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.Column("object_type", sa.String(), nullable=False),
        sa.Column("object_id", sa.String(), nullable=False),
        sa.Column("object_label", sa.String(), nullable=False),
        sa.Column("cause", sa.String(), nullable=True),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("correlation_id", sa.String(), nullable=True),
        sa.Column("session_id", sa.Uuid(), nullable=True),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("marketplace_id", sa.String(), nullable=True),
        sa.Column("vendor_code", sa.String(), nullable=True),
        sa.Column("brand", sa.String(), nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=True),
        sa.Column("previous_hash", sa.LargeBinary(), nullable=True),
        sa.Column("hash", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("organization_id", "at", "id", name=op.f("pk_journal_entries")),
        postgresql_partition_by="RANGE (at)",
    )
    op.create_index("ix_journal_entries_at", "journal_entries", ["organization_id", "at", "id"], unique=False)
    op.create_index(
        "ix_journal_entries_correlation", "journal_entries", ["organization_id", "correlation_id"], unique=False
    )
    op.create_index(
        "ix_journal_entries_object",
        "journal_entries",
        ["organization_id", "object_type", "object_id", "at"],
        unique=False,
    )
    op.create_table(
        "journal_heads",
        sa.Column(
            "organization_id",
            sa.Uuid(),
            server_default=sa.text("nullif(current_setting('app.organization_id', true), '')::uuid"),
            nullable=False,
        ),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", name=op.f("pk_journal_heads")),
    )
    op.create_table(
        "module_settings",
        sa.Column(
            "organization_id",
            sa.Uuid(),
            server_default=sa.text("nullif(current_setting('app.organization_id', true), '')::uuid"),
            nullable=False,
        ),
        sa.Column("module", sa.String(), nullable=False),
        sa.Column("value", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "module", name=op.f("pk_module_settings")),
    )
    op.create_table(
        "operations",
        sa.Column(
            "organization_id",
            sa.Uuid(),
            server_default=sa.text("nullif(current_setting('app.organization_id', true), '')::uuid"),
            nullable=False,
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("result", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("error", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("cancel_requested", sa.Boolean(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("started_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("finished_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_operations")),
    )
    op.create_table(
        "organization_deks",
        sa.Column(
            "organization_id",
            sa.Uuid(),
            server_default=sa.text("nullif(current_setting('app.organization_id', true), '')::uuid"),
            nullable=False,
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("kek_id", sa.Uuid(), nullable=False),
        sa.Column("alg", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_organization_deks")),
    )
    op.create_table(
        "organizations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("country", sa.String(), nullable=False),
        sa.Column("time_zone", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("modules", postgresql.ARRAY(sa.TEXT()), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organizations")),
        sa.UniqueConstraint("slug", name=op.f("uq_organizations_slug")),
    )
    op.create_table(
        "outbox",
        sa.Column(
            "organization_id",
            sa.Uuid(),
            server_default=sa.text("nullif(current_setting('app.organization_id', true), '')::uuid"),
            nullable=False,
        ),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_outbox")),
    )
    op.create_index("ix_outbox_created_at", "outbox", ["created_at"], unique=False)
    op.create_table(
        "sign_in_events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("email_hash", sa.LargeBinary(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_events")),
    )
    op.create_index("ix_sign_in_events_address_at", "sign_in_events", ["address", "at"], unique=False)
    op.create_index("ix_sign_in_events_email_hash_at", "sign_in_events", ["email_hash", "at"], unique=False)
    op.create_table(
        "users",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("disabled_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
    )
    op.create_index("uq_users_email", "users", [sa.literal_column("lower(email)")], unique=True)
    op.create_table(
        "amazon_accounts",
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("selling_partner_id", sa.String(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("claimed_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_amazon_accounts_organization_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("region", "selling_partner_id", name=op.f("pk_amazon_accounts")),
    )
    op.create_table(
        "catalog_imports",
        sa.Column(
            "organization_id",
            sa.Uuid(),
            server_default=sa.text("nullif(current_setting('app.organization_id', true), '')::uuid"),
            nullable=False,
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("object_key", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("operation_id", sa.Uuid(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("loaded", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("finished_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id", "operation_id"],
            ["operations.organization_id", "operations.id"],
            name=op.f("fk_catalog_imports_organization_id_operation_id"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_catalog_imports")),
    )
    op.create_table(
        "connections",
        sa.Column(
            "organization_id",
            sa.Uuid(),
            server_default=sa.text("nullif(current_setting('app.organization_id', true), '')::uuid"),
            nullable=False,
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("selling_partner_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("auth_mode", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("status_reason", sa.String(), nullable=True),
        sa.Column("home_marketplace_id", sa.String(), nullable=False),
        sa.Column("identity", postgresql.JSONB(), nullable=True),
        sa.Column("authorized_by", sa.Uuid(), nullable=True),
        sa.Column(
            "authorized_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("expires_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("verified_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("ended_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["application_id"], ["applications.id"], name=op.f("fk_connections_application_id")),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_connections")),
    )
    op.create_index(
        "ix_connections_selling_partner",
        "connections",
        ["organization_id", "region", "selling_partner_id"],
        unique=False,
    )
    op.create_table(
        "hook_endpoints",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("key_hashes", postgresql.ARRAY(sa.LargeBinary()), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["application_id"], ["applications.id"], name=op.f("fk_hook_endpoints_application_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hook_endpoints")),
    )
    op.create_table(
        "item_links",
        sa.Column(
            "organization_id",
            sa.Uuid(),
            server_default=sa.text("nullif(current_setting('app.organization_id', true), '')::uuid"),
            nullable=False,
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("marketplace_id", sa.String(), nullable=False),
        sa.Column("vendor_code", sa.String(), nullable=False),
        sa.Column("asin", sa.String(), nullable=False),
        sa.Column("vendor_sku", sa.String(), nullable=True),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("cost_price", sa.Numeric(precision=18, scale=4), nullable=True),
        sa.Column("currency", sa.String(), nullable=True),
        sa.Column("brand", sa.String(), nullable=True),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("as_of", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("quantity >= 1", name=op.f("ck_item_links_quantity_positive")),
        sa.ForeignKeyConstraint(
            ["organization_id", "item_id"],
            ["items.organization_id", "items.id"],
            name=op.f("fk_item_links_organization_id_item_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_item_links")),
        sa.UniqueConstraint(
            "organization_id", "item_id", "marketplace_id", "vendor_code", "asin", name="uq_item_links_place"
        ),
    )
    op.create_index("ix_item_links_asin", "item_links", ["organization_id", "marketplace_id", "asin"], unique=False)
    op.create_index("ix_item_links_vendor_sku", "item_links", ["organization_id", "vendor_sku"], unique=False)
    op.create_table(
        "memberships",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_memberships_organization_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_memberships_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("organization_id", "user_id", name=op.f("pk_memberships")),
    )
    op.create_index(op.f("ix_memberships_user_id"), "memberships", ["user_id"], unique=False)
    op.create_table(
        "secrets",
        sa.Column(
            "organization_id",
            sa.Uuid(),
            server_default=sa.text("nullif(current_setting('app.organization_id', true), '')::uuid"),
            nullable=False,
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_type", sa.String(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("dek_id", sa.Uuid(), nullable=False),
        sa.Column("blob", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "dek_id"],
            ["organization_deks.organization_id", "organization_deks.id"],
            name=op.f("fk_secrets_organization_id_dek_id"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_secrets")),
        sa.UniqueConstraint(
            "organization_id", "owner_id", "kind", name=op.f("uq_secrets_organization_id_owner_id_kind")
        ),
    )
    op.create_table(
        "sessions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("last_seen_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("ended_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("user_agent", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sessions_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sessions_token_hash")),
    )
    op.create_index(op.f("ix_sessions_user_id"), "sessions", ["user_id"], unique=False)
    op.create_table(
        "stock_balances",
        sa.Column(
            "organization_id",
            sa.Uuid(),
            server_default=sa.text("nullif(current_setting('app.organization_id', true), '')::uuid"),
            nullable=False,
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("warehouse", sa.String(), nullable=False),
        sa.Column("on_hand", sa.Integer(), nullable=False),
        sa.Column("reserved", sa.Integer(), nullable=False),
        sa.Column("quality_hold", sa.Integer(), nullable=False),
        sa.Column("available", sa.Integer(), nullable=True),
        sa.Column("inbound_quantity", sa.Integer(), nullable=False),
        sa.Column("inbound_on", sa.Date(), nullable=True),
        sa.Column("committed", sa.Integer(), nullable=False),
        sa.Column("marketplace_id", sa.String(), nullable=True),
        sa.Column("vendor_code", sa.String(), nullable=True),
        sa.Column("brand", sa.String(), nullable=True),
        sa.Column("as_of", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("committed >= 0", name=op.f("ck_stock_balances_committed_not_negative")),
        sa.ForeignKeyConstraint(
            ["organization_id", "item_id"],
            ["items.organization_id", "items.id"],
            name=op.f("fk_stock_balances_organization_id_item_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_stock_balances")),
        sa.UniqueConstraint("organization_id", "item_id", "warehouse", name="uq_stock_balances_place"),
    )
    op.create_table(
        "stock_ledger",
        sa.Column(
            "organization_id",
            sa.Uuid(),
            server_default=sa.text("nullif(current_setting('app.organization_id', true), '')::uuid"),
            nullable=False,
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("warehouse", sa.String(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("source_type", sa.String(), nullable=False),
        sa.Column("source_id", sa.String(), nullable=False),
        sa.Column("line", sa.String(), nullable=False),
        sa.Column("purchase_order_id", sa.Uuid(), nullable=True),
        sa.Column("at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "item_id"],
            ["items.organization_id", "items.id"],
            name=op.f("fk_stock_ledger_organization_id_item_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_stock_ledger")),
        sa.UniqueConstraint(
            "organization_id", "source_type", "source_id", "line", "item_id", "warehouse", name="uq_stock_ledger_source"
        ),
    )
    op.create_index("ix_stock_ledger_item", "stock_ledger", ["organization_id", "item_id", "at"], unique=False)
    op.create_index("ix_stock_ledger_order", "stock_ledger", ["organization_id", "purchase_order_id"], unique=False)
    op.create_table(
        "subscriptions",
        sa.Column("subscription_id", sa.String(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("notification_type", sa.String(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_subscriptions_organization_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("subscription_id", name=op.f("pk_subscriptions")),
    )
    op.create_table(
        "automation_pauses",
        sa.Column(
            "organization_id",
            sa.Uuid(),
            server_default=sa.text("nullif(current_setting('app.organization_id', true), '')::uuid"),
            nullable=False,
        ),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("vendor_code", sa.String(), nullable=False),
        sa.Column("reason", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("paused_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "connection_id"],
            ["connections.organization_id", "connections.id"],
            name=op.f("fk_automation_pauses_organization_id_connection_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "connection_id", "vendor_code", name=op.f("pk_automation_pauses")),
    )
    op.create_table(
        "catalog_import_errors",
        sa.Column(
            "organization_id",
            sa.Uuid(),
            server_default=sa.text("nullif(current_setting('app.organization_id', true), '')::uuid"),
            nullable=False,
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("column_name", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("received", sa.String(), nullable=False),
        sa.Column("values", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "import_id"],
            ["catalog_imports.organization_id", "catalog_imports.id"],
            name=op.f("fk_catalog_import_errors_organization_id_import_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_catalog_import_errors")),
        sa.UniqueConstraint(
            "organization_id", "import_id", "line", "column_name", name="uq_catalog_import_errors_place"
        ),
    )
    op.create_table(
        "connection_marketplaces",
        sa.Column(
            "organization_id",
            sa.Uuid(),
            server_default=sa.text("nullif(current_setting('app.organization_id', true), '')::uuid"),
            nullable=False,
        ),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("marketplace_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "connection_id"],
            ["connections.organization_id", "connections.id"],
            name=op.f("fk_connection_marketplaces_organization_id_connection_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "organization_id", "connection_id", "marketplace_id", name=op.f("pk_connection_marketplaces")
        ),
    )
    op.create_table(
        "connection_tokens",
        sa.Column(
            "organization_id",
            sa.Uuid(),
            server_default=sa.text("nullif(current_setting('app.organization_id', true), '')::uuid"),
            nullable=False,
        ),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("access_blob", sa.LargeBinary(), nullable=True),
        sa.Column("expires_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("lease_owner", sa.Uuid(), nullable=True),
        sa.Column("lease_until", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("not_before", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id", "connection_id"],
            ["connections.organization_id", "connections.id"],
            name=op.f("fk_connection_tokens_organization_id_connection_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "connection_id", name=op.f("pk_connection_tokens")),
    )
    op.create_table(
        "ingest_rejects",
        sa.Column(
            "organization_id",
            sa.Uuid(),
            server_default=sa.text("nullif(current_setting('app.organization_id', true), '')::uuid"),
            nullable=False,
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("stream", sa.String(), nullable=False),
        sa.Column("sync_run_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "connection_id"],
            ["connections.organization_id", "connections.id"],
            name=op.f("fk_ingest_rejects_organization_id_connection_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_ingest_rejects")),
    )
    op.create_table(
        "oauth_requests",
        sa.Column("state_hash", sa.LargeBinary(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("flow", sa.String(), nullable=False),
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("marketplace_id", sa.String(), nullable=False),
        sa.Column("redirect_uri", sa.String(), nullable=False),
        sa.Column("modules", postgresql.ARRAY(sa.TEXT()), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("consumed_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["application_id"], ["applications.id"], name=op.f("fk_oauth_requests_application_id")),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_oauth_requests_organization_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name=op.f("fk_oauth_requests_session_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_oauth_requests_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("state_hash", name=op.f("pk_oauth_requests")),
    )
    op.create_table(
        "purchase_orders",
        sa.Column(
            "organization_id",
            sa.Uuid(),
            server_default=sa.text("nullif(current_setting('app.organization_id', true), '')::uuid"),
            nullable=False,
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("po_number", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.Column("marketplace_id", sa.String(), nullable=False),
        sa.Column("vendor_code", sa.String(), nullable=False),
        sa.Column("brand", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("order_type", sa.String(), nullable=True),
        sa.Column("payment_method", sa.String(), nullable=True),
        sa.Column("deal_code", sa.String(), nullable=True),
        sa.Column("freight", sa.String(), nullable=True),
        sa.Column("import_order", sa.Boolean(), nullable=False),
        sa.Column("ordered_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("changed_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("state_changed_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("window_start", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("window_end", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("ship_to", sa.String(), nullable=True),
        sa.Column("ship_to_country", sa.String(), nullable=True),
        sa.Column("currency", sa.String(), nullable=True),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("value", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column("line_count", sa.Integer(), nullable=False),
        sa.Column(
            "first_seen_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("fetched_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("source_ref", sa.String(), nullable=False),
        sa.Column("sync_run_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(), nullable=True),
        sa.Column("status_updated_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("status_fetched_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("confirmation", sa.String(), nullable=True),
        sa.Column("accepted_units", sa.Integer(), nullable=True),
        sa.Column("rejected_units", sa.Integer(), nullable=True),
        sa.Column("received_units", sa.Integer(), nullable=True),
        sa.Column("first_acknowledged_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("status_hash", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id", "connection_id"],
            ["connections.organization_id", "connections.id"],
            name=op.f("fk_purchase_orders_organization_id_connection_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_purchase_orders")),
        sa.UniqueConstraint("organization_id", "connection_id", "po_number", name="uq_purchase_orders_number"),
    )
    op.create_index(
        "ix_purchase_orders_ordered_at", "purchase_orders", ["organization_id", "ordered_at", "id"], unique=False
    )
    op.create_table(
        "streams",
        sa.Column(
            "organization_id",
            sa.Uuid(),
            server_default=sa.text("nullif(current_setting('app.organization_id', true), '')::uuid"),
            nullable=False,
        ),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("high_water", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("first_load_since", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("first_load_done_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("last_attempt_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("last_success_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("next_due_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("last_error", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("items_seen", sa.BigInteger(), nullable=False),
        sa.Column("items_changed", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "connection_id"],
            ["connections.organization_id", "connections.id"],
            name=op.f("fk_streams_organization_id_connection_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "connection_id", "name", name=op.f("pk_streams")),
    )
    op.create_table(
        "sync_runs",
        sa.Column(
            "organization_id",
            sa.Uuid(),
            server_default=sa.text("nullif(current_setting('app.organization_id', true), '')::uuid"),
            nullable=False,
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("stream", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("started_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("finished_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("error", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "connection_id"],
            ["connections.organization_id", "connections.id"],
            name=op.f("fk_sync_runs_organization_id_connection_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_sync_runs")),
    )
    op.create_index(
        "ix_sync_runs_stream", "sync_runs", ["organization_id", "connection_id", "stream", "started_at"], unique=False
    )
    op.create_table(
        "sync_windows",
        sa.Column(
            "organization_id",
            sa.Uuid(),
            server_default=sa.text("nullif(current_setting('app.organization_id', true), '')::uuid"),
            nullable=False,
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("stream", sa.String(), nullable=False),
        sa.Column("since", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("until", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("first_load", sa.Boolean(), nullable=False),
        sa.Column("known_until", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("page_token", sa.String(), nullable=True),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("done_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "connection_id"],
            ["connections.organization_id", "connections.id"],
            name=op.f("fk_sync_windows_organization_id_connection_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_sync_windows")),
    )
    op.create_index(
        "ix_sync_windows_stream",
        "sync_windows",
        ["organization_id", "connection_id", "stream", "done_at"],
        unique=False,
    )
    op.create_table(
        "vendor_codes",
        sa.Column(
            "organization_id",
            sa.Uuid(),
            server_default=sa.text("nullif(current_setting('app.organization_id', true), '')::uuid"),
            nullable=False,
        ),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("marketplace_id", sa.String(), nullable=False),
        sa.Column("freight", sa.String(), nullable=True),
        sa.Column(
            "first_seen_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "connection_id"],
            ["connections.organization_id", "connections.id"],
            name=op.f("fk_vendor_codes_organization_id_connection_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "connection_id", "code", name=op.f("pk_vendor_codes")),
    )
    op.create_table(
        "decisions",
        sa.Column(
            "organization_id",
            sa.Uuid(),
            server_default=sa.text("nullif(current_setting('app.organization_id', true), '')::uuid"),
            nullable=False,
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("purchase_order_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("decided_by_type", sa.String(), nullable=False),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("decided_by_name", sa.String(), nullable=False),
        sa.Column("rule_set_version", sa.Integer(), nullable=False),
        sa.Column("engine_version", sa.String(), nullable=False),
        sa.Column("settings", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("hold", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("totals", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("inputs_hash", sa.LargeBinary(), nullable=False),
        sa.Column("marketplace_id", sa.String(), nullable=False),
        sa.Column("vendor_code", sa.String(), nullable=False),
        sa.Column("brand", sa.String(), nullable=True),
        sa.Column("decided_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "purchase_order_id"],
            ["purchase_orders.organization_id", "purchase_orders.id"],
            name=op.f("fk_decisions_organization_id_purchase_order_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_decisions")),
        sa.UniqueConstraint("organization_id", "purchase_order_id", "number", name="uq_decisions_number"),
    )
    op.create_table(
        "order_states",
        sa.Column(
            "organization_id",
            sa.Uuid(),
            server_default=sa.text("nullif(current_setting('app.organization_id', true), '')::uuid"),
            nullable=False,
        ),
        sa.Column("purchase_order_id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("deadline_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("became_available_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=True),
        sa.Column("decided_by_type", sa.String(), nullable=True),
        sa.Column("decided_by_name", sa.String(), nullable=True),
        sa.Column("hold", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("send_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("send_reason", sa.String(), nullable=True),
        sa.Column("answered_by", sa.String(), nullable=True),
        sa.Column("answered_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("taken", sa.Integer(), nullable=True),
        sa.Column("backordered", sa.Integer(), nullable=True),
        sa.Column("cut", sa.Integer(), nullable=True),
        sa.Column("undecided_lines", sa.Integer(), nullable=False),
        sa.Column("cut_value", sa.Numeric(precision=18, scale=4), nullable=True),
        sa.Column("proposed", sa.Boolean(), nullable=False),
        sa.Column("marketplace_id", sa.String(), nullable=False),
        sa.Column("vendor_code", sa.String(), nullable=False),
        sa.Column("brand", sa.String(), nullable=True),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "purchase_order_id"],
            ["purchase_orders.organization_id", "purchase_orders.id"],
            name=op.f("fk_order_states_organization_id_purchase_order_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "purchase_order_id", name=op.f("pk_order_states")),
    )
    op.create_index("ix_order_states_clock", "order_states", ["organization_id", "status", "deadline_at"], unique=False)
    op.create_table(
        "purchase_order_line_status",
        sa.Column(
            "organization_id",
            sa.Uuid(),
            server_default=sa.text("nullif(current_setting('app.organization_id', true), '')::uuid"),
            nullable=False,
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("purchase_order_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.String(), nullable=False),
        sa.Column("confirmation_status", sa.String(), nullable=True),
        sa.Column("ordered_units", sa.Integer(), nullable=False),
        sa.Column("cancelled_units", sa.Integer(), nullable=False),
        sa.Column("accepted_units", sa.Integer(), nullable=False),
        sa.Column("rejected_units", sa.Integer(), nullable=False),
        sa.Column("receive_status", sa.String(), nullable=True),
        sa.Column("received_units", sa.Integer(), nullable=True),
        sa.Column("last_received_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("acknowledgements", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("fetched_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("source_ref", sa.String(), nullable=False),
        sa.Column("sync_run_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id", "purchase_order_id"],
            ["purchase_orders.organization_id", "purchase_orders.id"],
            name=op.f("fk_purchase_order_line_status_organization_id_purchase_order_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_purchase_order_line_status")),
        sa.UniqueConstraint(
            "organization_id", "purchase_order_id", "sequence", name="uq_purchase_order_line_status_sequence"
        ),
    )
    op.create_table(
        "purchase_order_lines",
        sa.Column(
            "organization_id",
            sa.Uuid(),
            server_default=sa.text("nullif(current_setting('app.organization_id', true), '')::uuid"),
            nullable=False,
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("purchase_order_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("asin", sa.String(), nullable=True),
        sa.Column("vendor_product_identifier", sa.String(), nullable=True),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("unit_of_measure", sa.String(), nullable=False),
        sa.Column("unit_size", sa.Integer(), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("net_cost", sa.String(), nullable=True),
        sa.Column("cost_unit", sa.String(), nullable=True),
        sa.Column("list_price", sa.String(), nullable=True),
        sa.Column("currency", sa.String(), nullable=True),
        sa.Column("backorder_allowed", sa.Boolean(), nullable=False),
        sa.Column("marketplace_id", sa.String(), nullable=False),
        sa.Column("vendor_code", sa.String(), nullable=False),
        sa.Column("brand", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id", "purchase_order_id"],
            ["purchase_orders.organization_id", "purchase_orders.id"],
            name=op.f("fk_purchase_order_lines_organization_id_purchase_order_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_purchase_order_lines")),
        sa.UniqueConstraint(
            "organization_id", "purchase_order_id", "sequence", name="uq_purchase_order_lines_sequence"
        ),
    )
    op.create_index("ix_purchase_order_lines_asin", "purchase_order_lines", ["organization_id", "asin"], unique=False)
    op.create_table(
        "purchase_order_revisions",
        sa.Column(
            "organization_id",
            sa.Uuid(),
            server_default=sa.text("nullif(current_setting('app.organization_id', true), '')::uuid"),
            nullable=False,
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("purchase_order_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("changes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("received_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("sync_run_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "purchase_order_id"],
            ["purchase_orders.organization_id", "purchase_orders.id"],
            name=op.f("fk_purchase_order_revisions_organization_id_purchase_order_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_purchase_order_revisions")),
        sa.UniqueConstraint(
            "organization_id", "purchase_order_id", "revision", name="uq_purchase_order_revisions_revision"
        ),
    )
    op.create_table(
        "acknowledgements",
        sa.Column(
            "organization_id",
            sa.Uuid(),
            server_default=sa.text("nullif(current_setting('app.organization_id', true), '')::uuid"),
            nullable=False,
        ),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("po_number", sa.String(), nullable=False),
        sa.Column("answer", sa.Integer(), nullable=False),
        sa.Column("purchase_order_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("supersedes", sa.Integer(), nullable=True),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("payload_hash", sa.LargeBinary(), nullable=False),
        sa.Column("lines", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("planned_by_type", sa.String(), nullable=False),
        sa.Column("planned_by_id", sa.Uuid(), nullable=True),
        sa.Column("planned_by_name", sa.String(), nullable=False),
        sa.Column("planned_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("send_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("sending_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("unknown_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("sent_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("transaction_id", sa.String(), nullable=True),
        sa.Column("transaction_status", sa.String(), nullable=True),
        sa.Column("checked_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("reads", sa.Integer(), nullable=False),
        sa.Column("resends", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("finished_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("seen", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("error", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("marketplace_id", sa.String(), nullable=False),
        sa.Column("vendor_code", sa.String(), nullable=False),
        sa.Column("brand", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id", "decision_id"],
            ["decisions.organization_id", "decisions.id"],
            name=op.f("fk_acknowledgements_organization_id_decision_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "purchase_order_id"],
            ["purchase_orders.organization_id", "purchase_orders.id"],
            name=op.f("fk_acknowledgements_organization_id_purchase_order_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "organization_id", "connection_id", "po_number", "answer", name=op.f("pk_acknowledgements")
        ),
    )
    op.create_index(
        "ix_acknowledgements_order",
        "acknowledgements",
        ["organization_id", "purchase_order_id", "answer"],
        unique=False,
    )
    op.create_index(
        "uq_acknowledgements_open",
        "acknowledgements",
        ["organization_id", "connection_id", "po_number"],
        unique=True,
        postgresql_where=sa.text("state in ('planned', 'sending', 'unknown', 'sent')"),
    )
    op.create_table(
        "decision_lines",
        sa.Column(
            "organization_id",
            sa.Uuid(),
            server_default=sa.text("nullif(current_setting('app.organization_id', true), '')::uuid"),
            nullable=False,
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.String(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=True),
        sa.Column("sku", sa.String(), nullable=True),
        sa.Column("asin", sa.String(), nullable=True),
        sa.Column("title", sa.String(), nullable=True),
        sa.Column("image_url", sa.String(), nullable=True),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=True),
        sa.Column("backordered", sa.Integer(), nullable=True),
        sa.Column("cut", sa.Integer(), nullable=True),
        sa.Column("rejection_reason", sa.String(), nullable=True),
        sa.Column("ship_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("backorder_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("free_stock", sa.Integer(), nullable=True),
        sa.Column("link_quantity", sa.Integer(), nullable=False),
        sa.Column("case_pack", sa.Integer(), nullable=True),
        sa.Column("catalog_cost", sa.Numeric(precision=18, scale=4), nullable=True),
        sa.Column("decided_by_type", sa.String(), nullable=False),
        sa.Column("decided_by_name", sa.String(), nullable=False),
        sa.Column("summary", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("trace", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("hold", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("marketplace_id", sa.String(), nullable=False),
        sa.Column("vendor_code", sa.String(), nullable=False),
        sa.Column("brand", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id", "decision_id"],
            ["decisions.organization_id", "decisions.id"],
            name=op.f("fk_decision_lines_organization_id_decision_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_decision_lines")),
        sa.UniqueConstraint("organization_id", "decision_id", "sequence", name="uq_decision_lines_sequence"),
    )
    work_queue()
    journal_partitions()
    rights()


def downgrade() -> None:
    op.execute("drop table work")
    op.execute("drop sequence work_fence")
    op.drop_table("decision_lines")
    op.drop_index(
        "uq_acknowledgements_open",
        table_name="acknowledgements",
        postgresql_where=sa.text("state in ('planned', 'sending', 'unknown', 'sent')"),
    )
    op.drop_index("ix_acknowledgements_order", table_name="acknowledgements")
    op.drop_table("acknowledgements")
    op.drop_table("purchase_order_revisions")
    op.drop_index("ix_purchase_order_lines_asin", table_name="purchase_order_lines")
    op.drop_table("purchase_order_lines")
    op.drop_table("purchase_order_line_status")
    op.drop_index("ix_order_states_clock", table_name="order_states")
    op.drop_table("order_states")
    op.drop_table("decisions")
    op.drop_table("vendor_codes")
    op.drop_index("ix_sync_windows_stream", table_name="sync_windows")
    op.drop_table("sync_windows")
    op.drop_index("ix_sync_runs_stream", table_name="sync_runs")
    op.drop_table("sync_runs")
    op.drop_table("streams")
    op.drop_index("ix_purchase_orders_ordered_at", table_name="purchase_orders")
    op.drop_table("purchase_orders")
    op.drop_table("oauth_requests")
    op.drop_table("ingest_rejects")
    op.drop_table("connection_tokens")
    op.drop_table("connection_marketplaces")
    op.drop_table("catalog_import_errors")
    op.drop_table("automation_pauses")
    op.drop_table("subscriptions")
    op.drop_index("ix_stock_ledger_order", table_name="stock_ledger")
    op.drop_index("ix_stock_ledger_item", table_name="stock_ledger")
    op.drop_table("stock_ledger")
    op.drop_table("stock_balances")
    op.drop_index(op.f("ix_sessions_user_id"), table_name="sessions")
    op.drop_table("sessions")
    op.drop_table("secrets")
    op.drop_index(op.f("ix_memberships_user_id"), table_name="memberships")
    op.drop_table("memberships")
    op.drop_index("ix_item_links_vendor_sku", table_name="item_links")
    op.drop_index("ix_item_links_asin", table_name="item_links")
    op.drop_table("item_links")
    op.drop_table("hook_endpoints")
    op.drop_index("ix_connections_selling_partner", table_name="connections")
    op.drop_table("connections")
    op.drop_table("catalog_imports")
    op.drop_table("amazon_accounts")
    op.drop_index("uq_users_email", table_name="users")
    op.drop_table("users")
    op.drop_index("ix_sign_in_events_email_hash_at", table_name="sign_in_events")
    op.drop_index("ix_sign_in_events_address_at", table_name="sign_in_events")
    op.drop_table("sign_in_events")
    op.drop_index("ix_outbox_created_at", table_name="outbox")
    op.drop_table("outbox")
    op.drop_table("organizations")
    op.drop_table("organization_deks")
    op.drop_table("operations")
    op.drop_table("module_settings")
    op.drop_table("journal_heads")
    op.drop_index("ix_journal_entries_object", table_name="journal_entries")
    op.drop_index("ix_journal_entries_correlation", table_name="journal_entries")
    op.drop_index("ix_journal_entries_at", table_name="journal_entries")
    op.drop_table("journal_entries")
    op.drop_index("ix_items_gtin", table_name="items")
    op.drop_table("items")
    op.drop_table("inbox_quarantine")
    op.drop_index("ix_inbox_status_received_at", table_name="inbox")
    op.drop_table("inbox")
    op.drop_table("idempotency_keys")
    op.drop_table("applications")
