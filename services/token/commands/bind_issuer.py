"""Binds the platform to one issuer for ever.

Every token and every event names it, and guards refuse all others, also records of the fence. Under another issuer, the
fence's earlier rules would be ignored; and after a return to the first issuer, tokens that were voided meanwhile would
be valid again.
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
