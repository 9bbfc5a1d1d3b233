"""Rule sets as versioned data; what the settings of Supply said so far becomes the first version of the standard rule."""

import json
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from tenancy import hide_from_scoped, protect

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

STANDARD = "00000000-0000-7000-8000-000000000001"
MOVED = {
    "price_tolerance": "price_tolerance",
    "price_max_loss": "price_max_loss",
    "stock_max_age_hours": "stock_max_age_hours",
    "stock_max_age_closed_hours": "stock_max_age_closed_hours",
    "case_pack_mode": "case_pack",
    "cut_tolerance": "cut_tolerance",
    "backorder_limit_days": "backorder_days",
}
"""Knobs of the settings and their names in `then` of a rule; `hold_confirmed_share` is in `stop`."""
FIRST = {
    "price_tolerance": "0",
    "price_max_loss": "0.02",
    "stock_max_age_hours": 4,
    "stock_max_age_closed_hours": 24,
    "case_pack_mode": "FLOOR",
    "cut_tolerance": "0.05",
    "backorder_limit_days": 14,
    "hold_confirmed_share": "0.60",
}
"""What these were where nobody changed them."""


def upgrade() -> None:
    """The tables, then what was stored elsewhere so far."""
    instant = postgresql.TIMESTAMP(timezone=True)
    tenant = sa.text("nullif(current_setting('app.organization_id', true), '')::uuid")
    op.create_table(
        "rule_sets",
        sa.Column("organization_id", sa.Uuid(), server_default=tenant, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_at", instant, server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", instant, server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_rule_sets")),
    )
    op.create_table(
        "rule_set_versions",
        sa.Column("organization_id", sa.Uuid(), server_default=tenant, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("rule_set_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("schema", sa.Integer(), nullable=False),
        sa.Column("body", postgresql.JSONB(), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("author_name", sa.String(), nullable=False),
        sa.Column("consequence", sa.String(), nullable=True),
        sa.Column("created_at", instant, server_default=sa.text("now()"), nullable=False),
        sa.Column("enabled_at", instant, nullable=True),
        sa.Column("enabled_by_id", sa.Uuid(), nullable=True),
        sa.Column("enabled_by_name", sa.String(), nullable=True),
        sa.Column("activates_at", instant, nullable=True),
        sa.Column("simulation_id", sa.Uuid(), nullable=True),
        sa.Column("override_reason", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id", "rule_set_id"],
            ["rule_sets.organization_id", "rule_sets.id"],
            name=op.f("fk_rule_set_versions_organization_id_rule_set_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_rule_set_versions")),
        sa.UniqueConstraint("organization_id", "rule_set_id", "number", name="uq_rule_set_versions_number"),
    )
    op.create_index(
        "ix_rule_set_versions_active",
        "rule_set_versions",
        ["organization_id", "rule_set_id", "activates_at"],
        postgresql_where=sa.text("activates_at is not null"),
    )
    for table in ("rule_sets", "rule_set_versions"):
        protect(table)
        hide_from_scoped(table)
        op.execute(f"grant select on {table} to oktee_staff")
        may = "(select staff_may(array['settings', 'orders'], false))"
        op.execute(
            f"create policy staff_reads on {table} as restrictive for all to oktee_staff using ({may}) with check (false)"
        )
    op.add_column("decision_lines", sa.Column("rule_set_id", sa.Uuid(), nullable=True))
    op.add_column("decision_lines", sa.Column("rule_set_version", sa.Integer(), nullable=True))
    for organization, value in _settings():
        changed = {name for name in FIRST if name in value and value[name] != FIRST[name]}
        if changed:
            _first_version(organization, value)
        _store(organization, {name: kept for name, kept in value.items() if name not in FIRST})


def downgrade() -> None:
    """The reverse: what the standard rule says goes back to the settings."""
    for organization, value in _settings():
        _become(organization)
        said = op.get_bind().scalar(
            sa.text(
                """select v.body from rule_set_versions v join rule_sets r on r.id = v.rule_set_id
                where r.id = :id and v.activates_at <= now() order by v.activates_at desc, v.number desc limit 1"""
            ),
            {"id": STANDARD},
        )
        if said is not None:
            then = said.get("then", {})
            back = {name: then.get(moved, FIRST[name]) for name, moved in MOVED.items()}
            back["hold_confirmed_share"] = said.get("stop", {}).get("confirmed_share", FIRST["hold_confirmed_share"])
            _store(organization, value | back)
    op.drop_column("decision_lines", "rule_set_version")
    op.drop_column("decision_lines", "rule_set_id")
    op.drop_table("rule_set_versions")
    op.drop_table("rule_sets")


def _settings() -> list[tuple[Any, dict[str, Any]]]:
    """The settings of Supply by organization; each read as that organization, since its policy binds the owner too."""
    bind, found = op.get_bind(), []
    for (organization,) in bind.execute(sa.text("select id from organizations order by id")).all():
        _become(organization)
        value = bind.scalar(sa.text("select value from module_settings where module = 'supply'"))
        if value is not None:
            found.append((organization, value))
    _become("")
    return found


def _become(organization: Any) -> None:
    op.get_bind().execute(sa.text("select set_config('app.organization_id', :id, true)"), {"id": str(organization)})


def _store(organization: Any, value: dict[str, Any]) -> None:
    _become(organization)
    op.get_bind().execute(
        sa.text("update module_settings set value = cast(:value as jsonb) where module = 'supply'"),
        {"value": json.dumps(value)},
    )


def _first_version(organization: Any, value: dict[str, Any]) -> None:
    """It decided already, so it is enabled and nothing of it is unproved: its moment lies before any day of looking."""
    _become(organization)
    then = {moved: value.get(name, FIRST[name]) for name, moved in MOVED.items()}
    body = {"then": then, "stop": {"confirmed_share": value.get("hold_confirmed_share", FIRST["hold_confirmed_share"])}}
    bind = op.get_bind()
    bind.execute(
        sa.text("insert into rule_sets (id, name, position, state) values (:id, 'Standard rules', 1000000, 'on')"),
        {"id": STANDARD},
    )
    bind.execute(
        sa.text(
            """insert into rule_set_versions
            (id, rule_set_id, number, schema, body, author_name, enabled_at, enabled_by_name, activates_at, override_reason)
            values (gen_random_uuid(), :id, 1, 1, cast(:body as jsonb), 'OKTee', now(), 'OKTee',
            now() - interval '2 days', 'as it decided before')"""
        ),
        {"id": STANDARD, "body": json.dumps(body)},
    )
