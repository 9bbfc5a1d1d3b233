"""Amazon's envelope in both casings, and what a reader refuses to touch."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oktee.amazon.mirror.notification import MAX_DEPTH, Unreadable, read_event

DETAIL = {
    "notificationVersion": "1.0",
    "notificationType": "REPORT_PROCESSING_FINISHED",
    "payloadVersion": "2020-09-04",
    "eventTime": "2026-11-24T10:00:00Z",
    "payload": {"reportProcessingFinishedNotification": {"accountId": "amzn1.vg.1001", "reportId": "1"}},
    "notificationMetadata": {
        "applicationId": "amzn1.sp.solution.test",
        "subscriptionId": "sub-1",
        "publishTime": "2026-11-24T10:00:01Z",
        "notificationId": "note-1",
    },
}


def event(detail: Any = None, **over: Any) -> bytes:
    whole = {
        "id": "event-1",
        "source": "aws.partner/sellingpartnerapi.amazon.com/x",
        "detail-type": "REPORT_PROCESSING_FINISHED",
        "account": "123456789012",
        "region": "eu-west-1",
        "detail": DETAIL if detail is None else detail,
    }
    return orjson.dumps(whole | over)


def pascal(value: Any) -> Any:
    return {key[0].upper() + key[1:]: inner for key, inner in value.items()}


def test_both_casings_say_the_same() -> None:
    old = pascal(DETAIL) | {"NotificationMetadata": pascal(DETAIL["notificationMetadata"])}
    camel, upper = read_event(event()), read_event(event(old))
    for name in ("key", "type", "subscription_id", "application_id", "published_at", "payload"):
        assert getattr(camel, name) == getattr(upper, name)
    assert (camel.key, camel.subscription_id, camel.accounts()) == ("note-1", "sub-1", {"amzn1.vg.1001"})


def test_a_redelivery_is_the_same_notification_and_other_content_is_not() -> None:
    first = read_event(event())
    assert read_event(event(id="event-2")).digest == first.digest
    changed = read_event(event(DETAIL | {"payload": {"accountId": "amzn1.vg.2001"}}))
    assert (changed.key, changed.digest == first.digest) == ("note-1", False)


def test_without_an_id_the_bytes_are_the_key() -> None:
    bare = DETAIL | {"notificationMetadata": {}}
    one, other = read_event(event(bare)), read_event(event(bare, id="event-2"))
    assert one.key != other.key
    assert (one.subscription_id, one.published_at) == (None, None)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"{", "bad_json"),
        (b"", "bad_json"),
        (b'{"detail": NaN}', "bad_json"),
        (b'{"a": "\xff"}', "bad_json"),
        (b"[]", "no_event"),
        (b"3", "no_event"),
        (b'{"detail": []}', "no_event"),
        (b'{"detail": {"payload": {}}}', "no_type"),
        (b'{"detail": {"notificationType": 3}}', "no_type"),
        (b"[" * 33 + b"]" * 33, "too_deep"),
        (b'{"a":' * 33 + b"1" + b"}" * 33, "too_deep"),
    ],
)
def test_what_is_no_event_says_why(raw: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=f"^{reason}$"):
        read_event(raw)


@given(depth=st.integers(1, 60))
@settings(max_examples=30)
def test_depth_is_counted_to_the_level(depth: int) -> None:
    raw = b"[" * depth + b"]" * depth
    with pytest.raises(Unreadable, match="^no_event$" if depth <= MAX_DEPTH else "^too_deep$"):
        read_event(raw)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
    max_leaves=10,
)


@given(detail=JSON, metadata=JSON)
@settings(max_examples=60)
def test_any_json_is_read_or_refused_never_a_crash(detail: Any, metadata: Any) -> None:
    shaped = {"notificationType": "X", "notificationMetadata": metadata, "payload": detail}
    notification = read_event(event(shaped))
    assert notification.key
    assert isinstance(notification.accounts(), set)
    with suppress(Unreadable):
        read_event(orjson.dumps({"detail": detail}))


def test_late_and_early_are_flagged() -> None:
    published = datetime(2026, 11, 24, 10, 0, 1, tzinfo=UTC)
    notification = read_event(event())
    assert notification.timeliness(published + timedelta(hours=25)) == "late"
    assert notification.timeliness(published - timedelta(minutes=6)) == "early"
    assert notification.timeliness(published + timedelta(hours=1)) is None
