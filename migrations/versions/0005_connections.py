"""Several applications per region, private ones of a customer, what a consent covered, and the Amazon-initiated entry."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from tenancy import grant

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Owners of applications; granted roles, reminders and replacements of connections; arrivals from Amazon."""
    op.add_column("applications", sa.Column("organization_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        "fk_applications_organization_id",
        "applications",
        "organizations",
        ["organization_id"],
        ["id"],
        ondelete="CASCADE",
    )
    op.drop_constraint("uq_applications_region_client_id", "applications", type_="unique")
    op.create_unique_constraint(
        "uq_applications_region_client_id",
        "applications",
        ["region", "client_id", "organization_id"],
        postgresql_nulls_not_distinct=True,
    )
    op.add_column("connections", sa.Column("granted_roles", postgresql.ARRAY(sa.TEXT()), nullable=True))
    op.execute("alter table connections disable row level security")
    op.execute("update connections c set granted_roles = a.roles from applications a where a.id = c.application_id")
    op.execute(
        "insert into work (kind, organization_id, key, queue, due_at) "
        "select 'connection_care', organization_id, id::text, 'sync', now() from connections "
        "where status in ('active', 'pending_verification') on conflict do nothing"
    )
    op.execute("alter table connections enable row level security")
    op.alter_column("connections", "granted_roles", nullable=False)
    op.add_column("connections", sa.Column("reminded_days", sa.Integer(), nullable=True))
    op.add_column("connections", sa.Column("replaces_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        "fk_connections_organization_id_replaces_id",
        "connections",
        "connections",
        ["organization_id", "replaces_id"],
        ["organization_id", "id"],
        ondelete="SET NULL (replaces_id)",
    )
    op.add_column(
        "connection_tokens",
        sa.Column("refreshed_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
    )
    op.add_column("oauth_requests", sa.Column("connection_id", sa.Uuid(), nullable=True))
    op.create_table(
        "amazon_arrivals",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("selling_partner_id", sa.String(), nullable=False),
        sa.Column("callback_uri", sa.String(), nullable=False),
        sa.Column("state_blob", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("consumed_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["applications.id"],
            name=op.f("fk_amazon_arrivals_application_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_amazon_arrivals")),
    )
    grant("amazon_arrivals")
    op.add_column("ingest_rejects", sa.Column("payload_hash", sa.LargeBinary(), nullable=True))
    op.execute("alter table ingest_rejects disable row level security")
    op.execute("delete from ingest_rejects")  # plain copies of what could not be read: from here on they are sealed
    op.execute("alter table ingest_rejects enable row level security")
    op.alter_column("ingest_rejects", "payload_hash", nullable=False)


def downgrade() -> None:
    """The reverse; applications of customers have no place in the older schema."""
    op.execute("alter table ingest_rejects disable row level security")
    op.execute("delete from ingest_rejects")
    op.execute("alter table ingest_rejects enable row level security")
    op.drop_column("ingest_rejects", "payload_hash")
    op.drop_table("amazon_arrivals")
    op.drop_column("oauth_requests", "connection_id")
    op.drop_column("connection_tokens", "refreshed_at")
    op.drop_constraint("fk_connections_organization_id_replaces_id", "connections", type_="foreignkey")
    op.drop_column("connections", "replaces_id")
    op.drop_column("connections", "reminded_days")
    op.drop_column("connections", "granted_roles")
    op.execute("alter table connections disable row level security")
    op.execute(
        "delete from connections where application_id in (select id from applications where organization_id is not null)"
    )
    op.execute("alter table connections enable row level security")
    op.execute("delete from oauth_requests")
    op.execute("delete from applications where organization_id is not null")
    op.drop_constraint("uq_applications_region_client_id", "applications", type_="unique")
    op.drop_constraint("fk_applications_organization_id", "applications", type_="foreignkey")
    op.drop_column("applications", "organization_id")
    op.create_unique_constraint("uq_applications_region_client_id", "applications", ["region", "client_id"])
