"""Reads the processing status of a receipt."""

from grantstream.contracts.claims import AccessTokenClaims
from grantstream.postgres.pool import connection
from services.receipts.domain.processing import Processing
from services.receipts.domain.receipt import is_receipt_id
from services.receipts.errors import NotFound
from services.receipts.store import receipts
from services.receipts.use_cases.access import demand_owner, demand_status_reader
from services.receipts.use_cases.parts import Parts


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
