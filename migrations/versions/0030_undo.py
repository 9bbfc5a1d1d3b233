"""What somebody deletes is there for a minute more, so that it can be given back: saved views, notes and files."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0030"
down_revision: str | None = "0029"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLES = ("saved_views", "notes", "attachments")
NAME = ["organization_id", "page", "owner_id", sa.literal_column("lower(name)")]


def upgrade() -> None:
    """The name of a deleted view is free at once."""
    for table in TABLES:
        op.add_column(table, sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True))
    op.drop_index("uq_saved_views_name", "saved_views")
    op.create_index(
        "uq_saved_views_name", "saved_views", NAME, unique=True, postgresql_where=sa.text("deleted_at is null")
    )


def downgrade() -> None:
    """What is deleted goes for good."""
    for table in TABLES:
        op.execute(f"delete from {table} where deleted_at is not null")
    op.drop_index("uq_saved_views_name", "saved_views")
    op.create_index("uq_saved_views_name", "saved_views", NAME, unique=True)
    for table in reversed(TABLES):
        op.drop_column(table, "deleted_at")
