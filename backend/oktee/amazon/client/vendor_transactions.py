"""vendorTransactionStatus v1: what became of a submission."""

from oktee.amazon.client.models.vendor_transactions import Transaction, TransactionPayload
from oktee.amazon.client.operations import GET_TRANSACTION
from oktee.amazon.client.page import read
from oktee.amazon.client.session import AmazonClient


async def get_transaction(client: AmazonClient, transaction_id: str) -> Transaction:
    """The state of one submission. Success or Processing proves nothing about the order; Failure is final, with reasons.

    Raises as AmazonClient.request; Refused for an id that Amazon does not know.
    """
    return await client.request(
        GET_TRANSACTION,
        path={"transactionId": transaction_id},
        decode=lambda answer: read(answer.body, TransactionPayload).payload.transaction_status,
    )
