"""What is kept comes back as it was, and only to those who name its company."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from grantstream.contracts.events.receipts import ReceiptPosted
from grantstream.events.producing.outbox import OutboxEvent, prepared
from grantstream.postgres.pool import Pool, connection
from services.receipts.domain.page import PageLimits, PageStart
from services.receipts.domain.processing import LogLine, ProcessingStatus, accepted
from services.receipts.domain.receipt import Receipt
from services.receipts.store import receipts

_ROOMY = PageLimits(50, 1_000_000)
_AT = datetime(2026, 11, 22, 7, 30, 0, 123_000, tzinfo=UTC)


def _receipt(
    company_id: str = "company-1", user_id: str = "user-1", at: datetime = _AT, size: int | None = None
) -> Receipt:
    return Receipt(
        receipt_id=uuid4().hex,
        company_id=company_id,
        user_id=user_id,
        app_id="app-1",
        schema_id="general-receipt.schema.json",
        received_at=at,
        modified_at=at,
        state_modified_at=at,
        text='{"z":1.50,"a":"\\u0000 é","total":"14.30"}' if size is None else "1" * size,
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
        assert await receipts.page_of_user(acquired, "company-2", "user-1", start=None, limits=_ROOMY) == ([], False)


async def test_pages_continue_newest_first_without_gaps(
    pool: Pool,
) -> None:
    """Even where a page ends between receipts of the same millisecond."""
    kept = [_receipt(at=_AT + timedelta(milliseconds=number // 3)) for number in range(10)]
    await _keep(pool, *kept, _receipt(user_id="user-2"))
    newest_first = sorted(kept, key=lambda receipt: (receipt.received_at, receipt.receipt_id), reverse=True)
    assert [receipt for page in await _pages(pool, PageLimits(4, 10_000)) for receipt in page] == newest_first


async def test_a_page_ends_when_full_and_the_next_continues_there(pool: Pool) -> None:
    sizes = (100, 400, 500, 501, 2000, 300, 300, 300, 100, 1)
    kept = [_receipt(at=_AT - timedelta(seconds=number), size=size) for number, size in enumerate(sizes)]
    await _keep(pool, *kept)
    pages = await _pages(pool, PageLimits(3, 1000))
    assert [[len(receipt.text) for receipt in page] for page in pages] == [
        [100, 400, 500],
        [501],
        [2000],
        [300, 300, 300],
        [100, 1],
    ]
    assert [receipt for page in pages for receipt in page] == kept


async def test_pages_are_limited_by_octets_even_if_not_stored(pool: Pool) -> None:
    """Receipts of an older version have no stored count of octets: they are measured."""
    kept = [replace(_receipt(at=_AT - timedelta(seconds=number)), text=f'"{"é" * 300}"') for number in range(4)]
    await _keep(pool, *kept)
    for _ in range(2):
        assert [len(page) for page in await _pages(pool, PageLimits(50, 1300))] == [2, 2]
        async with connection(pool) as acquired:
            await acquired.execute("update receipt set content_octets = null")


async def _pages(pool: Pool, limits: PageLimits) -> list[list[Receipt]]:
    start, pages, more_follow = None, list[list[Receipt]](), True
    async with connection(pool) as acquired:
        while more_follow:
            page, more_follow = await receipts.page_of_user(acquired, "company-1", "user-1", start=start, limits=limits)
            pages.append(page)
            start = PageStart.parse(str(PageStart.after(page[-1])))
    return pages


async def test_the_status_is_kept_for_its_time_only(pool: Pool) -> None:
    receipt = _receipt()
    await _keep(pool, receipt)
    async with connection(pool) as acquired:
        found = await receipts.find_processing(
            acquired, "company-1", receipt.receipt_id, kept_since=_AT - timedelta(seconds=1)
        )
        gone = await receipts.find_processing(acquired, "company-1", receipt.receipt_id, kept_since=_AT)
    assert found is not None
    assert gone is None
    assert found.status is ProcessingStatus.ACCEPTED
    assert found.log == (LogLine(level="INFO", message="Receipt accepted. Queued for processing.", at=_AT),)


async def test_two_companies_may_have_the_same_receipt_id(pool: Pool) -> None:
    receipt = _receipt()
    other = replace(receipt, company_id="company-2", text='{"total":"1"}')
    await _keep(pool, receipt, other)
    async with connection(pool) as acquired:
        assert await receipts.find(acquired, "company-2", receipt.receipt_id) == other
