"""pools of warehouses, carriers, receiving days: see the tables of the same concern in backend/oktee."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from tenancy import protect, scope, unscope

revision: str = "0018"
down_revision: str | None = "0017"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

INSTANT = postgresql.TIMESTAMP(timezone=True)
ORGANIZATION = sa.text("nullif(current_setting('app.organization_id', true), '')::uuid")
SHIPMENTS = ("shipments", "shipment_items", "shipment_containers", "shipment_submissions", "shipment_labels")


def upgrade() -> None:
    _table(
        "carriers", _text("name"), _text("working_days"), _text("calendar", null=True),
        _names("carriers", "calendar", "calendars", "name"),
        unique=("name", ("name",)),
    )  # fmt: skip
    _table(
        "stock_pools", _text("marketplace_id"), _text("vendor_code"), _text("warehouse"),
        sa.Column("rank", sa.Integer(), nullable=True),
        _names("stock_pools", "warehouse", "warehouses", "code"),
        unique=("member", ("marketplace_id", "vendor_code", "warehouse")),
    )  # fmt: skip
    scope("stock_pools", marketplace="marketplace_id", vendor_code="vendor_code", shared="''")
    # Who carries the goods of a vendor code, and on which days a centre receives them.
    op.add_column("vendor_terms", _text("carrier", null=True))
    _refer("vendor_terms", "carrier", "carriers", "name")
    op.add_column("fulfilment_centres", _text("working_days", null=True))
    op.add_column("fulfilment_centres", _text("calendar", null=True))
    _refer("fulfilment_centres", "calendar", "calendars", "name")
    # Which warehouses give how much of a line, in their order; null where stock is not told apart by warehouse.
    op.add_column("decision_lines", sa.Column("sources", postgresql.JSONB(none_as_null=True), nullable=True))
    # Support reads the shipments of orders under a grant for orders, and writes none.
    for table in SHIPMENTS:
        op.execute(f"grant select on {table} to oktee_staff")
        op.execute(
            f"create policy staff_reads on {table} as restrictive for all to oktee_staff "
            "using ((select staff_may(array['orders'], false))) with check (false)"
        )


def _text(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=null)


def _names(table: str, column: str, other: str, key: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["organization_id", column],
        [f"{other}.organization_id", f"{other}.{key}"],
        name=op.f(f"fk_{table}_organization_id_{column}"),
        onupdate="CASCADE",
    )


def _refer(table: str, column: str, other: str, key: str) -> None:
    op.create_foreign_key(
        op.f(f"fk_{table}_organization_id_{column}"), table, other,
        ["organization_id", column], ["organization_id", key], onupdate="CASCADE",
    )  # fmt: skip


def _table(name: str, *columns: sa.schema.SchemaItem, unique: tuple[str, tuple[str, ...]]) -> None:
    """A table that people fill by hand or by a file; staff with a grant for the catalogue read it, nobody of them writes."""
    op.create_table(
        name,
        sa.Column("organization_id", sa.Uuid(), server_default=ORGANIZATION, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        *columns,
        sa.Column("import_id", sa.Uuid(), nullable=True),
        sa.Column("as_of", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint("organization_id", *unique[1], name=f"uq_{name}_{unique[0]}"),
    )
    protect(name)
    op.execute(f"grant select on {name} to oktee_staff")
    op.execute(
        f"create policy staff_reads on {name} as restrictive for all to oktee_staff "
        "using ((select staff_may(array['catalog'], false))) with check (false)"
    )


def downgrade() -> None:
    for table in SHIPMENTS:
        op.execute(f"drop policy staff_reads on {table}")
        op.execute(f"revoke select on {table} from oktee_staff")
    op.drop_column("decision_lines", "sources")
    op.drop_column("fulfilment_centres", "calendar")
    op.drop_column("fulfilment_centres", "working_days")
    op.drop_column("vendor_terms", "carrier")
    unscope("stock_pools")
    op.drop_table("stock_pools")
    op.drop_table("carriers")
