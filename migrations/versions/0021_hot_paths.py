"""Indexes of what is read most."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0021"
down_revision: str | None = "0020"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


PROMISED = ("item_id", "taken", "backordered", "link_quantity", "marketplace_id", "vendor_code", "brand")


def upgrade() -> None:
    # What waiting proposals promise is read from these beside the wide rows of decided lines.
    op.create_index(
        "ix_decision_lines_promised",
        "decision_lines",
        ["organization_id", "decision_id"],
        postgresql_include=list(PROMISED),
        postgresql_where=sa.text("components is null"),
    )
    op.create_index(
        "ix_decision_lines_bundles",
        "decision_lines",
        ["organization_id", "decision_id"],
        postgresql_where=sa.text("components is not null"),
    )

    # A line without a warehouse leaves on no day that anybody planned.
    op.drop_index("ix_decision_lines_leaves_on", table_name="decision_lines")
    op.create_index(
        "ix_decision_lines_leaves_on",
        "decision_lines",
        ["organization_id", "leaves_on"],
        postgresql_where=sa.text("leaves_on is not null"),
    )


def downgrade() -> None:
    op.drop_index("ix_decision_lines_leaves_on", table_name="decision_lines")
    op.create_index("ix_decision_lines_leaves_on", "decision_lines", ["organization_id", "leaves_on"])
    op.drop_index("ix_decision_lines_bundles", table_name="decision_lines")
    op.drop_index("ix_decision_lines_promised", table_name="decision_lines")
