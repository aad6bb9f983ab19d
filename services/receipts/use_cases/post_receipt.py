"""Posts a receipt: it is validated, normalised, and stored together with its event."""

from dataclasses import dataclass
from typing import Any

from grantstream.contracts.claims import AccessTokenClaims
from grantstream.contracts.events.receipts import ReceiptPosted
from grantstream.events.producing.outbox import prepared
from grantstream.postgres.errors import DatabaseError, DatabaseUnavailable, TransactionConflict
from grantstream.postgres.pool import connection
from services.receipts.domain import processing, receipt_text
from services.receipts.domain.normalisation import normalised
from services.receipts.domain.receipt import Receipt, receipt_id_from, whole_milliseconds
from services.receipts.errors import ReceiptInvalid, ReceiptNotSaved
from services.receipts.schemas.register import identifier_of
from services.receipts.store import receipts
from services.receipts.use_cases.callers import demand_poster
from services.receipts.use_cases.parts import Parts


@dataclass(frozen=True, slots=True, kw_only=True)
class PostReceipt:
    """A receipt for a user. `content` is the parsed body."""

    user_id: str
    schema_id: str
    content: Any


async def post_receipt(parts: Parts, caller: AccessTokenClaims, order: PostReceipt) -> Receipt:
    """Stores the receipt.

    Raises AccessDenied, UserMismatch, RowBelowFloor, ReceiptInvalid; DatabaseUnavailable or TransactionConflict if a
    retry may help, else ReceiptNotSaved.
    """
    company_id = await demand_poster(parts, caller, order.user_id)
    violations = parts.check.violations(order.schema_id, order.content, limit=parts.max_violations)
    if violations:
        raise ReceiptInvalid(violations)
    receipt = _accepted(parts, caller, company_id, order)
    event = prepared(_posted(receipt), source=parts.changes.source, now=receipt.received_at)
    try:
        async with connection(parts.pool) as acquired:
            await receipts.insert(acquired, receipt, processing.accepted(receipt.received_at), event)
    except (DatabaseUnavailable, TransactionConflict):
        raise
    except DatabaseError as error:
        raise ReceiptNotSaved from error
    await parts.changes.nudge()
    return receipt


def _accepted(parts: Parts, caller: AccessTokenClaims, company_id: str, order: PostReceipt) -> Receipt:
    at = whole_milliseconds(parts.now())
    content = normalised(
        order.content,
        parts.date_times[order.schema_id],
        app=f"{parts.base_url}/profile/v1/apps/{caller.client_id}",
        user=f"{parts.base_url}/profile/v1/principals/{order.user_id}",
    )
    return Receipt(
        receipt_id=receipt_id_from(parts.new_id()),
        company_id=company_id,
        user_id=order.user_id,
        app_id=caller.client_id,
        schema_id=order.schema_id,
        received_at=at,
        modified_at=at,
        state_modified_at=at,
        text=receipt_text.write(content),
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
