"""An Amazon notification inside its EventBridge event, read in both casings Amazon uses. Pure."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final

import orjson

SOURCE: Final = "aws.partner/sellingpartnerapi.amazon.com"
MAX_DEPTH: Final = 32
LATE: Final = timedelta(hours=24)
EARLY: Final = timedelta(minutes=5)
ACCOUNT_FIELDS: Final = frozenset({"accountid", "sellerid"})


class Unreadable(Exception):
    """Not an event of Amazon's partner bus, or not one a reader should touch; a second delivery would not help."""


@dataclass(frozen=True, slots=True)
class Notification:
    """The envelope. `key` is the notification's id (EventBridge's own id changes on redelivery), or the hash of the bytes
    where Amazon gives none; `digest` is the same for every delivery of the same notification."""

    key: str
    digest: bytes = field(repr=False)
    source: str
    account: str
    region: str
    type: str
    subscription_id: str | None
    application_id: str | None
    published_at: datetime | None
    payload: Any = field(repr=False)

    def accounts(self) -> set[str]:
        """Every account the payload names (accountId, sellerId in any casing): a check, never the tenant's source."""
        return set(_accounts(self.payload))

    def timeliness(self, received_at: datetime) -> str | None:
        """`late` after a day, `early` from the future, else None. Never a reason to refuse: it is a trigger only."""
        if self.published_at is None:
            return None
        if received_at - self.published_at > LATE:
            return "late"
        return "early" if self.published_at - received_at > EARLY else None


def read_event(raw: bytes) -> Notification:
    """Read an event. Raises Unreadable with a reason in snake case."""
    try:
        event = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise Unreadable("bad_json") from None
    if _deeper_than(event, MAX_DEPTH):
        raise Unreadable("too_deep")
    if not isinstance(event, dict) or not isinstance(event.get("detail"), dict):
        raise Unreadable("no_event")
    detail = _lowered(event["detail"])
    metadata = detail.get("notificationmetadata")
    about = _lowered(metadata) if isinstance(metadata, dict) else {}
    kind = detail.get("notificationtype")
    if not isinstance(kind, str) or not kind:
        raise Unreadable("no_type")
    return Notification(
        key=_text(about.get("notificationid")) or sha256(raw).hexdigest(),
        digest=sha256(orjson.dumps(event["detail"], option=orjson.OPT_SORT_KEYS)).digest(),
        source=_text(event.get("source")) or "",
        account=_text(event.get("account")) or "",
        region=_text(event.get("region")) or "",
        type=kind,
        subscription_id=_text(about.get("subscriptionid")),
        application_id=_text(about.get("applicationid")),
        published_at=_moment(about.get("publishtime")),
        payload=detail.get("payload"),
    )


def _lowered(value: dict[str, Any]) -> dict[str, Any]:
    return {key.lower(): inner for key, inner in value.items()}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value and "\x00" not in value else None


def _moment(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _deeper_than(value: Any, limit: int) -> bool:
    level = [value]
    for _ in range(limit):
        level = [
            inner
            for each in level
            if isinstance(each, dict | list)
            for inner in (each.values() if isinstance(each, dict) else each)
        ]
        if not level:
            return False
    return any(isinstance(each, dict | list) for each in level)


def _accounts(value: Any) -> list[str]:
    match value:
        case dict():
            own = [inner for key, inner in value.items() if key.lower() in ACCOUNT_FIELDS and isinstance(inner, str)]
            return own + [found for inner in value.values() for found in _accounts(inner)]
        case list():
            return [found for inner in value for found in _accounts(inner)]
        case _:
            return []
