"""What a sweep found, and the number of an order that could not be read."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0024"
down_revision: str | None = "0023"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

INSTANT = postgresql.TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.add_column("streams", sa.Column("sweep_due_at", INSTANT, nullable=True))
    op.add_column("streams", sa.Column("swept_at", INSTANT, nullable=True))
    op.add_column("streams", sa.Column("swept_since", INSTANT, nullable=True))
    op.add_column("streams", sa.Column("drift", sa.Integer(), nullable=True))
    op.add_column("sync_windows", sa.Column("sweep", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("sync_windows", sa.Column("drift", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.add_column("ingest_rejects", sa.Column("subject", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("ingest_rejects", "subject")
    op.drop_column("sync_windows", "drift")
    op.drop_column("sync_windows", "sweep")
    for column in ("drift", "swept_since", "swept_at", "sweep_due_at"):
        op.drop_column("streams", column)
