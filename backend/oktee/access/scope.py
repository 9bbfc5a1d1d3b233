"""What part of an organization somebody may see: by marketplace, vendor code and brand. Enforced by row policies."""

import re
from dataclasses import dataclass
from typing import Any, Self

import orjson

from oktee.kit.errors import field_error

MARKETPLACE = re.compile(r"[A-Z0-9]{8,20}")
VENDOR_CODE = re.compile(r"[A-Z0-9]{2,12}")
MOST = 200
"""Names in one list: a scope travels with every transaction."""
LONGEST_BRAND = 120

WHOLE: frozenset[str] = frozenset(
    {
        "rules.write", "finance.close", "targets.write", "catalog.write", "connection.manage", "sync.run",
        "integrations.manage", "users.manage", "settings.manage", "audit.read", "privacy.manage",
    }
)  # fmt: skip
"""Permissions that act on the whole organization, so that nobody with a scope has them, whatever their role says: rules,
settings, targets and a closed period count for every brand, a catalogue file speaks of every item, and people, keys, the
connection, the audit log and the privacy screen are about all of the organization's data (docs/decisions.md)."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What somebody may see. Each is a tuple of names, or None for all. An empty tuple sees nothing."""

    marketplaces: tuple[str, ...] | None = None
    vendor_codes: tuple[str, ...] | None = None
    brands: tuple[str, ...] | None = None

    @classmethod
    def read(cls, value: dict[str, Any] | None) -> Self | None:
        """Of a stored scope (`memberships.scope`, `api_keys.scope`). None, or a scope of nothing but all, is None."""
        if value is None:
            return None
        found = cls(*(_names(value.get(part)) for part in ("marketplaces", "vendor_codes", "brands")))
        return None if found == cls() else found

    def store(self) -> dict[str, list[str]]:
        """As it is stored and as it travels to the database."""
        parts = {"marketplaces": self.marketplaces, "vendor_codes": self.vendor_codes, "brands": self.brands}
        return {part: list(names) for part, names in parts.items() if names is not None}

    def to_json(self) -> str:
        """What `app.scope` holds; the row policies read it (migrations/tenancy.py)."""
        return orjson.dumps(self.store()).decode()


def _names(value: Any) -> tuple[str, ...] | None:
    return None if value is None else tuple(sorted({str(name) for name in value}))


def checked(scope: Scope) -> Scope | None:
    """A scope that a person asked for, put in order; None when it names nothing. Raises Invalid naming the wrong name.

    An empty list is refused: it would see nothing, and whoever may see nothing needs no membership.
    """
    for part, names, pattern in (
        ("marketplaces", scope.marketplaces, MARKETPLACE),
        ("vendor_codes", scope.vendor_codes, VENDOR_CODE),
        ("brands", scope.brands, None),
    ):
        if names is None:
            continue
        if not names or len(names) > MOST:
            raise field_error(f"/scope/{part}", "names_count", f"Name 1 to {MOST}, or leave the list out for all.")
        for n, name in enumerate(names):
            good = bool(name.strip()) and len(name) <= LONGEST_BRAND and "\x00" not in name
            if not (pattern.fullmatch(name) if pattern else good):
                raise field_error(f"/scope/{part}/{n}", "unknown_name", f"{name[:40]!r} is no such name.")
    return Scope.read(scope.store())


def permissions_within(permissions: frozenset[str], scope: Scope | None) -> frozenset[str]:
    """What is left of a role's permissions under a scope."""
    return permissions if scope is None else permissions - WHOLE


def within(part: Scope | None, whole: Scope | None) -> bool:
    """Whether `part` sees nothing that `whole` does not see: nobody gives more than they have."""
    if whole is None:
        return True
    if part is None:
        return False
    return all(
        theirs is None or (mine is not None and set(mine) <= set(theirs))
        for mine, theirs in (
            (part.marketplaces, whole.marketplaces),
            (part.vendor_codes, whole.vendor_codes),
            (part.brands, whole.brands),
        )
    )


def narrowed(one: Scope | None, other: Scope | None) -> Scope | None:
    """What both see."""
    if one is None or other is None:
        return one if other is None else other
    return Scope(
        _both(one.marketplaces, other.marketplaces),
        _both(one.vendor_codes, other.vendor_codes),
        _both(one.brands, other.brands),
    )


def _both(one: tuple[str, ...] | None, other: tuple[str, ...] | None) -> tuple[str, ...] | None:
    if one is None or other is None:
        return one if other is None else other
    return tuple(name for name in one if name in other)
