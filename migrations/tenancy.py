"""Row level security in one place: protect("table") enables and forces it, sets one policy and the grants."""

from alembic import op

GLOBAL_TABLES = frozenset(
    {
        "organizations", "users", "memberships", "sessions", "sign_in_events", "amazon_accounts", "applications",
        "oauth_requests", "hook_endpoints", "inbox", "inbox_quarantine", "subscriptions", "work",
    }
)  # fmt: skip
"""Tables without a tenant policy (HOUSE 4). `subscriptions` joins them: a notification names only its subscription."""

LATER_GLOBAL_TABLES: frozenset[str] = frozenset(
    {
        "factors", "recovery_codes", "passkey_challenges", "once_tokens", "old_passwords", "mails",
        "tombstones", "audit_skeletons", "sub_processor_notices",
        "staff_users", "staff_sessions", "write_stops",
        "amazon_arrivals", "api_keys",
        "sso_providers", "sso_domains", "sso_requests", "sso_identities",
        "roles", "invitations", "previews",
        "compliance_clocks", "security_alerts", "incidents", "canary_reads", "admin_credentials",
        "fee_rules",
    }
)  # fmt: skip
"""Those that later steps brought; each grants its own."""

POLICY = "organization_id = (select nullif(current_setting('app.organization_id', true), '')::uuid)"


def protect(table: str) -> None:
    """Only rows of the transaction's organization are visible or writable, also for the owner."""
    op.execute(f"alter table {table} enable row level security")
    op.execute(f"alter table {table} force row level security")
    op.execute(f"create policy tenant on {table} using ({POLICY}) with check ({POLICY})")
    grant(table)


def grant(table: str, *, append_only: bool = False) -> None:
    """The runtime role's rights. The journal is append-only for it."""
    op.execute(f"revoke all on {table} from oktee_app")
    op.execute(f"grant select, insert{'' if append_only else ', update, delete'} on {table} to oktee_app")


UNSCOPED = "(select case when coalesce(current_setting('app.scope', true), '') = '' then true end) is not null"
"""Evaluated once per statement; a reader without a scope pays a look at its result for each row and nothing else. It is
written as IS NOT NULL because PostgreSQL takes such a test for true (0.995) when it estimates rows, and a plain boolean for
true half of the time: plans of unscoped readers stay as they were without the policy (tests/access/test_scope_plans.py)."""

SCOPE_WORDS = """
create function scope_words(part text) returns text[] language sql stable parallel safe set search_path = pg_catalog as $$
    select array(select jsonb_array_elements_text(scope -> part))
    from (select nullif(current_setting('app.scope', true), '')::jsonb as scope) given
    where jsonb_typeof(scope -> part) = 'array'
$$
"""
"""The names of one part of the scope of this transaction; null = all of them."""


def scope(
    table: str,
    *,
    marketplace: str | None = None,
    vendor_code: str | None = None,
    brand: str | None = None,
    marketplaces: str | None = None,
    vendor_codes: str | None = None,
    brands: str | None = None,
    all_brands: str | None = None,
    where: str | None = None,
    shared: str | None = None,
    check: bool = True,
) -> None:
    """A RESTRICTIVE policy: with `app.scope` set, only rows within it. Each part names the table's column of it.

    `marketplace`, `vendor_code`, `brand`: one name; null belongs to nobody with a scope of that part. `marketplaces`,
    `vendor_codes`, `brands`: an array of which one has to be in the scope; `all_brands`: every one. `where`: any further
    condition. `shared`: the value (SQL) of a single column that stands for all of them. `check=False`: whoever has a scope
    may write rows they do not see (what they did is noted in full).
    """
    conditions = [f"({where})"] if where else []
    for part, column in (("marketplaces", marketplace), ("vendor_codes", vendor_code), ("brands", brand)):
        if column:
            also = f" or {column} is not distinct from {shared}" if shared and part != "brands" else ""
            conditions.append(f"({_all(part)} or {column} = any ({_words(part)}){also})")
    for part, column in (("marketplaces", marketplaces), ("vendor_codes", vendor_codes), ("brands", brands)):
        if column:
            also = f" or {shared} = any ({column})" if shared and part != "brands" else ""
            conditions.append(f"({_all(part)} or {column} && {_words(part)}{also})")
    if all_brands:
        conditions.append(f"({_all('brands')} or {all_brands} <@ {_words('brands')})")
    rule = f"{UNSCOPED} or ({' and '.join(conditions)})"
    written = rule if check else "true"
    op.execute(f"create policy scope on {table} as restrictive using ({rule}) with check ({written})")


def _words(part: str) -> str:
    return f"(select scope_words('{part}'))::text[]"


def _all(part: str) -> str:
    return f"(select scope_words('{part}')) is null"


def hide_from_scoped(table: str) -> None:
    """Rows that speak of the whole organization: nobody with a scope sees or writes one."""
    op.execute(f"create policy scope on {table} as restrictive using ({UNSCOPED}) with check ({UNSCOPED})")


def unscope(table: str) -> None:
    """The reverse of `scope` and `hide_from_scoped`."""
    op.execute(f"drop policy if exists scope on {table}")


SCOPE_EXEMPT: dict[str, str] = {
    "absences": "Who is away until when; names no order and no product.",
    "bulk_runs": "Ids of orders that one act names, chosen within the scope of who asked; only its worker reads them.",
    "calendars": "Days off by a name; names no order and no product.",
    "closures": "Days on which a calendar is closed; names no order and no product.",
    "connection_tokens": "Sealed tokens of a connection; only the worker's own code reads them.",
    "connections": "Which account is connected and how it is; names no order and no product.",
    "idempotency_keys": "An answer kept for whoever repeats the very request with the key they made up for it.",
    "journal_heads": "Sequence and hash of the audit chain; every act moves it, whoever acted.",
    "list_exports": "What somebody exported and within which scope; the file and its row are shown to that person alone.",
    "module_settings": "How the organization answers; read by the screens of everybody, written only without a scope.",
    "muted_causes": "What somebody wants to hear no more of: a rule or an event, no order and no product.",
    "organization_deks": "Wrapped data keys; only the vault reads them.",
    "secrets": "Sealed secrets; only the vault reads them.",
    "saved_views": "Names and filters that people gave to lists; what such a list shows is scoped by its own rows.",
    "support_grants": "Who of OKTee's people looks in and why; everybody of the organization is told of it.",
    "stored_objects": "Where files are and until when; a file is reached only by the row of what it belongs to.",
    "tags": "Words of the organization's list; which order has one is a row of matter_tags.",
    "team_members": "Who works in which team; names no order and no product.",
    "teams": "Who works together, so that anybody can hand work to them; their part is shown to who manages people.",
    "streams": "Whether data is fresh; counts elements of a stream, names no order and no product.",
    "sync_runs": "What a stream did; counts elements, names no order and no product.",
    "sync_windows": "Spans of time being fetched; names no order and no product.",
    "carriers": "On which days who carries the goods works; names no order and no product.",
    "transit_times": "Days on the road from a warehouse; names no order and no product.",
    "view_layouts": "Which columns a person wants in a list.",
    "warehouses": "Where and when the customer works; names no order and no product.",
}
"""Tenant tables without a scope policy, each with its reason; a house test compares it with the live schema. A new tenant
table calls `scope` or `hide_from_scoped` in its migration, or is named here."""
