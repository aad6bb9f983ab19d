"""Takes in a receipt: checked, normalised, and kept together with the event that tells of it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from grantstream.contracts.events.receipts import ReceiptPosted
from grantstream.events.producing.outbox import prepared
from grantstream.service.errors import DatabaseError, DatabaseUnavailable, TransactionConflict
from grantstream.service.postgres import Pool, connection
from services.receipts.domain import processing, receipt_text
from services.receipts.domain.normalisation import DateTimes, normalised
from services.receipts.domain.receipt import Receipt, receipt_id_from, whole_milliseconds
from services.receipts.errors import ReceiptInvalid, ReceiptNotSaved
from services.receipts.schemas.check import ReceiptCheck
from services.receipts.schemas.register import identifier_of
from services.receipts.store import receipts

SOURCE: Final = "urn:grantstream:service:receipts"
"""`ce_source` of this service's events."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SentReceipt:
    """What an application sent for a user. `content` is what was read of the body."""

    schema_id: str
    content: Any
    app_id: str
    company_id: str
    user_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PostReceipt:
    """The order to take in a receipt, with all that carrying it out needs."""

    pool: Pool
    check: ReceiptCheck
    date_times: Mapping[str, DateTimes]
    base_url: str
    max_violations: int
    now: Callable[[], datetime]
    new_id: Callable[[], UUID]
    nudge: Callable[[], Awaitable[None]]

    async def __call__(self, sent: SentReceipt) -> Receipt:
        """Takes in the receipt. Raises ReceiptInvalid; DatabaseUnavailable or TransactionConflict when trying again is
        right, else ReceiptNotSaved.
        """
        violations = self.check.violations(sent.schema_id, sent.content, limit=self.max_violations)
        if violations:
            raise ReceiptInvalid(violations)
        receipt = self._accepted(sent)
        event = prepared(_posted(receipt), source=SOURCE, now=receipt.received_at)
        try:
            async with connection(self.pool) as acquired:
                await receipts.insert(acquired, receipt, processing.accepted(receipt.received_at), event)
        except (DatabaseUnavailable, TransactionConflict):
            raise
        except DatabaseError as error:
            raise ReceiptNotSaved from error
        await self.nudge()
        return receipt

    def _accepted(self, sent: SentReceipt) -> Receipt:
        at = whole_milliseconds(self.now())
        kept = normalised(
            sent.content,
            self.date_times[sent.schema_id],
            app=f"{self.base_url}/profile/v1/apps/{sent.app_id}",
            user=f"{self.base_url}/profile/v1/principals/{sent.user_id}",
        )
        return Receipt(
            receipt_id=receipt_id_from(self.new_id()),
            company_id=sent.company_id,
            user_id=sent.user_id,
            app_id=sent.app_id,
            schema_id=sent.schema_id,
            received_at=at,
            modified_at=at,
            state_modified_at=at,
            text=receipt_text.write(kept),
        )


def _posted(receipt: Receipt) -> ReceiptPosted:
    return ReceiptPosted(
        version=receipt.version,
        receipt_id=receipt.receipt_id,
        user_id=receipt.user_id,
        company_id=receipt.company_id,
        app_id=receipt.app_id,
        validation_schema=identifier_of(receipt.schema_id),
        received_at=receipt.received_at,
    )
