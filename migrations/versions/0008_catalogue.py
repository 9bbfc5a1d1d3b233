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
    items()
    links()
    costs()
    units()
    inbound()
    feeds()
    history()


DETAILS: tuple[tuple[str, sa.types.TypeEngine[object]], ...] = (
    ("gtin_case", sa.String()),
    ("gtin_pallet", sa.String()),
    ("model_number", sa.String()),
    ("manufacturer_code", sa.String()),
    ("base_uom", sa.String()),
    ("cases_per_layer", sa.Integer()),
    ("layers_per_pallet", sa.Integer()),
    ("order_multiple", sa.Integer()),
    ("list_price", sa.Numeric(18, 4)),
    ("list_price_currency", sa.String()),
    ("vat_class", sa.String()),
    ("landed_cost", sa.Numeric(18, 4)),
    ("landed_cost_currency", sa.String()),
    ("status_valid_from", sa.Date()),
    ("replacement_mode", sa.String()),
    ("lead_calendar", sa.String()),
    ("length_mm", sa.Numeric(12, 3)),
    ("width_mm", sa.Numeric(12, 3)),
    ("height_mm", sa.Numeric(12, 3)),
    ("dimension_unit", sa.String()),
    ("weight_g", sa.Numeric(14, 3)),
    ("weight_unit", sa.String()),
    ("case_length_mm", sa.Numeric(12, 3)),
    ("case_width_mm", sa.Numeric(12, 3)),
    ("case_height_mm", sa.Numeric(12, 3)),
    ("case_dimension_unit", sa.String()),
    ("case_weight_g", sa.Numeric(14, 3)),
    ("case_weight_unit", sa.String()),
    ("country_of_origin", sa.String()),
    ("hs_code", sa.String()),
    ("dangerous_goods", sa.Boolean()),
    ("expiry_managed", sa.Boolean()),
    ("shelf_life_days", sa.Integer()),
    ("launch_on", sa.Date()),
    ("external_version", sa.String()),
)
"""What an item may have besides what an answer needs; null = not told."""


def items() -> None:
    for name, kind in DETAILS:
        op.add_column("items", sa.Column(name, kind, nullable=True))
    op.add_column("items", sa.Column("ext", JSON, server_default=sa.text("'{}'::jsonb"), nullable=False))


def links() -> None:
    """A name may hold for some time only, and one of several SKUs of an ASIN may be the one that counts."""
    op.add_column("item_links", sa.Column("valid_from", sa.Date(), nullable=True))
    op.add_column("item_links", sa.Column("valid_to", sa.Date(), nullable=True))
    op.add_column("item_links", sa.Column("is_preferred", sa.Boolean(), server_default=sa.false(), nullable=False))


def costs() -> None:
    op.create_table(
        "item_costs",
        sa.Column("organization_id", sa.Uuid(), server_default=ORGANIZATION, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("marketplace_id", sa.String(), nullable=False),
        sa.Column("vendor_code", sa.String(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("cost", sa.Numeric(18, 4), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("uom", sa.String(), nullable=False),
        sa.Column("tolerance", sa.Numeric(6, 4), nullable=True),
        sa.Column("brand", sa.String(), nullable=True),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("as_of", INSTANT, nullable=False),
        sa.CheckConstraint("valid_to is null or valid_to >= valid_from", name=op.f("ck_item_costs_span")),
        sa.ForeignKeyConstraint(
            ["organization_id", "item_id"],
            ["items.organization_id", "items.id"],
            name=op.f("fk_item_costs_organization_id_item_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_item_costs")),
        sa.UniqueConstraint(
            "organization_id", "item_id", "marketplace_id", "vendor_code", "valid_from", name="uq_item_costs_since"
        ),
    )
    protect("item_costs")
    scope("item_costs", marketplace="marketplace_id", vendor_code="vendor_code", brand="brand", shared="''")
    staff_reads("item_costs")


def units() -> None:
    op.create_table(
        "item_units",
        sa.Column("organization_id", sa.Uuid(), server_default=ORGANIZATION, nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("uom", sa.String(), nullable=False),
        sa.Column("eaches", sa.Integer(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("as_of", INSTANT, nullable=False),
        sa.CheckConstraint("eaches >= 1", name=op.f("ck_item_units_eaches_positive")),
        sa.ForeignKeyConstraint(
            ["organization_id", "item_id"],
            ["items.organization_id", "items.id"],
            name=op.f("fk_item_units_organization_id_item_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "item_id", "uom", name=op.f("pk_item_units")),
    )
    protect("item_units")
    scope("item_units", where=VISIBLE.format("item_units", "item_id"))
    staff_reads("item_units")


def inbound() -> None:
    """Several arrivals of an item in one warehouse, each with its reference, instead of one."""
    op.add_column("stock_balances", sa.Column("inbound", JSON, server_default=sa.text("'[]'::jsonb"), nullable=False))
    op.execute("alter table stock_balances no force row level security")  # the owner has no tenant here
    op.execute(
        """update stock_balances set inbound = jsonb_build_array(jsonb_build_object(
            'quantity', inbound_quantity, 'eta', inbound_on, 'reference', null))
        where inbound_quantity > 0 and inbound_on is not null"""
    )
    op.execute("alter table stock_balances force row level security")
    op.drop_column("stock_balances", "inbound_quantity")
    op.drop_column("stock_balances", "inbound_on")


def feeds() -> None:
    """A full feed names everything there is: what it leaves out is unknown, and one that leaves out much waits."""
    op.add_column("stock_balances", sa.Column("missing_feeds", sa.Integer(), server_default="0", nullable=False))
    op.add_column("stock_balances", sa.Column("fed_by", sa.Uuid(), nullable=True))
    op.add_column("stock_balances", sa.Column("snapshot_at", INSTANT, nullable=True))
    op.add_column("catalog_imports", sa.Column("mode", sa.String(), server_default="changes", nullable=False))
    op.add_column("catalog_imports", sa.Column("missing", sa.String(), server_default="unknown", nullable=False))
    op.add_column("catalog_imports", sa.Column("parked", JSON, nullable=True))
    op.add_column("catalog_imports", sa.Column("parked_at", INSTANT, nullable=True))
    op.add_column("catalog_imports", sa.Column("approved_by", sa.Uuid(), nullable=True))
    op.add_column("catalog_imports", sa.Column("approved_at", INSTANT, nullable=True))


def history() -> None:
    """Stock as it was, by month, so that a rule can be tried on the past; months that are over and empty are dropped."""
    op.create_table(
        "stock_snapshots",
        sa.Column("organization_id", sa.Uuid(), server_default=ORGANIZATION, nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("warehouse", sa.String(), nullable=False),
        sa.Column("as_of", INSTANT, nullable=False),
        sa.Column("confirmed_at", INSTANT, nullable=False),
        sa.Column("known", sa.Boolean(), nullable=False),
        sa.Column("on_hand", sa.Integer(), nullable=False),
        sa.Column("reserved", sa.Integer(), nullable=False),
        sa.Column("quality_hold", sa.Integer(), nullable=False),
        sa.Column("available", sa.Integer(), nullable=True),
        sa.Column("inbound", JSON, nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "item_id"],
            ["items.organization_id", "items.id"],
            name=op.f("fk_stock_snapshots_organization_id_item_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "item_id", "warehouse", "as_of", name=op.f("pk_stock_snapshots")),
        postgresql_partition_by="RANGE (as_of)",
    )
    for year in range(2026, 2030):
        for month in range(1, 13):
            until = f"{year + month // 12}-{month % 12 + 1:02d}-01"
            op.execute(
                f"create table stock_snapshots_{year}_{month:02d} partition of stock_snapshots "
                f"for values from ('{year}-{month:02d}-01 00:00+00') to ('{until} 00:00+00')"
            )
            op.execute(f"revoke all on stock_snapshots_{year}_{month:02d} from oktee_app")
    op.execute("create table stock_snapshots_other partition of stock_snapshots default")
    op.execute("revoke all on stock_snapshots_other from oktee_app")
    protect("stock_snapshots")
    scope("stock_snapshots", where=VISIBLE.format("stock_snapshots", "item_id"))
    staff_reads("stock_snapshots")
    op.execute(DROP_MONTHS)
    op.execute("revoke all on function drop_empty_stock_months(timestamptz) from public")
    op.execute("grant execute on function drop_empty_stock_months(timestamptz) to oktee_app")


DROP_MONTHS = """create function drop_empty_stock_months(before timestamptz) returns setof text
language plpgsql security definer set search_path = pg_catalog, public as $$
declare part record; held boolean;
begin
  if before > now() - interval '7 days' then
    raise exception 'the history of stock is kept for a week at least';
  end if;
  for part in select c.relname, pg_get_expr(c.relpartbound, c.oid) as bound
      from pg_inherits i join pg_class c on c.oid = i.inhrelid
      where i.inhparent = 'public.stock_snapshots'::regclass and pg_get_expr(c.relpartbound, c.oid) like 'FOR VALUES%' loop
    continue when (regexp_match(part.bound, $r$TO \\('([^']+)'\\)$r$))[1]::timestamptz > before;
    execute format('select exists (select 1 from public.%I)', part.relname) into held;
    continue when held;
    execute format('drop table public.%I', part.relname);
    return next part.relname;
  end loop;
end $$"""
"""Months of stock that are over and empty for every customer. A partition has no row security of its own."""


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
    op.execute("drop function drop_empty_stock_months(timestamptz)")
    for table in ("stock_snapshots", "item_units", "item_costs"):
        unscope(table)
        op.drop_table(table)
    for column in ("approved_at", "approved_by", "parked_at", "parked", "missing", "mode"):
        op.drop_column("catalog_imports", column)
    for column in ("snapshot_at", "fed_by", "missing_feeds"):
        op.drop_column("stock_balances", column)
    op.add_column("stock_balances", sa.Column("inbound_quantity", sa.Integer(), server_default="0", nullable=False))
    op.alter_column("stock_balances", "inbound_quantity", server_default=None)
    op.add_column("stock_balances", sa.Column("inbound_on", sa.Date(), nullable=True))
    op.drop_column("stock_balances", "inbound")
    for column in ("is_preferred", "valid_to", "valid_from"):
        op.drop_column("item_links", column)
    op.drop_column("items", "ext")
    for name, _ in reversed(DETAILS):
        op.drop_column("items", name)
    unscope("item_components")
    op.drop_index("ix_item_components_component", table_name="item_components")
    op.drop_table("item_components")
    op.drop_column("decision_lines", "components")
    op.drop_column("items", "assembled")
