"""teams, what people work on together, and what they are told: see the tables of the same concern in backend/oktee."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from tenancy import protect, scope

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLES = (
    "teams", "team_members", "absences", "matters", "notes", "tags", "matter_tags", "attachments", "notifications",
    "muted_causes",
)  # fmt: skip
OF_MATTER = ("notes", "matter_tags", "attachments")
ANYWHERE = "notifications.marketplace_id is null and notifications.vendor_code is null and notifications.brands = '{}'"
"""What is about no part of the organization: an import, a connection, a right."""

TOLD = "notification.changed"
HEARD_BY_ALL = f"""do $do$
declare rule text;
begin
  select pg_get_expr(polqual, polrelid) into rule from pg_policy where polrelid = 'outbox'::regclass and polname = 'scope';
  execute format($sql$alter policy scope on outbox using (%s or topic = '{TOLD}')$sql$, rule);
end $do$"""
"""A person with a scope hears that something is in their inbox, too. Added to the rule as it stands, whatever it says."""
AS_BEFORE = f"""do $do$
declare rule text;
begin
  select pg_get_expr(polqual, polrelid) into rule from pg_policy where polrelid = 'outbox'::regclass and polname = 'scope';
  rule := regexp_replace(rule, $re$^\\((.*) OR \\(topic = '{TOLD}'::text\\)\\)$$re$, '\\1');
  execute format('alter policy scope on outbox using (%s)', rule);
end $do$"""


def upgrade() -> None:
    """The tables, their rows kept to whoever may see what they speak of."""
    tables()
    for table in TABLES:
        protect(table)
    scope("matters", marketplace="marketplace_id", vendor_code="vendor_code", brands="brands")
    for table in OF_MATTER:
        scope(table, where=f"exists (select 1 from matters m where m.id = {table}.matter_id)")
    parts = " and ".join(
        f"((select scope_words('{part}')) is null or {test})"
        for part, test in (
            ("marketplaces", "notifications.marketplace_id = any ((select scope_words('marketplaces'))::text[])"),
            ("vendor_codes", "notifications.vendor_code = any ((select scope_words('vendor_codes'))::text[])"),
            ("brands", "notifications.brands && (select scope_words('brands'))::text[]"),
        )
    )
    scope("notifications", where=f"({ANYWHERE}) or ({parts})")
    op.execute(HEARD_BY_ALL)


def downgrade() -> None:
    """The reverse."""
    op.execute(AS_BEFORE)
    for table in reversed(TABLES):
        op.drop_table(table)


def tables() -> None:
    op.create_table(
        "teams",
        sa.Column(
            "organization_id",
            sa.Uuid(),
            server_default=sa.text("nullif(current_setting('app.organization_id', true), '')::uuid"),
            nullable=False,
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("modules", postgresql.ARRAY(sa.TEXT()), nullable=False),
        sa.Column("scope", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("lead_id", sa.Uuid(), nullable=True),
        sa.Column("auto_assign", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("in_app", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("email", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "lead_id"],
            ["memberships.organization_id", "memberships.user_id"],
            name=op.f("fk_teams_organization_id_lead_id"),
            ondelete="SET NULL (lead_id)",
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_teams")),
    )
    op.create_index("uq_teams_name", "teams", ["organization_id", sa.literal_column("lower(name)")], unique=True)
    op.create_table(
        "team_members",
        sa.Column(
            "organization_id",
            sa.Uuid(),
            server_default=sa.text("nullif(current_setting('app.organization_id', true), '')::uuid"),
            nullable=False,
        ),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "team_id"],
            ["teams.organization_id", "teams.id"],
            name=op.f("fk_team_members_organization_id_team_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "user_id"],
            ["memberships.organization_id", "memberships.user_id"],
            name=op.f("fk_team_members_organization_id_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "team_id", "user_id", name=op.f("pk_team_members")),
    )
    op.create_index("ix_team_members_user_id", "team_members", ["organization_id", "user_id"], unique=False)
    op.create_table(
        "absences",
        sa.Column(
            "organization_id",
            sa.Uuid(),
            server_default=sa.text("nullif(current_setting('app.organization_id', true), '')::uuid"),
            nullable=False,
        ),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("from_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("until_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("substitute_id", sa.Uuid(), nullable=True),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("until_at > from_at", name=op.f("ck_absences_span")),
        sa.ForeignKeyConstraint(
            ["organization_id", "substitute_id"],
            ["memberships.organization_id", "memberships.user_id"],
            name=op.f("fk_absences_organization_id_substitute_id"),
            ondelete="SET NULL (substitute_id)",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "user_id"],
            ["memberships.organization_id", "memberships.user_id"],
            name=op.f("fk_absences_organization_id_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "user_id", name=op.f("pk_absences")),
    )
    op.create_table(
        "matters",
        sa.Column(
            "organization_id",
            sa.Uuid(),
            server_default=sa.text("nullif(current_setting('app.organization_id', true), '')::uuid"),
            nullable=False,
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("object_id", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("marketplace_id", sa.String(), nullable=True),
        sa.Column("vendor_code", sa.String(), nullable=True),
        sa.Column("brand", sa.String(), nullable=True),
        sa.Column("brands", postgresql.ARRAY(sa.TEXT()), server_default=sa.text("'{}'::text[]"), nullable=False),
        sa.Column("assigned_user_id", sa.Uuid(), nullable=True),
        sa.Column("assigned_team_id", sa.Uuid(), nullable=True),
        sa.Column("assigned_how", sa.String(), nullable=True),
        sa.Column("assigned_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "assigned_team_id"],
            ["teams.organization_id", "teams.id"],
            name=op.f("fk_matters_organization_id_assigned_team_id"),
            ondelete="SET NULL (assigned_team_id)",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "assigned_user_id"],
            ["memberships.organization_id", "memberships.user_id"],
            name=op.f("fk_matters_organization_id_assigned_user_id"),
            ondelete="SET NULL (assigned_user_id)",
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_matters")),
        sa.UniqueConstraint("organization_id", "kind", "object_id", name="uq_matters_object"),
    )
    op.create_index("ix_matters_assigned_team_id", "matters", ["organization_id", "assigned_team_id"], unique=False)
    op.create_index("ix_matters_assigned_user_id", "matters", ["organization_id", "assigned_user_id"], unique=False)
    op.create_table(
        "notes",
        sa.Column(
            "organization_id",
            sa.Uuid(),
            server_default=sa.text("nullif(current_setting('app.organization_id', true), '')::uuid"),
            nullable=False,
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("matter_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("author_name", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("mentions", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "matter_id"],
            ["matters.organization_id", "matters.id"],
            name=op.f("fk_notes_organization_id_matter_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_notes")),
    )
    op.create_index("ix_notes_matter_id", "notes", ["organization_id", "matter_id", "created_at"], unique=False)
    op.create_table(
        "tags",
        sa.Column(
            "organization_id",
            sa.Uuid(),
            server_default=sa.text("nullif(current_setting('app.organization_id', true), '')::uuid"),
            nullable=False,
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("colour", sa.String(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_tags")),
    )
    op.create_index("uq_tags_name", "tags", ["organization_id", sa.literal_column("lower(name)")], unique=True)
    op.create_table(
        "matter_tags",
        sa.Column(
            "organization_id",
            sa.Uuid(),
            server_default=sa.text("nullif(current_setting('app.organization_id', true), '')::uuid"),
            nullable=False,
        ),
        sa.Column("matter_id", sa.Uuid(), nullable=False),
        sa.Column("tag_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "matter_id"],
            ["matters.organization_id", "matters.id"],
            name=op.f("fk_matter_tags_organization_id_matter_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "tag_id"],
            ["tags.organization_id", "tags.id"],
            name=op.f("fk_matter_tags_organization_id_tag_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "matter_id", "tag_id", name=op.f("pk_matter_tags")),
    )
    op.create_index("ix_matter_tags_tag_id", "matter_tags", ["organization_id", "tag_id"], unique=False)
    op.create_table(
        "attachments",
        sa.Column(
            "organization_id",
            sa.Uuid(),
            server_default=sa.text("nullif(current_setting('app.organization_id', true), '')::uuid"),
            nullable=False,
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("matter_id", sa.Uuid(), nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("content_type", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("object_key", sa.String(), nullable=False),
        sa.Column("added_by", sa.Uuid(), nullable=True),
        sa.Column("added_by_name", sa.String(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "matter_id"],
            ["matters.organization_id", "matters.id"],
            name=op.f("fk_attachments_organization_id_matter_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_attachments")),
    )
    op.create_index(
        "ix_attachments_matter_id", "attachments", ["organization_id", "matter_id", "created_at"], unique=False
    )
    op.create_table(
        "notifications",
        sa.Column(
            "organization_id",
            sa.Uuid(),
            server_default=sa.text("nullif(current_setting('app.organization_id', true), '')::uuid"),
            nullable=False,
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("notice", sa.String(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("object_type", sa.String(), nullable=False),
        sa.Column("object_id", sa.String(), nullable=False),
        sa.Column("object_label", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("due_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("instead_of", sa.Uuid(), nullable=True),
        sa.Column("marketplace_id", sa.String(), nullable=True),
        sa.Column("vendor_code", sa.String(), nullable=True),
        sa.Column("brands", postgresql.ARRAY(sa.TEXT()), server_default=sa.text("'{}'::text[]"), nullable=False),
        sa.Column("in_app", sa.Boolean(), nullable=False),
        sa.Column("digest", sa.Boolean(), nullable=False),
        sa.Column("mail_due_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("mailed_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("read_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("snoozed_until", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("resolved_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id", "user_id"],
            ["memberships.organization_id", "memberships.user_id"],
            name=op.f("fk_notifications_organization_id_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_notifications")),
    )
    op.create_index(
        "ix_notifications_object",
        "notifications",
        ["organization_id", "object_type", "object_id"],
        unique=False,
        postgresql_where=sa.text("resolved_at is null"),
    )
    op.create_index("ix_notifications_user_id", "notifications", ["organization_id", "user_id", "at"], unique=False)
    op.create_index(
        "uq_notifications_open",
        "notifications",
        ["organization_id", "user_id", "notice", "object_type", "object_id"],
        unique=True,
        postgresql_where=sa.text("resolved_at is null"),
    )
    op.create_table(
        "muted_causes",
        sa.Column(
            "organization_id",
            sa.Uuid(),
            server_default=sa.text("nullif(current_setting('app.organization_id', true), '')::uuid"),
            nullable=False,
        ),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "user_id"],
            ["memberships.organization_id", "memberships.user_id"],
            name=op.f("fk_muted_causes_organization_id_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "user_id", "cause", name=op.f("pk_muted_causes")),
    )
