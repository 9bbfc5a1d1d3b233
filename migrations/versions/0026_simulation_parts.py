"""Parts of simulations are kept, so that only what a change can touch is decided again."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from tenancy import hide_from_scoped, protect

revision: str = "0026"
down_revision: str | None = "0025"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TENANT = sa.text("nullif(current_setting('app.organization_id', true), '')::uuid")
ADDED = ("inputs", "based_on", "orders_again", "whole_because")


def upgrade() -> None:
    """The table, seen by nobody whose part is less than the whole, and what a simulation says of itself."""
    op.add_column("simulations", sa.Column("inputs", sa.String(), nullable=True))
    op.add_column("simulations", sa.Column("based_on", sa.Uuid(), nullable=True))
    op.add_column("simulations", sa.Column("orders_again", sa.Integer(), nullable=True))
    op.add_column("simulations", sa.Column("whole_because", sa.String(), nullable=True))
    op.create_table(
        "simulation_parts",
        sa.Column("organization_id", sa.Uuid(), server_default=TENANT, nullable=False),
        sa.Column("simulation_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "simulation_id"],
            ["simulations.organization_id", "simulations.id"],
            name=op.f("fk_simulation_parts_organization_id_simulation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "simulation_id", "number", name=op.f("pk_simulation_parts")),
    )
    protect("simulation_parts")
    hide_from_scoped("simulation_parts")


def downgrade() -> None:
    """The reverse."""
    op.drop_table("simulation_parts")
    for name in ADDED:
        op.drop_column("simulations", name)
