"""Reads one receipt."""

from dataclasses import dataclass

from grantstream.contracts.claims import AccessTokenClaims
from grantstream.service.postgres import Pool, connection
from services.receipts.domain.receipt import Receipt, is_receipt_id
from services.receipts.errors import NotFound
from services.receipts.store import receipts
from services.receipts.use_cases.access import Access


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadReceipt:
    """The question for one receipt."""

    pool: Pool
    access: Access

    async def __call__(self, claims: AccessTokenClaims, receipt_id: str) -> Receipt:
        """A receipt of the token's user or company. Raises AccessDenied, NotFound."""
        company_id = self.access.to_read(claims)
        if not is_receipt_id(receipt_id):
            raise NotFound
        async with connection(self.pool) as acquired:
            receipt = await receipts.find(acquired, company_id, receipt_id)
        if receipt is None:
            raise NotFound
        self.access.refuse_other_owner(claims, company_id=receipt.company_id, user_id=receipt.user_id)
        return receipt
