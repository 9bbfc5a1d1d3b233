"""The receiver keeps what Amazon sends and answers at once; the drain fetches the stream a notification names."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import orjson
import pytest
from amazon.mirror.mirrored import MIRRORING, Mirror, Mirrors
from contract.simulated import APPLICATION
from oktee.amazon.connection.tables import HookEndpoint, Subscription
from oktee.amazon.mirror import inbox, purchase_orders
from oktee.kit.clock import now
from oktee.kit.crypto import digest
from oktee.kit.database import database, global_session
from oktee.kit.module import installed
from oktee.kit.work import NOBODY, Crew
from sqlalchemy import text

TYPE = "REPORT_PROCESSING_FINISHED"
REPORTS = replace(purchase_orders.POLLER, name="reports", notifications=(TYPE,))
KEYS = ("hook-key-one", "hook-key-two")
PUBLISHED = now().strftime("%Y-%m-%dT%H:%M:%SZ")
"""Just now: after a day a notification counts as late."""


@dataclass
class Hook:
    """An endpoint of ours as EventBridge calls it, a mirror behind it, and the worker that drains."""

    http: httpx.AsyncClient
    mirror: Mirror
    endpoint_id: str
    subscription_id: str
    crew: Crew

    async def post(
        self, body: bytes | None = None, *, key: str | None = KEYS[0], endpoint: str | None = None, **headers: str
    ) -> int:
        sent = {"Content-Type": "application/json; charset=utf-8"} | {
            k.replace("_", "-"): v for k, v in headers.items()
        }
        if key is not None:
            sent["X-OKTee-Hook-Key"] = key
        path = f"/hooks/amazon/eventbridge/{endpoint or self.endpoint_id}"
        answer = await self.http.post(path, content=self.event() if body is None else body, headers=sent)
        return answer.status_code

    def event(self, *, note: str = "note-1", account: str | None = None, **over: Any) -> bytes:
        detail: dict[str, Any] = {
            "notificationType": over.pop("type", TYPE),
            "payload": {
                "reportProcessingFinishedNotification": {"accountId": account or self.mirror.account.selling_partner_id}
            },
            "notificationMetadata": {
                "applicationId": over.pop("application", APPLICATION["application_id"]),
                "subscriptionId": over.pop("subscription", self.subscription_id),
                "publishTime": PUBLISHED,
                "notificationId": note,
            },
        }
        whole = {
            "id": secrets.token_hex(4), "source": "aws.partner/sellingpartnerapi.amazon.com/x", "account": "123456789012",
            "region": "eu-west-1", "detail": detail,
        }  # fmt: skip
        return orjson.dumps(whole | over)

    async def drain(self) -> None:
        await asyncio.sleep(inbox.LATER.total_seconds() + 0.05)
        await self.crew.drain("interactive")
        if self.crew.held:
            await asyncio.wait(list(self.crew.held))

    async def rows(self, sql: str) -> list[Any]:
        async with database.autocommit() as connection:
            return list((await connection.execute(text(sql))).all())

    async def letters(self) -> list[tuple[str, str | None]]:
        return [
            (row.status, row.reason)
            for row in await self.rows("select status, reason from inbox order by received_at, id")
        ]

    async def quarantine(self) -> list[str]:
        return [row.reason for row in await self.rows("select reason from inbox_quarantine order by received_at, id")]

    async def asked(self) -> list[str]:
        """The streams that somebody asked for."""
        rows = await self.mirror.rows(
            "select stream from sync_runs where reason = 'notification' and finished_at is null"
        )
        return [row.stream for row in rows]


@pytest.fixture
async def hook(db: Any, app: Any, mirrors: Mirrors) -> AsyncIterator[Hook]:
    installed().fill([replace(MIRRORING, pollers=(*MIRRORING.pollers, REPORTS))])
    mirror = await mirrors.make()
    await mirror.start(["reports"])
    endpoint_id, subscription_id = secrets.token_hex(16), secrets.token_hex(8)
    assert mirrors.application is not None
    async with global_session() as session:
        session.add(endpoint(endpoint_id, mirrors.application))
        session.add(subscription(subscription_id, mirror))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost:8000") as http:
        yield Hook(http, mirror, endpoint_id, subscription_id, Crew([inbox.INBOX]))


def endpoint(endpoint_id: str, application: UUID) -> HookEndpoint:
    hashes = [digest(key) for key in KEYS]
    return HookEndpoint(
        id=endpoint_id, application_id=application, key_hashes=hashes, account="123456789012", region="eu-west-1"
    )


def subscription(subscription_id: str, mirror: Mirror, kind: str = TYPE) -> Subscription:
    return Subscription(
        subscription_id=subscription_id, organization_id=mirror.organization_id, connection_id=mirror.connection_id,
        notification_type=kind,
    )  # fmt: skip


async def test_an_event_is_kept_answered_and_its_stream_is_fetched(hook: Hook) -> None:
    assert await hook.post() == 202
    assert await hook.letters() == [("new", None)]
    assert await hook.asked() == []
    await hook.drain()
    assert await hook.letters() == [("done", None)]
    assert await hook.asked() == ["reports"]
    assert await hook.mirror.scheduled("poll") == [f"{hook.mirror.connection_id}/reports"]
    assert await hook.rows(f"select 1 from work where organization_id = '{NOBODY}'") == []


@pytest.mark.parametrize("key", [None, "", "hook-key-three", "hook-key-one2"])
async def test_a_wrong_key_is_refused_and_nothing_is_kept(hook: Hook, key: str | None) -> None:
    assert await hook.post(key=key) == 401
    assert await hook.letters() == []


async def test_both_keys_count_while_one_is_rotated(hook: Hook) -> None:
    assert await hook.post(key=KEYS[1]) == 202


async def test_each_refusal_has_its_own_answer(hook: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    assert await hook.post(endpoint="unknown") == 404
    assert await hook.post(Content_Encoding="gzip") == 415
    assert await hook.post(Content_Type="text/plain") == 415
    monkeypatch.setattr(inbox, "MAX_BODY", 1000)
    assert await hook.post(hook.event(filler="x" * 1000)) == 413
    monkeypatch.setattr(inbox.turnstile, "inside", inbox.MOST_AT_ONCE)
    assert await hook.post() == 429
    assert await hook.letters() == []
    assert await hook.quarantine() == []


async def test_a_body_over_the_limit_is_cut_off_without_its_length(hook: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "MAX_BODY", 1000)

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(50):
            yield b"x" * 100

    headers = {"Content-Type": "application/json", "X-OKTee-Hook-Key": KEYS[0]}
    answer = await hook.http.post(f"/hooks/amazon/eventbridge/{hook.endpoint_id}", content=chunks(), headers=headers)
    assert answer.status_code == 413


async def test_a_body_that_comes_too_slowly_is_asked_for_again(
    hook: Hook, app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "READ_SECONDS", 0.05)
    sent: list[Any] = []

    async def receive() -> Any:
        await asyncio.sleep(1)

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http", "http_version": "1.1", "method": "POST", "path": f"/hooks/amazon/eventbridge/{hook.endpoint_id}",
        "raw_path": b"", "query_string": b"", "scheme": "http", "server": ("localhost", 8000), "client": ("127.0.0.1", 1),
        "headers": [(b"content-type", b"application/json"), (b"x-oktee-hook-key", KEYS[0].encode())],
    }  # fmt: skip
    await app(scope, receive, send)
    assert sent[0]["status"] == 503
    assert (b"retry-after", b"5") in [(name.lower(), value) for name, value in sent[0]["headers"]]


async def test_without_a_database_amazon_is_asked_to_come_again(hook: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*args: Any) -> Any:
        raise OSError("connection refused")

    monkeypatch.setattr(inbox, "_keep", away)
    assert await hook.post() == 503


@pytest.mark.parametrize(
    ("over", "reason"),
    [
        ({"account": "999999999999"}, "other_account_or_region"),
        ({"region": "us-east-1"}, "other_account_or_region"),
        ({"source": "aws.partner/evil.example"}, "other_source"),
        ({"application": "amzn1.sp.solution.other"}, "other_application"),
    ],
)
async def test_an_event_that_is_not_ours_is_set_aside(hook: Hook, over: dict[str, str], reason: str) -> None:
    raw = orjson.loads(hook.event())
    outer = {key: value for key, value in over.items() if key != "application"}
    body = hook.event(application=over["application"]) if "application" in over else orjson.dumps(raw | outer)
    assert await hook.post(body) == 202
    assert await hook.quarantine() == [reason]
    assert await hook.letters() == []


async def test_bad_json_is_set_aside_and_answered_202(hook: Hook) -> None:
    assert await hook.post(b"{") == 202
    assert await hook.quarantine() == ["bad_json"]


async def test_duplicates_and_order_do_not_matter(hook: Hook) -> None:
    bodies = [hook.event(note=f"note-{n % 5}") for n in range(40)]
    statuses = await asyncio.gather(*[hook.post(body) for body in reversed(bodies)])
    assert set(statuses) == {202}
    assert len(await hook.letters()) == 5
    await hook.drain()
    assert await hook.letters() == [("done", None)] * 5
    assert await hook.asked() == ["reports"]
    assert await hook.quarantine() == []


async def test_the_same_id_with_other_content_is_set_aside(hook: Hook) -> None:
    assert await hook.post() == 202
    assert await hook.post(hook.event(account="amzn1.vg.2001")) == 202
    assert await hook.letters() == [("new", None)]
    assert await hook.quarantine() == ["same_id_other_content"]


async def test_the_tenant_comes_from_the_subscription_alone(hook: Hook, mirrors: Mirrors) -> None:
    other = await mirrors.make("amzn1.vg.2001")
    await other.start(["reports"])
    theirs = other.account.selling_partner_id
    assert await hook.post(hook.event(note="a", account=theirs)) == 202
    assert await hook.post(hook.event(note="b", account=theirs, subscription="unknown")) == 202
    await hook.drain()
    assert await hook.letters() == [("quarantined", "other_account"), ("ignored", "unknown_subscription")]
    assert await hook.quarantine() == ["other_account"]
    assert await hook.asked() == []
    assert await other.rows("select 1 from sync_runs where reason = 'notification'") == []


async def test_other_types_and_ended_connections_are_passed_over_with_the_reason(hook: Hook) -> None:
    async with global_session() as session:
        session.add(subscription("listings", hook.mirror, "LISTINGS_ITEM_STATUS_CHANGE"))
    await hook.post(hook.event(note="a", type="LISTINGS_ITEM_STATUS_CHANGE", subscription="listings"))
    await hook.post(hook.event(note="b", type="LISTINGS_ITEM_STATUS_CHANGE"))
    await hook.drain()
    await hook.mirror.rows("update connections set status = 'revoked' returning 1")
    await hook.post(hook.event(note="c"))
    await hook.drain()
    assert await hook.letters() == [
        ("ignored", "nothing_to_fetch"), ("quarantined", "other_type_than_subscribed"), ("ignored", "revoked"),
    ]  # fmt: skip
    assert await hook.asked() == []


async def test_a_late_notification_still_counts_and_is_flagged(hook: Hook) -> None:
    await hook.post()
    late = hook.event(note="old").replace(PUBLISHED.encode(), b"2020-01-01T00:00:00Z")
    await hook.post(late)
    await hook.drain()
    assert [reason for _, reason in await hook.letters()][1] == "late"
    assert await hook.asked() == ["reports"]


async def test_old_messages_are_forgotten(hook: Hook) -> None:
    await hook.post()
    await hook.drain()
    async with global_session() as session:
        await session.execute(text("update inbox set handled_at = now() - interval '31 days'"))
    await hook.post(hook.event(note="note-2"))
    await hook.drain()
    assert [row.dedupe_key for row in await hook.rows("select dedupe_key from inbox")] == ["note-2"]


async def test_no_purchase_order_poller_waits_for_notifications() -> None:
    """Amazon has none for purchase orders (FACTS j): they are polled."""
    assert [poller.notifications for poller in MIRRORING.pollers] == [(), ()]
    assert timedelta(0) < inbox.LATER < timedelta(seconds=1)
