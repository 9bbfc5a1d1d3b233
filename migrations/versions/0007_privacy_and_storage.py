"""privacy and storage: see the tables of the same concern in backend/oktee."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from tenancy import grant, hide_from_scoped, protect

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


PURGE = """create function purge_rows(target text, most int) returns int
language plpgsql security definer set search_path = pg_catalog, public as $$
declare tenant uuid := nullif(current_setting('app.organization_id', true), '')::uuid; part record; taken int; gone int := 0;
begin
  if not exists (select 1 from public.organizations where id = tenant and closed_at is not null) then
    raise exception 'this organization is not being deleted';
  end if;
  for part in select c.relname from pg_class c where c.oid = format('public.%I', target)::regclass and c.relkind = 'r'
      union all select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
        where i.inhparent = format('public.%I', target)::regclass loop
    exit when gone >= most;
    execute format('delete from public.%1$I where organization_id = $1 and ctid = any(array('
      || 'select ctid from public.%1$I where organization_id = $1 limit $2))', part.relname) using tenant, most - gone;
    get diagnostics taken = row_count;
    gone := gone + taken;
  end loop;
  return gone;
end $$"""
"""For tables the runtime role may only append to: all rows of an organization, once it is closed for its deletion."""

EXPIRE = """create function expire_rows(target text, ids uuid[]) returns int
language plpgsql security definer set search_path = pg_catalog, public as $$
declare tenant uuid := nullif(current_setting('app.organization_id', true), '')::uuid; gone int;
begin
  if target = 'journal_entries' then
    delete from public.journal_entries where organization_id = tenant and id = any(ids)
      and at < now() - case log when 'audit' then interval '365 days' else interval '30 days' end;
  elsif target = 'stock_ledger' then
    delete from public.stock_ledger where organization_id = tenant and purchase_order_id = any(ids)
      and at < now() - interval '30 days';
  else
    raise exception 'nothing of % expires this way', target;
  end if;
  get diagnostics gone = row_count;
  return gone;
end $$"""
"""What outlived its limit in a table the runtime role may only append to. Audit entries stay a year, other entries and the
stock ledger 30 days, whoever asks: the age is that of the row itself, which the runtime role cannot change."""

REPLACED = """create function text_without(content text, patterns text[], pseudonym text) returns text
language plpgsql immutable set search_path = pg_catalog, public as $$
declare pattern text;
begin
  foreach pattern in array patterns loop
    content := regexp_replace(content, pattern, pseudonym, 'gi');
  end loop;
  return content;
end $$"""
"""A text without what the patterns find."""

REPLACED_JSON = """create function json_without(content jsonb, patterns text[], pseudonym text) returns jsonb
language plpgsql immutable set search_path = pg_catalog, public as $$
begin
  case jsonb_typeof(content)
    when 'string' then return to_jsonb(public.text_without(content #>> '{}', patterns, pseudonym));
    when 'array' then return (select coalesce(jsonb_agg(public.json_without(value, patterns, pseudonym) order by place), '[]')
      from jsonb_array_elements(content) with ordinality e(value, place));
    when 'object' then return (select coalesce(jsonb_object_agg(key, public.json_without(value, patterns, pseudonym)), '{}')
      from jsonb_each(content) e(key, value));
    else return content;
  end case;
end $$"""
"""JSON without it: in its strings alone, never in its keys."""

ERASURE = """create function erasure_of(person text, words text[], patterns text[], pseudonym text)
returns table (entry uuid, written timestamptz, place int, new_actor text, new_address text, new_label text, new_payload jsonb)
language sql stable set search_path = pg_catalog, public as $$
  select * from (
    select j.id, j.at, j.sequence,
      case when mine or lower(j.actor_name) = any(words) and j.actor_id is null then pseudonym else j.actor_name end as actor,
      case when mine then null else j.address end as address,
      case when about or lower(j.object_label) = any(words) and j.object_type <> 'user' then pseudonym
        else j.object_label end as label,
      case when j.kind = 'person.erased' then j.payload else public.json_without(j.payload, patterns, pseudonym) end as payload
    from (select e.*, coalesce(person <> '' and e.actor_id = person, false) as mine,
        person <> '' and e.object_id = person as about
      from public.journal_entries e
      where e.organization_id = nullif(current_setting('app.organization_id', true), '')::uuid) j
    where mine or about or lower(j.actor_name) = any(words) or lower(j.object_label) = any(words)
      or exists (select 1 from unnest(patterns) pattern where j.payload::text ~* pattern)
  ) n
  where exists (select 1 from public.journal_entries o where o.at = n.at and o.id = n.id
    and o.organization_id = nullif(current_setting('app.organization_id', true), '')::uuid
    and (o.actor_name, o.address, o.object_label, o.payload) is distinct from (n.actor, n.address, n.label, n.payload))
$$"""
"""What an erasure makes of the entries that name a person: the same question before it is recorded and when it is done."""

ERASE = """create function erase_person(person text, words text[], patterns text[], pseudonym text) returns int
language plpgsql security definer set search_path = pg_catalog, public as $$
declare tenant uuid := nullif(current_setting('app.organization_id', true), '')::uuid; touched jsonb; changed int;
begin
  select e.payload -> 'touched' into touched from public.journal_entries e
    where e.organization_id = tenant and e.log = 'audit' and e.kind = 'person.erased' and e.sequence is not null
      and e.xmin = pg_current_xact_id()::xid and e.payload ->> 'person' = person and e.payload ->> 'pseudonym' = pseudonym;
  if touched is null then
    raise exception 'an erasure is recorded in the audit log first, in the same transaction';
  end if;
  update public.journal_entries j
    set actor_name = n.new_actor, address = n.new_address, object_label = n.new_label, payload = n.new_payload,
        personal_salt = null
    from public.erasure_of(person, words, patterns, pseudonym) n
    where j.organization_id = tenant and j.at = n.written and j.id = n.entry
      and (j.log = 'event' or touched ? j.sequence::text);
  get diagnostics changed = row_count;
  return changed;
end $$"""
"""A person's name leaves the journal; who acted stays known by id, and the chain of hashes does not hold names. Audit
entries change only as the entry of this erasure, written in this transaction, says: what the walk checks them against."""

DROP_PARTITIONS = """create function drop_empty_journal_partitions(before timestamptz) returns setof text
language plpgsql security definer set search_path = pg_catalog, public as $$
declare part record; held boolean;
begin
  if before > now() - interval '365 days' then
    raise exception 'the journal is kept for a year';
  end if;
  for part in select c.relname, pg_get_expr(c.relpartbound, c.oid) as bound
      from pg_inherits i join pg_class c on c.oid = i.inhrelid
      where i.inhparent = 'public.journal_entries'::regclass and pg_get_expr(c.relpartbound, c.oid) like 'FOR VALUES%' loop
    continue when (regexp_match(part.bound, $r$TO \\('([^']+)'\\)$r$))[1]::timestamptz > before;
    execute format('select exists (select 1 from public.%I)', part.relname) into held;
    continue when held;
    execute format('drop table public.%I', part.relname);
    return next part.relname;
  end loop;
end $$"""
"""Months of the journal that are over and empty for every customer. A partition has no row security of its own."""

FUNCTIONS = (
    "purge_rows(text, int)",
    "expire_rows(text, uuid[])",
    "erase_person(text, text[], text[], text)",
    "erasure_of(text, text[], text[], text)",
    "json_without(jsonb, text[], text)",
    "text_without(text, text[], text)",
    "drop_empty_journal_partitions(timestamptz)",
)
PRIVATE = ("dpa_acceptances", "exports", "export_parts", "deletions", "legal_holds", "retention_limits")
OF_NOBODY = ("tombstones", "audit_skeletons", "sub_processor_notices")


def privacy() -> None:
    """What privacy keeps, what outlives a customer, and the few ways round append-only tables."""
    for column, kind in (
        ("dpa_version", sa.String()),
        ("dpa_accepted_at", postgresql.TIMESTAMP(timezone=True)),
        ("closed_at", postgresql.TIMESTAMP(timezone=True)),
    ):
        op.add_column("organizations", sa.Column(column, kind, nullable=True))
    op.execute("grant select (closed_at) on organizations to oktee_staff")  # its state, for the staff console's list
    op.create_table(
        "dpa_acceptances",
        sa.Column(
            "organization_id",
            sa.Uuid(),
            server_default=sa.text("nullif(current_setting('app.organization_id', true), '')::uuid"),
            nullable=False,
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("text_hash", sa.LargeBinary(), nullable=False),
        sa.Column("accepted_by", sa.Uuid(), nullable=True),
        sa.Column("accepted_as", sa.String(), nullable=False),
        sa.Column("accepted_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("address", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_dpa_acceptances")),
    )
    op.create_table(
        "exports",
        sa.Column(
            "organization_id",
            sa.Uuid(),
            server_default=sa.text("nullif(current_setting('app.organization_id', true), '')::uuid"),
            nullable=False,
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=True),
        sa.Column("categories", postgresql.ARRAY(sa.TEXT()), nullable=True),
        sa.Column("formats", postgresql.ARRAY(sa.TEXT()), nullable=False),
        sa.Column("operation_id", sa.Uuid(), nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=True),
        sa.Column("requested_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("finished_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("expires_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("object_key", sa.String(), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("sha256", sa.String(), nullable=True),
        sa.Column("rows", sa.BigInteger(), nullable=True),
        sa.Column("files", sa.Integer(), nullable=True),
        sa.Column("downloads", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_exports")),
        sa.UniqueConstraint("organization_id", "number", name="uq_exports_number"),
    )
    op.create_table(
        "export_parts",
        sa.Column(
            "organization_id",
            sa.Uuid(),
            server_default=sa.text("nullif(current_setting('app.organization_id', true), '')::uuid"),
            nullable=False,
        ),
        sa.Column("export_id", sa.Uuid(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("object_key", sa.String(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "export_id"],
            ["exports.organization_id", "exports.id"],
            name=op.f("fk_export_parts_organization_id_export_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "export_id", "path", name=op.f("pk_export_parts")),
    )
    op.create_table(
        "deletions",
        sa.Column(
            "organization_id",
            sa.Uuid(),
            server_default=sa.text("nullif(current_setting('app.organization_id', true), '')::uuid"),
            nullable=False,
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=True),
        sa.Column("requested_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("purge_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("reminded_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("cancelled_by", sa.Uuid(), nullable=True),
        sa.Column("cancelled_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("closed_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("owners", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_deletions")),
        sa.UniqueConstraint("organization_id", "number", name="uq_deletions_number"),
    )
    op.create_index(
        "uq_deletions_open",
        "deletions",
        ["organization_id"],
        unique=True,
        postgresql_where=sa.text("state in ('waiting', 'purging')"),
    )
    op.create_table(
        "legal_holds",
        sa.Column(
            "organization_id",
            sa.Uuid(),
            server_default=sa.text("nullif(current_setting('app.organization_id', true), '')::uuid"),
            nullable=False,
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("purchase_order_id", sa.Uuid(), nullable=False),
        sa.Column("po_number", sa.String(), nullable=False),
        sa.Column("case_reference", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("placed_by", sa.Uuid(), nullable=True),
        sa.Column("placed_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("released_by", sa.Uuid(), nullable=True),
        sa.Column("released_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_legal_holds")),
    )
    op.create_index("ix_legal_holds_order", "legal_holds", ["organization_id", "purchase_order_id"], unique=False)
    op.create_table(
        "retention_limits",
        sa.Column(
            "organization_id",
            sa.Uuid(),
            server_default=sa.text("nullif(current_setting('app.organization_id', true), '')::uuid"),
            nullable=False,
        ),
        sa.Column("retention", sa.String(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=True),
        sa.Column("set_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "retention", name=op.f("pk_retention_limits")),
    )
    op.create_table(
        "tombstones",
        sa.Column("organization_hash", sa.LargeBinary(), nullable=False),
        sa.Column("requested_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("purged_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("backups_until", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("certificate_hash", sa.LargeBinary(), nullable=False),
        sa.Column("certificate_key", sa.String(), nullable=True),
        sa.Column("token_hash", sa.LargeBinary(), nullable=True),
        sa.Column("certificate_until", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organization_hash", name=op.f("pk_tombstones")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_tombstones_token_hash")),
    )
    op.create_table(
        "audit_skeletons",
        sa.Column("organization_hash", sa.LargeBinary(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("previous_hash", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("organization_hash", "sequence", name=op.f("pk_audit_skeletons")),
    )
    op.create_table(
        "sub_processor_notices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("changes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("announced_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("effective_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sub_processor_notices")),
        sa.UniqueConstraint("content_hash", name=op.f("uq_sub_processor_notices_content_hash")),
    )
    for table in PRIVATE:
        protect(table)
        hide_from_scoped(table)
    for table in OF_NOBODY:
        grant(table)
    for function in (PURGE, EXPIRE, REPLACED, REPLACED_JSON, ERASURE, ERASE, DROP_PARTITIONS):
        op.execute(function)
    for name in FUNCTIONS:
        op.execute(f"revoke all on function {name} from public")
        op.execute(f"grant execute on function {name} to oktee_app")


def no_privacy() -> None:
    """The reverse of privacy()."""
    for name in FUNCTIONS:
        op.execute(f"drop function {name}")
    for table in ("export_parts", *(name for name in (*PRIVATE, *OF_NOBODY) if name != "export_parts")):
        op.drop_table(table)
    for column in ("dpa_version", "dpa_accepted_at", "closed_at"):
        op.drop_column("organizations", column)


def storage() -> None:
    """Keys named in the words of their provider, with their count and their end; a row for each stored body."""
    op.alter_column("organization_deks", "kek_id", type_=sa.String(), postgresql_using="kek_id::text")
    op.add_column(
        "organization_deks", sa.Column("enc_count", sa.BigInteger(), server_default=sa.text("0"), nullable=False)
    )
    for name in ("retired_at", "destroyed_at"):
        op.add_column("organization_deks", sa.Column(name, postgresql.TIMESTAMP(timezone=True), nullable=True))
    op.create_table(
        "stored_objects",
        sa.Column(
            "organization_id",
            sa.Uuid(),
            server_default=sa.text("nullif(current_setting('app.organization_id', true), '')::uuid"),
            nullable=False,
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("content_type", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("dek_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("stored_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("expires_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id", "dek_id"],
            ["organization_deks.organization_id", "organization_deks.id"],
            name=op.f("fk_stored_objects_organization_id_dek_id"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_stored_objects")),
        sa.UniqueConstraint("organization_id", "key", name=op.f("uq_stored_objects_organization_id_key")),
    )
    op.create_index("ix_stored_objects_expires_at", "stored_objects", ["organization_id", "expires_at"])
    protect("stored_objects")


def no_storage() -> None:
    """The reverse; keys of other providers than the key file cannot be named in the older schema."""
    op.drop_table("stored_objects")
    for name in ("destroyed_at", "retired_at", "enc_count"):
        op.drop_column("organization_deks", name)
    op.alter_column("organization_deks", "kek_id", type_=sa.Uuid(), postgresql_using="kek_id::uuid")


def upgrade() -> None:
    storage()
    privacy()


def downgrade() -> None:
    no_privacy()
    no_storage()
