"""Receipts and their processing status. Every query names the company, so the table can be distributed by it."""

from datetime import UTC, datetime
from typing import Any, Final

from grantstream.events.producing.outbox import OutboxEvent
from grantstream.postgres.pool import Connection, Record
from services.receipts.domain.page import PageLimits, PageStart
from services.receipts.domain.processing import LogLine, Processing, ProcessingStatus
from services.receipts.domain.receipt import Receipt
from services.receipts.store.sql import QUERIES

_BEFORE_THE_NEWEST: Final = PageStart(datetime(9999, 12, 31, tzinfo=UTC), "f" * 32)


async def insert(connection: Connection, receipt: Receipt, first_line: LogLine, event: OutboxEvent) -> None:
    """Stores a new receipt, with the status ACCEPTED, together with its event.

    One statement writes both, as its own transaction: one round trip instead of four, for the service's most frequent
    work.
    """
    await QUERIES.insert_receipt(
        connection,
        company_id=receipt.company_id,
        receipt_id=receipt.receipt_id,
        user_id=receipt.user_id,
        app_id=receipt.app_id,
        schema_id=receipt.schema_id,
        version=receipt.version,
        received_at=receipt.received_at,
        content=receipt.text,
        processing_status=ProcessingStatus.ACCEPTED.value,
        processing_log=[_line_as_json(first_line)],
        event_topic=event.topic,
        event_key=event.key,
        event_id=event.id,
        event_type=event.type,
        event_source=event.source,
        event_subject=event.subject,
        event_time=event.time,
        event_dataschema=event.dataschema,
        event_data=event.data,
        event_traceparent=event.traceparent,
    )


async def find(connection: Connection, company_id: str, receipt_id: str) -> Receipt | None:
    """A receipt of the company, if there is one."""
    row = await QUERIES.find_receipt(connection, company_id=company_id, receipt_id=receipt_id)
    return None if row is None else _receipt(row)


async def page_of_user(
    connection: Connection, company_id: str, user_id: str, *, start: PageStart | None, limits: PageLimits
) -> tuple[list[Receipt], bool]:
    """A page of a user's receipts, newest first, from `start` on; and whether more follow."""
    after = start or _BEFORE_THE_NEWEST
    rows = await QUERIES.page_of_receipts(
        connection,
        company_id=company_id,
        user_id=user_id,
        received_at=after.received_at,
        receipt_id=after.receipt_id,
        most_receipts=limits.receipts,
        most_octets=limits.octets,
    )
    return [_receipt(row) for row in rows], bool(rows) and rows[0]["more_follow"]


async def find_processing(
    connection: Connection, company_id: str, receipt_id: str, *, kept_since: datetime
) -> Processing | None:
    """A receipt's processing status, if the receipt was posted after `kept_since`."""
    row = await QUERIES.find_processing(connection, company_id=company_id, receipt_id=receipt_id, kept_since=kept_since)
    if row is None:
        return None
    return Processing(
        company_id=row["company_id"],
        user_id=row["user_id"],
        status=ProcessingStatus(row["processing_status"]),
        log=tuple(_line_from_json(line) for line in row["processing_log"]),
    )


def _receipt(row: Record) -> Receipt:
    return Receipt(
        receipt_id=row["receipt_id"].hex,
        company_id=row["company_id"],
        user_id=row["user_id"],
        app_id=row["app_id"],
        schema_id=row["schema_id"],
        version=row["version"],
        received_at=row["received_at"],
        modified_at=row["modified_at"],
        state_modified_at=row["state_modified_at"],
        text=row["content"],
    )


def _line_as_json(line: LogLine) -> dict[str, str]:
    return {"level": line.level, "message": line.message, "at": line.at.isoformat()}


def _line_from_json(line: dict[str, Any]) -> LogLine:
    return LogLine(level=line["level"], message=line["message"], at=datetime.fromisoformat(line["at"]))
