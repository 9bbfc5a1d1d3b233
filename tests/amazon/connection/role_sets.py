"""Three applications of OKTee's in one region, a second module, and an operation that takes a role of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import pytest
from amazon.connection.connecting import Amazon, at_amazon, registration
from oktee.amazon.client.operations import OPERATIONS, Operation
from oktee.amazon.connection import permissions
from oktee.amazon.connection.applications import Registration, register
from oktee.kit.database import global_session
from oktee.kit.module import Module, OperationNeed, installed

ORDERS, FINANCE, ANALYTICS = "Inventory and Order Tracking", "Finance and Accounting", "Brand Analytics"
INVOICES = Operation("getInvoiceHeaders", "GET", "/finances/invoices/2026-06-25/invoices", 0.5, 1, frozenset({FINANCE}))
LEDGERS = Module(
    name="ledgers",
    title="Ledgers",
    operations=(OperationNeed("getInvoiceHeaders", "Invoices", "to see what Amazon pays"),),
)
"""A module of these tests: real ones that need finance data come later."""


@contextmanager
def second_module() -> Iterator[Module]:
    """The process has one more module, and knows the operation it names."""
    before = installed().modules
    installed().fill((*before, LEDGERS))
    with patch.object(permissions, "OPERATIONS", {**OPERATIONS, INVOICES.name: INVOICES}):
        yield LEDGERS
    installed().fill(before)


def role_set(name: str, *roles: str, region: str = "EU", **over: Any) -> Registration:
    """An application of this role set."""
    word = name.lower().replace(" ", "").replace("+", "")
    return registration(
        region,
        name=f"OKTee {name} ({region})",
        application_id=f"amzn1.sp.solution.{word}",
        client_id=f"amzn1.application-oa2-client.{word}",
        roles=roles,
        **over,
    )


SETS = (
    role_set("Supply", ORDERS),
    role_set("Supply + Finance", ORDERS, FINANCE),
    role_set("All", ORDERS, FINANCE, ANALYTICS),
)


async def known(amazon: Amazon, *sets: Registration) -> None:
    """Register them on both sides; what was registered before takes no consent any more."""
    async with global_session() as session:
        for region in ("EU",):
            await register(session, registration(region, enabled=False))
        for each in sets:
            await amazon.control(
                "POST",
                "/applications",
                at_amazon(each) | {"login_uri": f"http://localhost:8000/oauth/amazon/{each.region.lower()}/login"},
            )
            await register(session, each)


@pytest.fixture(name="ledgers")
def a_second_module() -> Iterator[Module]:
    with second_module() as module:
        yield module


@pytest.fixture(name="three")
async def three_role_sets(amazon: Amazon) -> Amazon:
    await known(amazon, *SETS)
    return amazon
