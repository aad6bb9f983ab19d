"""Reads one receipt, its processing status, or a user's receipts page by page, newest first."""

from dataclasses import dataclass

from grantstream.contracts.claims import AccessTokenClaims
from grantstream.postgres.pool import connection
from services.receipts.domain.page import PageStart
from services.receipts.domain.processing import Processing
from services.receipts.domain.receipt import Receipt, is_receipt_id
from services.receipts.errors import NotFound
from services.receipts.store import receipts
from services.receipts.use_cases.callers import demand_lister, demand_owner, demand_reader, demand_status_reader
from services.receipts.use_cases.parts import Parts


@dataclass(frozen=True, slots=True, kw_only=True)
class ListReceipts:
    """The user, and where the page starts; None: with the newest receipt."""

    user_id: str
    start: PageStart | None


@dataclass(frozen=True, slots=True)
class Page:
    """Some of a user's receipts, and where the next page starts; None if this is the last one."""

    receipts: list[Receipt]
    next_start: PageStart | None


async def read_receipt(parts: Parts, caller: AccessTokenClaims, receipt_id: str) -> Receipt:
    """A receipt of the token's user or company. Raises AccessDenied, NotFound."""
    company_id = demand_reader(parts, caller)
    if not is_receipt_id(receipt_id):
        raise NotFound
    async with connection(parts.pool) as acquired:
        receipt = await receipts.find(acquired, company_id, receipt_id)
    if receipt is None:
        raise NotFound
    demand_owner(parts, caller, company_id=receipt.company_id, user_id=receipt.user_id)
    return receipt


async def read_status(parts: Parts, caller: AccessTokenClaims, receipt_id: str) -> Processing:
    """The status of a receipt of the token's user or company. Raises AccessDenied, NotFound."""
    company_id = demand_status_reader(parts, caller)
    if not is_receipt_id(receipt_id):
        raise NotFound
    kept_since = parts.now() - parts.status_kept
    async with connection(parts.pool) as acquired:
        processing = await receipts.find_processing(acquired, company_id, receipt_id, kept_since=kept_since)
    if processing is None:
        raise NotFound
    demand_owner(parts, caller, company_id=processing.company_id, user_id=processing.user_id)
    return processing


async def list_receipts(parts: Parts, caller: AccessTokenClaims, order: ListReceipts) -> Page:
    """A page of a user's receipts. Raises AccessDenied, UserMismatch, RowBelowFloor."""
    company_id = await demand_lister(parts, caller, order.user_id)
    async with connection(parts.pool) as acquired:
        page, more_follow = await receipts.page_of_user(
            acquired, company_id, order.user_id, start=order.start, limits=parts.page_limits
        )
    return Page(page, PageStart.after(page[-1]) if more_follow else None)
