"""The receiver of Amazon's notifications: key, limits, one durable insert, 202. Nothing is fetched or decided here."""

import asyncio
import hmac
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Final

import structlog
from fastapi import APIRouter, Request, Response
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from oktee.amazon.connection.tables import InboxMessage, QuarantinedMessage
from oktee.amazon.mirror.inbox_drain import INBOX as INBOX
from oktee.amazon.mirror.notification import SOURCE, Notification, Unreadable, read_event
from oktee.kit.clock import now
from oktee.kit.crypto import digest
from oktee.kit.database import database, global_session
from oktee.kit.errors import NotFound, OKTeeError, TooLarge, TooMany, Unauthenticated, Unavailable
from oktee.kit.work import NOBODY, schedule

KEY_HEADER: Final = "x-oktee-hook-key"
MAX_BODY: Final = 1024 * 1024
READ_SECONDS: Final = 2.0
MOST_AT_ONCE: Final = 100
"""Requests read side by side in one process; EventBridge comes back after 429."""
LATER: Final = timedelta(milliseconds=250)
"""Drained a moment later by the worker's own look, so that a receiver waits for no bell and a burst is one batch."""

log = structlog.get_logger(__name__)
router = APIRouter(tags=["hooks"])


class WrongHookKey(Unauthenticated):
    """The key of this hook is missing or wrong; EventBridge does not come back, so an operator has to look."""


class UnsupportedMedia(OKTeeError):
    """A hook takes plain JSON only."""

    status = 415
    title = "Unsupported media"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What an endpoint accepts: key hashes (two while a key is rotated), and what must stand in every event."""

    id: str
    key_hashes: tuple[bytes, ...]
    account: str
    region: str
    application_id: str


@dataclass(slots=True)
class Turnstile:
    """How many requests are being read in this process."""

    inside: int = 0


turnstile = Turnstile()

_ENDPOINT = text(
    """select e.id, e.key_hashes, e.account, e.region, a.application_id
    from hook_endpoints e join applications a on a.id = e.application_id where e.id = :id"""
)


@router.post(
    "/hooks/amazon/eventbridge/{endpoint_id}",
    status_code=202,
    response_class=Response,
    openapi_extra={
        "requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}},
        "parameters": [{"name": "X-OKTee-Hook-Key", "in": "header", "required": True, "schema": {"type": "string"}}],
    },
)
async def receive_amazon_event(endpoint_id: str, request: Request) -> Response:
    """Keep an event of an EventBridge API destination. No cookie and no session is involved."""
    if turnstile.inside >= MOST_AT_ONCE:
        raise TooMany("Too many events at once: send this one again.", headers={"Retry-After": "5"})
    turnstile.inside += 1
    try:
        endpoint = await _find_endpoint(endpoint_id)
        _check_key(request, endpoint)
        _check_media(request)
        await _keep(endpoint, await _read_body(request))
    except (DBAPIError, PoolTimeout, OSError) as error:
        log.warning("hook_not_kept", error=type(error).__name__)
        raise Unavailable("The event was not kept: send it again.", headers={"Retry-After": "5"}) from error
    finally:
        turnstile.inside -= 1
    return Response(status_code=202)


async def _find_endpoint(endpoint_id: str) -> Endpoint:
    if "\x00" in endpoint_id or len(endpoint_id) > 200:
        raise NotFound("There is no such hook.")
    async with database.autocommit() as connection:
        row = (await connection.execute(_ENDPOINT, {"id": endpoint_id})).first()
    if row is None:
        raise NotFound("There is no such hook.")
    return Endpoint(row.id, tuple(bytes(each) for each in row.key_hashes), row.account, row.region, row.application_id)


def _check_key(request: Request, endpoint: Endpoint) -> None:
    given = digest(request.headers.get(KEY_HEADER, ""))
    # Every hash is compared, each in constant time: how long it takes says nothing.
    if not sum([hmac.compare_digest(given, known) for known in endpoint.key_hashes]):
        log.error("hook_key_wrong", endpoint_id=endpoint.id)
        raise WrongHookKey("The key of this hook is missing or wrong.")


def _check_media(request: Request) -> None:
    if request.headers.get("content-encoding", "identity").strip().lower() not in {"", "identity"}:
        raise UnsupportedMedia("Send the event without compression.")
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise UnsupportedMedia("Send the event as application/json.")


async def _read_body(request: Request) -> bytes:
    length = request.headers.get("content-length", "")
    if length.isascii() and length.isdigit() and int(length[:20]) > MAX_BODY:
        raise TooLarge("An event has at most 1 MiB.")
    body = bytearray()
    try:
        async with asyncio.timeout(READ_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MAX_BODY:
                    raise TooLarge("An event has at most 1 MiB.")
    except TimeoutError:
        raise Unavailable("The event came too slowly: send it again.", headers={"Retry-After": "5"}) from None
    return bytes(body)


async def _keep(endpoint: Endpoint, raw: bytes) -> None:
    try:
        notification = read_event(raw)
    except Unreadable as error:
        await _quarantine(endpoint, raw, str(error))
        return
    if reason := _foreign(endpoint, notification):
        await _quarantine(endpoint, raw, reason)
        return
    message = {
        "source": "eventbridge",
        "dedupe_key": notification.key,
        "endpoint_id": endpoint.id,
        "raw": raw,
        "raw_hash": notification.digest,
    }
    known = select(InboxMessage.raw_hash).where(
        InboxMessage.source == "eventbridge", InboxMessage.dedupe_key == notification.key
    )
    async with global_session() as session:
        insertion = insert(InboxMessage).values(message).on_conflict_do_nothing().returning(InboxMessage.id)
        if (await session.scalars(insertion)).first() is not None:
            await schedule(session, INBOX, "eventbridge", due_at=now() + LATER, organization_id=NOBODY)
            return
        same = (await session.scalars(known)).first() == notification.digest
    if not same:
        await _quarantine(endpoint, raw, "same_id_other_content")


def _foreign(endpoint: Endpoint, notification: Notification) -> str | None:
    if not notification.source.startswith(SOURCE):
        return "other_source"
    if (notification.account, notification.region) != (endpoint.account, endpoint.region):
        return "other_account_or_region"
    return None if notification.application_id == endpoint.application_id else "other_application"


async def _quarantine(endpoint: Endpoint, raw: bytes, reason: str) -> None:
    """Kept for an operator, answered 202: a second delivery would not help."""
    log.error("hook_quarantined", endpoint_id=endpoint.id, reason=reason, sha256=sha256(raw).hexdigest())
    async with global_session() as session:
        session.add(QuarantinedMessage(source="eventbridge", endpoint_id=endpoint.id, raw=raw, reason=reason))
