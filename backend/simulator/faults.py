"""Faults by seed: rules that make the simulated Amazon throttle, fail, stall, cut or spoil its answers (trust/RELIABILITY 5)."""

import gzip
import random
from dataclasses import dataclass, field
from typing import Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field

Kind = Literal[
    "throttle", "error_400", "error_500", "error_503", "latency", "truncate", "garble", "html", "null_arrays", "unknown_enum", "errors_in_200",
    "hang", "close_before_body", "close_after_effect", "drip", "endless", "duplicate_keys", "wrong_charset", "gzip_cut",
    "expired_page_token", "repeated_page",
]  # fmt: skip

REPLACING = {"throttle", "error_400", "error_500", "error_503", "html", "errors_in_200", "hang"}
"""Faults that answer in place of the operation: it has no effect, unless after_effect is set."""


PAGING = {"expired_page_token", "repeated_page"}
"""Faults of calls that carry a nextToken: it is refused, or the first page comes again."""


class FaultRule(BaseModel):
    """One rule; the first rule of the list that matches and draws true breaks the call."""

    model_config = ConfigDict(extra="forbid")
    operation: str = Field(
        default="*", description="An operation id, token, consent, or * for every SP-API operation and token."
    )
    kind: Kind
    probability: float = Field(default=1.0, ge=0, le=1)
    count: int | None = Field(
        default=None, ge=0, description="How often it strikes before it is spent; none = without end."
    )
    seed: int = 0
    retry_after: int | None = Field(
        default=None, ge=0, description="Retry-After of throttle and error_503, in seconds."
    )
    after_effect: bool = Field(
        default=False, description="The operation takes effect, then the answer is lost to this fault."
    )
    seconds: float = Field(
        default=5.0, ge=0, le=600, description="How long latency waits, hang holds, drip and endless last."
    )
    code: str = Field(
        default="InvalidInput", description="The error code of error_400; Amazon has some that it names nowhere."
    )
    selling_partner_id: str | None = None


@dataclass(slots=True)
class ActiveRule:
    rule: FaultRule
    struck: int = 0
    rng: random.Random = field(default_factory=random.Random)


class Faults:
    def __init__(self) -> None:
        self._active: list[ActiveRule] = []

    def add(self, rules: list[FaultRule]) -> None:
        self._active += [
            ActiveRule(rule, rng=random.Random(f"{rule.seed}:{rule.operation}:{rule.kind}")) for rule in rules
        ]

    def clear(self) -> None:
        self._active.clear()

    def list_rules(self) -> list[dict[str, Any]]:
        return [{**active.rule.model_dump(), "struck": active.struck} for active in self._active]

    def draw(self, operation: str, *, selling_partner_id: str | None, paged: bool) -> FaultRule | None:
        """The rule that breaks this call, if any; every matching rule draws once a call, so a seed decides which calls break."""
        for active in self._active:
            rule = active.rule
            named = rule.operation == operation or (rule.operation == "*" and operation != "consent")
            if not named or rule.selling_partner_id not in (None, selling_partner_id):
                continue
            if rule.kind in PAGING and not paged:
                continue
            if rule.count is not None and active.struck >= rule.count:
                continue
            if active.rng.random() < rule.probability:
                active.struck += 1
                return rule
        return None


def spoil(kind: str, body: bytes) -> bytes:
    """The body of a sound answer, spoilt as the kind says; other kinds leave it as it is."""
    if kind == "truncate":
        return body[: max(1, len(body) * 2 // 3)]
    if kind == "garble":
        middle = len(body) // 2
        return body[:middle] + b"\xff\xfe\x00" + body[middle:][::-1]
    if kind == "duplicate_keys":
        return b'{"payload":{},' + body[1:-1] + b',"payload":{}}'
    if kind == "wrong_charset":
        return body.decode().encode("utf-16")
    if kind == "gzip_cut":
        return gzip.compress(body)[:-20]
    if kind == "null_arrays":
        return orjson.dumps(_without_arrays(orjson.loads(body)))
    if kind == "unknown_enum":
        return orjson.dumps(_with_unknown_values(orjson.loads(body)))
    return body


UNKNOWN_VALUES = {
    "purchaseOrderState": "Suspended",
    "purchaseOrderType": "ReplenishmentOrder",
    "paymentMethod": "Barter",
    "unitOfMeasure": "Pallets",
    "purchaseOrderStatus": "ON_HOLD",
    "confirmationStatus": "UNDER_REVIEW",
    "receiveStatus": "IN_TRANSIT",
    "status": "Queued",
}


def _without_arrays(value: Any) -> Any:
    if isinstance(value, list):
        return None
    return {key: _without_arrays(each) for key, each in value.items()} if isinstance(value, dict) else value


def _with_unknown_values(value: Any) -> Any:
    if isinstance(value, list):
        return [_with_unknown_values(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        key: UNKNOWN_VALUES.get(key, _with_unknown_values(each))
        if isinstance(each, str)
        else _with_unknown_values(each)
        for key, each in value.items()
    }
