"""The Orders list as JSON that PostgreSQL writes: one statement for rows, who has them, and the mark of the next page.

It says what `rows.list_rows` and `hands.hands_of` say, in the words of `wire.OrderList` (tests/modules/supply/
test_quick_lists.py compares the two field by field).
"""

from dataclasses import dataclass
from typing import Any

import orjson
from asyncpg import Record
from sqlalchemy import Text, bindparam, case, cast, func, literal, literal_column, null, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import aliased

from oktee.access.scope import Scope
from oktee.access.tables import User
from oktee.access.teams.tables import Team
from oktee.amazon.connection.marketplaces import MARKETPLACES
from oktee.amazon.mirror.purchase_order_status import PurchaseOrderLineStatus
from oktee.amazon.mirror.purchase_orders import PurchaseOrder, PurchaseOrderLine
from oktee.kit.clock import now as present
from oktee.kit.paging import open_cursor, seal_cursor
from oktee.kit.quick import Written, constant, written
from oktee.modules.supply.answers.clock import EDIT_WITHIN
from oktee.modules.supply.hands import ORDER
from oktee.modules.supply.logistics import freight_column
from oktee.modules.supply.marking import mark_column
from oktee.modules.supply.rows import NEEDS_PERSON, Filter
from oktee.modules.supply.sight import divides, figures_within
from oktee.modules.supply.sorting import Order, order_of
from oktee.modules.supply.summing import joined
from oktee.modules.supply.tables import OrderState
from oktee.modules.supply.wire.lists import OrderRow
from oktee.notify.matters.tables import Matter, MatterTag, Tag


@dataclass(frozen=True, slots=True)
class Asked:
    """One page of one list."""

    where: Filter
    sort: str
    group: str | None
    limit: int
    after: str | None

    def fingerprint(self) -> dict[str, Any]:
        """What its page marks are bound to, as those of `rows.list_rows` are."""
        return self.where.fingerprint() | {"o": self.sort, "g": self.group}

    def marks(self, sorting: Order) -> dict[str, Any]:
        """The values of its page mark by the names that they have in the statement. Raises Invalid."""
        if self.after is None:
            return {}
        position = open_cursor(self.after, filters=self.fingerprint())
        return {f"mark_{n}": value for n, value in enumerate(sorting.read(position))}


def instant(column: Any) -> Any:
    """As an instant stands on the wire: 2026-11-30T09:15:00.25Z."""
    return func.replace(cast(func.timezone("UTC", column), Text), " ", "T") + "Z"


def of_marketplace(column: Any, field: str) -> Any:
    """The country or zone of an id; what is said of one that nobody knows is the caller's `coalesce`."""
    return case({place.id: getattr(place, field) for place in MARKETPLACES.values()}, value=column)


def statement_of(asked: Asked, scope: Scope | None) -> Written:
    """Raises Invalid for a sort, a group or a page mark that cannot be read."""
    shown = figures_within(scope)
    sorting = order_of(asked.sort, shown, group=asked.group)
    # The mark of a page is made of its last row alone, not of each.
    places = {f"place_{n}": key.column for n, key in enumerate(sorting.keys)}
    columns = columns_of(scope) | places
    found = joined(*(constant(column.label(name)) for name, column in columns.items()))
    found = found.where(*asked.where.conditions())
    if asked.after is not None:
        marks = [bindparam(name, value, literal(value).type) for name, value in asked.marks(sorting).items()]
        found = found.where(*sorting.beyond(marks))
    # Rows of a CTE are read in the order in which they were written: nothing below sorts them again.
    page = found.order_by(*(constant(key) for key in sorting.by())).limit(_number(asked.limit + 1)).cte("page")
    here = _number(asked.limit)
    row = select(*(page.c[name] for name in OrderRow.model_fields)).limit(here).subquery("r")
    rows = select(func.coalesce(cast(func.json_agg(literal_column("r")), Text), literal_column("'[]'"))).select_from(
        row
    )
    hidden = select(func.coalesce(func.sum(row.c.hidden_lines), literal_column("0")))
    place = func.json_build_array(*(cast(page.c[name], Text) for name in places)).label("place")
    last = select(place).offset(_number(asked.limit - 1)).limit(_number(2)).subquery("last")
    parts = {
        "list_rows": rows.scalar_subquery(),
        "list_last": select(func.json_agg(last.c.place)).scalar_subquery(),
        "list_hands": hands_by(select(cast(page.c.id, Text)).limit(here).scalar_subquery()),
        "list_hidden": hidden.scalar_subquery() if divides(scope) else literal_column("0"),
    }
    answer: Any = select(*(cast(part, Text).label(name) for name, part in parts.items()))
    return written(answer)


def _number(count: int) -> Any:
    """In the text: a plan made for any LIMIT would read the whole table."""
    return literal_column(str(count))


def columns_of(scope: Scope | None) -> dict[str, Any]:
    """By field of wire.OrderRow."""
    order, state = PurchaseOrder, OrderState
    shown = figures_within(scope)
    line, status = PurchaseOrderLine, PurchaseOrderLineStatus
    hold = state.hold[0]
    told = func.json_build_object("message", hold["message"], "values", hold["values"])
    window = func.json_build_object(
        "kind", case((freight_column() == "collect", "ship"), else_="delivery"),
        "start", instant(order.window_start), "end", instant(order.window_end),
    )  # fmt: skip
    decided = func.json_build_object(
        "type", state.decided_by_type, "name", func.coalesce(state.decided_by_name, "")
    )  # fmt: skip
    allowed = select(func.bool_or(line.backorder_allowed)).where(
        line.organization_id == order.organization_id, line.purchase_order_id == order.id
    )
    received = select(func.max(status.last_received_at)).where(
        status.organization_id == order.organization_id, status.purchase_order_id == order.id
    )
    return {
        "id": order.id,
        "po_number": order.po_number,
        "marketplace_id": order.marketplace_id,
        "country": func.coalesce(of_marketplace(order.marketplace_id, "country"), ""),
        "vendor_code": order.vendor_code,
        "ship_to": order.ship_to,
        "order_type": order.order_type,
        "status": state.status,
        "status_detail": case((hold.is_not(None) & (shown.hidden_lines == 0), told), else_=null()),
        "ordered_at": instant(order.ordered_at),
        "deadline_at": instant(state.deadline_at),
        "hold_due_at": instant(state.hold_due_at),
        "mark": mark_column(shown.received),
        "edit_until": case(
            (
                func.coalesce(state.answered_by, "") != "",
                instant(func.coalesce(state.edit_until, order.ordered_at + EDIT_WITHIN)),
            )
        ),
        "window": case((order.window_start.is_not(None) & order.window_end.is_not(None), window)),
        "time_zone": func.coalesce(of_marketplace(order.marketplace_id, "time_zone"), "UTC"),
        "asked": shown.units,
        "taken": shown.taken,
        "backordered": shown.backordered,
        "cut": shown.cut,
        "undecided_lines": shown.undecided_lines,
        "line_count": shown.line_count,
        "proposed": state.proposed,
        "value": cast(shown.value, Text),
        "currency": order.currency,
        "cut_value": cast(shown.cut_value, Text),
        "decided_by": case((func.coalesce(state.decided_by_type, "") != "", decided)),
        "send_at": instant(state.send_at),
        "brand": order.brand,
        "revision": order.revision,
        "first_seen_at": instant(order.first_seen_at),
        "answered_by": state.answered_by,
        "needs_person": state.status.in_(NEEDS_PERSON),
        "decision_id": state.decision_id,
        "hidden_lines": shown.hidden_lines,
        "received": shown.received,
        "payment_method": order.payment_method,
        "deal_code": order.deal_code,
        "import_order": order.import_order,
        "changed_at": instant(order.changed_at),
        "backorder_allowed": allowed.scalar_subquery(),
        "last_received_at": case((order.status_hash.is_not(None), instant(received.scalar_subquery()))),
    }


def hands_by(ids: Any) -> Any:
    """Who has these orders, and their tags: an object by order, null where nobody has any and none has one."""
    tag, tagged = aliased(Tag), aliased(MatterTag)
    one = func.json_build_object("id", tag.id, "name", tag.name, "colour", tag.colour)
    tags = (
        select(func.json_agg(aggregate_order_by(one, tag.name)))
        .join(tagged, (tagged.organization_id == tag.organization_id) & (tagged.tag_id == tag.id))
        .where(tagged.organization_id == Matter.organization_id, tagged.matter_id == Matter.id)
        .correlate(Matter)
        .scalar_subquery()
    )
    holder = case(
        (Team.id.is_not(None), func.json_build_object("type", "team", "id", Team.id, "name", Team.name)),
        (User.id.is_not(None), func.json_build_object("type", "person", "id", User.id, "name", User.name)),
        else_=null(),
    )
    matters = constant(
        select(Matter.object_id, holder.label("assignee"), tags.label("tags"))
        .outerjoin(Team, (Team.organization_id == Matter.organization_id) & (Team.id == Matter.assigned_team_id))
        .outerjoin(User, User.id == Matter.assigned_user_id)
        .where(Matter.kind == ORDER)
    )
    had = matters.where(Matter.object_id == func.any(func.array(ids))).subquery("had")
    who: Any = literal_column("'assignee'")
    which: Any = literal_column("'tags'")
    tags_of = func.coalesce(had.c.tags, literal_column("'[]'::json"))
    each = func.json_build_object(who, had.c.assignee, which, tags_of)
    return (
        select(func.json_object_agg(had.c.object_id, each))
        .where(had.c.assignee.is_not(None) | had.c.tags.is_not(None))
        .scalar_subquery()
    )


def body_of(asked: Asked, found: Record, *, limited: bool) -> bytes:
    """An OrderList without totals, of the row that the statement gave. `limited`: the reader has a scope."""
    following = b"null"
    last = orjson.loads(found["list_last"]) if found["list_last"] else []
    if len(last) > 1:
        following = orjson.dumps(seal_cursor(last[0], filters=asked.fingerprint()))
    return b"".join(
        (
            b'{"rows":', found["list_rows"].encode(), b',"next":', following,
            b',"count":null,"sums":null,"scope":{"limited":', b"true" if limited else b"false",
            b',"hidden_lines":', found["list_hidden"].encode(), b'},"as_of":',
            orjson.dumps(present(), option=orjson.OPT_UTC_Z), b',"hands":', (found["list_hands"] or "{}").encode(), b"}",
        )
    )  # fmt: skip
