"""Mirrored orders and catalogue items as the rules take them."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final
from uuid import UUID

from oktee.amazon.mirror.purchase_orders import PurchaseOrder, PurchaseOrderLine
from oktee.catalog import lookup
from oktee.catalog.matching import Candidates
from oktee.modules.supply.history import History
from oktee.modules.supply.logistics import NOTHING, Known
from oktee.modules.supply.rules.inputs import (
    Component,
    ItemSnapshot,
    LineInput,
    OrderInput,
    Window,
    assembled,
)

NO_FEES: Final = Decimal(0)


def snapshots(
    hits: Candidates[lookup.CatalogItem], images: dict[UUID, str | None], items: set[UUID]
) -> Candidates[ItemSnapshot]:
    """The hits of a line as the rules take them; `images` and `items` gather what is read with them."""

    def one(item: lookup.CatalogItem) -> ItemSnapshot:
        images[item.item_id] = item.image_url
        if not item.assembled:
            items.add(item.item_id)
            return plain(item)
        items.update(part.item_id for part in item.components)
        return assembled(plain(item), tuple(_component(part) for part in item.components))

    def plain(item: lookup.CatalogItem) -> ItemSnapshot:
        return ItemSnapshot(
            item_id=item.item_id,
            sku=item.sku,
            status=item.status,
            asin=item.asin,
            vendor_sku=item.vendor_sku,
            gtin=item.gtin,
            brand=item.brand,
            title=item.title,
            case_pack=item.case_pack,
            moq=item.moq,
            cost_price=item.cost_price,
            currency=item.currency,
            cost_as_of=item.cost_as_of.date() if item.cost_as_of else None,
            cost_valid_from=item.cost_valid_from,
            cost_valid_to=item.cost_valid_to,
            cost_tolerance=item.cost_tolerance,
            order_multiple=item.order_multiple,
            embargo_until=item.launch_on,
            weight_g=item.weight_g,
            landed_cost=item.landed_cost,
            layer_units=item.layer_units,
            pallet_units=item.pallet_units,
            preferred=item.preferred,
            safety_stock=item.safety_stock,
            handling_days=item.handling_days,
            lead_time_days=item.lead_time_days,
            link_quantity=item.quantity,
            replaced_by=item.replaced_by_sku,
            sellable=item.sellable,
            as_of=item.as_of,
        )

    every = (*hits.by_vendor_sku, *hits.by_gtin, *hits.by_asin)
    made = {id(item): one(item) for item in {id(item): item for item in every}.values()}
    return Candidates(
        by_vendor_sku=tuple(made[id(item)] for item in hits.by_vendor_sku),
        by_gtin=tuple(made[id(item)] for item in hits.by_gtin),
        by_asin=tuple(made[id(item)] for item in hits.by_asin),
    )


def _component(part: lookup.CatalogComponent) -> Component:
    return Component(
        item_id=part.item_id,
        sku=part.sku,
        quantity=part.quantity,
        safety_stock=part.safety_stock,
        status=part.status,
        cost_price=part.cost_price,
        currency=part.currency,
        cost_as_of=part.cost_as_of.date() if part.cost_as_of else None,
        cost_valid_from=part.cost_valid_from,
        cost_valid_to=part.cost_valid_to,
        weight_g=part.weight_g,
    )


def order_of(
    order: PurchaseOrder,
    lines: Iterable[PurchaseOrderLine],
    answered: int | None,
    history: History | None = None,
    known: Known = NOTHING,
) -> OrderInput:
    """A mirrored order as the rules take it."""
    freight, of_terms = known.freight(order)
    window = Window(order.window_start, order.window_end) if order.window_start and order.window_end else None
    codes = history.known_vendor_codes if history else None
    places = history.known_destinations if history else None
    counted = history.answered if history else None
    return OrderInput(
        number=order.po_number,
        marketplace_id=order.marketplace_id,
        vendor_code=order.vendor_code,
        order_type=order.order_type,
        placed_at=order.ordered_at,
        revision=order.revision,
        freight=freight,
        freight_of_terms=of_terms,
        window=window,
        import_order=order.import_order,
        lines=tuple(line_input(line, history) for line in lines),
        answered_revision=answered,
        destination=order.ship_to,
        deal_code=order.deal_code,
        new_vendor_code=codes is not None
        and (order.connection_id, order.vendor_code) not in codes
        and order.vendor_code not in known.terms,
        new_destination=places is not None
        and order.ship_to is not None
        and order.ship_to not in places
        and order.ship_to not in known.centres,
        earlier_answers=None if counted is None else counted.get(order.connection_id, 0),
        fill=history.fill(order) if history else None,
    )


def line_input(line: PurchaseOrderLine, history: History | None = None) -> LineInput:
    """A mirrored line as the rules take it; the cost keeps the exact characters of the order."""
    return LineInput(  # by position: with names it takes three times as long, and there is one for each line
        line.sequence,
        line.asin,
        line.vendor_product_identifier,
        line.amount,
        line.unit_of_measure,
        line.unit_size,
        Decimal(line.net_cost) if line.net_cost is not None else None,
        line.currency,
        line.backorder_allowed,
        line.units == 0,
        line.net_cost,
        line.cost_unit,
        line.list_price is not None,
        line.list_price,
        history.usual.get((line.marketplace_id, line.asin)) if history and line.asin else None,
        history.fees(line) if history and history.books else NO_FEES,
        history.rejecting(line) if history and history.books else None,
    )
