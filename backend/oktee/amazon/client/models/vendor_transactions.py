"""Wire models of vendorTransactionStatus v1: what became of a submitted batch."""

from enum import StrEnum

from oktee.amazon.client.models.fields import Error, Wire


class TransactionState(StrEnum):
    """Success is listed by the model and never returned by the sandbox: half an hour of Processing proves nothing."""

    PROCESSING = "Processing"
    SUCCESS = "Success"
    FAILURE = "Failure"


class Transaction(Wire, frozen=True):
    """The fate of one submission; `errors` is filled on Failure (e.g. INVALID_ORDER_ID)."""

    transaction_id: str
    status: str
    errors: list[Error] = []


class TransactionStatus(Wire, frozen=True):
    transaction_status: Transaction


class TransactionPayload(Wire, frozen=True):
    payload: TransactionStatus
