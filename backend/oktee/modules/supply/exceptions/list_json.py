"""The Exceptions list as JSON that PostgreSQL writes: counts, and either rows or what the groups are made of, in one statement.

It says what the route (screen.py) says, in the words of `wire.ExceptionList` (tests/modules/supply/test_quick_exceptions.py
compares the two field by field).
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import orjson
from asyncpg import Record
from pydantic import TypeAdapter
from sqlalchemy import Text, and_, bindparam, case, cast, func, literal, literal_column, null, or_, select, tuple_
from sqlalchemy.dialects.postgresql import JSON, aggregate_order_by
from sqlalchemy.orm import aliased

from oktee.access.scope import Scope
from oktee.access.tables import User
from oktee.access.teams.absences import those_of
from oktee.access.teams.tables import Team
from oktee.amazon.mirror.purchase_orders import PurchaseOrder, PurchaseOrderLine
from oktee.kit.database import to_json
from oktee.kit.paging import open_cursor, seal_cursor
from oktee.kit.quick import READER, ZONE, Written, constant, written
from oktee.modules.supply.exceptions.causes import APPROVING, CAUSES, NEVER_APPROVED, fixes_of
from oktee.modules.supply.exceptions.groups import FAR, counts_of, grouped, groups_of
from oktee.modules.supply.exceptions.rows import only_rule
from oktee.modules.supply.exceptions.tables import OrderException
from oktee.modules.supply.exceptions.wanted import Wanted
from oktee.modules.supply.exceptions.wire import CauseGroup, ExceptionRow
from oktee.modules.supply.exceptions.worth import sizes
from oktee.modules.supply.hands import EXCEPTION, ORDER
from oktee.modules.supply.orders_json import instant, of_marketplace
from oktee.modules.supply.rule_sets.tables import STANDARD_ID
from oktee.modules.supply.sight import figures_within
from oktee.modules.supply.tables import DecisionLine, OrderState
from oktee.notify.matters.tables import Attachment, Matter, MatterTag, Note, Tag

MINE: Final = those_of(READER)
"""Who `me` is, as the statement itself finds it: one part of it, however often it is named."""
ANOMALIES: Final = sorted(name for name, cause in CAUSES.items() if cause.anomaly)
"""Their clocks are not those of the order's answer."""
_FROM_PAGE: Final = ("lines", "value", "decided_rule_id")
_GROUPS: Final = TypeAdapter(list[CauseGroup])


@dataclass(frozen=True, slots=True)
class Asked:
    """One page of the list, or its groups."""

    wanted: Wanted
    grouped: bool
    limit: int
    after: str | None

    def marks(self) -> dict[str, Any]:
        """The values of its page mark by the names that they have in the statement. Raises Invalid."""
        if self.after is None:
            return {}
        at, last = open_cursor(self.after, filters=self.wanted.fingerprint())
        return {"mark_at": datetime.fromisoformat(at), "mark_id": UUID(last)}


def statement_of(asked: Asked, scope: Scope | None) -> Written:
    """Raises Invalid for a page mark that cannot be read. `me` in `asked.wanted` is MINE."""
    midnight = func.date_trunc(literal_column("'day'"), func.now(), ZONE)
    counts = constant(counts_of(midnight, MINE)).subquery("counts")
    parts: dict[str, Any] = {"list_counts": select(func.row_to_json(literal_column("counts"))).select_from(counts)}
    parts["list_as_of"] = select(instant(func.now()))  # of the clock that dates what opens and changes
    parts |= _groups(asked, scope) if asked.grouped else _rows(asked, scope)
    answer: Any = select(*(cast(part.scalar_subquery(), Text).label(name) for name, part in parts.items()))
    return written(answer)


def _groups(asked: Asked, scope: Scope | None) -> dict[str, Any]:
    """Rows of `groups.groups_of`, as arrays; a sum as text, since JSON has no decimals."""
    sums, several = groups_of(asked.wanted, figures_within(scope))
    each, orders = sums.subquery("each"), several.subquery("orders")
    row = func.json_build_array(
        each.c.cause, each.c.currency, each.c.exceptions, each.c.lines, cast(each.c.value, Text),
        instant(each.c.first_due_at),
    )  # fmt: skip
    return {
        "list_groups": select(func.json_agg(row)),
        "list_orders": select(func.json_object_agg(orders.c.cause, orders.c.orders)),
    }


def _rows(asked: Asked, scope: Scope | None) -> dict[str, Any]:
    """The page is chosen first, from the exceptions alone; only its rows are joined with what they are about."""
    resolved = asked.wanted.state == "resolved"
    far: Any = literal_column(f"'{FAR}'::timestamptz")
    key = OrderException.resolved_at if resolved else func.coalesce(OrderException.due_at, far)
    by = (key.desc(), OrderException.id.desc()) if resolved else (key, OrderException.id)
    found = select(OrderException, func.json_build_array(instant(key), OrderException.id).label("place"))
    found = found.where(*asked.wanted.conditions()).order_by(*by).limit(_number(asked.limit + 1))
    if asked.after is not None:
        marks = asked.marks()
        mark = tuple_(*(bindparam(name, value, literal(value).type) for name, value in marks.items()))
        here = tuple_(key, OrderException.id)
        found = found.where(here < mark if resolved else here > mark)
    # Rows of a CTE are read in the order in which they were written; what is joined to them is sorted as they are.
    page = found.cte("page")
    shown = select(page).limit(_number(asked.limit)).subquery("shown")
    one: Any = aliased(OrderException, shown, adapt_on_names=True)
    last = select(page.c.place).offset(_number(asked.limit - 1)).limit(_number(2)).subquery("last")
    key = one.resolved_at if resolved else func.coalesce(one.due_at, far)
    order_by = (key.desc(), one.id.desc()) if resolved else (key, one.id)
    row = _statement(one, scope).order_by(*order_by).subquery("r")
    return {
        "list_rows": select(func.json_agg(literal_column("r"))).select_from(row),
        "list_last": select(func.json_agg(last.c.place)),
    }


def _number(count: int) -> Any:
    return literal_column(str(count))


def _statement(one: Any, scope: Scope | None) -> Any:
    """By field of wire.ExceptionRow."""
    order, state, line, decided = PurchaseOrder, OrderState, PurchaseOrderLine, DecisionLine
    own, its = aliased(Matter), aliased(Matter)
    own_team, own_user, team, user = aliased(Team), aliased(User), aliased(Team), aliased(User)
    figures = figures_within(scope)
    lines, value = sizes(figures, one)
    subject = one.evidence["subject"]
    is_decided, is_line = decided.sequence.is_not(None), line.sequence.is_not(None)
    mine, theirs = _holder(own_team, own_user), _holder(team, user)
    with_order = and_(own_team.id.is_(None), own_user.id.is_(None), or_(team.id.is_not(None), user.id.is_not(None)))
    rule = func.coalesce(cast(decided.rule_set_id, Text), only_rule(one))
    columns = {
        "id": one.id,
        "cause": one.cause,
        "severity": one.severity,
        "owner_role": one.owner_role,
        "state": case((and_(one.state == "snoozed", one.snoozed_until <= func.now()), "open"), else_=one.state),
        "message": _message(one),
        "fixes": _fixes(one),
        "order_id": order.id,
        "po_number": order.po_number,
        "country": of_marketplace(one.marketplace_id, "country"),
        "marketplace_id": one.marketplace_id,
        "vendor_code": one.vendor_code,
        "sequence": one.sequence,
        "sku": case((is_decided, decided.sku), else_=subject["sku"].astext),
        "asin": line.asin,
        "title": decided.title,
        "asked": line.units,
        "free_stock": decided.free_stock,
        "suggested": decided.taken,
        "backorder_allowed": and_(is_line, func.coalesce(line.backorder_allowed, False)),
        "lines": func.coalesce(lines, 0),
        "value": cast(value, Text),
        "order_value": cast(figures.value, Text),
        "currency": order.currency,
        "rule_id": subject["rule_id"].astext,
        "rule_change": subject["change"].astext,
        "decided_rule_id": rule,
        "revision": case((state.decision_id.is_not(None), state.revision)),
        "decision_id": state.decision_id,
        "due_at": instant(one.due_at),
        "hold_due_at": case((one.cause.not_in(ANOMALIES), instant(state.hold_due_at))),
        "opened_at": instant(one.opened_at),
        "snoozed_until": instant(one.snoozed_until),
        "until_change": one.until_change,
        "resolution": one.resolution,
        "note": one.note,
        "resolved_by": one.resolved_by_name,
        "resolved_at": instant(one.resolved_at),
        "assignee": func.coalesce(mine, theirs),
        "assigned_with_order": with_order,
        "tags": func.coalesce(_tags(own), literal_column("'[]'::json")),
        "notes": _count(Note, own),
        "files": _count(Attachment, own),
    }
    its_line = and_(line.purchase_order_id == one.purchase_order_id, line.sequence == one.sequence)
    its_decision = and_(decided.decision_id == state.decision_id, decided.sequence == one.sequence)
    # What selects from the page holds what somebody typed to find it: those stay as they are.
    columns = {name: column if name in _FROM_PAGE else constant(column) for name, column in columns.items()}
    found = (
        select(*(columns[name].label(name) for name in ExceptionRow.model_fields))
        .select_from(one)
        .outerjoin(order, order.id == one.purchase_order_id)
        .outerjoin(state, state.purchase_order_id == order.id)
        .outerjoin(line, its_line)
        .outerjoin(decided, its_decision)
    )
    for matter, kind, number, named, person in (
        (own, EXCEPTION, one.id, own_team, own_user),
        (its, ORDER, one.purchase_order_id, team, user),
    ):
        found = (
            found.outerjoin(matter, and_(constant(matter.kind == kind), matter.object_id == cast(number, Text)))
            .outerjoin(named, named.id == matter.assigned_team_id)
            .outerjoin(person, person.id == matter.assigned_user_id)
        )
    return found


def _holder(team: Any, user: Any) -> Any:
    return case(
        (team.id.is_not(None), func.json_build_object("type", "team", "id", team.id, "name", team.name)),
        (user.id.is_not(None), func.json_build_object("type", "person", "id", user.id, "name", user.name)),
        else_=null(),
    )


def _tags(matter: Any) -> Any:
    one = func.json_build_object("id", Tag.id, "name", Tag.name, "colour", Tag.colour)
    return (
        select(func.json_agg(aggregate_order_by(one, Tag.name)))
        .join(MatterTag, MatterTag.tag_id == Tag.id)
        .where(MatterTag.matter_id == matter.id)
        .correlate(matter)
        .scalar_subquery()
    )


def _count(table: Any, matter: Any) -> Any:
    there = (table.matter_id == matter.id, table.deleted_at.is_(None))
    return select(func.count()).where(*there).correlate(matter).scalar_subquery()


def _message(one: Any) -> Any:
    values = case((func.jsonb_typeof(one.evidence["values"]) == "object", one.evidence["values"]))
    said = func.json_build_object(
        "message", one.evidence["message"].astext, "values", func.coalesce(values, literal_column("'{}'::jsonb"))
    )  # fmt: skip
    return case((one.evidence["message"].astext != "", said), else_=null())


def _fixes(one: Any) -> Any:
    """As `causes.fixes_of` says, but for a rule that nobody can pause."""
    outcome, message = one.evidence["outcome"].astext, one.evidence["message"].astext
    approvable = and_(outcome == "holds", func.coalesce(message, "").not_in(sorted(NEVER_APPROVED)))
    standard = func.coalesce(one.evidence["subject"]["rule_id"].astext, "") == str(STANDARD_ID)

    def known(cause: str, *leave: str, outcome: str = "holds") -> Any:
        kept = [fix for fix in fixes_of(cause, "", outcome) if fix not in leave]
        return cast(literal_column("'" + to_json(kept) + "'"), JSON)

    def by_cause(outcome: str) -> list[tuple[Any, Any]]:
        return [(one.cause == cause, known(cause, outcome=outcome)) for cause in CAUSES]

    pausing = [cause for cause, about in CAUSES.items() if "pause_rule" in about.fixes]
    approving = [cause for cause, about in CAUSES.items() if any(fix.startswith(APPROVING) for fix in about.fixes)]
    return case(
        *((and_(one.cause == cause, standard), known(cause, "pause_rule")) for cause in pausing),
        *(
            (and_(one.cause == cause, ~func.coalesce(approvable, False)), known(cause, outcome=""))
            for cause in approving
        ),
        *by_cause("holds"),
    )


def body_of(asked: Asked, found: Record) -> bytes:
    """An ExceptionList, of the row that the statement gave."""
    following = groups = b"null"
    last = orjson.loads(found["list_last"]) if not asked.grouped and found["list_last"] else []
    if len(last) > 1:
        following = orjson.dumps(seal_cursor(last[0], filters=asked.wanted.fingerprint()))
    if asked.grouped:
        rows = [
            (cause, currency, count, lines, Decimal(value) if value is not None else None, _read(due))
            for cause, currency, count, lines, value, due in orjson.loads(found["list_groups"] or b"[]")
        ]
        groups = _GROUPS.dump_json(grouped(rows, orjson.loads(found["list_orders"] or b"{}")))
    return b"".join(
        (
            b'{"counts":', found["list_counts"].encode(), b',"groups":', groups if asked.grouped else b"[]",
            b',"rows":', b"[]" if asked.grouped else (found["list_rows"] or "[]").encode(), b',"next":', following,
            b',"as_of":', orjson.dumps(found["list_as_of"]), b"}",
        )
    )  # fmt: skip


def _read(instant_text: str | None) -> datetime | None:
    return datetime.fromisoformat(instant_text) if instant_text else None
