"""The one matrix: which role may do what. Permissions are `<area>.<verb>`; an API key's scopes are the same strings.

The eight roles that ship are those of the product's people; an organization may add roles of its own (custom roles),
made of the same permissions.
"""

PERMISSIONS: frozenset[str] = frozenset(
    {
        "orders.read", "orders.confirm", "orders.hold", "orders.reject_hard", "orders.raw", "exceptions.resolve",
        "rules.read", "rules.write", "events.read", "procurement.read", "logistics.read",
        "finance.read", "finance.write", "finance.close",
        "dashboards.read", "dashboards.write", "analytics.read", "targets.write",
        "marketing.read", "content.write", "content.approve", "content.publish",
        "catalog.read", "catalog.write", "connection.read", "connection.manage", "sync.run",
        "integrations.manage", "users.manage", "settings.manage", "audit.read", "privacy.manage",
    }
)  # fmt: skip
"""Every permission there is."""

OWNER = PERMISSIONS
ADMIN = PERMISSIONS - {"privacy.manage"}
SUPPLY_OPERATOR = frozenset(
    {
        "orders.read", "orders.confirm", "orders.hold", "exceptions.resolve", "rules.read", "events.read",
        "logistics.read", "catalog.read", "connection.read", "sync.run",
    }
)  # fmt: skip
SUPPLY_MANAGER = SUPPLY_OPERATOR | {
    "orders.reject_hard", "rules.write", "procurement.read", "dashboards.read", "analytics.read", "catalog.write",
}  # fmt: skip
FINANCE = frozenset(
    {
        "orders.read", "events.read", "logistics.read", "procurement.read", "finance.read", "finance.write",
        "finance.close", "dashboards.read", "dashboards.write", "analytics.read", "catalog.read", "connection.read",
    }
)  # fmt: skip
MARKETING_EDITOR = frozenset(
    {
        "marketing.read", "content.write", "dashboards.read", "analytics.read", "catalog.read", "events.read",
        "connection.read",
    }
)  # fmt: skip
ANALYST = frozenset(
    {permission for permission in PERMISSIONS if permission.endswith(".read")} - {"audit.read"},
)
DEVELOPER = frozenset(
    {
        "integrations.manage", "catalog.read", "catalog.write", "orders.read", "events.read", "connection.read",
        "sync.run",
    }
)  # fmt: skip

ROLES: dict[str, frozenset[str]] = {
    "owner": OWNER,
    "admin": ADMIN,
    "supply_manager": frozenset(SUPPLY_MANAGER),
    "supply_operator": SUPPLY_OPERATOR,
    "finance": FINANCE,
    "marketing_editor": MARKETING_EDITOR,
    "analyst": ANALYST,
    "developer": DEVELOPER,
}

SECOND_FACTOR: frozenset[str] = frozenset(
    {
        "orders.confirm", "orders.reject_hard", "rules.write", "content.publish", "connection.manage",
        "integrations.manage", "users.manage", "settings.manage", "privacy.manage",
    }
)  # fmt: skip
"""Whoever holds one of these needs a second factor: all who can write to Amazon, and all who administer (SEC-06)."""


def permissions_of(role: str) -> frozenset[str]:
    """An unknown role may do nothing."""
    return ROLES.get(role, frozenset())


def needs_second_factor(permissions: frozenset[str]) -> bool:
    """Whether a person with these permissions must sign in with a second factor, whatever the organization says."""
    return bool(permissions & SECOND_FACTOR)
