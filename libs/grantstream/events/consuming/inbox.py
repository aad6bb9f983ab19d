"""Effects that are no version-gated upsert (a counter, a mail) happen once: their events are recorded with them.

The key is the client of the producer's token, the source and the id: nobody can use up another's ids.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from grantstream.contracts.claims import AccessTokenClaims
from grantstream.contracts.envelope import Envelope
from grantstream.postgres.pool import Connection
from grantstream.postgres.queries import load_queries

QUERIES: Final[Any] = load_queries(Path(__file__).with_name("inbox.sql"))


async def first_time(connection: Connection, claims: AccessTokenClaims, envelope: Envelope) -> bool:
    """Whether this event was never received; from now on it was, if the transaction of `connection` is committed."""
    found = await QUERIES.record_receipt(
        connection, client_id=claims.client_id, ce_source=envelope.source, ce_id=envelope.id
    )
    return bool(found)


async def forget_receipts(connection: Connection, *, older_than: timedelta) -> None:
    """Clean-up. `older_than` must be more than the topics keep, or a replay would have its effect again."""
    await QUERIES.forget_receipts(connection, older_than=older_than)
