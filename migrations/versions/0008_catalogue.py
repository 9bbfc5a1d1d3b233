"""catalogue: see the tables of the same concern in backend/oktee."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from tenancy import protect, scope, unscope

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

INSTANT = postgresql.TIMESTAMP(timezone=True)
JSON = postgresql.JSONB(astext_type=sa.Text())
ORGANIZATION = sa.text("nullif(current_setting('app.organization_id', true), '')::uuid")
VISIBLE = "exists (select 1 from items i where i.organization_id = {0}.organization_id and i.id = {0}.{1})"
"""Whoever sees the item sees what is said of it."""


def upgrade() -> None:
    bundles()


def bundles() -> None:
    """What an item is put together from; a decision remembers what its bundles were made of."""
    op.add_column("items", sa.Column("assembled", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("decision_lines", sa.Column("components", JSON, nullable=True))
    op.create_table(
        "item_components",
        sa.Column("organization_id", sa.Uuid(), server_default=ORGANIZATION, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("component_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("as_of", INSTANT, nullable=False),
        sa.CheckConstraint("item_id <> component_id", name=op.f("ck_item_components_not_itself")),
        sa.CheckConstraint("quantity >= 1", name=op.f("ck_item_components_quantity_positive")),
        sa.ForeignKeyConstraint(
            ["organization_id", "component_id"],
            ["items.organization_id", "items.id"],
            name=op.f("fk_item_components_organization_id_component_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "item_id"],
            ["items.organization_id", "items.id"],
            name=op.f("fk_item_components_organization_id_item_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_item_components")),
        sa.UniqueConstraint("organization_id", "item_id", "component_id", name="uq_item_components_part"),
    )
    op.create_index("ix_item_components_component", "item_components", ["organization_id", "component_id"])
    protect("item_components")
    scope("item_components", where=VISIBLE.format("item_components", "item_id"))
    staff_reads("item_components")


def staff_reads(table: str) -> None:
    """Staff with a grant for the catalogue read it; nobody of them writes it."""
    op.execute(f"grant select on {table} to oktee_staff")
    op.execute(
        f"create policy staff_reads on {table} as restrictive for all to oktee_staff "
        "using ((select staff_may(array['catalog'], false))) with check (false)"
    )


def downgrade() -> None:
    unscope("item_components")
    op.drop_index("ix_item_components_component", table_name="item_components")
    op.drop_table("item_components")
    op.drop_column("decision_lines", "components")
    op.drop_column("items", "assembled")
