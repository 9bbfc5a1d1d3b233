"""people: see the tables of the same concern in backend/oktee."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from tenancy import grant, hide_from_scoped, protect

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def sso() -> None:
    """Identity providers of companies, their domains, sign-ins under way, and who is who there."""
    instant = postgresql.TIMESTAMP(timezone=True)
    op.create_table(
        "sso_providers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("issuer", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("trusts_mfa", sa.Boolean(), nullable=False),
        sa.Column("mfa_values", postgresql.ARRAY(postgresql.TEXT()), nullable=False),
        sa.Column("acr_values", postgresql.ARRAY(postgresql.TEXT()), nullable=False),
        sa.Column("max_age_seconds", sa.Integer(), nullable=True),
        sa.Column("break_glass_user_id", sa.Uuid(), nullable=True),
        sa.Column("tested_at", instant, nullable=True),
        sa.Column("created_at", instant, server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", instant, server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_sso_providers_organization_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["break_glass_user_id"],
            ["users.id"],
            name=op.f("fk_sso_providers_break_glass_user_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sso_providers")),
        sa.UniqueConstraint("organization_id", name=op.f("uq_sso_providers_organization_id")),
    )
    op.create_table(
        "sso_domains",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("domain", sa.String(), nullable=False),
        sa.Column("proof", sa.String(), nullable=False),
        sa.Column("verified_at", instant, nullable=True),
        sa.Column("checked_at", instant, nullable=True),
        sa.Column("created_at", instant, server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_sso_domains_organization_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sso_domains")),
    )
    op.create_index(
        "uq_sso_domains_verified",
        "sso_domains",
        ["domain"],
        unique=True,
        postgresql_where=sa.text("verified_at is not null"),
    )
    op.create_index("uq_sso_domains_organization_id_domain", "sso_domains", ["organization_id", "domain"], unique=True)
    op.create_table(
        "sso_requests",
        sa.Column("state_hash", sa.LargeBinary(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("browser_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", instant, server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", instant, nullable=False),
        sa.Column("consumed_at", instant, nullable=True),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["sso_providers.id"], name=op.f("fk_sso_requests_provider_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("state_hash", name=op.f("pk_sso_requests")),
    )
    op.create_table(
        "sso_identities",
        sa.Column("issuer", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", instant, server_default=sa.text("now()"), nullable=False),
        sa.Column("last_used_at", instant, server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_sso_identities_organization_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sso_identities_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("issuer", "subject", name=op.f("pk_sso_identities")),
    )
    op.create_index(op.f("ix_sso_identities_user_id"), "sso_identities", ["user_id"])
    op.add_column("sessions", sa.Column("sso_provider_id", sa.Uuid(), nullable=True))
    for name in ("vouched_factor_at", "vouched_fresh_at"):
        op.add_column("sessions", sa.Column(name, postgresql.TIMESTAMP(timezone=True), nullable=True))
    for table in ("sso_providers", "sso_domains", "sso_requests", "sso_identities"):
        grant(table)


def no_sso() -> None:
    """The reverse."""
    for name in ("vouched_fresh_at", "vouched_factor_at", "sso_provider_id"):
        op.drop_column("sessions", name)
    for table in ("sso_identities", "sso_requests", "sso_domains", "sso_providers"):
        op.drop_table(table)


def people() -> None:
    """Memberships with a state, roles of an organization's own, invitations, previews, access reviews."""
    instant = postgresql.TIMESTAMP(timezone=True)
    made = sa.text("now()")

    def organization(table: str) -> sa.ForeignKeyConstraint:
        name = op.f(f"fk_{table}_organization_id")
        return sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=name, ondelete="CASCADE")

    def person(table: str, column: str, gone: str = "SET NULL") -> sa.ForeignKeyConstraint:
        return sa.ForeignKeyConstraint([column], ["users.id"], name=op.f(f"fk_{table}_{column}"), ondelete=gone)

    op.add_column(
        "organizations", sa.Column("require_second_factor", sa.Boolean(), server_default="false", nullable=False)
    )
    op.add_column("memberships", sa.Column("state", sa.String(), server_default="active", nullable=False))
    op.add_column("memberships", sa.Column("invited_by", sa.Uuid(), nullable=True))
    op.add_column("memberships", sa.Column("joined_at", instant, server_default=made, nullable=False))
    op.add_column("memberships", sa.Column("last_seen_at", instant, nullable=True))
    op.create_foreign_key(
        op.f("fk_memberships_invited_by"), "memberships", "users", ["invited_by"], ["id"], ondelete="SET NULL"
    )
    op.create_table(
        "roles",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("base", sa.String(), nullable=False),
        sa.Column("permissions", postgresql.ARRAY(sa.TEXT()), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", instant, server_default=made, nullable=False),
        sa.Column("updated_at", instant, server_default=made, nullable=False),
        organization("roles"),
        person("roles", "created_by"),
        sa.PrimaryKeyConstraint("organization_id", "key", name=op.f("pk_roles")),
    )
    op.create_index("uq_roles_organization_id_name", "roles", ["organization_id", sa.text("lower(name)")], unique=True)
    op.create_table(
        "invitations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("scope", postgresql.JSONB(none_as_null=True), nullable=True),
        sa.Column("locale", sa.String(), server_default="en", nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("invited_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", instant, server_default=made, nullable=False),
        sa.Column("sent_at", instant, server_default=made, nullable=False),
        sa.Column("expires_at", instant, nullable=False),
        sa.Column("accepted_at", instant, nullable=True),
        sa.Column("accepted_by", sa.Uuid(), nullable=True),
        sa.Column("revoked_at", instant, nullable=True),
        organization("invitations"),
        person("invitations", "invited_by"),
        person("invitations", "accepted_by"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitations_token_hash")),
    )
    op.create_index("ix_invitations_organization_id", "invitations", ["organization_id", "created_at"])
    op.create_index(
        "uq_invitations_organization_id_email", "invitations", ["organization_id", sa.text("lower(email)")],
        unique=True, postgresql_where=sa.text("accepted_at is null and revoked_at is null"),
    )  # fmt: skip
    op.create_table(
        "previews",
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("started_at", instant, server_default=made, nullable=False),
        sa.Column("ends_at", instant, nullable=False),
        organization("previews"),
        person("previews", "user_id", "CASCADE"),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name=op.f("fk_previews_session_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("session_id", "organization_id", name=op.f("pk_previews")),
    )
    op.create_index(op.f("ix_previews_user_id"), "previews", ["user_id"])
    for table in ("roles", "invitations", "previews"):
        grant(table)
    _reviews(instant)


def _reviews(instant: postgresql.TIMESTAMP) -> None:
    made = sa.text("now()")
    tenant = sa.text("nullif(current_setting('app.organization_id', true), '')::uuid")
    op.create_table(
        "access_reviews",
        sa.Column("organization_id", sa.Uuid(), server_default=tenant, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("started_at", instant, server_default=made, nullable=False),
        sa.Column("started_by", sa.Uuid(), nullable=True),
        sa.Column("finished_at", instant, nullable=True),
        sa.Column("finished_by", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_access_reviews")),
    )
    op.create_index(
        "uq_access_reviews_open", "access_reviews", ["organization_id"], unique=True,
        postgresql_where=sa.text("finished_at is null"),
    )  # fmt: skip
    op.create_table(
        "access_review_rows",
        sa.Column("organization_id", sa.Uuid(), server_default=tenant, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("review_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("object_id", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("access", postgresql.ARRAY(sa.TEXT()), nullable=False),
        sa.Column("last_used_at", instant, nullable=True),
        sa.Column("decision", sa.String(), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", instant, nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id", "review_id"],
            ["access_reviews.organization_id", "access_reviews.id"],
            name=op.f("fk_access_review_rows_organization_id_review_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_access_review_rows")),
    )
    op.create_index("ix_access_review_rows_review_id", "access_review_rows", ["organization_id", "review_id"])
    for table in ("access_reviews", "access_review_rows"):
        protect(table)
        hide_from_scoped(table)


def no_people() -> None:
    """The reverse."""
    for table in ("access_review_rows", "access_reviews", "previews", "invitations", "roles"):
        op.drop_table(table)
    op.drop_constraint(op.f("fk_memberships_invited_by"), "memberships", type_="foreignkey")
    for column in ("last_seen_at", "joined_at", "invited_by", "state"):
        op.drop_column("memberships", column)
    op.drop_column("organizations", "require_second_factor")


def upgrade() -> None:
    """Company sign-in, people and workspaces."""
    sso()
    people()


def downgrade() -> None:
    """The reverse."""
    no_people()
    no_sso()
