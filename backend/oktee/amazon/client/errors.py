"""The errors of a call to Amazon.

    AmazonError                     operation, status, request_id, delivered
    ├── Throttled                   429: over the quota; retry_after seconds if Amazon named them
    ├── Revoked                     invalid_grant: the vendor withdrew the grant, or it lapsed; only a new consent helps
    ├── ApplicationRejected         invalid_client, unauthorized_client: OUR secret or registration; never a tenant's fault
    ├── Refused                     Amazon understood and said no (4xx): code, message, details; the same call fails again
    │   └── NotAllowed              refused by ourselves: no enabled module names this operation; nothing was sent
    ├── WritesStopped               somebody stopped writing to Amazon: a write was not sent, and may be later
    └── Unreachable                 no readable answer: connect error, timeout, 5xx, cut or unreadable body
        └── CircuitOpen             this API failed again and again: the call was kept here; retry_in seconds

`delivered` answers the one question a write must ask after a failure: False = Amazon has certainly not acted on the
request (it never left, or the answer was 400, 401, 403, 413, 415, 429); None = unknown (timeout after the request left,
5xx, cut body). A write with `delivered is None` must be settled by reading back, never by sending again.
"""


class AmazonError(Exception):
    """A call to Amazon failed. `operation` is Amazon's operationId, or `lwa` for the token endpoint."""

    def __init__(
        self,
        reason: str,
        *,
        operation: str,
        status: int | None = None,
        request_id: str | None = None,
        delivered: bool | None = None,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.operation = operation
        self.status = status
        self.request_id = request_id
        self.delivered = delivered

    def __str__(self) -> str:
        status = f" {self.status}" if self.status is not None else ""
        request = f" (request {self.request_id})" if self.request_id else ""
        return f"{self.operation}{status}: {self.reason}{request}"


class Throttled(AmazonError):
    """HTTP 429. `retry_after` is in seconds, None when Amazon did not say (the vendor v1 APIs never do)."""

    def __init__(
        self,
        reason: str = "over the quota of this operation",
        *,
        operation: str,
        retry_after: float | None = None,
        status: int | None = 429,
        request_id: str | None = None,
    ) -> None:
        super().__init__(reason, operation=operation, status=status, request_id=request_id, delivered=False)
        self.retry_after = retry_after


class Revoked(AmazonError):
    """The token endpoint answered `invalid_grant`: refresh token revoked or lapsed, or a code that is used, old or foreign."""

    def __init__(
        self, reason: str, *, operation: str, status: int | None = None, request_id: str | None = None
    ) -> None:
        super().__init__(reason, operation=operation, status=status, request_id=request_id, delivered=False)


class ApplicationRejected(AmazonError):
    """The token endpoint refused OUR client id or secret: an alarm for the operator, never a tenant's revocation."""

    def __init__(
        self, reason: str, *, operation: str, code: str, status: int | None = None, request_id: str | None = None
    ) -> None:
        super().__init__(reason, operation=operation, status=status, request_id=request_id, delivered=False)
        self.code = code


class Refused(AmazonError):
    """A definite no. `code` and `message` are Amazon's words; `details` says which kind of 403 it was, often empty."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        operation: str,
        details: str = "",
        status: int | None = None,
        request_id: str | None = None,
    ) -> None:
        reason = f"{code}: {message}" + (f" ({details})" if details else "")
        super().__init__(reason, operation=operation, status=status, request_id=request_id, delivered=False)
        self.code = code
        self.message = message
        self.details = details


class NotAllowed(Refused):
    """The client holds a list of operations that the enabled modules need; this one is not on it."""

    def __init__(self, operation: str) -> None:
        super().__init__("OperationNotAllowed", "no enabled module may call this operation", operation=operation)


class WritesStopped(AmazonError):
    """The kill switch is on for this connection, or for all: this write did not leave, and may leave once it is lifted."""

    def __init__(self, operation: str) -> None:
        super().__init__("writing to Amazon is stopped", operation=operation, delivered=False)


class Unreachable(AmazonError):
    """No readable answer. For a read: try again. For a write: look at `delivered` first."""


class CircuitOpen(Unreachable):
    """Too many calls of this API have failed: nothing was sent, and it may be tried again in `retry_in` seconds."""

    def __init__(self, family: str, *, operation: str, retry_in: float) -> None:
        super().__init__(f"{family} is failing and is not called for now", operation=operation, delivered=False)
        self.family = family
        self.retry_in = retry_in
