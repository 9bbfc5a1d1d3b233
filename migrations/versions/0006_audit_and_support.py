"""The audit trail's own tables; support grants, staff people, and what the role of the staff console may see."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from tenancy import grant, hide_from_scoped, protect

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """What the audit needs, then what support needs."""
    audit()
    support()


def downgrade() -> None:
    """The reverse."""
    no_support()
    no_audit()


# -- audit ------------------------------------------------------------------------------------------------------------

PROOFS = {
    "on_behalf_of": sa.String(), "operation": sa.String(), "sent_hash": sa.LargeBinary(), "transaction_id": sa.String(),
    "payload_digest": sa.LargeBinary(), "personal_digest": sa.LargeBinary(), "personal_salt": sa.LargeBinary(),
}  # fmt: skip
CANARY = """create function canary_touched() returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, public as $$
begin
  raise log 'canary row read by role % (application %)', session_user, current_setting('application_name', true);
  insert into public.canary_reads (organization_id, role, application)
    values (nullif(current_setting('app.organization_id', true), '')::uuid, session_user,
            current_setting('application_name', true));
  return true;
end $$"""
"""The row policy of a table that nothing of OKTee reads: whoever does is noted, in whose transaction it was."""
CANARY_FORGET = """create function drop_old_canary_reads() returns bigint
language sql volatile security definer set search_path = pg_catalog, public as $$
  with gone as (delete from public.canary_reads where at < now() - interval '400 days' returning 1)
  select count(*) from gone
$$"""
"""Retention alone: whoever has the runtime role cannot take back that they read the decoy."""


def audit() -> None:
    instant = postgresql.TIMESTAMP(timezone=True)
    for name, type_ in PROOFS.items():
        op.add_column("journal_entries", sa.Column(name, type_, nullable=True))
    op.create_index(
        "ix_journal_entries_sequence",
        "journal_entries",
        ["organization_id", "sequence"],
        postgresql_where=sa.text("sequence is not null"),
    )
    op.create_index(
        "ix_journal_entries_audit",
        "journal_entries",
        ["organization_id", "at", "id"],
        postgresql_where=sa.text("log = 'audit'"),
    )
    tenant = sa.text("nullif(current_setting('app.organization_id', true), '')::uuid")
    op.create_table(
        "audit_heads",
        sa.Column("organization_id", sa.Uuid(), server_default=tenant, nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("signed_at", instant, nullable=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "signed_on", name=op.f("pk_audit_heads")),
    )
    op.create_table(
        "audit_checks",
        sa.Column("organization_id", sa.Uuid(), server_default=tenant, nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("at", instant, nullable=True),
        sa.Column("verified_at", instant, nullable=False),
        sa.Column("whole_at", instant, nullable=True),
        sa.Column("broken_sequence", sa.Integer(), nullable=True),
        sa.Column("broken_reason", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("organization_id", name=op.f("pk_audit_checks")),
    )
    for table in ("audit_heads", "audit_checks"):
        protect(table)
        hide_from_scoped(table)
    clocks()
    canaries()


def clocks() -> None:
    instant = postgresql.TIMESTAMP(timezone=True)
    op.add_column("applications", sa.Column("secret_set_at", instant, server_default=sa.text("now()"), nullable=False))
    op.create_table(
        "compliance_clocks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=True),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("last_done_at", instant, nullable=True),
        sa.Column("warn_at", instant, nullable=True),
        sa.Column("due_at", instant, nullable=True),
        sa.Column("evidence_ref", sa.String(), nullable=True),
        sa.Column("alarmed", sa.String(), nullable=True),
        sa.Column("updated_at", instant, server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_compliance_clocks_organization_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_compliance_clocks")),
        sa.UniqueConstraint(
            "kind",
            "organization_id",
            "subject",
            name=op.f("uq_compliance_clocks_kind_organization_id_subject"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_table(
        "security_alerts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=True),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("detected_at", instant, server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_security_alerts_organization_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_security_alerts")),
        sa.UniqueConstraint("kind", "cause", name=op.f("uq_security_alerts_kind_cause")),
    )
    op.create_table(
        "incidents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("opened_by", sa.String(), nullable=False),
        sa.Column("opened_at", instant, server_default=sa.text("now()"), nullable=False),
        sa.Column("detected_at", instant, nullable=False),
        sa.Column("since", instant, nullable=False),
        sa.Column("until", instant, nullable=False),
        sa.Column("selection", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("export_hash", sa.LargeBinary(), nullable=True),
        sa.Column("exported_at", instant, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incidents")),
        sa.UniqueConstraint("number", name=op.f("uq_incidents_number")),
    )
    for table in ("compliance_clocks", "security_alerts", "incidents"):
        grant(table)


def canaries() -> None:
    instant = postgresql.TIMESTAMP(timezone=True)
    op.create_table(
        "canary_reads",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", instant, server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=True),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("application", sa.String(), nullable=True),
        sa.Column("alerted_at", instant, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_canary_reads")),
    )
    op.create_table(
        "admin_credentials",
        sa.Column("login", sa.String(), nullable=False),
        sa.Column("secret", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("login", name=op.f("pk_admin_credentials")),
    )
    op.execute(CANARY)
    op.execute("revoke all on function canary_touched() from public")
    op.execute("grant execute on function canary_touched() to oktee_app, oktee_staff")
    op.execute(
        "insert into admin_credentials (login, secret) "
        "select name, encode(sha256(gen_random_uuid()::text::bytea), 'hex') "
        "from unnest(array['root', 'backup', 'support']) as name"
    )
    op.execute("alter table admin_credentials enable row level security")
    op.execute("create policy canary on admin_credentials for select using ((select canary_touched()))")
    op.execute("revoke all on admin_credentials from oktee_app")
    op.execute("grant select on admin_credentials to oktee_app, oktee_staff")
    op.execute("revoke all on canary_reads from oktee_app")
    op.execute("grant select, update (alerted_at) on canary_reads to oktee_app")
    op.execute(CANARY_FORGET)
    op.execute("revoke all on function drop_old_canary_reads() from public")
    op.execute("grant execute on function drop_old_canary_reads() to oktee_app")


def no_audit() -> None:
    op.drop_table("admin_credentials")
    op.execute("drop function drop_old_canary_reads()")
    op.execute("drop function canary_touched()")
    for table in ("canary_reads", "incidents", "security_alerts", "compliance_clocks", "audit_checks", "audit_heads"):
        op.drop_table(table)
    op.drop_column("applications", "secret_set_at")
    op.drop_index("ix_journal_entries_audit", table_name="journal_entries")
    op.drop_index("ix_journal_entries_sequence", table_name="journal_entries")
    for name in reversed(PROOFS):
        op.drop_column("journal_entries", name)


# -- support ----------------------------------------------------------------------------------------------------------

ORGANIZATION = "nullif(current_setting('app.organization_id', true), '')::uuid"
STAFF = "nullif(current_setting('app.staff_id', true), '')::uuid"
STAFF_READS: dict[str, tuple[str, ...]] = {
    "purchase_orders": ("orders",),
    "purchase_order_lines": ("orders",),
    "purchase_order_revisions": ("orders",),
    "purchase_order_line_status": ("orders",),
    "order_states": ("orders",),
    "decisions": ("orders",),
    "decision_lines": ("orders",),
    "acknowledgements": ("orders",),
    "automation_pauses": ("orders",),
    "vendor_codes": ("orders", "connection"),
    "items": ("catalog",),
    "item_links": ("catalog",),
    "stock_balances": ("catalog",),
    "stock_ledger": ("catalog",),
    "catalog_imports": ("catalog",),
    "catalog_import_errors": ("catalog",),
    "connections": ("connection",),
    "connection_marketplaces": ("connection",),
    "streams": ("connection",),
    "sync_runs": ("connection",),
    "sync_windows": ("connection",),
    "ingest_rejects": ("connection",),
    "module_settings": ("settings", "orders"),
}
"""Which areas of a grant open which table. A table that is not here is closed to the staff role: it has no right on it."""
STAFF_WRITES = {"module_settings": "(select staff_may(array['settings'], true))"}
"""What a grant that is not read-only lets staff write: settings, and nothing that is sent, proves or pays."""


def support() -> None:
    staff_people()
    grants()
    write_stops()
    staff_role()


def staff_people() -> None:
    instant = postgresql.TIMESTAMP(timezone=True)
    op.create_table(
        "staff_users",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=True),
        sa.Column("totp_blob", sa.LargeBinary(), nullable=True),
        sa.Column("totp_confirmed_at", instant, nullable=True),
        sa.Column("totp_counter", sa.BigInteger(), nullable=True),
        sa.Column("setup_hash", sa.LargeBinary(), nullable=True),
        sa.Column("setup_expires_at", instant, nullable=True),
        sa.Column("created_at", instant, server_default=sa.text("now()"), nullable=False),
        sa.Column("disabled_at", instant, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_users")),
    )
    op.create_index("uq_staff_users_email", "staff_users", [sa.literal_column("lower(email)")], unique=True)
    op.create_table(
        "staff_sessions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", instant, server_default=sa.text("now()"), nullable=False),
        sa.Column("last_seen_at", instant, server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", instant, nullable=False),
        sa.Column("ended_at", instant, nullable=True),
        sa.Column("user_agent", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_users.id"], name=op.f("fk_staff_sessions_staff_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_staff_sessions_token_hash")),
    )
    op.create_index(op.f("ix_staff_sessions_staff_id"), "staff_sessions", ["staff_id"])
    grant("staff_users")
    grant("staff_sessions")


def grants() -> None:
    instant = postgresql.TIMESTAMP(timezone=True)
    op.create_table(
        "support_grants",
        sa.Column("organization_id", sa.Uuid(), server_default=sa.text(ORGANIZATION), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("staff_name", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("ticket", sa.String(), nullable=False),
        sa.Column("scope", postgresql.ARRAY(sa.TEXT()), nullable=False),
        sa.Column("read_only", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("hours", sa.Integer(), nullable=False),
        sa.Column("emergency", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("state", sa.String(), server_default="requested", nullable=False),
        sa.Column("requested_at", instant, server_default=sa.text("now()"), nullable=False),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("approved_by_name", sa.String(), nullable=True),
        sa.Column("first_staff_id", sa.Uuid(), nullable=True),
        sa.Column("first_staff_name", sa.String(), nullable=True),
        sa.Column("second_staff_id", sa.Uuid(), nullable=True),
        sa.Column("second_staff_name", sa.String(), nullable=True),
        sa.Column("off_hours", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("starts_at", instant, nullable=True),
        sa.Column("expires_at", instant, nullable=True),
        sa.Column("ended_at", instant, nullable=True),
        sa.Column("ended_by_name", sa.String(), nullable=True),
        sa.CheckConstraint(
            "state in ('requested', 'granted', 'refused', 'withdrawn', 'ended')", name=op.f("ck_support_grants_state")
        ),
        sa.CheckConstraint("hours between 1 and 4 and cardinality(scope) > 0", name=op.f("ck_support_grants_bounds")),
        sa.CheckConstraint(
            "expires_at <= starts_at + interval '4 hours'", name=op.f("ck_support_grants_at_most_four_hours")
        ),
        sa.CheckConstraint(
            "starts_at is null or (expires_at is not null and (approved_by is not null or "
            "(emergency and first_staff_id is not null and second_staff_id is not null)))",
            name=op.f("ck_support_grants_approved"),
        ),
        sa.CheckConstraint("state <> 'granted' or starts_at is not null", name=op.f("ck_support_grants_granted")),
        sa.CheckConstraint(
            "first_staff_id <> staff_id and second_staff_id <> staff_id and first_staff_id <> second_staff_id",
            name=op.f("ck_support_grants_other_people"),
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_users.id"], name=op.f("fk_support_grants_staff_id")),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_support_grants")),
    )
    op.create_index("ix_support_grants_live", "support_grants", ["organization_id", "staff_id", "expires_at"])
    op.create_table(
        "support_reads",
        sa.Column("organization_id", sa.Uuid(), server_default=sa.text(ORGANIZATION), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("grant_id", sa.Uuid(), nullable=False),
        sa.Column("at", instant, server_default=sa.text("now()"), nullable=False),
        sa.Column("area", sa.String(), nullable=False),
        sa.Column("operation", sa.String(), nullable=False),
        sa.Column("object_type", sa.String(), nullable=True),
        sa.Column("object_id", sa.String(), nullable=True),
        sa.Column("object_label", sa.String(), nullable=True),
        sa.Column("query", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id", "grant_id"],
            ["support_grants.organization_id", "support_grants.id"],
            name=op.f("fk_support_reads_organization_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_support_reads")),
    )
    op.create_index("ix_support_reads_grant", "support_reads", ["organization_id", "grant_id", "at"])
    protect("support_grants")
    protect("support_reads")
    hide_from_scoped("support_reads")


def write_stops() -> None:
    instant = postgresql.TIMESTAMP(timezone=True)
    op.create_table(
        "write_stops",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=True),
        sa.Column("connection_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("stopped_by_type", sa.String(), nullable=False),
        sa.Column("stopped_by_name", sa.String(), nullable=False),
        sa.Column("stopped_at", instant, server_default=sa.text("now()"), nullable=False),
        sa.Column("lifted_by_type", sa.String(), nullable=True),
        sa.Column("lifted_by_name", sa.String(), nullable=True),
        sa.Column("lifted_at", instant, nullable=True),
        sa.CheckConstraint(
            "(organization_id is null) = (connection_id is null)", name=op.f("ck_write_stops_one_or_all")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_write_stops_organization_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_write_stops")),
    )
    op.create_index(
        "uq_write_stops_open",
        "write_stops",
        ["organization_id", "connection_id"],
        unique=True,
        postgresql_where=sa.text("lifted_at is null"),
        postgresql_nulls_not_distinct=True,
    )
    grant("write_stops")


def staff_role() -> None:
    """Rights and row policies of oktee_staff: nothing without a live grant of the person named in the transaction.

    The tenant policy holds for it too; these are restrictive, so that both must agree. `clock_timestamp()`: a grant that
    ends in the middle of a transaction opens no further statement.
    """
    op.execute(
        f"""create function staff_may(areas text[], writing boolean) returns boolean
        language sql stable set search_path = pg_catalog, public as $$
            select exists (
                select from public.support_grants g
                where g.organization_id = {ORGANIZATION} and g.staff_id = {STAFF}
                  and g.state = 'granted' and g.ended_at is null
                  and g.starts_at <= clock_timestamp() and g.expires_at > clock_timestamp()
                  and (areas is null or g.scope && areas) and not (writing and g.read_only))
        $$"""
    )
    op.execute("revoke all on function staff_may(text[], boolean) from public")
    op.execute("grant execute on function staff_may(text[], boolean) to oktee_staff")
    op.execute("grant usage on schema public to oktee_staff")
    op.execute("grant select (id, slug, name, created_at) on organizations to oktee_staff")
    op.execute("grant select (id, name, kind, region) on applications to oktee_staff")
    op.execute("grant select on support_grants to oktee_staff")
    op.execute(
        f"create policy staff_sees on support_grants for select to oktee_staff using ((select {STAFF}) is not null)"
    )
    for table, areas in STAFF_READS.items():
        op.execute(f"grant select on {table} to oktee_staff")
        writes = STAFF_WRITES.get(table, "false")
        op.execute(
            f"create policy staff_reads on {table} as restrictive for all to oktee_staff "
            f"using ((select staff_may(array{list(areas)}, false))) with check ({writes})"
        )
    op.execute("grant insert, update on module_settings to oktee_staff")
    op.execute("grant select on journal_entries to oktee_staff")
    op.execute(
        "create policy staff_reads on journal_entries as restrictive for all to oktee_staff using "
        "((select staff_may(array['journal'], false)) "
        "or (object_type = 'order' and (select staff_may(array['orders'], false)))) with check (false)"
    )
    op.execute("grant select on outbox to oktee_staff")
    op.execute(
        "create policy staff_reads on outbox as restrictive for all to oktee_staff using "
        "((topic like 'order.%' and (select staff_may(array['orders'], false))) "
        "or (topic like 'import.%' and (select staff_may(array['catalog'], false))) "
        "or ((topic like 'sync.%' or topic like 'connection.%') and (select staff_may(array['connection'], false))) "
        "or (topic like 'journal.%' and (select staff_may(array['journal'], false))) "
        "or (topic like 'automation.%' and (select staff_may(array['settings', 'orders'], false)))) with check (false)"
    )


def no_support() -> None:
    for table in ("outbox", "journal_entries", *reversed(STAFF_READS)):
        op.execute(f"drop policy staff_reads on {table}")
        op.execute(f"revoke all on {table} from oktee_staff")
    op.execute("drop policy staff_sees on support_grants")
    for table in ("organizations", "applications"):
        op.execute(f"revoke all on {table} from oktee_staff")
    op.execute("revoke usage on schema public from oktee_staff")
    op.execute("drop function staff_may(text[], boolean)")
    for table in ("write_stops", "support_reads", "support_grants", "staff_sessions", "staff_users"):
        op.drop_table(table)
