"""Lists of orders walk every row once, in every sort, while their filter holds."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from factories import make_organization
from oktee.amazon.connection.tables import AmazonConnection, Application
from oktee.amazon.mirror.purchase_orders import PurchaseOrder
from oktee.kit.database import global_session, new_id, tenant_session
from oktee.kit.errors import Invalid
from oktee.modules.supply.rows import list_rows, read_filter
from oktee.modules.supply.sorting import SORTS
from oktee.modules.supply.summing import statuses, views_of
from oktee.modules.supply.tables import OrderState

DE, FR = "A1PA6795UKMFR9", "A13V1IB3VIYZZH"
NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
STATUSES = ("to_confirm", "scheduled", "held", "confirmed", "processing", "changed", "closed", "send_failed")


async def _orders(count: int) -> UUID:
    organization, _ = await make_organization()
    async with global_session() as session:
        application = Application(
            name="test", kind="sandbox", region="EU", application_id="a", client_id=str(uuid4()), secret_blob=b"x",
            roles=[], token_url="", endpoint="", consent_url="",
        )  # fmt: skip
        session.add(application)
        await session.flush()
        application_id = application.id
    async with tenant_session(organization) as session:
        connection = AmazonConnection(
            application_id=application_id, region="EU", selling_partner_id="amzn1.vg.1", name="Test",
            home_marketplace_id=DE, expires_at=NOW + timedelta(days=365),
        )  # fmt: skip
        session.add(connection)
        await session.flush()
        for n in range(count):
            order = PurchaseOrder(
                connection_id=connection.id, po_number=f"PO{n:06}", revision=1, content_hash=b"x",
                marketplace_id=DE if n % 3 else FR, vendor_code="LUMD1", state="New", import_order=False,
                ordered_at=NOW - timedelta(hours=n % 7), currency="EUR", units=12 * n, value=Decimal(n % 5) * 100,
                line_count=1, fetched_at=NOW, source_ref="test", sync_run_id=new_id(),
            )  # fmt: skip
            session.add(order)
            await session.flush()
            session.add(
                OrderState(
                    purchase_order_id=order.id,
                    connection_id=connection.id,
                    revision=1,
                    status=STATUSES[n % len(STATUSES)],
                    deadline_at=order.ordered_at + timedelta(hours=24),
                    became_available_at=NOW,
                    hold=[],
                    marketplace_id=order.marketplace_id,
                    vendor_code="LUMD1",
                )
            )
    return organization


@pytest.mark.parametrize("sort", SORTS)
async def test_pages_hold_every_order_once(db: Any, sort: str) -> None:
    organization = await _orders(40)
    await _orders(3)
    where = read_filter(view="all", mp=None, vc=None, brand=None, status=None, q=None)
    seen: list[str] = []
    after = None
    while True:
        async with tenant_session(organization) as session:
            page = await list_rows(session, where, sort=sort, limit=7, after=after)
        seen += [row.po_number for row in page.rows]
        after = page.next
        if after is None:
            break
    assert sorted(seen) == [f"PO{n:06}" for n in range(40)]
    assert page.count == 40
    assert page.sums.asked == sum(12 * n for n in range(40))
    if sort == "-value":
        values = [int(number[2:]) % 5 for number in seen]
        assert values == sorted(values, reverse=True)


async def test_the_views_add_up_and_a_marker_of_another_filter_is_refused(db: Any) -> None:
    organization = await _orders(16)
    where = read_filter(view="waiting", mp=FR, vc=None, brand=None, status=None, q=None)
    everything = read_filter(view="all", mp=None, vc=None, brand=None, status=None, q=None)
    async with tenant_session(organization) as session:
        for conditions, whole in (((), True), ((), False), (everything.conditions(), True)):
            counts = views_of((await session.execute(statuses(conditions, whole=whole))).all())
            assert counts.all == 16
        french = await list_rows(session, where, sort="clock", limit=50, after=None)
        first = await list_rows(session, everything, sort="clock", limit=5, after=None)
    assert counts.waiting == counts.to_decide + counts.scheduled + counts.held + counts.changed
    assert {row.country for row in french.rows} == {"FR"}
    async with tenant_session(organization) as session:
        with pytest.raises(Invalid):
            await list_rows(session, where, sort="clock", limit=5, after=first.next)


def test_an_unknown_view_or_marketplace_names_its_field() -> None:
    for over in ({"view": "nope"}, {"mp": "XX"}):
        values: dict[str, Any] = {
            "view": "all",
            "mp": None,
            "vc": None,
            "brand": None,
            "status": None,
            "q": None,
        } | over
        with pytest.raises(Invalid) as refused:
            read_filter(**values)
        assert refused.value.errors[0].pointer == f"/{next(iter(over))}"


async def test_a_number_is_found_by_its_beginning_and_several_by_the_whole(db: Any) -> None:
    organization = await _orders(20)
    typed: dict[str, set[str]] = {
        "po00001": {f"PO{n:06}" for n in range(10, 20)},
        "PO000007": {"PO000007"},
        "PO000007, po000009  PO00001": {"PO000007", "PO000009"},
        "PO00%": set(),
        "_O00001": set(),
        ",": set(),
    }
    for words, found in typed.items():
        where = read_filter(view="all", mp=None, vc=None, brand=None, status=None, q=words)
        async with tenant_session(organization) as session:
            rows = await list_rows(session, where, sort="po_number", limit=50, after=None)
        assert {row.po_number for row in rows.rows} == found, words
