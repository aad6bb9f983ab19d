"""One platform has one issuer for good.

Every token and every event names it, and nothing that names another is believed, the records of the fence included.
Under another issuer the fence's rules of before would be passed over; with the first one back, a token that was voided
meanwhile would be good again.
"""

from datetime import datetime

from grantstream.postgres.pool import Pool, transaction
from services.token.errors import IssuerChanged
from services.token.store import issuer


async def bind_issuer(pool: Pool, url: str, now: datetime) -> None:
    """Binds the database to the issuer at the first start. Raises IssuerChanged if it is bound to another."""
    async with transaction(pool) as acquired:
        bound = await issuer.bind(acquired, url, now)
    if bound != url:
        raise IssuerChanged(bound, url)
