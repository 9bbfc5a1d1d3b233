"""Identity: second factors, one-time tokens, old passwords, mails, and what a session has proved."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from tenancy import grant

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLES = ("factors", "recovery_codes", "passkey_challenges", "once_tokens", "old_passwords", "mails")


def instant(name: str, *, nullable: bool = True, now: bool = False) -> sa.Column[object]:
    default = sa.text("now()") if now else None
    return sa.Column(name, postgresql.TIMESTAMP(timezone=True), server_default=default, nullable=nullable)


def of_user(table: str, *, nullable: bool = False) -> tuple[sa.Column[object], sa.ForeignKeyConstraint]:
    return sa.Column("user_id", sa.Uuid(), nullable=nullable), sa.ForeignKeyConstraint(
        ["user_id"], ["users.id"], name=op.f(f"fk_{table}_user_id"), ondelete="CASCADE"
    )


def upgrade() -> None:
    op.add_column("sessions", instant("second_factor_at"))
    op.add_column("sessions", instant("fresh_at"))
    op.add_column("users", instant("changed_password_at", nullable=False, now=True))
    op.add_column(
        "users",
        sa.Column(
            "preferences", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
    )
    op.add_column("sign_in_events", sa.Column("kind", sa.String(), server_default="password", nullable=False))
    op.add_column("sign_in_events", sa.Column("network", sa.String(), server_default="", nullable=False))
    op.create_index("ix_sign_in_events_network_at", "sign_in_events", ["network", "at"])
    op.create_table(
        "factors",
        sa.Column("id", sa.Uuid(), nullable=False),
        *of_user("factors"),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        instant("created_at", nullable=False, now=True),
        instant("confirmed_at"),
        instant("last_used_at"),
        sa.Column("seed_blob", sa.LargeBinary(), nullable=True),
        sa.Column("last_counter", sa.BigInteger(), nullable=True),
        sa.Column("credential_id", sa.LargeBinary(), nullable=True),
        sa.Column("public_key", sa.LargeBinary(), nullable=True),
        sa.Column("sign_count", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("transports", postgresql.ARRAY(sa.TEXT()), server_default="{}", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_factors")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_factors_credential_id")),
    )
    op.create_index(op.f("ix_factors_user_id"), "factors", ["user_id"])
    op.create_table(
        "recovery_codes",
        sa.Column("id", sa.Uuid(), nullable=False),
        *of_user("recovery_codes"),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        instant("created_at", nullable=False, now=True),
        instant("used_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_codes")),
        sa.UniqueConstraint("user_id", "code_hash", name=op.f("uq_recovery_codes_user_id_code_hash")),
    )
    op.create_table(
        "passkey_challenges",
        sa.Column("challenge_hash", sa.LargeBinary(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("session_id", sa.Uuid(), nullable=True),
        instant("created_at", nullable=False, now=True),
        instant("expires_at", nullable=False),
        sa.PrimaryKeyConstraint("challenge_hash", name=op.f("pk_passkey_challenges")),
    )
    op.create_index(op.f("ix_passkey_challenges_expires_at"), "passkey_challenges", ["expires_at"])
    op.create_table(
        "once_tokens",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        *of_user("once_tokens", nullable=True),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        instant("created_at", nullable=False, now=True),
        instant("expires_at", nullable=False),
        instant("consumed_at"),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_once_tokens")),
    )
    op.create_index("ix_once_tokens_user_id_purpose", "once_tokens", ["user_id", "purpose"])
    op.create_table(
        "old_passwords",
        sa.Column("id", sa.Uuid(), nullable=False),
        *of_user("old_passwords"),
        sa.Column("password_hash", sa.String(), nullable=False),
        instant("replaced_at", nullable=False, now=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_old_passwords")),
    )
    op.create_index(op.f("ix_old_passwords_user_id"), "old_passwords", ["user_id"])
    op.create_table(
        "mails",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=True),
        sa.Column("template", sa.String(), nullable=False),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("body_blob", sa.LargeBinary(), nullable=True),
        instant("created_at", nullable=False, now=True),
        instant("sent_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mails")),
    )
    op.create_index(op.f("ix_mails_created_at"), "mails", ["created_at"])
    for table in TABLES:
        grant(table)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    op.drop_index("ix_sign_in_events_network_at", "sign_in_events")
    op.drop_column("sign_in_events", "network")
    op.drop_column("sign_in_events", "kind")
    op.drop_column("users", "preferences")
    op.drop_column("users", "changed_password_at")
    op.drop_column("sessions", "fresh_at")
    op.drop_column("sessions", "second_factor_at")
