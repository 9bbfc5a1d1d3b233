"""Clocks of orders that were changed and days to be reminded of."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0023"
down_revision: str | None = "0022"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    for name in ("changed_at", "edit_until", "hold_due_at", "hold_told_at"):
        op.add_column("order_states", sa.Column(name, sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    for name in ("hold_told_at", "hold_due_at", "edit_until", "changed_at"):
        op.drop_column("order_states", name)
