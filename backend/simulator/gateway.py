"""The front of the simulated Amazon: ledger, latency, faults, tokens, roles and quotas around each operation."""

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from simulator.amazon import Amazon
from simulator.faults import REPLACING, FaultRule, spoil
from simulator.ledger import Call
from simulator.replies import (
    Drip,
    DroppedConnection,
    HeadersOnly,
    Reply,
    error_reply,
    html_page,
    internal_failure,
    json_reply,
    quota_exceeded,
    service_unavailable,
    unauthorized,
)

REVOKED = "The access token you provided is revoked, malformed or invalid."
EXPIRED = "The access token you provided has expired."
MISSING = "Access token is missing in the request header."

Work = Callable[[Request, Call], Reply]


@dataclass(frozen=True, slots=True)
class Operation:
    """An SP-API operation; an application needs one of its roles (amazon/FACTS c)."""

    id: str
    roles: tuple[str, ...] = ("Amazon Fulfillment", "Inventory and Order Tracking")


class Gateway:
    def __init__(self, amazon: Amazon) -> None:
        self._amazon = amazon

    async def serve(self, request: Request, operation: str, work: Work) -> Response:
        """One call from its arrival to its answer; whatever happens to it, the ledger has it."""
        amazon = self._amazon
        half = amazon.live.latency_ms / 2000
        call = Call(
            seq=amazon.ledger.next_seq(),
            at=amazon.clock(),
            operation=operation,
            method=request.method,
            path=request.url.path,
            query=request.url.query,
            request_id=str(uuid.uuid4()),
        )
        try:
            call.body = await request.body()
        except ClientDisconnect:
            amazon.ledger.record(call)
            raise
        if half:
            await asyncio.sleep(half)
        amazon.advance()
        partner = amazon.partner_of(request.headers.get("x-amz-access-token"))
        fault = amazon.faults.draw(operation, selling_partner_id=partner, paged="nextToken" in request.query_params)
        response = await self._answer(request, call, work, fault)
        if half:
            await asyncio.sleep(half)
        return response

    async def _answer(self, request: Request, call: Call, work: Work, fault: FaultRule | None) -> Response:
        call.fault = None if fault is None else fault.kind
        if fault is not None and fault.kind == "latency":
            await asyncio.sleep(fault.seconds)
            self._amazon.advance()
        if fault is not None and fault.kind == "repeated_page":
            request = _without_token(request)
        reply = None
        if fault is None or fault.kind not in REPLACING or fault.after_effect:
            reply = work(request, call)
        if fault is not None:
            reply = self._broken(reply, fault)
        assert reply is not None
        reply.headers["x-amzn-RequestId"] = call.request_id
        lost = fault is not None and fault.kind in ("hang", "close_before_body", "close_after_effect")
        call.status = None if lost else reply.status
        call.throttled = call.throttled or reply.status == 429
        self._amazon.ledger.record(call)
        return _response(reply, fault)

    def _broken(self, reply: Reply | None, fault: FaultRule) -> Reply:
        retry = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
        match fault.kind:
            case "throttle":
                broken = quota_exceeded()
            case "error_400":
                broken = error_reply(400, fault.code, "The request cannot be processed.")
            case "error_500":
                broken = internal_failure()
            case "error_503":
                broken = service_unavailable()
            case "html":
                return html_page()
            case "errors_in_200":
                return json_reply(
                    200,
                    {
                        "errors": [
                            {"code": "InternalFailure", "message": "We encountered an internal error.", "details": ""}
                        ]
                    },
                )
            case "hang":
                return Reply(504, b"")
            case "expired_page_token":
                return invalid_input("Invalid nextToken.", "The token has expired")
            case kind:
                assert reply is not None
                reply.body = spoil(kind, reply.body)
                if kind == "gzip_cut":
                    reply.headers["Content-Encoding"] = "gzip"
                return reply
        broken.headers.update(retry)
        return broken

    def authorized(self, operation: Operation, work: Callable[[Request, Call, str], Reply]) -> Work:
        """The work of an operation behind token, role and quota; it gets the vendor group that the token speaks for."""

        def checked(request: Request, call: Call) -> Reply:
            partner = self._check(request, call, operation)
            if isinstance(partner, Reply):
                return partner
            reply = work(request, call, partner)
            if reply.status < 300 or reply.status in (400, 404):
                # Best effort and only on these statuses (amazon/FACTS d); burst is never sent.
                reply.headers["x-amzn-RateLimit-Limit"] = str(self._amazon.live.quotas[operation.id].rate)
            return reply

        return checked

    def _check(self, request: Request, call: Call, operation: Operation) -> Reply | str:
        amazon = self._amazon
        header = request.headers.get("x-amz-access-token")
        if not header:
            return unauthorized(MISSING)
        token = amazon.identity.find_access(header)
        if token is None:
            return unauthorized(REVOKED)
        call.application = token.client_id
        grant = amazon.identity.grant_of(token)
        if grant is not None:
            call.selling_partner_id = grant.selling_partner_id
            if grant.revoked_at is not None and amazon.live.refuses_revoked_at_once:
                return unauthorized(REVOKED)
        if token.expires_at <= amazon.clock():
            return unauthorized(EXPIRED)
        application = amazon.identity.find_client(token.client_id)
        held = set() if grant is None or application is None else set(grant.roles) & set(application.roles)
        if grant is None or not held & set(operation.roles):
            return unauthorized("")
        quota = amazon.live.quotas[operation.id]
        if not amazon.throttle.take((token.client_id, grant.selling_partner_id, operation.id), quota):
            call.throttled = True
            return quota_exceeded()
        return grant.selling_partner_id


def _without_token(request: Request) -> Request:
    query = urlencode([(name, value) for name, value in request.query_params.multi_items() if name != "nextToken"])
    return Request({**request.scope, "query_string": query.encode()}, request.receive)


def invalid_input(message: str, details: str = "") -> Reply:
    return error_reply(400, "InvalidInput", message, details)


def _response(reply: Reply, fault: FaultRule | None) -> Response:
    kind = "" if fault is None else fault.kind
    seconds = 0.0 if fault is None else fault.seconds
    if kind == "hang":
        return DroppedConnection(seconds=seconds)
    if kind == "close_after_effect":
        return DroppedConnection()
    if kind == "close_before_body":
        return HeadersOnly(reply.body, status_code=reply.status, headers=reply.headers, media_type=reply.content_type)
    if kind in ("drip", "endless"):
        return Drip(reply, seconds=seconds, endless=kind == "endless")
    return reply.response()
