"""logistics rules: see the tables of the same concern in backend/oktee."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from tenancy import protect, scope, unscope

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

INSTANT = postgresql.TIMESTAMP(timezone=True)
ORGANIZATION = sa.text("nullif(current_setting('app.organization_id', true), '')::uuid")
TABLES = ("calendars", "closures", "warehouses", "transit_times", "fulfilment_centres", "vendor_terms")


def upgrade() -> None:
    _table(
        "calendars", _text("name"), _text("country", null=True), _text("subdivision", null=True),
        unique=("name", ("name",)),
    )  # fmt: skip
    _table(
        "closures", _text("calendar"), sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False), _text("reason", null=True),
        _names("closures", "calendar", "calendars", "name", gone="CASCADE"),
        sa.CheckConstraint("last_day >= first_day", name=op.f("ck_closures_span")),
        unique=("day", ("calendar", "first_day")),
    )  # fmt: skip
    _table(
        "warehouses", _text("code"), _text("name", null=True), _text("country", null=True), _text("time_zone"),
        _text("working_days"), sa.Column("cut_off", sa.Time(), nullable=True), _text("calendar", null=True),
        sa.Column("capacity", sa.Integer(), nullable=True), _text("capacity_unit", null=True),
        _names("warehouses", "calendar", "calendars", "name"),
        sa.CheckConstraint(
            "(capacity is null) = (capacity_unit is null)", name=op.f("ck_warehouses_capacity_unit")
        ),
        unique=("code", ("code",)),
    )  # fmt: skip
    _table(
        "transit_times", _text("origin"), _text("centre"), _text("zone"), _text("country"), _text("mode"),
        sa.Column("days", sa.Integer(), nullable=False),
        _names("transit_times", "origin", "warehouses", "code", gone="CASCADE"),
        sa.CheckConstraint("days >= 0", name=op.f("ck_transit_times_days_not_negative")),
        unique=("way", ("origin", "centre", "zone", "country", "mode")),
    )  # fmt: skip
    _table(
        "fulfilment_centres", _text("code"), _text("marketplace_id"), _text("zone", null=True),
        _text("country", null=True), _text("city", null=True), _text("postal_code", null=True),
        unique=("code", ("code",)),
    )  # fmt: skip
    _table(
        "vendor_terms", _text("vendor_code"), _text("freight", null=True), _text("uom", null=True),
        _text("mode", null=True), _text("warehouse", null=True),
        _names("vendor_terms", "warehouse", "warehouses", "code"),
        unique=("code", ("vendor_code",)),
    )  # fmt: skip
    scope("fulfilment_centres", marketplace="marketplace_id", shared="''")
    scope("vendor_terms", vendor_code="vendor_code")
    # From where and on which day the goods of a decided line leave: what a day's capacity is counted from.
    op.add_column("decision_lines", sa.Column("warehouse", sa.String(), nullable=True))
    op.add_column("decision_lines", sa.Column("leaves_on", sa.Date(), nullable=True))
    op.create_index("ix_decision_lines_leaves_on", "decision_lines", ["organization_id", "leaves_on"])


def _text(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=null)


def _names(table: str, column: str, other: str, key: str, *, gone: str | None = None) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["organization_id", column],
        [f"{other}.organization_id", f"{other}.{key}"],
        name=op.f(f"fk_{table}_organization_id_{column}"),
        ondelete=gone,
        onupdate="CASCADE",
    )


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
    op.drop_index("ix_decision_lines_leaves_on", table_name="decision_lines")
    op.drop_column("decision_lines", "leaves_on")
    op.drop_column("decision_lines", "warehouse")
    for table in ("fulfilment_centres", "vendor_terms"):
        unscope(table)
    for table in reversed(TABLES):
        op.drop_table(table)
