"""Reads rules for their screen: versions, hits of the last 28 days, what is wrong with each, what conditions can name."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import case, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.caller import Caller
from oktee.amazon.connection.marketplaces import find_marketplace
from oktee.amazon.mirror.purchase_orders import PurchaseOrder, VendorCode
from oktee.catalog.tables import Item
from oktee.kit.clock import now as present
from oktee.kit.errors import NotFound
from oktee.modules.supply.rule_sets import wire
from oktee.modules.supply.rule_sets.tables import STANDARD_ID, RuleSet, RuleSetVersion
from oktee.modules.supply.rules.body import SCHEMA, RuleBody
from oktee.modules.supply.rules.book import STANDARD_NAME, Conditions
from oktee.modules.supply.rules.gates import ORDER_TYPES
from oktee.modules.supply.rules.guards import Finding, Known, KnownSku, look_at, never_matches
from oktee.modules.supply.rules.presets import PRESETS
from oktee.modules.supply.shadows.tables import RuleShadow
from oktee.modules.supply.tables import DecisionLine, OrderState

DAYS = 28
DEALS = timedelta(days=180)
"""So far back deal codes of orders are offered to be named."""
CONSEQUENCES = ("rejected lines never come back", "les lignes refusées ne reviennent jamais")
"""What an Owner types, in the language of the page, to let a rule reject whole lines."""


async def list_rules(session: AsyncSession, caller: Caller) -> wire.RuleList:
    """All of them, in their order."""
    if caller.scope is not None:
        return wire.RuleList(
            rules=[],
            coverage=wire.Coverage(lines=0, by_rule=0),
            can_write=False,
            owner=False,
            limited=True,
        )
    stored = await read_rules(session)
    hits, coverage = await _hits(session)
    findings = await findings_of(session, stored)
    shadows = await _in_shadow(session)
    return wire.RuleList(
        rules=[_row(rule, versions, hits, findings, shadows) for rule, versions in stored],
        coverage=coverage,
        can_write=caller.may("rules.write"),
        owner=caller.role == "owner",
        limited=False,
    )


async def get_rule(session: AsyncSession, rule_id: UUID) -> wire.RuleDetail:
    """One rule with its versions. Raises NotFound."""
    stored = await read_rules(session)
    found = next((one for one in stored if one[0].id == rule_id), None)
    if found is None:
        raise NotFound("There is no such rule.")
    hits, _ = await _hits(session)
    findings = await findings_of(session, stored)
    row = _row(*found, hits, findings, await _in_shadow(session))
    return wire.RuleDetail(**row.model_dump(), versions=[_version(one) for one in found[1]])


Stored = list[tuple[RuleSet, list[RuleSetVersion]]]


async def read_rules(session: AsyncSession) -> Stored:
    """Rules in their order with their versions, the newest first; the standard rule last, also when nobody changed it."""
    rules = (await session.scalars(select(RuleSet).order_by(RuleSet.position, RuleSet.id))).all()
    versions: dict[UUID, list[RuleSetVersion]] = {rule.id: [] for rule in rules}
    for version in await session.scalars(select(RuleSetVersion).order_by(RuleSetVersion.number.desc())):
        versions[version.rule_set_id].append(version)
    found = [(rule, versions[rule.id]) for rule in rules if rule.id != STANDARD_ID]
    standard = next((rule for rule in rules if rule.id == STANDARD_ID), None)
    found.append((standard, versions[STANDARD_ID]) if standard else first_standard())
    return found


def first_standard() -> tuple[RuleSet, list[RuleSetVersion]]:
    """The standard rule as everybody starts with it; stored with its first change."""
    moment = present() - timedelta(days=2)
    rule = RuleSet(id=STANDARD_ID, name=STANDARD_NAME, position=1_000_000, state="on")
    version = RuleSetVersion(
        rule_set_id=STANDARD_ID,
        number=1,
        schema=SCHEMA,
        body=RuleBody().model_dump(mode="json"),
        author_name="OKTee",
        created_at=moment,
        enabled_at=moment,
        enabled_by_name="OKTee",
        activates_at=moment,
    )
    return rule, [version]


def running_of(versions: Sequence[RuleSetVersion]) -> RuleSetVersion | None:
    """The version that decides now."""
    now = present()
    active = [(one.activates_at, one.number, one) for one in versions if one.activates_at and one.activates_at <= now]
    return max(active, key=lambda each: each[:2])[2] if active else None


def _row(
    rule: RuleSet,
    versions: Sequence[RuleSetVersion],
    hits: dict[UUID, tuple[int, int]],
    findings: dict[UUID, list[Finding]],
    shadows: dict[UUID, wire.RuleInShadow],
) -> wire.RuleRow:
    now = present()
    running = running_of(versions)
    coming = [(one.activates_at, one.number, one) for one in versions if one.activates_at and one.activates_at > now]
    scheduled = min(coming, key=lambda each: each[:2])[2] if coming else None
    of_rule, overrides = hits.get(rule.id, (0, 0))
    return wire.RuleRow(
        id=rule.id,
        name=rule.name,
        position=rule.position,
        standard=rule.id == STANDARD_ID,
        state=rule.state,
        running=_version(running) if running is not None else None,
        newest=_version(versions[0]),
        scheduled=_version(scheduled) if scheduled is not None else None,
        shadow=shadows.get(rule.id),
        hits=of_rule,
        overrides=overrides,
        findings=said(findings.get(rule.id, [])),
    )


async def _in_shadow(session: AsyncSession) -> dict[UUID, wire.RuleInShadow]:
    statement = select(RuleShadow).where(RuleShadow.ended_at.is_(None), RuleShadow.ends_at > present())
    return {
        one.rule_set_id: wire.RuleInShadow(version=one.version, started_at=one.started_at, ends_at=one.ends_at)
        for one in await session.scalars(statement)
    }


def _version(one: RuleSetVersion) -> wire.RuleVersion:
    return wire.RuleVersion(
        number=one.number,
        body=RuleBody.model_validate(one.body),
        note=one.note,
        author=one.author_name,
        created_at=one.created_at,
        enabled_at=one.enabled_at,
        enabled_by=one.enabled_by_name,
        activates_at=one.activates_at,
        override_reason=one.override_reason,
        simulation_id=one.simulation_id,
        brings_back=one.brings_back,
        consequence=one.consequence,
    )


def said(findings: Sequence[Finding]) -> list[wire.RuleFinding]:
    return [
        wire.RuleFinding(
            code=one.code,
            pointer=one.pointer,
            level=one.level,
            rules=list(one.rules),
            values=list(one.values),
            count=one.count,
        )
        for one in findings
    ]


async def findings_of(session: AsyncSession, stored: Stored) -> dict[UUID, list[Finding]]:
    """What is wrong with each rule in its place: behind the running ones before it, as it runs or, a draft, as it would."""
    bodies = {rule.id: RuleBody.model_validate((running_of(versions) or versions[0]).body) for rule, versions in stored}
    known = await read_known(session, list(bodies.values()))
    found: dict[UUID, list[Finding]] = {}
    before: list[tuple[str, Conditions]] = []
    for rule, _ in stored:
        body = bodies[rule.id]
        here = (rule.name, body.conditions())
        shadow = never_matches([*before, here])[-1]
        of_body = look_at(body, known)
        found[rule.id] = [*([shadow] if shadow is not None and shadow.code == "shadowed" else []), *of_body]
        if rule.state == "on":
            before.append(here)
    return found


async def read_known(session: AsyncSession, bodies: Sequence[RuleBody]) -> Known:
    """What the workspace has of the names in these rules."""
    named = {one.field for body in bodies for one in body.when}
    skus = sorted({value for body in bodies for one in body.when if one.field == "sku" for value in one.values})
    codes: dict[str, set[str]] = {}
    if named & {"vendor_code", "marketplace"}:
        for code, place in (await session.execute(select(VendorCode.code, VendorCode.marketplace_id))).all():
            codes.setdefault(code, set()).add(place)
    brands = None
    if "brand" in named:
        brands = frozenset(filter(None, (await session.scalars(select(Item.brand).distinct())).all()))
    items: dict[str, KnownSku] | None = None
    if skus:
        rows = (
            await session.execute(
                select(Item.sku, Item.brand, Item.case_pack, Item.case_pack * Item.cases_per_layer).where(
                    Item.sku.in_(skus)
                )
            )
        ).all()
        items = {sku: KnownSku(brand, case_pack, layer) for sku, brand, case_pack, layer in rows}
    landed = None
    if any(body.then.margin_floor is not None for body in bodies):
        landed = bool(await session.scalar(select(exists().where(Item.landed_cost.is_not(None)))))
    return Known(
        {code: frozenset(places) for code, places in codes.items()} if codes else None,
        brands,
        items,
        frozenset(place for places in codes.values() for place in places) if codes else None,
        landed,
    )


async def _hits(session: AsyncSession) -> tuple[dict[UUID, tuple[int, int]], wire.Coverage]:
    """Lines of the current decisions of the last 28 days: by rule all and those a person changed; and the coverage."""
    person = DecisionLine.decided_by_type == "person"
    free = case((~person & (DecisionLine.hold == []) & DecisionLine.taken.is_not(None), 1))
    statement = (
        select(DecisionLine.rule_set_id, func.count(), func.count(case((person, 1))), func.count(free))
        .join(OrderState, OrderState.decision_id == DecisionLine.decision_id)
        .where(OrderState.became_available_at > present() - timedelta(days=DAYS), DecisionLine.asked > 0)
        .group_by(DecisionLine.rule_set_id)
    )
    rows = (await session.execute(statement)).all()
    coverage = wire.Coverage(lines=sum(row[1] for row in rows), by_rule=sum(row[3] for row in rows))
    return {rule: (count, changed) for rule, count, changed, _ in rows if rule is not None}, coverage


async def read_choices(session: AsyncSession) -> wire.RuleChoices:
    """What conditions can name."""
    codes = (await session.execute(select(VendorCode.code, VendorCode.marketplace_id).order_by(VendorCode.code))).all()
    brands = (await session.scalars(select(Item.brand).distinct().order_by(Item.brand).limit(500))).all()
    deals = (
        select(PurchaseOrder.deal_code)
        .where(PurchaseOrder.deal_code.is_not(None), PurchaseOrder.ordered_at > present() - DEALS)
        .distinct()
        .order_by(PurchaseOrder.deal_code)
        .limit(200)
    )
    return wire.RuleChoices(
        marketplaces=[
            wire.RuleMarketplace(id=place, country=found.country if (found := find_marketplace(place)) else "")
            for place in sorted({place for _, place in codes})
        ],
        vendor_codes=sorted({code for code, _ in codes}),
        brands=[brand for brand in brands if brand],
        order_types=sorted(ORDER_TYPES),
        deal_codes=[code for code in (await session.scalars(deals)).all() if code],
        presets=[wire.RulePreset(name=name, body=body) for name, body in PRESETS.items()],
        consequences=list(CONSEQUENCES),
        start=RuleBody(),
    )
