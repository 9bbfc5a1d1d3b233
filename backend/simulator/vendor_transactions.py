"""vendorTransactionStatus v1: what became of an acknowledgement."""

import re
from typing import Any

from starlette.requests import Request

from simulator.amazon import Amazon
from simulator.gateway import invalid_input
from simulator.ledger import Call
from simulator.replies import Reply, error_reply, json_reply

TRANSACTION_ID = re.compile(r"\d{14}-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class VendorTransactions:
    def __init__(self, amazon: Amazon) -> None:
        self._amazon = amazon

    def get_transaction(self, request: Request, call: Call, partner: str) -> Reply:
        transaction_id = request.path_params["transactionId"]
        if not TRANSACTION_ID.fullmatch(transaction_id):
            return invalid_input("Invalid transmission ID.")
        transaction = self._amazon.transactions.find(transaction_id)
        if transaction is None or transaction.selling_partner_id != partner:
            return error_reply(404, "NotFound", "The requested transaction does not exist.")
        status: dict[str, Any] = {"transactionId": transaction.id, "status": transaction.status}
        if transaction.errors:
            status["errors"] = transaction.errors
        return json_reply(200, {"payload": {"transactionStatus": status}})
