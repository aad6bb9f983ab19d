"""Reads one receipt."""

from grantstream.contracts.claims import AccessTokenClaims
from grantstream.postgres.pool import connection
from services.receipts.domain.receipt import Receipt, is_receipt_id
from services.receipts.errors import NotFound
from services.receipts.store import receipts
from services.receipts.use_cases.access import demand_owner, demand_reader
from services.receipts.use_cases.parts import Parts


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
