"""What is kept comes back as it was, and only to those who name its company."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from grantstream.contracts.events.receipts import ReceiptPosted
from grantstream.events.producing.outbox import OutboxEvent, prepared
from grantstream.service.postgres import Pool, connection
from services.receipts.domain.page import PageStart
from services.receipts.domain.processing import LogLine, ProcessingStatus, accepted
from services.receipts.domain.receipt import Receipt
from services.receipts.store import receipts

_AT = datetime(2026, 11, 22, 7, 30, 0, 123_000, tzinfo=UTC)


def _receipt(company_id: str = "company-1", user_id: str = "user-1", at: datetime = _AT) -> Receipt:
    return Receipt(
        receipt_id=uuid4().hex,
        company_id=company_id,
        user_id=user_id,
        app_id="app-1",
        schema_id="general-receipt.schema.json",
        received_at=at,
        modified_at=at,
        state_modified_at=at,
        text='{"z":1.50,"a":"\\u0000 é","total":"14.30"}',
    )


def _event(receipt: Receipt) -> OutboxEvent:
    posted = ReceiptPosted(
        version=1,
        receipt_id=receipt.receipt_id,
        user_id=receipt.user_id,
        company_id=receipt.company_id,
        app_id=receipt.app_id,
        validation_schema="http://schema.concursolutions.com/general-receipt.schema.json",
        received_at=receipt.received_at,
    )
    return prepared(posted, source="urn:grantstream:service:receipts", now=receipt.received_at)


async def _keep(pool: Pool, *kept: Receipt) -> None:
    async with connection(pool) as acquired:
        for receipt in kept:
            await receipts.insert(acquired, receipt, accepted(receipt.received_at), _event(receipt))


async def test_a_receipt_comes_back_exactly_as_it_was_kept(pool: Pool) -> None:
    receipt = _receipt()
    await _keep(pool, receipt)
    async with connection(pool) as acquired:
        assert await receipts.find(acquired, "company-1", receipt.receipt_id) == receipt


async def test_another_company_finds_nothing(pool: Pool) -> None:
    receipt = _receipt()
    await _keep(pool, receipt)
    async with connection(pool) as acquired:
        assert await receipts.find(acquired, "company-2", receipt.receipt_id) is None
        assert await receipts.of_user(acquired, "company-2", "user-1", start=None, at_most=9) == []


async def test_a_users_list_is_newest_first_and_goes_on_where_a_page_ended_even_within_a_millisecond(
    pool: Pool,
) -> None:
    kept = [_receipt(at=_AT + timedelta(milliseconds=number // 3)) for number in range(10)]
    await _keep(pool, *kept, _receipt(user_id="user-2"))
    newest_first = sorted(kept, key=lambda receipt: (receipt.received_at, receipt.receipt_id), reverse=True)
    async with connection(pool) as acquired:
        start, seen = None, list[Receipt]()
        while page := await receipts.of_user(acquired, "company-1", "user-1", start=start, at_most=4):
            seen += page
            start = PageStart.parse(str(PageStart.after(page[-1])))
    assert seen == newest_first


async def test_the_status_is_kept_for_its_time_only(pool: Pool) -> None:
    receipt = _receipt()
    await _keep(pool, receipt)
    async with connection(pool) as acquired:
        found = await receipts.processing(
            acquired, "company-1", receipt.receipt_id, kept_since=_AT - timedelta(seconds=1)
        )
        gone = await receipts.processing(acquired, "company-1", receipt.receipt_id, kept_since=_AT)
    assert found is not None
    assert gone is None
    assert found.status is ProcessingStatus.ACCEPTED
    assert found.log == (LogLine(level="INFO", message="Receipt accepted. Queued for processing.", at=_AT),)


async def test_the_same_id_may_exist_in_two_companies_without_meeting(pool: Pool) -> None:
    receipt = _receipt()
    other = replace(receipt, company_id="company-2", text='{"total":"1"}')
    await _keep(pool, receipt, other)
    async with connection(pool) as acquired:
        assert await receipts.find(acquired, "company-2", receipt.receipt_id) == other
