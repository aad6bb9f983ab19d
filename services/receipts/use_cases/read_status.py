"""Reads how far the processing of a receipt got."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from grantstream.contracts.claims import AccessTokenClaims
from grantstream.service.postgres import Pool, connection
from services.receipts.domain.processing import Processing
from services.receipts.domain.receipt import is_receipt_id
from services.receipts.errors import NotFound
from services.receipts.store import receipts
from services.receipts.use_cases.access import Access


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadStatus:
    """The question for a receipt's processing status, which is answered for `kept` after the posting."""

    pool: Pool
    access: Access
    kept: timedelta
    now: Callable[[], datetime]

    async def __call__(self, claims: AccessTokenClaims, receipt_id: str) -> Processing:
        """The status of a receipt of the token's user or company. Raises AccessDenied, NotFound."""
        company_id = self.access.to_read_status(claims)
        if not is_receipt_id(receipt_id):
            raise NotFound
        async with connection(self.pool) as acquired:
            found = await receipts.processing(acquired, company_id, receipt_id, kept_since=self.now() - self.kept)
        if found is None:
            raise NotFound
        self.access.refuse_other_owner(claims, company_id=found.company_id, user_id=found.user_id)
        return found
