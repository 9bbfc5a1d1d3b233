"""Indexes of what is read most."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0021"
down_revision: str | None = "0020"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


PROMISED = ("item_id", "taken", "backordered", "link_quantity", "marketplace_id", "vendor_code", "brand")
DOCUMENTS = {
    "decision_lines": ("trace", "alternatives"),
    "purchase_order_revisions": ("content",),
    "journal_entries": ("payload",),
}


def compress(method: str) -> None:
    """How large documents are kept from now on, in a table and its partitions, where the server knows the method."""
    for table, columns in DOCUMENTS.items():
        changes = ", ".join(f"alter column {column} set compression {method}" for column in columns)
        op.execute(
            f"""do $$ declare part regclass; begin
              if exists (select from pg_settings where name = 'default_toast_compression' and '{method}' = any(enumvals)) then
                for part in select '{table}'::regclass union select relid from pg_partition_tree('{table}') loop
                  execute format('alter table %s {changes}', part);
                end loop;
              end if;
            end $$"""
        )


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
    # Each line is written once when it comes and once when its brand is known: with room beside it, no index hears of that.
    op.execute("alter table purchase_order_lines set (fillfactor = 50)")
    # Documents that are written by the thousand are packed in less time than by the method that PostgreSQL takes by itself.
    compress("lz4")


def downgrade() -> None:
    compress("pglz")
    op.execute("alter table purchase_order_lines reset (fillfactor)")
    op.drop_index("ix_decision_lines_leaves_on", table_name="decision_lines")
    op.create_index("ix_decision_lines_leaves_on", "decision_lines", ["organization_id", "leaves_on"])
    op.drop_index("ix_decision_lines_bundles", table_name="decision_lines")
    op.drop_index("ix_decision_lines_promised", table_name="decision_lines")
