"""How many a run refused: of the refusals themselves only the first hundreds are kept."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0032"
down_revision: str | None = "0031"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("bulk_runs", sa.Column("refused_count", sa.Integer(), server_default="0", nullable=False))
    op.execute("alter table bulk_runs no force row level security")  # the owner has no tenant here
    op.execute("update bulk_runs set refused_count = jsonb_array_length(refused)")
    op.execute("alter table bulk_runs force row level security")


def downgrade() -> None:
    op.drop_column("bulk_runs", "refused_count")
