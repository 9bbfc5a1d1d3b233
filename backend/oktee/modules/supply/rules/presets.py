"""Three rules to start with. None rejects a whole line: irreversible acts are never a preset."""

from decimal import Decimal
from typing import Literal

from oktee.modules.supply.rules.body import RuleBody, Safety, Stop, Then

Preset = Literal["careful", "balanced", "fast"]
PRESETS: dict[Preset, RuleBody] = {
    "careful": RuleBody(
        then=Then(safety=Safety(kind="share", share=Decimal("0.10")), cut_tolerance=Decimal(0), backorder_days=7),
        stop=Stop(
            confirmed_share=Decimal("0.90"),
            line_cut=Decimal("0.10"),
            spike_value=Decimal(1000),
            unknown_places=True,
            first_orders=20,
        ),
    ),
    "balanced": RuleBody(
        then=Then(price_tolerance=Decimal("0.005")),
        stop=Stop(line_cut=Decimal("0.50"), spike_value=Decimal(2000), unknown_places=True, first_orders=5),
    ),
    "fast": RuleBody(
        then=Then(cut_tolerance=Decimal("0.10"), price_tolerance=Decimal("0.01")),
        stop=Stop(confirmed_share=Decimal("0.30"), spike_value=Decimal(10000)),
    ),
}
