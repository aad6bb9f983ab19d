"""Reads a user's receipts page by page, newest first."""

from dataclasses import dataclass

from grantstream.contracts.claims import AccessTokenClaims
from grantstream.postgres.pool import connection
from services.receipts.domain.page import PageStart
from services.receipts.domain.receipt import Receipt
from services.receipts.store import receipts
from services.receipts.use_cases.access import demand_lister
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


async def list_receipts(parts: Parts, caller: AccessTokenClaims, order: ListReceipts) -> Page:
    """A page of a user's receipts. Raises AccessDenied, UserMismatch, RowBelowFloor."""
    company_id = await demand_lister(parts, caller, order.user_id)
    async with connection(parts.pool) as acquired:
        page, more_follow = await receipts.page_of_user(
            acquired, company_id, order.user_id, start=order.start, limits=parts.page_limits
        )
    return Page(page, PageStart.after(page[-1]) if more_follow else None)
