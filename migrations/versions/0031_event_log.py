"""An index of what the entries of the journal are about, as people name it: the event log is looked through by it."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0031"
down_revision: str | None = "0030"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

INDEX = "ix_journal_entries_label"
COLUMNS = "(organization_id, object_label text_pattern_ops)"
PARTITIONS = "select inhrelid::regclass::text from pg_inherits where inhparent = 'journal_entries'::regclass order by 1"


def upgrade() -> None:
    """Beside what runs, month by month: nobody who writes waits for it. Broken off, a run begins anew."""
    with op.get_context().autocommit_block():
        op.execute("set statement_timeout = 0")
        op.execute(f"drop index if exists {INDEX}")
        op.execute(f"create index {INDEX} on only journal_entries {COLUMNS}")
        for partition in op.get_bind().scalars(sa.text(PARTITIONS)).all():
            name = f"{partition}_label"
            op.execute(f"drop index concurrently if exists {name}")
            op.execute(f"create index concurrently {name} on {partition} {COLUMNS}")
            op.execute(f"alter index {INDEX} attach partition {name}")
        op.execute("set statement_timeout = '60s'")


def downgrade() -> None:
    """Without it."""
    op.execute(f"drop index {INDEX}")
