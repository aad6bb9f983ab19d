"""The events of the receipts service. They name a receipt and its owner, and carry none of its content."""

from datetime import datetime
from typing import Literal

from grantstream.contracts import subjects
from grantstream.contracts.events.state import AggregateState

ReceiptUse = Literal["consumable", "consumed", "discarded"]


class ReceiptFact(AggregateState):
    """What happened to a receipt. `version` counts its changes."""

    receipt_id: str
    user_id: str
    company_id: str
    app_id: str
    validation_schema: str

    @property
    def subject(self) -> str:
        """`receipt/{receipt_id}`."""
        return subjects.receipt(self.receipt_id)


class ReceiptPosted(ReceiptFact):
    """A receipt was received and waits for processing."""

    received_at: datetime


class ReceiptProcessed(ReceiptFact):
    """A receipt's processing is done."""

    processed_at: datetime


class ReceiptFailed(ReceiptFact):
    """A receipt's processing was given up."""

    failed_at: datetime
    reason: str


class ReceiptStateChanged(ReceiptFact):
    """A receipt's use in expense reports changed."""

    state: ReceiptUse
    changed_at: datetime
