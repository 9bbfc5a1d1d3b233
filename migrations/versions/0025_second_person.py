"""A second person for what cannot be taken back."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0025"
down_revision: str | None = "0024"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    # Nothing followed from either, so files have no column for them.
    op.drop_column("items", "lead_calendar")
    op.drop_column("items", "external_version")
    # Who chose the answer to a line: whoever tells Amazon not to order a product again does not send it alone.
    op.add_column("decision_lines", sa.Column("decided_by_id", sa.Uuid(), nullable=True))
    # What the answer says of a book, where a person says otherwise than the order.
    op.add_column("decision_lines", sa.Column("list_price", sa.String(), nullable=True))
    op.add_column("decision_lines", sa.Column("discount_multiplier", sa.String(), nullable=True))
    # What holds of a product until the day from which a file says another status.
    op.add_column("items", sa.Column("status_before", sa.String(), nullable=True))


def downgrade() -> None:
    op.add_column("items", sa.Column("external_version", sa.String(), nullable=True))
    op.add_column("items", sa.Column("lead_calendar", sa.String(), nullable=True))
    op.drop_column("items", "status_before")
    op.drop_column("decision_lines", "discount_multiplier")
    op.drop_column("decision_lines", "list_price")
    op.drop_column("decision_lines", "decided_by_id")
