"""Indexes of what is read with every page: what is open by its clock, and what was answered today."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0029"
down_revision: str | None = "0028"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

INDEXES = (
    (
        "ix_exceptions_clock",
        "exceptions",
        ["organization_id", sa.text("coalesce(due_at, '9999-12-31 00:00:00+00'::timestamptz)"), "id"],
        "state <> 'resolved'",
    ),
    ("ix_order_states_answered", "order_states", ["organization_id", "answered_at"], "answered_by = 'oktee'"),
)


def upgrade() -> None:
    """Beside what runs: nobody who writes waits for them. Broken off, a run begins anew with what it left behind."""
    with op.get_context().autocommit_block():
        op.execute("set statement_timeout = 0")
        for name, table, columns, where in INDEXES:
            op.drop_index(name, table, if_exists=True, postgresql_concurrently=True)
            op.create_index(name, table, columns, postgresql_where=sa.text(where), postgresql_concurrently=True)
        op.execute("set statement_timeout = '60s'")


def downgrade() -> None:
    """Without them."""
    for name, table, _, _ in reversed(INDEXES):
        op.drop_index(name, table)
