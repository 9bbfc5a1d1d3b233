"""What the permissions screen shows: the roles an operation takes at Amazon, and when it was last used."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from oktee.amazon.client.operations import OPERATIONS
from oktee.amazon.connection.throttle import bucket, buckets

ROLES: Final = frozenset(
    {
        "Amazon Fulfillment", "Inventory and Order Tracking", "Brand Analytics", "Product Listing",
        "Finance and Accounting", "Tax Invoicing",
    }
)  # fmt: skip
"""The SP-API roles that a vendor's application may hold and OKTee knows a use for (FACTS c)."""


def roles_of(operation: str) -> list[str]:
    """The SP-API roles of which the application needs one for this operation; none for an unknown operation."""
    known = OPERATIONS.get(operation)
    return sorted(known.roles) if known else []


def roles_needed(operations: Iterable[str], *, held: Iterable[str] = ()) -> list[str]:
    """The fewest roles that let all these operations be called, those the application holds first."""
    open_ = {name: set(roles) for name in operations if (roles := roles_of(name))}
    preferred = set(held)
    chosen: list[str] = []
    while open_:
        candidates = sorted(set().union(*open_.values()))
        best = max(candidates, key=lambda role: (sum(role in roles for roles in open_.values()), role in preferred))
        chosen.append(best)
        open_ = {name: roles for name, roles in open_.items() if best not in roles}
    return sorted(chosen)


def covers(held: Iterable[str], operations: Iterable[str]) -> bool:
    """Whether an application with these roles may call all of the operations. An operation nobody knows is not covered."""
    roles = set(held)
    return all(roles & set(roles_of(name)) for name in operations)


def callable_with(held: Iterable[str], operations: Iterable[str]) -> frozenset[str]:
    """Those of the operations that these roles open."""
    roles = set(held)
    return frozenset(name for name in operations if roles & set(roles_of(name)))


async def last_used(accounts: Sequence[tuple[UUID, str, str]], operations: Sequence[str]) -> dict[str, datetime]:
    """When each operation was last called for any of these accounts (application id, region, selling partner id), as far
    as the shared buckets remember: 40 days, less after a loss of Valkey."""
    pairs = [(account, operation) for account in accounts for operation in operations]
    keys = [bucket(str(application), region, partner, name) for (application, region, partner), name in pairs]
    found: dict[str, datetime] = {}
    for (_, operation), at in zip(pairs, await buckets.last_used(keys) if keys else [], strict=True):
        if at is not None and at > found.get(operation, at.min.replace(tzinfo=at.tzinfo)):
            found[operation] = at
    return found
