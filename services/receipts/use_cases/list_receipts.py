"""Reads a user's receipts page by page, newest first."""

from dataclasses import dataclass

from grantstream.contracts.claims import AccessTokenClaims
from grantstream.service.postgres import Pool, connection
from services.receipts.domain.page import PageLimits, PageStart
from services.receipts.domain.receipt import Receipt
from services.receipts.store import receipts
from services.receipts.use_cases.access import Access


@dataclass(frozen=True, slots=True)
class Page:
    """Some of a user's receipts, and where the next page starts; None if this is the last one."""

    receipts: list[Receipt]
    next_start: PageStart | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListReceipts:
    """The question for a user's receipts."""

    pool: Pool
    access: Access
    limits: PageLimits

    async def __call__(self, claims: AccessTokenClaims, user_id: str, start: PageStart | None) -> Page:
        """The page that begins at `start`, or the first one. Raises AccessDenied, UserMismatch, RowBelowFloor."""
        company_id = await self.access.to_list(claims, user_id)
        async with connection(self.pool) as acquired:
            found, more_follow = await receipts.of_user(acquired, company_id, user_id, start=start, limits=self.limits)
        return Page(found, PageStart.after(found[-1]) if more_follow else None)
