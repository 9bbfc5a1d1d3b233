"""What the rules say on the wire."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from oktee.modules.supply.rules.body import RuleBody
from oktee.modules.supply.rules.presets import Preset
from oktee.modules.supply.wire.words import Message


class RuleFinding(BaseModel):
    """What is wrong with a rule: an error is refused, a warning is shown. `rules`: the rules in its way."""

    code: str
    pointer: str
    level: Literal["error", "warning"]
    rules: list[str]
    values: list[str]
    count: int


class RuleVersion(BaseModel):
    """One version: what it says, who wrote it, and who let it decide from when."""

    number: int
    body: RuleBody
    note: str | None
    author: str
    created_at: datetime
    enabled_at: datetime | None
    enabled_by: str | None
    activates_at: datetime | None
    override_reason: str | None
    simulation_id: UUID | None
    brings_back: int | None
    consequence: str | None


class RuleInShadow(BaseModel):
    """The version of a rule that decides beside the running one, and until when."""

    version: int
    started_at: datetime
    ends_at: datetime


class RuleRow(BaseModel):
    """One rule. `running` decides now; `newest` may be a draft of it. Hits are lines of the last 28 days whose decision is
    of this rule; overrides are those a person changed. `shadow`: the version that is in shadow now."""

    id: UUID
    name: str
    position: int
    standard: bool
    state: Literal["draft", "on", "paused"]
    running: RuleVersion | None
    newest: RuleVersion
    scheduled: RuleVersion | None
    shadow: RuleInShadow | None
    hits: int
    overrides: int
    findings: list[RuleFinding]


class RuleDetail(RuleRow):
    """One rule with all its versions, the newest first."""

    versions: list[RuleVersion]


class WatchedMoney(BaseModel):
    """What was asked at cost and what of it was cut, in one currency."""

    currency: str
    asked: str
    cut: str


class WatchedSums(BaseModel):
    """Orders that came in some days and are decided. `held`: those that waited for a person at some time; `changed`: lines
    whose decision is a person's."""

    orders: int
    lines: int
    asked: int
    confirmed: int
    confirmation: float | None
    held: int
    changed: int
    money: list[WatchedMoney]


WatchedFigure = Literal["confirmation", "held", "changed", "cut"]


class WatchedSimulation(BaseModel):
    """What the simulation on which the version was enabled said that it would do."""

    days: int
    orders: int
    confirmation: float | None
    held: int


class RuleWatch(BaseModel):
    """The first seven days of the version that decides, beside the seven days before it, over all orders of the workspace.
    `enough`: both have orders enough (`least`) to be compared; `worse`: the figures that are two points worse then.
    `before_version`: what decided before, to be brought back."""

    version: int
    since: datetime
    until: datetime
    over: bool
    enough: bool
    least: int
    worse: list[WatchedFigure]
    lines_of_rule: int
    before_version: int | None
    before: WatchedSums
    now: WatchedSums
    simulated: WatchedSimulation | None


class RuleListeners(BaseModel):
    """Who is told, by inbox and by mail as each wants it, when the caller enables a version."""

    names: list[str]


class RuleWatchReport(BaseModel):
    """None when the running version decides for longer."""

    watch: RuleWatch | None


class Coverage(BaseModel):
    """Lines of the last 28 days: how many a rule decided, and how many went to a person."""

    lines: int
    by_rule: int


class RuleList(BaseModel):
    """The rules in their order, the standard rule last. `limited`: they speak of the whole workspace and this reader sees a
    part of it, so none is shown."""

    rules: list[RuleRow]
    coverage: Coverage
    can_write: bool
    owner: bool
    limited: bool


class RulePreset(BaseModel):
    """A rule to start with."""

    name: Preset
    body: RuleBody


class RuleMarketplace(BaseModel):
    """A marketplace and its country, by which people know it."""

    id: str
    country: str


class RuleChoices(BaseModel):
    """What conditions can name, as orders and the catalogue have it; and the sentences an Owner types."""

    marketplaces: list[RuleMarketplace]
    vendor_codes: list[str]
    brands: list[str]
    order_types: list[str]
    deal_codes: list[str]
    presets: list[RulePreset]
    consequences: list[str]
    start: RuleBody


class RuleVersionIn(BaseModel):
    """A new version. `consequence`: the sentence an Owner types to let it reject whole lines."""

    model_config = ConfigDict(extra="forbid")

    body: RuleBody
    note: str | None = Field(None, max_length=500)
    name: str | None = Field(None, min_length=1, max_length=80)
    consequence: str | None = Field(None, max_length=200)


class RuleIn(RuleVersionIn):
    """A new rule, as a draft."""

    name: str = Field(min_length=1, max_length=80)


class EnableRuleIn(BaseModel):
    """Let a version decide, now or from a moment on. `simulation_id`: of exactly this version; without one an Owner says
    why."""

    model_config = ConfigDict(extra="forbid")

    version: int = Field(ge=1)
    simulation_id: UUID | None = None
    override_reason: str | None = Field(None, min_length=10, max_length=500)
    activates_at: datetime | None = None


class BringBackIn(BaseModel):
    """An earlier version that decided before, to decide again."""

    model_config = ConfigDict(extra="forbid")

    version: int = Field(ge=1)


class RuleOrderIn(BaseModel):
    """Every rule but the standard one, in the order wanted."""

    model_config = ConfigDict(extra="forbid")

    ids: list[UUID] = Field(max_length=500)


class RuleFileRule(BaseModel):
    """One rule of a file."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=80)
    note: str | None = Field(None, max_length=500)
    standard: bool = False
    body: RuleBody


class RuleFile(BaseModel):
    """Rules as a file: what is exported and imported."""

    model_config = ConfigDict(extra="forbid")

    format: Literal["oktee.rules"] = "oktee.rules"
    schema_version: int
    rules: list[RuleFileRule] = Field(max_length=500)


class RulesImported(BaseModel):
    """What an import made: drafts, none of which decides. `stripped`: those that lost the right to reject whole lines."""

    created: int
    stripped: list[str]


class Difference(BaseModel):
    """One thing two versions say otherwise."""

    pointer: str
    was: Any
    now: Any


class Differences(BaseModel):
    """What a version says otherwise than another."""

    was: int
    now: int
    changes: list[Difference]


class EvaluateIn(BaseModel):
    """A draft, in the place of the rule it is of, or before all others when it is of none."""

    model_config = ConfigDict(extra="forbid")

    rule_id: UUID | None = None
    body: RuleBody


class RuleOutcome(BaseModel):
    """What becomes of a line, in eaches."""

    taken: int
    backordered: int
    cut: int
    held: bool
    rule: str
    summary: Message


class RuleExample(BaseModel):
    """A line of an order that the draft would decide: as the running rules decide it, and as the draft would. `past`: the
    order is answered or its window is over, so it is decided as on its day, with the stock of today."""

    order_id: UUID
    po_number: str
    sequence: str
    sku: str | None
    asin: str | None
    asked: int
    past: bool
    was: RuleOutcome
    now: RuleOutcome


class Evaluation(BaseModel):
    """The last lines that match, and what is wrong with the draft. `looked_at`: orders that were looked at."""

    examples: list[RuleExample]
    findings: list[RuleFinding]
    looked_at: int
